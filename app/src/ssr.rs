//! What server functions and pages need of the request, on the server only.

use std::{
    net::IpAddr,
    sync::{Arc, OnceLock},
};

use domain::{UserId, accounts::Actor, rum::VitalSummary};
use engine::{Engine, accounts::SessionHash, projects::OpenedLink};
use http::{HeaderMap, HeaderName, HeaderValue, header, request::Parts};
use leptos::{nonce::Nonce, prelude::*};
use leptos_axum::ResponseOptions;
use leptos_router::location::RequestUrl;
use server_fn::ServerFn;
use tower_sessions::Session;

use crate::{
    AppError, SiteUrls,
    layout::Viewer,
    rum::KeptFigures,
    ui::{form::FlashData, theme},
};

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
    /// Who looks at the page, for what stands around it.
    viewer: Option<Arc<Viewer>>,
    /// The share link that the page was opened by.
    link: Option<Arc<OpenedLink>>,
    /// How fast our own pages are, as far as it is known.
    own_vitals: Arc<[VitalSummary]>,
    kept_figures: KeptFigures,
}

impl Request {
    /// The session's key that holds the [`UserId`] of who is signed in.
    pub const USER: &str = "user";
    /// The session's key of the label in the list of sessions.
    const BROWSER: &str = "browser";

    pub fn new(
        engine: Engine,
        session: Session,
        client_address: IpAddr,
        nonce: impl Into<Arc<str>>,
        site: SiteUrls,
        kept_figures: KeptFigures,
    ) -> Self {
        Self {
            engine,
            session,
            client_address,
            nonce: nonce.into(),
            site,
            actor: Arc::default(),
            viewer: None,
            link: None,
            own_vitals: Arc::default(),
            kept_figures,
        }
    }

    /// Finds out what the page at this path must know before it is drawn: who looks, and behind a
    /// share link what that opens. There nobody is more than its guest, whoever is signed in.
    pub async fn for_page(mut self, path: &str, own_vitals: Arc<[VitalSummary]>) -> Result<Self, AppError> {
        self.own_vitals = own_vitals;
        if let Some(token) = crate::routes::share_token_in(path) {
            let link = match engine::projects::open_share_link(&self.engine, token).await {
                Ok(link) => Some(Arc::new(link)),
                Err(engine::Error::NotFound) => None,
                Err(error) => return Err(error.into()),
            };
            let guest = link.as_ref().map_or(Actor::Nobody, |link| Actor::Guest(link.guest));
            self.actor = Arc::new(OnceLock::from(guest));
            self.link = link;
        }
        let actor = self.actor().await?;
        self.viewer = Viewer::of(&self.engine, &actor).await?.map(Arc::new);
        Ok(self)
    }

