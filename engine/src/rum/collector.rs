//! From the bytes of a beacon to its outcome, in named steps: decode, admit, describe, write.

use std::{borrow::Cow, net::IpAddr, sync::Arc, time::Duration};

use bytes::Bytes;
use chrono::{DateTime, Utc};
use domain::{
    billing::Plan,
    projects::Origin,
    rum::{Bot, DropReason},
};
use sqlx::postgres::PgConnectOptions;
use url::Url;

use super::{
    RumConfig,
    batch::{Outcome, Received},
    page_view::PageView,
    spool::{Spool, SpoolDepth},
    visit::Describer,
    wire::{self, Beacon},
    writer::{Queue, Unwritten},
};
use crate::{
    Result,
    projects::{Site, SiteKeys},
};

/// What a door knows of a beacon.
#[derive(Debug, Clone)]
pub struct Arrival {
    pub body: Bytes,
    /// The header `Origin`.
    pub origin: Option<String>,
    /// The header `User-Agent`.
    pub user_agent: Option<String>,
    pub address: IpAddr,
    pub received_at: DateTime<Utc>,
}

/// Why a beacon was not accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    Dropped(DropReason),
    /// More beacons wait than the server can hold.
    Busy,
    /// The database cannot be reached.
    Away,
}

/// Takes beacons in. Cheap to clone.
#[derive(Clone)]
pub struct Collector {
    describer: Arc<Describer>,
    sites: SiteKeys,
    queue: Queue,
}

impl Collector {
    /// Opens the lookup tables and starts the writer; must run inside a tokio runtime.
    pub fn start(config: &RumConfig, sites: SiteKeys, database: PgConnectOptions, default_plan: Plan) -> Result<Self> {
        let spool = config.spool.as_ref().and_then(|config| {
            Spool::open(config)
                .inspect_err(|error| {
                    tracing::error!(folder = %config.folder.display(), %error, "the spool cannot be used; beacons are refused while the database is away");
                })
                .ok()
        });
        let queue = Queue::start(database, default_plan, spool);
        Ok(Self { describer: Arc::new(Describer::open(&config.assets)?), sites, queue })
    }

    /// Takes one beacon. `Ok` means that it is durable: stored, known already, or synced in the spool.
    pub async fn receive(&self, arrival: Arrival) -> Result<(), Refusal> {
        self.take(arrival, Gate::Open).await
    }

    /// The same while the database is known to be away: admitted is what the gate remembers, at once, and put into the
    /// spool.
    pub async fn receive_cut_off(&self, arrival: Arrival) -> Result<(), Refusal> {
        if self.spooled().is_none() {
            return Err(Refusal::Away);
        }
        self.take(arrival, Gate::FromMemory).await
    }

    async fn take(&self, arrival: Arrival, gate: Gate) -> Result<(), Refusal> {
        let received = self.receivable(arrival, gate).await?;
        tell(self.queue.write(received).await)
    }

    /// All steps but writing.
    pub(super) async fn received(&self, arrival: Arrival) -> Result<Received, Refusal> {
        self.receivable(arrival, Gate::Open).await
    }

    async fn receivable(&self, arrival: Arrival, gate: Gate) -> Result<Received, Refusal> {
        let at = arrival.received_at;
        Ok(match self.read(arrival, gate).await? {
            Ok(view) => Received::View(Box::new(view)),
            Err(refused) => Received::Refused {
                project: refused.site.map(|site| site.project),
                reason: refused.reason,
                origin: refused.origin,
                at,
            },
        })
    }

    /// Counts a beacon that a door refused before it was read, and answered. Nobody waits for
    /// this: `Away` means that it was not counted, however slow the database is.
    pub async fn refuse(&self, reason: DropReason, received_at: DateTime<Utc>) -> Result<(), Refusal> {
        let refused = Received::Refused { project: None, reason, origin: None, at: received_at };
        tell(self.queue.write_at_leisure(refused).await)
    }

    /// Beacons that wait for the database.
    pub fn depth(&self) -> usize {
        self.queue.depth()
    }

    /// Beacons that wait on disk for the database; `None`: there is no spool.
    pub fn spooled(&self) -> Option<SpoolDepth> {
        self.queue.spooled()
    }

    /// Whether the queue is filling up.
    pub fn is_crowded(&self) -> bool {
        self.queue.is_crowded()
    }

