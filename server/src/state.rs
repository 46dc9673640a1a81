//! What every door knows.

use std::{
    ops::Deref,
    sync::{Arc, OnceLock},
};

use axum::http::HeaderMap;
use engine::Engine;
use tokio_util::sync::CancellationToken;

use crate::{
    availability::Availability,
    config::Config,
    limits::Bounds,
    own_vitals::OwnVitals,
    refusals::Refusals,
    rum,
    security::{self, ScriptNonce},
    site::Site,
};

/// The server. Cheap to clone: all of it is shared.
#[derive(Clone)]
pub struct Server(Arc<Shared>);

pub struct Shared {
    pub engine: Engine,
    pub config: Config,
    pub site: Site,
    pub availability: Availability,
    pub bounds: Bounds,
    pub refusals: Refusals,
    pub own_vitals: OwnVitals,
    pub kept_figures: app::rum::KeptFigures,
    /// Cancelled when the server stops: what would go on for long ends.
    pub stopping: CancellationToken,
    /// The headers of every beacon's 202.
    pub taken_beacon: HeaderMap,
    /// By which PerfAlly measures its own pages; known once the database is ready.
    pub own_site_key: OnceLock<String>,
}

impl Server {
    pub fn new(engine: Engine, config: Config, site: Site) -> Self {
        let mut taken_beacon = rum::taken();
        security::protect(&mut taken_beacon, &ScriptNonce::random(), &engine.config.public_url);
        Self(Arc::new(Shared {
            taken_beacon,
            bounds: Bounds::new(engine.config.rate_limits),
            engine,
            config,
            site,
            availability: Availability::default(),
            refusals: Refusals::default(),
            own_vitals: OwnVitals::default(),
            kept_figures: app::rum::KeptFigures::default(),
            stopping: CancellationToken::new(),
            own_site_key: OnceLock::new(),
        }))
    }

    /// Where things are, as pages need it.
    pub fn site_urls(&self) -> app::SiteUrls {
        app::SiteUrls {
            assets: self.site.assets.clone(),
            public_url: self.engine.config.public_url.as_str().trim_end_matches('/').to_owned(),
            beacon_path: self.site.beacon_path.clone(),
            beacon_integrity: self.site.beacon_integrity.clone(),
            own_site_key: self.own_site_key.get().cloned(),
        }
    }
}

impl Deref for Server {
    type Target = Shared;

    fn deref(&self) -> &Shared {
        &self.0
    }
}
