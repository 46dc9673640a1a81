//! People: sign-up, sign-in, sessions, personal teams, and the mails with links.
//!
//! Whether an address has an account is told to nobody but who reads its mail: every verb that
//! takes an address answers known and unknown ones with equal words after equal work.

use std::net::IpAddr;

use chrono::{DateTime, Utc};
use domain::{
    TeamId, UserId,
    accounts::{Actor, SessionSummary, TokenPurpose},
};
use sqlx::PgConnection;

use crate::{Engine, Error, Result};

/// Hashes passwords.
#[derive(Clone, Default)]
pub struct Hasher;

/// What somebody typed to get an account.
#[derive(Debug, Clone)]
pub struct SignUp {
    pub name: String,
    pub email: String,
    pub password: String,
    /// IANA name as the browser gave it; UTC where absent or unknown.
    pub time_zone: Option<String>,
}

/// What a sign-up did. The page must say the same for both: "check your mail".
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SignedUp {
    Created(UserId),
    /// The address has an account already; its owner was written to.
    MailSent,
}

/// SHA-256 of a session's id, which only the browser's cookie holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct SessionHash(pub [u8; 32]);

/// A session as the server's store keeps it.
#[derive(Debug, Clone, PartialEq)]
pub struct SessionRecord {
    /// What the server put in; `user` holds the id of who is signed in, `browser` the label
    /// that the list of sessions shows.
    pub data: serde_json::Map<String, serde_json::Value>,
    pub expires_at: DateTime<Utc>,
}

fn soon<T>() -> Result<T> {
    Err(Error::internal("not there yet"))
}

pub async fn sign_up(_: &Engine, _: SignUp, _from: IpAddr) -> Result<SignedUp> { soon() }
pub async fn sign_in(_: &Engine, _email: &str, _password: &str, _from: IpAddr) -> Result<UserId> { soon() }
pub async fn confirm_email(_: &Engine, _token: &str) -> Result<UserId> { soon() }
pub async fn peek_token(_: &Engine, _purposes: &[TokenPurpose], _token: &str) -> Result<bool> { soon() }
pub async fn request_password_reset(_: &Engine, _email: &str, _from: IpAddr) -> Result<()> { soon() }
pub async fn reset_password(_: &Engine, _token: &str, _new: &str) -> Result<UserId> { soon() }
pub async fn change_password(_: &Engine, _: &Actor, _current: &str, _new: &str, _keep: &SessionHash) -> Result<()> { soon() }
pub async fn request_email_change(_: &Engine, _: &Actor, _current_password: &str, _new_email: &str) -> Result<()> { soon() }
pub async fn update_profile(_: &Engine, _: &Actor, _name: &str, _time_zone: &str) -> Result<()> { soon() }
pub async fn actor(_: &Engine, _user: Option<UserId>) -> Result<Actor> { soon() }
pub async fn add_user(_: &Engine, _: &Actor, _email: &str, _password: &str) -> Result<UserId> { soon() }
/// The personal team of whoever has this address; for the operator's commands. `NotFound` otherwise.
pub async fn personal_team(_: &Engine, _: &Actor, _email: &str) -> Result<TeamId> { soon() }
/// The team of nobody, that owns PerfAlly's own project and the demo. Made at first use.
pub async fn house_team(_: &mut PgConnection, _now: DateTime<Utc>) -> Result<TeamId> { soon() }

pub async fn sessions(_: &Engine, _: &Actor) -> Result<Vec<SessionSummary>> { soon() }
pub async fn revoke_session(_: &Engine, _: &Actor, _hash_hex: &str) -> Result<()> { soon() }
pub async fn revoke_other_sessions(_: &Engine, _: &Actor, _keep: &SessionHash) -> Result<()> { soon() }
/// For the server's session store. `false`: the id is taken, draw another.
pub async fn session_create(_: &Engine, _: &SessionHash, _: &SessionRecord) -> Result<bool> { soon() }
/// `None` once expired or revoked. Slides the end of the session on (30 days).
pub async fn session_load(_: &Engine, _: &SessionHash) -> Result<Option<SessionRecord>> { soon() }
/// Changes an existing session; a revoked one stays revoked.
pub async fn session_save(_: &Engine, _: &SessionHash, _: &SessionRecord) -> Result<()> { soon() }
pub async fn session_delete(_: &Engine, _: &SessionHash) -> Result<()> { soon() }
/// "Firefox on Linux", for a session's `browser`; empty where nothing is recognised.
pub fn browser_label(_user_agent: &str) -> String { String::new() }

impl SessionHash {
    /// Of a tower-sessions id.
    pub fn of(id: i128) -> Self {
        use sha2::{Digest, Sha256};
        Self(Sha256::digest(id.to_le_bytes()).into())
    }
}