    /// Waits until everything that was taken has its outcome.
    pub async fn drain(&self) {
        self.queue.drain().await;
    }

    /// Waits until what was on disk is stored: for ever, while the database is away.
    pub async fn settle(&self) {
        while self.spooled().is_some_and(|depth| depth.bytes > 0) {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    async fn read(&self, arrival: Arrival, gate: Gate) -> Result<Result<PageView, Refused>, Refusal> {
        let beacon = match wire::decode(&arrival.body) {
            Ok(beacon) => beacon,
            Err(reason) => {
                let site = match wire::key_of(&arrival.body) {
                    Some(key) => self.site(key.as_str(), gate).await?,
                    None => None,
                };
                return Ok(Err(Refused { reason, site, origin: None }));
            }
        };
        let Some(site) = self.site(beacon.key.as_str(), gate).await? else {
            return Ok(Err(Refused { reason: DropReason::UnknownKey, site: None, origin: None }));
        };
        if let Err(foreign) = admit(&site, &beacon, arrival.origin.as_deref()) {
            return Ok(Err(Refused { reason: DropReason::OriginNotAllowed, site: Some(site), origin: Some(foreign) }));
        }
        Ok(Ok(self.describe(&site, beacon, &arrival)))
    }

    async fn site(&self, key: &str, gate: Gate) -> Result<Option<Arc<Site>>, Refusal> {
        if gate == Gate::FromMemory {
            // Whether a key is of no project is not known without the database.
            return self.sites.last_known(key).map(Some).ok_or(Refusal::Away);
        }
        self.sites.admit(key).await.map_err(|error| {
            // That the database is away is told once, where it is watched.
            tracing::debug!(%error, "site keys could not be read");
            Refusal::Away
        })
    }

    fn describe(&self, site: &Site, beacon: Beacon, arrival: &Arrival) -> PageView {
        let agent = self.describer.agent(arrival.user_agent.as_deref().unwrap_or_default());
        let (bot, bot_reason) = match (agent.bot, beacon.viewport) {
            (Bot::Human, Some((0, 0))) => (Bot::Suspect, Cow::Borrowed("window without size")),
            _ => (agent.bot, Cow::Borrowed(agent.bot_reason)),
        };
        PageView {
            project: site.project,
            at: arrival.received_at,
            updated_at: arrival.received_at,
            page_group: site.page_groups.group(&beacon.path),
            device: agent.device_class(beacon.device_hint),
            browser: agent.browser.clone(),
            os: agent.os.clone(),
            country: self.describer.country(arrival.address),
            bot,
            bot_reason,
            sample_factor: 1,
            other_keys: 0,
            beacon,
            body: arrival.body.clone(),
        }
    }
}

/// Who is asked whose a key is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Gate {
    Open,
    FromMemory,
}

/// What a door answers; counted for the operator.
fn tell(written: Result<Outcome, Unwritten>) -> Result<(), Refusal> {
    let outcome = match written {
        Ok(Ok(())) => Ok(()),
        Ok(Err(reason)) => Err(Refusal::Dropped(reason)),
        Err(Unwritten::Busy) => Err(Refusal::Busy),
        Err(Unwritten::Away) => Err(Refusal::Away),
    };
    let label = match outcome {
        Ok(()) => "stored",
        Err(Refusal::Dropped(reason)) => reason.as_str(),
        Err(Refusal::Busy) => "busy",
        Err(Refusal::Away) => "away",
    };
    metrics::counter!("perfally_beacons_total", "outcome" => label).increment(1);
    outcome
}

/// A beacon that a step refused.
struct Refused {
    reason: DropReason,
    site: Option<Arc<Site>>,
    /// The origin that is not on the list.
    origin: Option<String>,
}

/// Both the page's address and, where a browser names it, the sender's origin must be on the
/// project's list; otherwise says which is not.
fn admit(site: &Site, beacon: &Beacon, sender: Option<&str>) -> Result<(), String> {
    if !site.allows(&beacon.url_origin) {
        return Err(beacon.url_origin.as_str().to_owned());
    }
    match sender {
        None => Ok(()),
        Some(sender) => {
            let origin = Url::parse(sender).ok().and_then(|url| Origin::of(&url));
            if origin.is_some_and(|origin| site.allows(&origin)) {
                Ok(())
            } else {
                Err(sender.chars().filter(|c| !c.is_control()).take(255).collect())
            }
        }
    }
}
