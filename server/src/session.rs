//! Sessions: the cookie's rules, and the store over the engine's verbs.
//!
//! The cookie holds a random id, the database only its hash. Visitors who are not signed in
//! have neither cookie nor row.

use std::fmt;

use app::ssr::Request as AppRequest;
use async_trait::async_trait;
use axum::{
    extract::{Request, State},
    middleware::Next,
    response::Response,
};
use chrono::{DateTime, TimeDelta, Utc};
use domain::UserId;
use engine::{
    Engine,
    accounts::{self, SessionHash, SessionRecord},
};
use tower_sessions::{
    Expiry, Session, SessionManagerLayer, SessionStore,
    cookie::{
        SameSite,
        time::{Duration, OffsetDateTime},
    },
    session::{Id, Record},
    session_store,
};

use crate::state::Server;

/// The session's key for when the browser last got its cookie.
const RENEWED: &str = "renewed";

/// The layer that gives every request its [`Session`].
pub fn layer(engine: &Engine) -> SessionManagerLayer<Store> {
    let https = engine.config.public_url.scheme() == "https";
    SessionManagerLayer::new(Store(engine.clone()))
        // The prefix makes browsers refuse the cookie without Secure, or from a subdomain.
        .with_name(if https { "__Host-perfally" } else { "perfally" })
        .with_secure(https)
        .with_http_only(true)
        .with_same_site(SameSite::Lax)
        .with_path("/")
        .with_expiry(Expiry::OnInactivity(Duration::days(accounts::SESSION_LENGTH.num_days())))
}

/// Sends the cookie anew once a day, so that it lasts as long as the row does.
pub async fn renew(State(server): State<Server>, request: Request, next: Next) -> Response {
    let session = request.extensions().get::<Session>().cloned();
    let response = next.run(request).await;
    let Some(session) = session.filter(|session| session.id().is_some() || session.is_modified()) else {
        return response;
    };
    if let Ok(Some(_)) = session.get::<UserId>(AppRequest::USER).await {
        let now = server.engine.now();
        let renewed: Option<DateTime<Utc>> = session.get(RENEWED).await.ok().flatten();
        if renewed.is_none_or(|renewed| now - renewed > TimeDelta::days(1)) {
            // Which marks the session as changed: it is saved, and its cookie sent.
            let _ = session.insert(RENEWED, now).await;
        }
    }
    response
}

/// tower-sessions' store over the engine.
#[derive(Clone)]
pub struct Store(Engine);

impl fmt::Debug for Store {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Store")
    }
}

fn failed(error: impl fmt::Display) -> session_store::Error {
    session_store::Error::Backend(error.to_string())
}

fn to_engine(record: &Record) -> Result<SessionRecord, session_store::Error> {
    let data = record.data.iter().map(|(key, value)| (key.clone(), value.clone())).collect();
    let expires_at = DateTime::from_timestamp(record.expiry_date.unix_timestamp(), 0);
    Ok(SessionRecord { data, expires_at: expires_at.ok_or_else(|| failed("a session's end is out of range"))? })
}

#[async_trait]
impl SessionStore for Store {
    async fn create(&self, record: &mut Record) -> session_store::Result<()> {
        let kept = to_engine(record)?;
        while !accounts::session_create(&self.0, &SessionHash::of(record.id.0), &kept).await.map_err(failed)? {
            record.id = Id::default();
        }
        Ok(())
    }

    async fn save(&self, record: &Record) -> session_store::Result<()> {
        accounts::session_save(&self.0, &SessionHash::of(record.id.0), &to_engine(record)?).await.map_err(failed)
    }

    async fn load(&self, id: &Id) -> session_store::Result<Option<Record>> {
        let Some(kept) = accounts::session_load(&self.0, &SessionHash::of(id.0)).await.map_err(failed)? else {
            return Ok(None);
        };
        let expiry_date = OffsetDateTime::from_unix_timestamp(kept.expires_at.timestamp()).map_err(failed)?;
        Ok(Some(Record { id: *id, data: kept.data.into_iter().collect(), expiry_date }))
    }

    async fn delete(&self, id: &Id) -> session_store::Result<()> {
        accounts::session_delete(&self.0, &SessionHash::of(id.0)).await.map_err(failed)
    }
}
