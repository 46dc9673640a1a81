//! From the bytes of a beacon to its outcome, in named steps: decode, admit, describe, write.

use std::{
    borrow::Cow,
    net::IpAddr,
    sync::{Arc, OnceLock},
    time::Duration,
};

use bytes::Bytes;
use chrono::{DateTime, Utc};
use domain::{
    billing::Plan,
    projects::{Origin, SiteKey},
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
    Error, Result,
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
    /// Why there is none, otherwise.
    describer: Arc<OnceLock<Result<Describer, String>>>,
    sites: SiteKeys,
    queue: Queue,
}

impl Collector {
    /// Starts the writer, and opening the lookup tables on a thread of its own, for it takes longer than all else of a
    /// process' start; must run inside a tokio runtime.
    pub fn start(config: &RumConfig, sites: SiteKeys, database: PgConnectOptions, default_plan: Plan) -> Self {
        let spool = config.spool.as_ref().and_then(|config| {
            Spool::open(config)
                .inspect_err(|error| {
                    tracing::error!(folder = %config.folder.display(), %error, "the spool cannot be used; beacons are refused while the database is away");
                })
                .ok()
        });
        let queue = Queue::start(database, default_plan, spool);
        let describer = Arc::new(OnceLock::new());
        std::thread::spawn({
            let (describer, assets) = (Arc::clone(&describer), config.assets.clone());
            move || {
                describer.get_or_init(|| Describer::open(&assets).map_err(|error| error.to_string()));
            }
        });
        Self { describer, sites, queue }
    }

    /// Waits until the lookup tables are open; an error where one is damaged.
    pub async fn equipped(&self) -> Result<()> {
        let describer = Arc::clone(&self.describer);
        let opened = tokio::task::spawn_blocking(move || describer.wait().as_ref().err().cloned()).await;
        match opened.map_err(Error::internal)? {
            None => Ok(()),
            Some(damage) => Err(Error::internal(damage)),
        }
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

    /// Where the key is remembered, the beacon is in the queue before anything waits, and whoever asks may go; otherwise
    /// a task of its own sees to it that a visitor who closes the page does not stop the beacon half-way.
    async fn take(&self, arrival: Arrival, gate: Gate) -> Result<(), Refusal> {
        if let Err(full) = self.queue.admit() {
            return tell(Err(full));
        }
        let (decoded, key) = read(&arrival);
        let at_hand = key.as_ref().map_or(Some(None), |key| self.sites.at_hand(key.as_str()));
        if let (Gate::Open, Some(site)) = (gate, at_hand) {
            return tell(self.queue.write(self.judge(decoded, site, arrival)?).await);
        }
        let collector = self.clone();
        let task = tokio::spawn(async move {
            let site = collector.site(key.as_ref(), gate).await?;
            tell(collector.queue.write(collector.judge(decoded, site, arrival)?).await)
        });
        task.await.unwrap_or(Err(Refusal::Away))
    }

    /// All steps but writing.
    pub(super) async fn received(&self, arrival: Arrival) -> Result<Received, Refusal> {
        let (decoded, key) = read(&arrival);
        let site = self.site(key.as_ref(), Gate::Open).await?;
        self.judge(decoded, site, arrival)
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

    fn judge(
        &self,
        decoded: Result<Beacon, DropReason>,
        site: Option<Arc<Site>>,
        arrival: Arrival,
    ) -> Result<Received, Refusal> {
        let refused = |reason, origin| Received::Refused {
            project: site.as_ref().map(|site| site.project),
            reason,
            origin,
            at: arrival.received_at,
        };
        let beacon = match decoded {
            Ok(beacon) => beacon,
            Err(reason) => return Ok(refused(reason, None)),
        };
        let Some(site) = &site else { return Ok(refused(DropReason::UnknownKey, None)) };
        if let Err(foreign) = admit(site, &beacon, arrival.origin.as_deref()) {
            return Ok(refused(DropReason::OriginNotAllowed, Some(foreign)));
        }
        // The first beacons of a process may have to wait a moment; one that has damaged tables is about to end.
        let describer = self.describer.wait().as_ref().map_err(|_| Refusal::Away)?;
        Ok(Received::View(Box::new(describe(describer, site, beacon, &arrival))))
    }

    async fn site(&self, key: Option<&SiteKey>, gate: Gate) -> Result<Option<Arc<Site>>, Refusal> {
        let Some(key) = key.map(SiteKey::as_str) else { return Ok(None) };
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
}

/// The beacon, or why it is none; and its site key, if that can be read at all.
fn read(arrival: &Arrival) -> (Result<Beacon, DropReason>, Option<SiteKey>) {
    let decoded = wire::decode(&arrival.body);
    let key = match &decoded {
        Ok(beacon) => Some(beacon.key.clone()),
        Err(_) => wire::key_of(&arrival.body),
    };
    (decoded, key)
}

fn describe(describer: &Describer, site: &Site, beacon: Beacon, arrival: &Arrival) -> PageView {
    let agent = describer.agent(arrival.user_agent.as_deref().unwrap_or_default());
    let (bot, bot_reason) = match (agent.bot, beacon.viewport) {
        (Bot::Human, Some((0, 0))) => (Bot::Suspect, Cow::Borrowed("window without size")),
        _ => (agent.bot, Cow::Borrowed(agent.bot_reason)),
    };
    PageView {
        project: site.project,
        at: arrival.received_at,
        page_group: site.page_groups.group(&beacon.path),
        device: agent.device_class(beacon.device_hint),
        browser: agent.browser.clone(),
        os: agent.os.clone(),
        country: describer.country(arrival.address),
        bot,
        bot_reason,
        beacon,
        body: arrival.body.clone(),
    }
}

/// Who is asked whose a key is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Gate {
    Open,
    FromMemory,
}

/// What a door answers.
fn tell(written: Result<Outcome, Unwritten>) -> Result<(), Refusal> {
    match written {
        Ok(Ok(())) => Ok(()),
        Ok(Err(reason)) => Err(Refusal::Dropped(reason)),
        Err(Unwritten::Busy) => Err(Refusal::Busy),
        Err(Unwritten::Away) => Err(Refusal::Away),
    }
}

/// Both the page's address and, where a browser names it, the sender's origin must be on the
/// project's list; otherwise says which is not.
fn admit(site: &Site, beacon: &Beacon, sender: Option<&str>) -> Result<(), String> {
    if !site.allows(&beacon.url_origin) {
        return Err(beacon.url_origin.as_str().to_owned());
    }
    match sender {
        None => Ok(()),
        Some(sender) if sender == beacon.url_origin.as_str() => Ok(()),
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
