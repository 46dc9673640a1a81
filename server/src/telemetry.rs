//! Logs and figures. No address of a visitor and no path with a token goes into either: routes
//! are named by their pattern.

use std::{
    io::IsTerminal as _,
    panic::AssertUnwindSafe,
    sync::OnceLock,
    time::{Duration, Instant},
};

use axum::{
    body::Body,
    extract::{MatchedPath, Request, State},
    http::{self, HeaderMap, HeaderValue, Method, StatusCode},
    middleware::Next,
    response::Response,
};
use bytes::Bytes;
use futures::FutureExt as _;
use metrics::{Counter, Histogram};
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};
use rand::Rng as _;
use tracing::{Instrument as _, Span};
use tracing_subscriber::EnvFilter;

use crate::{
    address::{ClientAddress, Peer},
    problem::Problem,
    rum,
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

/// Forgets the single values of what was measured, which its sums hold: otherwise they pile up until somebody reads.
pub async fn sum_up() {
    loop {
        tokio::time::sleep(Duration::from_secs(5)).await;
        if let Some(Some(handle)) = FIGURES.get() {
            handle.run_upkeep();
        }
    }
}

/// Around every request: an id, who asks, the log, the figures, the headers that protect, and
/// an answer even when a handler panics.
pub async fn observe(State(server): State<Server>, mut request: Request, next: Next) -> Response {
    let began = Instant::now();
    let nonce = ScriptNonce::random();
    let peer = request.extensions().get::<Peer>().copied().unwrap_or(Peer([0, 0, 0, 0].into()));
    let client = ClientAddress::behind(peer, request.headers(), &server.config.trusted_proxies);
    request.extensions_mut().insert(client);
    request.extensions_mut().insert(nonce.clone());
    let route = request
        .extensions()
        .get::<MatchedPath>()
        .map_or_else(|| "unmatched".to_owned(), |path| path.as_str().to_owned());
    let observed = Observed::begin(began, route, request.method());
    let headers = request.headers().clone();
    let span = observed.span.clone();
    let outcome = AssertUnwindSafe(next.run(request).instrument(span)).catch_unwind().await;
    let mut response = outcome.unwrap_or_else(|_| observed.panicked(&headers));
    security::protect(response.headers_mut(), &nonce, &server.engine.config.public_url);
    observed.end(response)
}

/// The same around a beacon. There are thousands of them a second: what is the same for all that are taken is made once.
pub async fn observe_beacon<B>(server: Server, peer: Peer, request: http::Request<B>) -> Response
where
    B: hyper::body::Body<Data = Bytes> + Unpin,
{
    let began = Instant::now();
    let client = ClientAddress::behind(peer, request.headers(), &server.config.trusted_proxies);
    let outcome = AssertUnwindSafe(rum::receive(&server, client, request)).catch_unwind().await;
    if matches!(outcome, Ok(Ok(()))) {
        let taken = TAKEN.get_or_init(Taken::new);
        taken.requests.increment(1);
        taken.seconds.record(began.elapsed().as_secs_f64());
        let mut response = Response::new(Body::empty());
        *response.status_mut() = StatusCode::ACCEPTED;
        *response.headers_mut() = server.taken_beacon.clone();
        name(&mut response, rand::rng().next_u64());
        return response;
    }
    let observed = Observed::begin(began, rum::PATH.to_owned(), &Method::POST);
    let mut response = match outcome {
        Ok(refused) => refused.err().unwrap_or_default(),
        Err(_) => observed.panicked(&HeaderMap::new()),
    };
    security::protect(response.headers_mut(), &ScriptNonce::random(), &server.engine.config.public_url);
    observed.end(response)
}

/// Figures of the beacons that were taken.
struct Taken {
    requests: Counter,
    seconds: Histogram,
}

static TAKEN: OnceLock<Taken> = OnceLock::new();

impl Taken {
    fn new() -> Self {
        Self {
            requests: metrics::counter!("perfally_requests_total", "route" => rum::PATH, "method" => "POST", "status" => "202"),
            seconds: metrics::histogram!("perfally_request_seconds", "route" => rum::PATH),
        }
    }
}

/// One request, as log and figures know it.
struct Observed {
    began: Instant,
    id: u64,
    route: String,
    method: String,
    span: Span,
}

impl Observed {
    fn begin(began: Instant, route: String, method: &Method) -> Self {
        let id = rand::rng().next_u64();
        // Names that clients make up would make a new row of figures each.
        let method = if method.as_str().len() > 7 { "OTHER".to_owned() } else { method.as_str().to_owned() };
        Self { began, id, route, method, span: tracing::info_span!("request", id = format!("{id:016x}")) }
    }

    fn panicked(&self, headers: &HeaderMap) -> Response {
        self.span.in_scope(|| tracing::error!(route = self.route, "a handler panicked"));
        Problem::internal().answer(headers)
    }

    fn end(self, mut response: Response) -> Response {
        let Self { began, id, route, method, span } = self;
        name(&mut response, id);
        let took = began.elapsed();
        let status = response.status();
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
}

/// Tells the answer's id, by which it is found in the log.
fn name(response: &mut Response, id: u64) {
    if let Ok(value) = HeaderValue::from_str(&format!("{id:016x}")) {
        response.headers_mut().insert("x-request-id", value);
    }
}

fn is_routine(route: &str) -> bool {
    matches!(route, rum::PATH | "/healthz" | "/readyz" | "/metrics" | "/beacon.js")
        || route.starts_with("/_a/")
        || route.starts_with("/b/")
}
