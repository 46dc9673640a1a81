//! What is killed, stopped, frozen, cut, filled and flooded loses nothing that was accepted. The real binary on a port
//! and a PostgreSQL of its own, real sockets, and at the end a look into the database itself.
//!
//! Visits come from the generator of the benchmarks, which knows what must become of each. `make test` runs all of it in
//! a short form, `make faults` at full length on a release build, and `make fault-controls` shows that it notices.
//!
//! | what happens | where |
//! |---|---|
//! | nothing: every beacon has the outcome that its sender was told | `whole` |
//! | `kill -9` of the server, of PostgreSQL, of one of its backends, of both | `kills` |
//! | PostgreSQL stopped, frozen, read-only; the server killed with beacons on disk | `outage` |
//! | connections to PostgreSQL cut at any byte, ended, cancelled | `cut` |
//! | full disks, PostgreSQL's and the spool's | `disk` |
//! | clients that hang up anywhere, or are slow on purpose | `disconnects` |
//! | SIGTERM under load | `sigterm` |
//! | the clock set forward and back | `clock` |
//! | poison of every kind in one batch | `poison` |
//! | one tenant at fifty times its share | `neighbours` |
//! | more than the server takes, without a spool | `overload` |
//! | a silent mail server | `mail` |
//! | all of these before the API is asked | `figures` |

// When a cluster is dropped, its end is waited for; no runtime is there any more.
#![allow(clippy::disallowed_methods)]

mod check;
mod clock;
mod cut;
mod disconnects;
mod disk;
mod evidence;
mod figures;
mod kills;
mod mail;
mod neighbours;
mod outage;
mod overload;
mod percentiles;
mod poison;
mod postgres;
mod reader;
mod sending;
mod sigterm;
mod whole;

use std::{
    path::PathBuf,
    sync::Arc,
    time::{Duration, Instant},
};

use bench::{
    generator::{Beacon, Generator, Mix, Site},
    subject::{Project, Subject},
};
use chrono::Utc;
use sqlx::PgPool;

use self::{check::Case, evidence::Evidence, sending::Delivery};

/// A check that fails says in words what it saw.
type Result<T> = bench::Result<T>;

/// Page views of the two big tests; `PERFALLY_TEST_PAGE_VIEWS` makes them longer or shorter.
fn page_views() -> usize {
    number("PERFALLY_TEST_PAGE_VIEWS").unwrap_or(100_000)
}

/// How often the crowd comes and everything is killed, at full length; 72 rounds are a thousand kills.
fn rounds() -> u64 {
    number("PERFALLY_TEST_ROUNDS").unwrap_or(20)
}

fn number<T: std::str::FromStr>(variable: &str) -> Option<T> {
    std::env::var(variable).ok()?.parse().ok()
}

/// The short form of `make test`, or the full length of `make faults` (`PERFALLY_FAULTS=full`).
fn at_length<T>(short: T, full: T) -> T {
    if std::env::var("PERFALLY_FAULTS").is_ok_and(|length| length == "full") { full } else { short }
}

/// The binary of this build, unless `PERFALLY_BIN` names another.
fn binary() -> PathBuf {
    std::env::var_os("PERFALLY_BIN").map_or_else(|| env!("CARGO_BIN_EXE_perfally").into(), PathBuf::from)
}

/// A server with projects, and beacons for them.
struct World {
    subject: Subject,
    projects: Vec<Project>,
    beacons: Arc<Vec<Beacon>>,
}

impl World {
    /// Five sites, the last of which samples, and visits until so many page views are among them.
    async fn new(seed: u64, page_views: usize) -> Result<Self> {
        let subject = Subject::start_new(&binary()).await?;
        let mut projects = subject.add_projects(5)?;
        if let Some(last) = projects.last_mut() {
            last.site.sampled = 0.5;
        }
        let beacons = Arc::new(visits(&projects, seed, page_views));
        Ok(Self { subject, projects, beacons })
    }

    /// The same, once what the door refuses unread is written too: within a second or two.
    async fn check_patiently(&self, deliveries: &[Delivery]) -> Result<()> {
        let began = Instant::now();
        loop {
            match self.check(deliveries, true).await {
                Err(_) if began.elapsed() < Duration::from_secs(5) => {
                    tokio::time::sleep(Duration::from_millis(500)).await;
                }
                checked => return checked,
            }
        }
    }

    /// What must hold between answers and database, and between database and pages.
    async fn check(&self, deliveries: &[Delivery], counts_survive: bool) -> Result<()> {
        self.subject.settled(Duration::from_secs(300)).await?;
        let database = PgPool::connect(&self.subject.database_url()?).await?;
        let evidence = Evidence::read(&database).await?;
        Case { projects: &self.projects, beacons: &self.beacons, deliveries, evidence: &evidence }
            .all(counts_survive)?;
        percentiles::pages_tell_what_the_rows_tell(&self.subject, &self.projects, &evidence.rows, &database).await
    }
}

/// Beacons of realistic visits that begin now.
fn visits(projects: &[Project], seed: u64, page_views: usize) -> Vec<Beacon> {
    let sites: Vec<Site> = projects.iter().map(|project| project.site.clone()).collect();
    let mut generator = Generator::new(seed, sites, Mix::REALISTIC);
    let now = Utc::now();
    let mut beacons = Vec::with_capacity(page_views * 3 / 2);
    let mut drawn = 0;
    while drawn < page_views {
        let mut visit = generator.visit(now);
        drawn += usize::from(visit.first().and_then(check::truth).is_some());
        beacons.append(&mut visit);
    }
    beacons
}
