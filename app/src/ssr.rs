//! What server functions and pages need of the request, on the server only.

use std::{
    net::IpAddr,
    sync::{Arc, OnceLock},
};

use domain::{UserId, accounts::Actor};
use engine::Engine;
use leptos::{nonce::Nonce, prelude::*};
use tower_sessions::Session;

use crate::{AppError, SiteUrls};

/// The request's own things. The server makes one for each request and calls
/// [`Request::provide`] as the additional context of pages and of server functions.
#[derive(Clone)]
pub struct Request {
    pub engine: Engine,
    pub session: Session,
    pub client_address: IpAddr,
    /// The nonce of this answer's Content-Security-Policy.
    pub nonce: Arc<str>,
    pub site: SiteUrls,
    /// Read once a request, whatever number of server functions a page runs.
    actor: Arc<OnceLock<Actor>>,
}

impl Request {
    /// The session's key that holds the [`UserId`] of who is signed in.
    pub const USER: &str = "user";

    pub fn new(
        engine: Engine,
        session: Session,
        client_address: IpAddr,
        nonce: impl Into<Arc<str>>,
        site: SiteUrls,
    ) -> Self {
        Self { engine, session, client_address, nonce: nonce.into(), site, actor: Arc::default() }
    }

    /// Hands everything to what is rendered under the current owner.
    pub fn provide(self) {
        provide_context(Nonce::from_value(self.nonce.clone()));
        provide_context(self.site.clone());
        provide_context(self);
    }
}

/// The request that is being answered.
pub fn request() -> Result<Request, AppError> {
    use_context::<Request>().ok_or_else(|| internal(&"no request in context"))
}

pub fn engine() -> Result<Engine, AppError> {
    Ok(request()?.engine)
}

/// Who is asking, with the memberships as they are now.
pub async fn actor() -> Result<Actor, AppError> {
    let request = request()?;
    if let Some(actor) = request.actor.get() {
        return Ok(actor.clone());
    }
    let user = request.session.get::<UserId>(Request::USER).await.map_err(|error| away(&error))?;
    let actor = engine::accounts::actor(&request.engine, user).await?;
    Ok(request.actor.get_or_init(|| actor).clone())
}

/// Signs the browser in, under a new session id so that one planted before is worth nothing.
pub async fn sign_in(user: UserId) -> Result<(), AppError> {
    let session = request()?.session;
    session.cycle_id().await.map_err(|error| away(&error))?;
    session.insert(Request::USER, user).await.map_err(|error| away(&error))
}

/// Signs the browser out; its session is gone from the database too.
pub async fn sign_out() -> Result<(), AppError> {
    request()?.session.flush().await.map_err(|error| away(&error))
}

/// Logs our fault, and makes the reference that leads from the page to the log.
pub fn internal(detail: &dyn std::fmt::Display) -> AppError {
    let id = uuid::Uuid::now_v7().simple().to_string();
    // The end is the random part.
    let reference = id.get(22..).unwrap_or_default().to_owned();
    tracing::error!(reference, %detail, "a page failed");
    AppError::Internal { reference }
}

fn away(detail: &dyn std::fmt::Display) -> AppError {
    tracing::warn!(%detail, "sessions cannot be read");
    AppError::Away
}