    /// Who is asking, with the memberships as they are now.
    async fn actor(&self) -> Result<Actor, AppError> {
        if let Some(actor) = self.actor.get() {
            return Ok(actor.clone());
        }
        let user = self.session.get::<UserId>(Self::USER).await.map_err(|error| away(&error))?;
        let actor = engine::accounts::actor(&self.engine, user).await?;
        Ok(self.actor.get_or_init(|| actor).clone())
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

/// The figures that this process made lately.
pub fn kept_figures() -> Result<KeptFigures, AppError> {
    Ok(request()?.kept_figures)
}

/// Who is asking.
pub async fn actor() -> Result<Actor, AppError> {
    request()?.actor().await
}

/// Who looks at the page; `None` for whoever is not signed in.
pub fn viewer() -> Option<Arc<Viewer>> {
    use_context::<Request>()?.viewer
}

/// How fast our own pages are for their visitors; empty where that is not known.
pub fn own_vitals() -> Arc<[VitalSummary]> {
    use_context::<Request>().map(|request| request.own_vitals).unwrap_or_default()
}

/// The share link that the page was opened by.
pub fn link() -> Option<Arc<OpenedLink>> {
    use_context::<Request>()?.link
}

/// Signs the browser in, under a new session id so that one planted before is worth nothing.
pub async fn sign_in(user: UserId) -> Result<(), AppError> {
    let session = request()?.session;
    session.cycle_id().await.map_err(|error| away(&error))?;
    let browser = engine::accounts::browser_label(&text_header(header::USER_AGENT).unwrap_or_default());
    session.insert(Request::BROWSER, browser).await.map_err(|error| away(&error))?;
    session.insert(Request::USER, user).await.map_err(|error| away(&error))
}

/// Signs the browser out; its session is gone from the database too.
pub async fn sign_out() -> Result<(), AppError> {
    request()?.session.flush().await.map_err(|error| away(&error))
}

/// Which of the person's sessions this one is.
pub fn session_hash() -> Result<SessionHash, AppError> {
    let id = request()?.session.id().ok_or(AppError::Unauthenticated)?;
    Ok(SessionHash::of(id.0))
}

/// Runs what a form asks for. With scripts the result is the answer. Without, it becomes a
/// flash, and the browser is led back to the form's page; `kept` is what stays in its fields.
pub async fn form<F: ServerFn, T>(
    back: String,
    kept: &[(&str, &str)],
    verb: impl Future<Output = Result<T, AppError>>,
) -> Result<T, AppError> {
    form_that_tells::<F, T>(back, kept, |_| Vec::new(), verb).await
}

/// The same for a form whose page shows, once, something of what came of it: `told`, by name.
pub async fn form_that_tells<F: ServerFn, T>(
    back: String,
    kept: &[(&str, &str)],
    told: impl FnOnce(&T) -> Vec<(&'static str, String)>,
    verb: impl Future<Output = Result<T, AppError>>,
) -> Result<T, AppError> {
    let result = verb.await;
    if let Err(error) = &result {
        set_status(error);
    }
    if wants_page() && !is_redirected() {
        let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        let (error, kept) = match &result {
            Ok(value) => (None, told(value).into_iter().map(|(name, value)| (name.to_owned(), value)).collect()),
            Err(error) => (Some(error.clone()), kept.iter().map(owned).collect()),
        };
        leave_flash(&FlashData { form: F::PATH.to_owned(), error, kept });
        leptos_axum::redirect(&back);
    }
    result
}

/// Leads to a page that does not say what was done, and has it say so once, as a toast.
pub fn lead_to(path: &str, words: impl Into<String>) {
    if wants_page() {
        let kept = vec![(FlashData::TOAST.to_owned(), words.into())];
        leave_flash(&FlashData { form: FlashData::TOAST.to_owned(), error: None, kept });
    }
    leptos_axum::redirect(path);
}

const FLASH: &str = "flash";
/// Browsers refuse cookies of more than 4,096 bytes; what was typed is dropped first.
const FLASH_BYTES: usize = 3_500;

fn leave_flash(flash: &FlashData) {
    let text =
        |flash: &FlashData| serde_json::to_string(flash).map(|json| crate::routes::escape(&json)).unwrap_or_default();
    let mut value = text(flash);
    if value.len() > FLASH_BYTES {
        value = text(&FlashData { kept: Vec::new(), ..flash.clone() });
    }
    set_cookie(&format!("{FLASH}={value}; Path=/; Max-Age=60; HttpOnly; SameSite=Lax"));
}

/// The page holds a secret that nobody may find in a browser's cache.
pub fn keep_out_of_caches() {
    if let Some(response) = use_context::<ResponseOptions>() {
        response.insert_header(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    }
}

/// The same, and nobody else hears of the address: no search engine, and no other site.
pub fn keep_private() {
    keep_out_of_caches();
    if let Some(response) = use_context::<ResponseOptions>() {
        response.insert_header(HeaderName::from_static("x-robots-tag"), HeaderValue::from_static("noindex, nofollow"));
        response.insert_header(header::REFERRER_POLICY, HeaderValue::from_static("same-origin"));
    }
}

/// What the form before this page has to say; said once.
pub fn take_flash() -> Option<FlashData> {
    let value = cookie(FLASH)?;
    set_cookie(&format!("{FLASH}=; Path=/; Max-Age=0; HttpOnly; SameSite=Lax"));
    serde_json::from_str(&crate::routes::unescape(&value)).ok()
}

/// The theme that the browser was told to remember.
pub fn theme() -> Option<&'static str> {
    theme::parse(&cookie(theme::COOKIE)?)
}

pub fn remember_theme(theme: Option<&'static str>) {
    let name = theme::COOKIE;
    set_cookie(&match theme {
        Some(theme) => format!("{name}={theme}; Path=/; Max-Age=31536000; SameSite=Lax"),
        None => format!("{name}=; Path=/; Max-Age=0; SameSite=Lax"),
    });
    if wants_page() {
        leptos_axum::redirect(&referring_page());
    }
}

/// The page of ours that the form was on; the start page where the browser does not say.
fn referring_page() -> String {
    let referer = text_header(header::REFERER).unwrap_or_default();
    let path = referer.split_once("://").and_then(|(_, rest)| rest.find('/').map(|at| rest[at..].to_owned()));
    path.and_then(|path| crate::routes::safe_next(&path)).unwrap_or_else(|| crate::routes::LANDING.to_owned())
}

/// Runs what a part of a page asks for, and gives a refusal its status when the browser asks
/// for that part alone. On a page, parts fail alone.
pub async fn read<T>(verb: impl Future<Output = Result<T, AppError>>) -> Result<T, AppError> {
    let result = verb.await;
    if let Err(error) = &result
        && use_context::<RequestUrl>().is_none()
    {
        set_status(error);
    }
    result
}

/// Gives the answer the status of `error`.
pub fn set_status(error: &AppError) {
    if let (Some(response), Ok(status)) = (use_context::<ResponseOptions>(), http::StatusCode::from_u16(error.status()))
    {
        response.set_status(status);
    }
}

/// Whether a browser without scripts sent the form, and expects a page.
fn wants_page() -> bool {
    text_header(header::ACCEPT).is_some_and(|accept| accept.contains("text/html"))
}

fn is_redirected() -> bool {
    use_context::<ResponseOptions>()
        .and_then(|response| response.0.read().ok().map(|parts| parts.headers.contains_key(header::LOCATION)))
        .unwrap_or(false)
}

fn headers() -> Option<HeaderMap> {
    use_context::<Parts>().map(|parts| parts.headers)
}

fn text_header(name: header::HeaderName) -> Option<String> {
    headers()?.get(name)?.to_str().ok().map(str::to_owned)
}

fn cookie(name: &str) -> Option<String> {
    let headers = headers()?;
    let mut pairs = headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(';'));
    pairs
        .find_map(|pair| pair.trim().strip_prefix(name)?.strip_prefix('=').map(str::to_owned))
        .filter(|value| !value.is_empty())
}

fn set_cookie(cookie: &str) {
    let secure = use_context::<SiteUrls>().is_some_and(|site| site.public_url.starts_with("https:"));
    let cookie = if secure { format!("{cookie}; Secure") } else { cookie.to_owned() };
    if let (Some(response), Ok(value)) = (use_context::<ResponseOptions>(), HeaderValue::from_str(&cookie)) {
        response.append_header(header::SET_COOKIE, value);
    }
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
