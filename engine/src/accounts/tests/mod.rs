//! The room's promises, on a real database.

mod addresses;
mod browsers;
mod passwords;
mod secrets;
mod signing_in;
mod signing_up;

use std::net::{IpAddr, Ipv4Addr};

use domain::{UserId, accounts::Actor};

use super::{SessionHash, SessionRecord, SignUp, SignedUp, session_create, sign_up};
use crate::{
    Error, Result,
    fakes::{PASSWORD, World},
};

/// A client's address.
const HERE: IpAddr = IpAddr::V4(Ipv4Addr::new(203, 0, 113, 9));

/// Another password that is taken.
const OTHER: &str = "seven loud kettles under the bridge";

fn form(email: &str) -> SignUp {
    SignUp {
        name: "Ada Lovelace".into(),
        email: email.into(),
        password: PASSWORD.into(),
        time_zone: Some("Europe/Berlin".into()),
    }
}

fn id(actor: &Actor) -> UserId {
    actor.user().unwrap().id
}

/// The field and words of a refusal.
fn refusal<T: std::fmt::Debug>(result: Result<T>) -> (String, String) {
    match result.unwrap_err() {
        Error::Invalid(invalid) => (invalid.field.into_owned(), invalid.message.into_owned()),
        other => panic!("not a refusal: {other:?}"),
    }
}

fn field<T: std::fmt::Debug>(result: Result<T>) -> String {
    refusal(result).0
}

fn seconds_to_wait<T: std::fmt::Debug>(result: Result<T>) -> u32 {
    match result.unwrap_err() {
        Error::Throttled { retry_after_seconds } => retry_after_seconds,
        other => panic!("not throttled: {other:?}"),
    }
}

impl World {
    async fn signs_up(&self, email: &str) -> Result<SignedUp> {
        sign_up(&self.engine, form(email), HERE).await
    }

    async fn signs_in(&self, email: &str, password: &str) -> Result<UserId> {
        super::sign_in(&self.engine, email, password, HERE).await
    }

    /// A browser that somebody is signed in with.
    async fn session(&self, user: UserId, cookie: i128) -> SessionHash {
        let hash = SessionHash::of(cookie);
        assert!(session_create(&self.engine, &hash, &record(self, Some(user))).await.unwrap());
        hash
    }

    async fn is_open(&self, session: &SessionHash) -> bool {
        super::session_load(&self.engine, session).await.unwrap().is_some()
    }
}

fn record(world: &World, user: Option<UserId>) -> SessionRecord {
    let mut data = serde_json::Map::new();
    if let Some(user) = user {
        data.insert(SessionRecord::USER.into(), user.to_string().into());
    }
    data.insert(SessionRecord::BROWSER.into(), "Firefox on Linux".into());
    SessionRecord { data, expires_at: world.now() + super::SESSION_LENGTH }
}
