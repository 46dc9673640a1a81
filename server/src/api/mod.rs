//! The public API, `/v1`: programs with an API key read what visitors measured.
//!
//! No cookie is read here, so that no other site's page can use one; a key stands in the header
//! `Authorization`, which browsers do not send by themselves. Errors are problems of RFC 9457 in
//! JSON, whatever the client accepts.

mod caller;
mod cursor;
mod document;
mod health;
mod page_views;
mod params;
mod projects;
mod schemas;
mod vitals;

use axum::{
    Json, Router,
    extract::Request,
    http::{StatusCode, header},
    middleware::{Next, from_fn, from_fn_with_state},
    response::Response,
    routing::{any, get},
};
use tower_http::{CompressionLevel, compression::CompressionLayer};
use utoipa_axum::{router::OpenApiRouter, routes};

pub use document::document;

use crate::{pages, problem::Problem, state::Server};

/// All operations, with what is written about them.
fn operations() -> OpenApiRouter<Server> {
    OpenApiRouter::with_openapi(document::head())
        .routes(routes!(projects::list))
        .routes(routes!(projects::find))
        .routes(routes!(vitals::read))
        .routes(routes!(page_views::list))
        .routes(routes!(health::read))
}

pub fn router(server: &Server) -> Router<Server> {
    let (operations, _) = operations().split_for_parts();
    operations
        .layer(from_fn_with_state(server.clone(), caller::authenticate))
        .route("/v1/openapi.json", get(async || Json(document())))
        .route("/v1/{*nothing}", any(async || Problem::not_found()))
        .method_not_allowed_fallback(wrong_method)
        .layer(from_fn_with_state(server.clone(), pages::admit))
        .layer(from_fn(in_json))
        // Made for each request: a low level costs less than it saves.
        .layer(CompressionLayer::new().quality(CompressionLevel::Fastest))
}

/// Programs ask here, also those that accept pages.
async fn in_json(mut request: Request, next: Next) -> Response {
    request.headers_mut().remove(header::ACCEPT);
    next.run(request).await
}

async fn wrong_method() -> Problem {
    Problem::new(StatusCode::METHOD_NOT_ALLOWED, "Not by this method", "The header Allow says which methods there are.")
}

/// What the engine refused, in the API's words. Internals go into the log only.
impl From<engine::Error> for Problem {
    fn from(error: engine::Error) -> Self {
        use engine::Error;
        match error {
            Error::NotFound => Self::not_found(),
            Error::Unauthenticated => caller::refused(),
            Error::Forbidden => Self::new(
                StatusCode::FORBIDDEN,
                "The key has no scope for this",
                "Make a key with the scope that this operation needs, under Settings, API keys.",
            ),
            Error::Invalid(invalid) => params::refused(vec![invalid]),
            Error::OverQuota(words) => Self::new(StatusCode::PAYMENT_REQUIRED, "Over the plan's limit", words),
            Error::Conflict(words) => Self::new(StatusCode::CONFLICT, "Changed meanwhile", words),
            Error::Throttled { retry_after_seconds } => Self::too_many(retry_after_seconds),
            Error::Upstream { service, detail } => {
                tracing::warn!(service, detail, "an API request could not be answered");
                Self::away()
            }
            Error::Internal(detail) => {
                tracing::error!(detail, "an API request failed");
                Self::internal()
            }
        }
    }
}
