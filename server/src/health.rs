//! For those who watch over the process: alive, ready, figures.

use axum::{
    Extension,
    extract::State,
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
};
use secrecy::ExposeSecret as _;
use sha2::{Digest as _, Sha256};

use crate::{address::ClientAddress, problem::Problem, state::Server, telemetry};

/// The process runs and answers.
pub async fn healthz() -> &'static str {
    "ok\n"
}

/// Requests can be sent here.
pub async fn readyz(State(server): State<Server>) -> Response {
    let status = server.availability.now();
    let crowded = server.engine.rum.is_crowded();
    let ready = status.is_open() && !crowded;
    let code = if ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    let spool =
        server.engine.rum.spooled().map(
            |depth| serde_json::json!({ "beacons": depth.beacons, "bytes": depth.bytes, "corrupt": depth.corrupt }),
        );
    let body = serde_json::json!({
        "ready": ready,
        "database": if status.database { "reachable" } else { "away" },
        "migrations": if status.migrated { "done" } else { "pending" },
        "queue": if crowded { "crowded" } else { "below its bound" },
        "spool": spool,
    });
    let mut response = (code, [(header::CONTENT_TYPE, "application/json")], format!("{body}\n")).into_response();
    if !ready {
        response.headers_mut().insert(header::RETRY_AFTER, header::HeaderValue::from(1));
    }
    response
}

/// Figures for Prometheus: to this machine itself, or to whoever knows the token.
pub async fn metrics(
    State(server): State<Server>,
    Extension(client): Extension<ClientAddress>,
    headers: HeaderMap,
) -> Response {
    // Behind a proxy on this machine everybody seems to be this machine.
    let forwarded = ["x-forwarded-for", "forwarded", "via"].iter().any(|name| headers.contains_key(*name));
    let local = client.0.is_loopback() && !forwarded && server.config.metrics_token.is_none();
    if !local && !knows_token(&server, &headers) {
        return Problem::not_found().answer(&headers);
    }
    telemetry::gauge(&server);
    ([(header::CONTENT_TYPE, "text/plain; version=0.0.4")], telemetry::figures()).into_response()
}

fn knows_token(server: &Server, headers: &HeaderMap) -> bool {
    let Some(token) = &server.config.metrics_token else { return false };
    let given = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok()?.strip_prefix("Bearer "));
    // Equal digests, so that the time taken tells nothing of how much was right.
    given.is_some_and(|given| Sha256::digest(given) == Sha256::digest(token.expose_secret()))
}
