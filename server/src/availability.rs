//! Whether the database answers, and whether the schema is up to date: watched all the time, so
//! that a request is refused at once instead of waiting for a database that is away.

use std::time::Duration;

use tokio::{sync::watch, time::timeout};

use crate::state::Server;

/// Between two looks.
const GLANCE: Duration = Duration::from_millis(250);
/// A database that takes longer to answer nothing is as good as away.
const PATIENCE: Duration = Duration::from_millis(700);

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
#[derive(Debug, Default)]
pub struct Availability(watch::Sender<Status>);

impl Availability {
    pub fn now(&self) -> Status {
        *self.0.borrow()
    }

    /// Ends when the database is away.
    pub async fn gone(&self) {
        // The sender lives as long as we do: no error comes.
        let _ = self.0.subscribe().wait_for(|status| !status.database).await;
    }

    /// Ends when everything works.
    pub async fn open(&self) {
        let _ = self.0.subscribe().wait_for(|status| status.is_open()).await;
    }

    fn note(&self, change: impl FnOnce(&mut Status)) {
        self.0.send_if_modified(|status| {
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
                    tokio::time::sleep(Duration::from_secs(1)).await;
                }
            }
        }
        tokio::time::sleep(GLANCE).await;
    }
}
