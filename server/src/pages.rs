//! Pages and server functions: Leptos behind our own bounds.

use std::{collections::HashMap, sync::Arc};

use axum::{
    body::Body,
    extract::{MatchedPath, Request, State},
    http::{HeaderValue, Method, StatusCode, header},
    middleware::Next,
    response::Response,
};
use leptos::server_fn::axum::get_server_fn_service;
use leptos_axum::AxumRouteListing;
use leptos_router::SsrMode;
use tower_sessions::Session;
use url::Url;

use crate::{
    address::ClientAddress,
    api,
    body::{self, Unread},
    problem::Problem,
    security::ScriptNonce,
    state::Server,
};

/// A form's bytes at most; the longest is a list of origins or templates.
const FORM_BYTES: usize = 256 << 10;

/// How each page's address is rendered.
pub type Modes = Arc<HashMap<String, SsrMode>>;

pub fn modes(listings: &[AxumRouteListing]) -> Modes {
    Arc::new(listings.iter().map(|listing| (listing.path().to_owned(), listing.mode().clone())).collect())
}

/// Only so many at once, only so many of one address, and none while the database is away: a
/// page that the outage catches is answered too.
pub async fn admit(State(server): State<Server>, request: Request, next: Next) -> Response {
    let headers = request.headers().clone();
    let client = request.extensions().get::<ClientAddress>().copied();
    if let Some(Err(seconds)) = client.map(|client| server.bounds.pages.admit(client.subject())) {
        return Problem::too_many(seconds).answer(&headers);
    }
    let status = server.availability.now();
    if !status.database {
        return Problem::away().answer(&headers);
    }
    if !status.migrated {
        return Problem::starting().answer(&headers);
    }
    let Some(_room) = server.bounds.page() else { return Problem::busy().answer(&headers) };
    tokio::select! {
        response = next.run(request) => response,
        () = server.availability.given_up() => Problem::away().answer(&headers),
    }
}

/// `GET` of a page.
pub async fn page(server: Server, modes: Modes, request: Request) -> Response {
    let mode = request.extensions().get::<MatchedPath>().and_then(|path| modes.get(path.as_str()).cloned());
    let Some(context) = context(&server, &request) else { return Problem::internal().answer(request.headers()) };
    let path = request.uri().path().to_owned();
    let context = match context.for_page(&path, server.own_vitals.glance(&server.engine)).await {
        Ok(context) => context,
        Err(app::AppError::Away) => return Problem::away().answer(request.headers()),
        Err(_) => return Problem::internal().answer(request.headers()),
    };
    let provide = move || {
        context.clone().provide();
        leptos::context::provide_context(app::developers::ApiDocument(api::document()));
    };
    match mode {
        Some(SsrMode::OutOfOrder) => leptos_axum::render_app_to_stream_with_context(provide, app::shell)(request).await,
        Some(SsrMode::InOrder) => {
            leptos_axum::render_app_to_stream_in_order_with_context(provide, app::shell)(request).await
        }
        Some(SsrMode::PartiallyBlocked) => {
            leptos_axum::render_app_to_stream_with_context_and_replace_blocks(provide, app::shell, true)(request).await
        }
        _ => leptos_axum::render_app_async_with_context(provide, app::shell)(request).await,
    }
}

/// Any address that is nothing: the app's own page that says so, or a problem for programs.
pub async fn nothing(State(server): State<Server>, request: Request) -> Response {
    let html = request
        .headers()
        .get(header::ACCEPT)
        .is_some_and(|accept| accept.as_bytes().windows(9).any(|part| part == b"text/html"));
    let read = matches!(*request.method(), Method::GET | Method::HEAD);
    if !html || !read || request.uri().path().starts_with("/api/") {
        return Problem::not_found().into();
    }
    let mut response = page(server, Modes::default(), request).await;
    if response.status() == StatusCode::OK {
        *response.status_mut() = StatusCode::NOT_FOUND;
    }
    response
}

/// A server function under `/api/ui/`.
pub async fn function(State(server): State<Server>, request: Request) -> Response {
    let headers = request.headers().clone();
    let method = if request.method() == Method::HEAD { Method::GET } else { request.method().clone() };
    if get_server_fn_service(request.uri().path(), method).is_none() {
        return Problem::not_found().answer(&headers);
    }
    let Some(context) = context(&server, &request) else { return Problem::internal().answer(&headers) };
    let (head, content) = request.into_parts();
    let content = match body::read(&head.headers, content, FORM_BYTES, server.config.patience.body).await {
        Ok(content) => content,
        Err(unread) => return unread_form(unread).answer(&headers),
    };
    let request = Request::from_parts(head, Body::from(content));
    // A task of its own: who closes the page half-way must not leave half of a change.
    let answer = tokio::spawn(async move {
        let provide = move || context.clone().provide();
        axum::response::IntoResponse::into_response(leptos_axum::handle_server_fns_with_context(provide, request).await)
    });
    let mut response = match answer.await {
        Ok(response) => response,
        Err(error) => {
            tracing::error!(%error, "a server function panicked");
            return Problem::internal().answer(&headers);
        }
    };
    tame(&server, &mut response);
    response
}

fn unread_form(unread: Unread) -> Problem {
    match unread {
        Unread::TooLarge => Problem::new(
            StatusCode::PAYLOAD_TOO_LARGE,
            "The form is too large",
            "It holds more than 256 KiB. Shorten it and try again.",
        ),
        Unread::TooSlow => Problem::new(StatusCode::REQUEST_TIMEOUT, "The form did not arrive in time", "Try again."),
        Unread::Broken => Problem::new(StatusCode::BAD_REQUEST, "The form did not arrive whole", "Try again."),
    }
}

/// What Leptos leaves open: an answer without a type would be guessed at, and a form's answer
/// leads back to whatever `Referer` said.
fn tame(server: &Server, response: &mut Response) {
    let has_body = !response.status().is_redirection() && response.status() != StatusCode::NO_CONTENT;
    let headers = response.headers_mut();
    if has_body && !headers.contains_key(header::CONTENT_TYPE) {
        // Errors and values of server functions are JSON.
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    }
    let ours = |to: &str| match Url::parse(to) {
        Ok(to) => to.origin() == server.engine.config.public_url.origin() || is_this_machine(server, &to),
        Err(_) => to.starts_with('/') && !to.starts_with("//") && !to.contains('\\'),
    };
    if let Some(to) = headers.get(header::LOCATION)
        && !to.to_str().is_ok_and(ours)
    {
        headers.insert(header::LOCATION, HeaderValue::from_static("/"));
    }
}

/// A server without a public address of its own is reached by several names.
fn is_this_machine(server: &Server, to: &Url) -> bool {
    let local = |url: &Url| matches!(url.host_str(), Some("localhost" | "127.0.0.1" | "[::1]"));
    let own = &server.engine.config.public_url;
    local(own) && local(to) && own.port_or_known_default() == to.port_or_known_default()
}

fn context(server: &Server, request: &Request) -> Option<app::ssr::Request> {
    let extensions = request.extensions();
    Some(app::ssr::Request::new(
        server.engine.clone(),
        extensions.get::<Session>()?.clone(),
        extensions.get::<ClientAddress>()?.0,
        Arc::clone(&extensions.get::<ScriptNonce>()?.0),
        server.site_urls(),
        server.kept_figures.clone(),
    ))
}
