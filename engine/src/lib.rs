//! What PerfAlly does: Postgres, jobs, mail, and the verbs of each room.
//!
//! Every verb takes the [`Engine`] and who is asking, and answers with the domain's types or
//! an [`Error`]. Rooms call down only (see `docs/architecture.md`); what must go up or sideways
//! goes through [`reactions`].

pub mod accounts;
pub mod billing;
pub mod clock;
pub mod config;
pub mod db;
pub mod egress;
pub mod error;
#[cfg(any(test, feature = "testing"))]
pub mod fakes;
pub mod integrations;
pub mod jobs;
pub mod mail;
pub mod projects;
pub mod reactions;
pub mod rum;

use std::{sync::Arc, time::Duration};

use chrono::{DateTime, Utc};
use sqlx::PgPool;

pub use clock::Clock;
pub use config::Config;
pub use error::{Error, Result};

/// Every job that a worker can do. Each room adds its own; see [`jobs`] for how.
pub fn registry() -> jobs::Registry {
    let accounts = jobs::Registry::default()
        .with::<accounts::SendMail>()
        .every::<accounts::PurgeAccounts>(Duration::from_secs(3_600))
        .every::<jobs::PurgeFailedJobs>(Duration::from_secs(24 * 3_600));
    integrations::jobs(rum::jobs(accounts))
}

/// Everything that verbs need. Cheap to clone: all of it is shared.
#[derive(Clone)]
pub struct Engine {
    pub config: Arc<Config>,
    pub clock: Clock,
    pub db: PgPool,
    pub mail: mail::Post,
    /// The way to addresses that users give.
    pub egress: egress::Egress,
    pub passwords: accounts::Hasher,
    pub site_keys: projects::SiteKeys,
    pub rum: rum::Collector,
}

impl Engine {
    /// Wires the rooms to a migrated database. Must run inside a tokio runtime, because the
    /// collector starts its writer.
    pub fn new(config: Config, clock: Clock, db: PgPool) -> Result<Self> {
        let config = Arc::new(config);
        let site_keys = projects::SiteKeys::start(db.clone(), clock.clone());
        Ok(Self {
            mail: mail::Post::new(&config.mail)?,
            egress: egress::Egress::new(&config.egress, &config.public_url)?,
            passwords: accounts::Hasher::default(),
            rum: rum::Collector::start(
                &config.rum,
                site_keys.clone(),
                db::connect_options(&config.db)?,
                config.default_plan,
            ),
            site_keys,
            config,
            clock,
            db,
        })
    }

    pub fn now(&self) -> DateTime<Utc> {
        self.clock.now()
    }
}
