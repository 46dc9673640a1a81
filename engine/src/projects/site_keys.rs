//! The gate: whose a beacon's key is, answered from memory.
//!
//! What it remembers is dropped when a project changes: at once by the verb that changed it in
//! this process, and by `NOTIFY sites` on every other replica, as soon as the change commits.
//! While the listener has no connection, what was read more than a second ago is read again.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use chrono::{DateTime, Utc};
use domain::{
    ProjectId, TeamId,
    projects::{AllowedOrigin, Origin, PageGroups, SiteKey},
};
use sqlx::{PgPool, postgres::PgListener};
use tokio::{sync::Semaphore, task::AbortHandle};

use super::{memory::Memory, store};
use crate::{Clock, Error, Result};

/// How old an answer may be while nobody would tell us of a change.
const STALE_UNHEARD: Duration = Duration::from_secs(1);

/// How old an answer may be at most, should a notification be lost all the same.
const STALE: Duration = Duration::from_secs(60);

/// A connection that broke without a word is found out by asking it this often.
const HEARTBEAT: Duration = Duration::from_secs(5);
const HEARTBEAT_TIMEOUT: Duration = Duration::from_secs(2);

/// How long a beacon waits to learn whose it is. A database that hangs is away.
const PATIENCE: Duration = Duration::from_millis(900);

/// The same where an old answer will do.
const PATIENCE_WITH_OLD: Duration = Duration::from_millis(200);

/// Look-ups under way at once, so that a flood of made-up keys leaves connections to others.
const LOOKUPS: usize = 4;

/// A project as its beacons need it.
#[derive(Debug)]
pub struct Site {
    pub project: ProjectId,
    pub team: TeamId,
    pub origins: Vec<AllowedOrigin>,
    pub page_groups: PageGroups,
}

impl Site {
    /// Whether pages of this origin may send.
    pub fn allows(&self, origin: &Origin) -> bool {
        self.origins.iter().any(|allowed| allowed.allows(origin))
    }

    /// Roughly, the bytes that it takes in memory.
    fn size(&self) -> usize {
        let origins: usize = self.origins.iter().map(|origin| origin.as_str().len() + 24).sum();
        200 + origins + self.page_groups.size()
    }
}

/// Admits beacons by their keys. Cheap to clone: all clones share what is remembered.
#[derive(Clone)]
pub struct SiteKeys(Arc<Shared>);

struct Shared {
    db: PgPool,
    clock: Clock,
    remembered: Arc<Remembered>,
    lookups: Semaphore,
    /// Ends with the last clone.
    listener: AbortHandle,
}

struct Remembered {
    memory: Memory<Answer>,
    /// Counts changes: an answer that was read while it moved on is not remembered.
    changes: AtomicU64,
    /// Counts the times at which changes may have been missed: older answers are asked again.
    epoch: AtomicU64,
    /// Whether the listener would hear of a change.
    listening: AtomicBool,
}

#[derive(Clone)]
struct Answer {
    /// `None`: the key is not of any project.
    site: Option<Arc<Site>>,
    expires_at: Option<DateTime<Utc>>,
    read_at: Instant,
    epoch: u64,
}

impl SiteKeys {
    /// Starts with nothing remembered, and listens from now on. Must run inside a tokio runtime;
    /// the database may still be away.
    pub fn start(db: PgPool, clock: Clock) -> Self {
        let remembered = Arc::new(Remembered {
            memory: Memory::default(),
            changes: AtomicU64::new(0),
            epoch: AtomicU64::new(0),
            listening: AtomicBool::new(false),
        });
        let listener = tokio::spawn(listen(db.clone(), Arc::clone(&remembered))).abort_handle();
        Self(Arc::new(Shared { db, clock, remembered, lookups: Semaphore::new(LOOKUPS), listener }))
    }

    /// Whose the key is, if it may send now. `Upstream` when that must be asked of the database
    /// and it is away.
    pub async fn admit(&self, key: &str) -> Result<Option<Arc<Site>>> {
        if let Some(answer) = self.at_hand(key) {
            return Ok(answer);
        }
        let Ok(key) = SiteKey::parse(key) else { return Ok(None) };
        let old = self.last_known(key.as_str());
        let patience = if old.is_some() { PATIENCE_WITH_OLD } else { PATIENCE };
        let answer = tokio::time::timeout(patience, self.look_up(&key)).await.unwrap_or_else(|_| {
            Err(Error::Upstream {
                service: "The database",
                detail: "whose a site key is was not answered in time".into(),
            })
        });
        match (answer, old) {
            (Ok(answer), _) => Ok(answer.site_at(self.0.clock.now())),
            (Err(Error::Upstream { .. }), Some(old)) => Ok(Some(old)),
            (Err(error), _) => Err(error),
        }
    }

    /// What [`Self::admit`] answers without asking; `None`: it would have to ask.
    pub fn at_hand(&self, key: &str) -> Option<Option<Arc<Site>>> {
        let answer = self.0.remembered.recall(key)?;
        Some(answer.site_at(self.0.clock.now()))
    }

