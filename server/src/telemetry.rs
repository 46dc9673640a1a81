//! Logs and figures. No address of a visitor and no path with a token goes into either: routes
//! are named by their pattern.

use std::{io::IsTerminal as _, panic::AssertUnwindSafe, sync::OnceLock, time::Instant};

use axum::{
    extract::{MatchedPath, Request, State},
    http::{HeaderValue, StatusCode},
    middleware::Next,
    response::Response,
};
use futures::FutureExt as _;
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};
use rand::Rng as _;
use tracing::Instrument as _;
use tracing_subscriber::EnvFilter;

use crate::{
    address::{ClientAddress, Peer},
    problem::Problem,
    security::{self, ScriptNonce},
    state::Server,
};

static FIGURES: OnceLock<Option<PrometheusHandle>> = OnceLock::new();

/// Starts the log: readable on a terminal, JSON elsewhere. `PERFALLY_LOG` filters it.
pub fn start_log() {
    log_from("info,sqlx::postgres::notice=error");
}

/// For commands that answer and end: only what went wrong.
pub fn start_quiet_log() {
    log_from("error");
}

fn log_from(default: &str) {
    let filter = std::env::var("PERFALLY_LOG").ok().filter(|text| !text.trim().is_empty());
    let filter = EnvFilter::try_new(filter.as_deref().unwrap_or(default)).unwrap_or_else(|error| {
        eprintln!("perfally: PERFALLY_LOG cannot be read ({error}); logging as without it");
        EnvFilter::new(default)
    });
    let log = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    // A second call, in a test, changes nothing.
    let _ = if std::io::stderr().is_terminal() {
        log.compact().with_target(false).try_init().is_ok()
    } else {
        log.json().flatten_event(true).with_current_span(true).with_span_list(false).try_init().is_ok()
    };
}

/// Starts counting; once in a process.
pub fn start_figures() {
    FIGURES.get_or_init(|| {
        let seconds = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0];
        let builder = PrometheusBuilder::new();
        builder
            .set_buckets_for_metric(Matcher::Full("perfally_request_seconds".to_owned()), &seconds)
            .and_then(PrometheusBuilder::install_recorder)
            .inspect_err(|error| tracing::warn!(%error, "there will be no figures"))
            .ok()
    });
}

/// Everything counted, as Prometheus reads it.
pub fn figures() -> String {
    match FIGURES.get() {
        Some(Some(handle)) => {
            handle.run_upkeep();
            handle.render()
        }
        _ => String::new(),
    }
}

/// Measures what is, before it is read.
pub fn gauge(server: &Server) {
    let status = server.availability.now();
    metrics::gauge!("perfally_ready").set(f64::from(u8::from(status.is_open())));
    metrics::gauge!("perfally_collector_depth").set(server.engine.rum.depth() as f64);
    let spooled = server.engine.rum.spooled().unwrap_or_default();
    metrics::gauge!("perfally_spool_beacons").set(spooled.beacons as f64);
    metrics::gauge!("perfally_spool_bytes").set(spooled.bytes as f64);
    metrics::gauge!("perfally_pool_connections").set(f64::from(server.engine.db.size()));
    metrics::gauge!("perfally_pool_idle").set(server.engine.db.num_idle() as f64);
}

/// Around every request: an id, who asks, the log, the figures, the headers that protect, and
/// an answer even when a handler panics.
pub async fn observe(State(server): State<Server>, mut request: Request, next: Next) -> Response {
    let began = Instant::now();
    let id = format!("{:016x}", rand::rng().next_u64());
    let nonce = ScriptNonce::random();
    let peer = request.extensions().get::<Peer>().copied().unwrap_or(Peer([0, 0, 0, 0].into()));
    let client = ClientAddress::behind(peer, request.headers(), &server.config.trusted_proxies);
    request.extensions_mut().insert(client);
    request.extensions_mut().insert(nonce.clone());
    let route = request
        .extensions()
        .get::<MatchedPath>()
        .map_or_else(|| "unmatched".to_owned(), |path| path.as_str().to_owned());
    let method = request.method().clone();
    let headers = request.headers().clone();
    let span = tracing::info_span!("request", id);
    let outcome = AssertUnwindSafe(next.run(request).instrument(span.clone())).catch_unwind().await;
    let mut response = outcome.unwrap_or_else(|_| {
        span.in_scope(|| tracing::error!(route, "a handler panicked"));
        Problem::internal().answer(&headers)
    });
    security::protect(response.headers_mut(), &nonce, &server.engine.config.public_url);
    if let Ok(value) = HeaderValue::from_str(&id) {
        response.headers_mut().insert("x-request-id", value);
    }
    let took = began.elapsed();
    let status = response.status();
    // Names that clients make up would make a new row of figures each.
    let method = if method.as_str().len() > 7 { "OTHER".to_owned() } else { method.as_str().to_owned() };
    metrics::counter!("perfally_requests_total", "route" => route.clone(), "method" => method.clone(), "status" => status.as_u16().to_string())
        .increment(1);
    metrics::histogram!("perfally_request_seconds", "route" => route.clone()).record(took.as_secs_f64());
    let milliseconds = (took.as_secs_f64() * 1_000_000.0).round() / 1_000.0;
    span.in_scope(|| {
        // Beacons, files and probes by the thousand say nothing each.
        if !status.is_server_error() && is_routine(&route) {
            tracing::debug!(target: "access", method, route, status = status.as_u16(), milliseconds);
        } else if status == StatusCode::INTERNAL_SERVER_ERROR {
            tracing::error!(target: "access", method, route, status = status.as_u16(), milliseconds);
        } else {
            tracing::info!(target: "access", method, route, status = status.as_u16(), milliseconds);
        }
    });
    response
}

fn is_routine(route: &str) -> bool {
    matches!(route, "/api/beacon" | "/healthz" | "/readyz" | "/metrics" | "/beacon.js")
        || route.starts_with("/_a/")
        || route.starts_with("/b/")
}
