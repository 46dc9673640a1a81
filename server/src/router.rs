//! Every address of the server, and what stands around it.

use std::convert::Infallible;

use axum::{
    Router,
    body::Body,
    extract::{Request, State},
    http::Method,
    middleware::from_fn_with_state,
    response::Response,
    routing::{any, get},
};
use hyper::body::Incoming;
use tower::Service as _;
use tower_http::{CompressionLevel, compression::CompressionLayer};

use crate::{address::Peer, api, csrf, health, live, pages, rum, session, site, state::Server, telemetry};

/// Addresses of this crate's own doors; pages and functions are the app's. The registry of who
/// may ask what, in the tests, lists them all, and the API's operations.
pub const DOORS: [&str; 9] = [
    "/healthz",
    "/readyz",
    "/metrics",
    "/api/beacon",
    "/beacon.js",
    "/b/{hash}/beacon.js",
    "/_a/{hash}/{*file}",
    "/api/live/{project}",
    "/v1/openapi.json",
];

/// How hard answers of pages are compressed, each as it is made. An overview of 140 kB is 12 kB then, headers apart: it
/// comes with the first ten packets, which need no second round trip. With the quickest level it was 16 kB.
const PAGES: CompressionLevel = CompressionLevel::Precise(4);

/// All doors. Beacons go straight to theirs, all else through the router.
#[derive(Clone)]
pub struct Doors {
    server: Server,
    others: Router,
}

impl Doors {
    pub fn of(server: &Server) -> Self {
        Self { server: server.clone(), others: router(server) }
    }

    pub async fn answer(self, peer: Peer, request: hyper::Request<Incoming>) -> Response {
        if request.method() == Method::POST && request.uri().path() == rum::PATH {
            return telemetry::observe_beacon(self.server, peer, request).await;
        }
        let mut request: Request = request.map(Body::new);
        request.extensions_mut().insert(peer);
        let mut others = self.others;
        let Ok(response): Result<_, Infallible> = others.call(request).await;
        response
    }
}

fn router(server: &Server) -> Router {
    let mut router = Router::new()
        .route("/healthz", get(health::healthz))
        .route("/readyz", get(health::readyz))
        .route("/metrics", get(health::metrics))
        .route(rum::PATH, any(rum::wrong_method).options(rum::preflight))
        .route("/beacon.js", get(site::beacon))
        .route("/b/{hash}/beacon.js", get(site::pinned_beacon))
        .route("/_a/{hash}/{*file}", get(site::asset));
    for name in server.site.fixed_names() {
        let file = name.clone();
        let give = move |State(server): State<Server>, request: Request| async move {
            site::fixed(&server, &file, request.headers())
        };
        router = router.route(&format!("/{name}"), get(give));
    }
    router
        .merge(api::router(server))
        .merge(app_routes(server))
        .layer(from_fn_with_state(server.clone(), telemetry::observe))
        .with_state(server.clone())
}

fn app_routes(server: &Server) -> Router<Server> {
    let listings = leptos_axum::generate_route_list(app::App);
    let modes = pages::modes(&listings);
    let page = move |State(server): State<Server>, request: Request| pages::page(server, modes.clone(), request);
    let mut pages = Router::new();
    for listing in &listings {
        pages = pages.route(listing.path(), get(page.clone()));
    }
    pages
        .route("/api/live/{project}", get(live::watch))
        .route("/api/ui/{*function}", any(pages::function))
        .fallback(pages::nothing)
        .layer(from_fn_with_state(server.clone(), session::renew))
        .layer(session::layer(&server.engine))
        .layer(from_fn_with_state(server.clone(), pages::admit))
        .layer(from_fn_with_state(server.clone(), csrf::refuse_foreign))
        .layer(CompressionLayer::new().quality(PAGES))
}