    /// Whose the key was when that was last asked, however long ago: for while the database is away. A change that was
    /// heard of is heeded.
    pub fn last_known(&self, key: &str) -> Option<Arc<Site>> {
        self.0.remembered.memory.get(key)?.site_at(self.0.clock.now())
    }

    async fn look_up(&self, key: &SiteKey) -> Result<Answer> {
        let _permit = self.0.lookups.acquire().await.map_err(Error::internal)?;
        let remembered = &self.0.remembered;
        // Whoever waited for a permit may find what another has read meanwhile.
        if let Some(answer) = remembered.recall(key.as_str()) {
            return Ok(answer);
        }
        let changes = remembered.changes.load(Ordering::Acquire);
        let epoch = remembered.epoch.load(Ordering::Acquire);
        let read_at = Instant::now();
        let mut conn = self.0.db.acquire().await?;
        let answer = match store::key_holder(&mut conn, key).await? {
            None => Answer { site: None, expires_at: None, read_at, epoch },
            Some(holder) => Answer {
                site: Some(Arc::new(Site {
                    project: holder.project,
                    team: holder.team,
                    origins: holder.origins,
                    page_groups: PageGroups::new(holder.templates.user, holder.templates.learnt),
                })),
                expires_at: holder.expires_at,
                read_at,
                epoch,
            },
        };
        remembered.remember(key, &answer, changes);
        Ok(answer)
    }

    /// Drops what is remembered of the project, because it changed.
    pub fn forget(&self, project: ProjectId) {
        self.0.remembered.forget(project);
    }

    /// Whether changes made by other replicas would be heard of at once.
    pub fn is_listening(&self) -> bool {
        self.0.remembered.listening.load(Ordering::Acquire)
    }
}

impl Drop for Shared {
    fn drop(&mut self) {
        self.listener.abort();
    }
}

impl Answer {
    fn site_at(&self, now: DateTime<Utc>) -> Option<Arc<Site>> {
        self.site.clone().filter(|_| self.expires_at.is_none_or(|end| now < end))
    }
}

impl Remembered {
    fn recall(&self, key: &str) -> Option<Answer> {
        let stale = if self.listening.load(Ordering::Acquire) { STALE } else { STALE_UNHEARD };
        let epoch = self.epoch.load(Ordering::Acquire);
        self.memory.get(key).filter(|answer| answer.epoch == epoch && answer.read_at.elapsed() < stale)
    }

    fn remember(&self, key: &SiteKey, answer: &Answer, changes: u64) {
        let size = answer.site.as_ref().map_or(0, |site| site.size());
        self.memory.insert_if(key.as_str(), answer.clone(), size, || self.changes.load(Ordering::Acquire) == changes);
    }

    /// Answers of other projects stay; those of unknown keys go, for one of them may be new.
    fn forget(&self, project: ProjectId) {
        self.changes.fetch_add(1, Ordering::AcqRel);
        self.memory.retain(|answer| answer.site.as_ref().is_some_and(|site| site.project != project));
    }

    /// Everything is asked again; until it is answered, the old is kept for while the database is away.
    fn doubt_all(&self) {
        self.changes.fetch_add(1, Ordering::AcqRel);
        self.epoch.fetch_add(1, Ordering::AcqRel);
        self.memory.retain(|answer| answer.site.is_some());
    }
}

/// Hears of changes for as long as the gate lives, whatever becomes of the connection.
async fn listen(db: PgPool, remembered: Arc<Remembered>) {
    loop {
        let ended = listen_once(&db, &remembered).await;
        remembered.listening.store(false, Ordering::Release);
        if db.is_closed() {
            return;
        }
        if let Err(error) = ended {
            tracing::debug!(%error, "the gate does not hear of changes; trying again");
        }
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
}

async fn listen_once(db: &PgPool, remembered: &Remembered) -> Result<(), sqlx::Error> {
    let mut listener = PgListener::connect_with(db).await?;
    // A new connection is a new start of this function, so that nothing missed is kept.
    listener.eager_reconnect(false);
    listener.listen(store::CHANNEL).await?;
    remembered.doubt_all();
    remembered.listening.store(true, Ordering::Release);
    loop {
        match tokio::time::timeout(HEARTBEAT, listener.try_recv()).await {
            Ok(Ok(Some(notification))) => match notification.payload().parse() {
                Ok(project) => remembered.forget(project),
                Err(_) => remembered.doubt_all(),
            },
            Ok(Ok(None)) => return Ok(()),
            Ok(Err(error)) => return Err(error),
            Err(_quiet) => {
                let answered = tokio::time::timeout(HEARTBEAT_TIMEOUT, store::ask(&mut listener)).await;
                answered.map_err(|_| sqlx::Error::PoolTimedOut)??;
            }
        }
    }
}
