//! Whether the database answers, and whether the schema is up to date: watched all the time, so
//! that a request is refused at once instead of waiting for a database that is away.

use std::{
    sync::atomic::{AtomicU64, Ordering},
    time::Duration,
};

use tokio::{
    sync::watch,
    time::{Instant, sleep, timeout},
};

use crate::state::Server;

/// Between two looks.
const GLANCE: Duration = Duration::from_millis(250);
/// A database that takes longer to answer nothing is as good as away.
const PATIENCE: Duration = Duration::from_secs(2);
/// A request that waits longer is given up, if the database has been silent for [`SILENCE`]: on
/// a machine that is merely busy, what is quick enough goes on being answered.
const REQUEST_PATIENCE: Duration = Duration::from_millis(900);
const SILENCE: Duration = Duration::from_millis(700);

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Status {
    /// The database answers.
    pub database: bool,
    /// The schema is that of this program.
    pub migrated: bool,
}

impl Status {
    pub const fn is_open(self) -> bool {
        self.database && self.migrated
    }
}

/// Shared knowledge of the [`Status`].
#[derive(Debug)]
pub struct Availability {
    status: watch::Sender<Status>,
    began: Instant,
    /// Milliseconds after `began` at which the database last answered.
    heard: AtomicU64,
}

impl Default for Availability {
    fn default() -> Self {
        Self { status: watch::Sender::default(), began: Instant::now(), heard: AtomicU64::new(0) }
    }
}

impl Availability {
    pub fn now(&self) -> Status {
        *self.status.borrow()
    }

    /// Ends when a request that begins now should not wait any more: the database is away, or
    /// silent for too long.
    pub async fn given_up(&self) {
        let began = Instant::now();
        let mut status = self.status.subscribe();
        loop {
            let left = REQUEST_PATIENCE.saturating_sub(began.elapsed()).max(Duration::from_millis(50));
            tokio::select! {
                // The sender lives as long as we do: no error comes.
                _ = status.wait_for(|status| !status.database) => return,
                () = sleep(left) => {}
            }
            if began.elapsed() >= REQUEST_PATIENCE && self.silence() > SILENCE {
                return;
            }
        }
    }

    /// Ends when everything works.
    pub async fn open(&self) {
        let _ = self.status.subscribe().wait_for(|status| status.is_open()).await;
    }

    fn silence(&self) -> Duration {
        self.began.elapsed().saturating_sub(Duration::from_millis(self.heard.load(Ordering::Relaxed)))
    }

    fn hear(&self) {
        let now = u64::try_from(self.began.elapsed().as_millis()).unwrap_or(u64::MAX);
        self.heard.store(now, Ordering::Relaxed);
    }

    fn note(&self, change: impl FnOnce(&mut Status)) {
        self.status.send_if_modified(|status| {
            let before = *status;
            change(status);
            *status != before
        });
    }
}

/// Watches the database for ever, and brings the schema up to date as soon as it can.
pub async fn watch(server: Server) {
    let availability = &server.availability;
    let config = engine::db::DbConfig { max_connections: 1, ..server.engine.config.db.clone() };
    // A connection of its own: pages that wait for one do not make the database seem away.
    let mut probe = None;
    loop {
        let answers = match &probe {
            Some(pool) => timeout(PATIENCE, engine::db::ping(pool)).await.is_ok_and(|answer| answer.is_ok()),
            None => {
                probe = engine::db::pool(&config).ok();
                continue;
            }
        };
        if answers {
            availability.hear();
        }
        if answers != availability.now().database {
            if answers {
                tracing::info!("the database answers");
            } else {
                tracing::warn!("the database does not answer; pages and beacons are refused until it does");
            }
            availability.note(|status| status.database = answers);
        }
        if !answers {
            // What hangs on a dead connection hangs with the old pool.
            probe = None;
        } else if !availability.now().migrated {
            match engine::db::migrate(&server.engine.db).await {
                Ok(()) => availability.note(|status| status.migrated = true),
                Err(error) => {
                    tracing::error!(%error, "the schema could not be brought up to date; trying again");
                    sleep(Duration::from_secs(1)).await;
                }
            }
        }
        sleep(GLANCE).await;
    }
}
