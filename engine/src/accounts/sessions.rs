//! Signed-in browsers: what the server's session store keeps, and what their owner can see and
//! end.

use chrono::{DateTime, TimeDelta, Utc};
use domain::{
    UserId,
    accounts::{Actor, SessionSummary},
};
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

use super::{actor::person, session_store};
use crate::{Engine, Error, Result};

/// A session ends when it was not used for so long.
pub const SESSION_LENGTH: TimeDelta = TimeDelta::days(30);

/// How exact `last_seen_at` is: one write a session in so long, not one a request.
const TOUCH_EVERY: TimeDelta = TimeDelta::minutes(5);

/// SHA-256 of a session's id, which only the browser's cookie holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct SessionHash([u8; 32]);

impl SessionHash {
    /// Of a tower-sessions id.
    pub fn of(id: i128) -> Self {
        Self(Sha256::digest(id.to_le_bytes()).into())
    }

    pub fn to_hex(self) -> String {
        hex::encode(self.0)
    }

    fn from_hex(text: &str) -> Option<Self> {
        let mut hash = [0; 32];
        hex::decode_to_slice(text, &mut hash).ok()?;
        Some(Self(hash))
    }
}

/// A session as the server's store keeps it.
#[derive(Debug, Clone, PartialEq)]
pub struct SessionRecord {
    /// What the server put in. [`Self::USER`] holds the id of who is signed in, and
    /// [`Self::BROWSER`] the label that the list of sessions shows; each as a string.
    pub data: Map<String, Value>,
    pub expires_at: DateTime<Utc>,
}

impl SessionRecord {
    pub const USER: &'static str = "user";
    pub const BROWSER: &'static str = "browser";

    fn user(&self) -> Result<Option<UserId>> {
        match self.data.get(Self::USER) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::String(id)) => id.parse().map(Some).map_err(Error::internal),
            Some(_) => Err(Error::internal("a session's user is not an id")),
        }
    }

    fn browser(&self) -> String {
        let label = self.data.get(Self::BROWSER).and_then(Value::as_str).unwrap_or_default();
        label.chars().filter(|c| !c.is_control()).take(80).collect()
    }
}

/// For the server's store: keeps a new session. `false`: the id is taken, draw another.
pub async fn session_create(engine: &Engine, hash: &SessionHash, record: &SessionRecord) -> Result<bool> {
    let data = Value::Object(record.data.clone());
    let mut connection = engine.db.acquire().await?;
    let (user, browser, now) = (record.user()?, record.browser(), engine.now());
    session_store::insert(&mut connection, &hash.0, user, &data, &browser, now, record.expires_at).await
}

/// For the server's store: a session; `None` once it expired or was revoked. Its end moves on
/// as it is used.
pub async fn session_load(engine: &Engine, hash: &SessionHash) -> Result<Option<SessionRecord>> {
    let now = engine.now();
    let mut connection = engine.db.acquire().await?;
    let Some(row) = session_store::find(&mut connection, &hash.0, now).await? else { return Ok(None) };
    let Value::Object(data) = row.data else { return Err(Error::internal("a session's data is not an object")) };
    let mut expires_at = row.expires_at;
    if now - row.last_seen_at >= TOUCH_EVERY {
        expires_at = expires_at.max(now + SESSION_LENGTH);
        session_store::touch(&mut connection, &hash.0, now, expires_at).await?;
    }
    Ok(Some(SessionRecord { data, expires_at }))
}

/// For the server's store: changes a session. A revoked one stays revoked, and nothing says so:
/// the next request finds out.
pub async fn session_save(engine: &Engine, hash: &SessionHash, record: &SessionRecord) -> Result<()> {
    let data = Value::Object(record.data.clone());
    let mut connection = engine.db.acquire().await?;
    let (user, browser, now) = (record.user()?, record.browser(), engine.now());
    session_store::update(&mut connection, &hash.0, user, &data, &browser, now, record.expires_at).await
}

/// For the server's store: ends a session.
pub async fn session_delete(engine: &Engine, hash: &SessionHash) -> Result<()> {
    session_store::delete(&mut *engine.db.acquire().await?, &hash.0).await
}

/// The browsers that somebody is signed in with, the last used first.
pub async fn sessions(engine: &Engine, actor: &Actor) -> Result<Vec<SessionSummary>> {
    let user = person(actor)?;
    let rows = session_store::of_user(&mut *engine.db.acquire().await?, user.id, engine.now()).await?;
    Ok(rows
        .into_iter()
        .map(|row| SessionSummary {
            hash_hex: hex::encode(row.id_hash),
            browser: row.browser,
            created_at: row.created_at,
            last_seen_at: row.last_seen_at,
        })
        .collect())
}

/// Signs one browser out. `NotFound` unless it is one's own.
pub async fn revoke_session(engine: &Engine, actor: &Actor, hash_hex: &str) -> Result<()> {
    let user = person(actor)?;
    let hash = SessionHash::from_hex(hash_hex).ok_or(Error::NotFound)?;
    let was_there = session_store::delete_of_user(&mut *engine.db.acquire().await?, user.id, &hash.0).await?;
    if was_there { Ok(()) } else { Err(Error::NotFound) }
}

/// Signs all browsers out but the one that asks.
pub async fn revoke_other_sessions(engine: &Engine, actor: &Actor, keep: &SessionHash) -> Result<()> {
    let user = person(actor)?;
    session_store::delete_others(&mut *engine.db.acquire().await?, user.id, Some(keep.as_bytes())).await
}

impl SessionHash {
    pub(super) const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}
