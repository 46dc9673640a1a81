//! The queue's promises, on a real database.

mod queue;
mod worker;

use std::{sync::Mutex, time::Duration};

use serde::{Deserialize, Serialize};
use sqlx::PgPool;
use uuid::Uuid;

use super::{Job, Registry, claimed::Claimed, enqueue};
use crate::{Engine, Error, Result, fakes::World};

/// What ran, by the notebook of each test.
static RUNS: Mutex<Vec<(Uuid, String)>> = Mutex::new(Vec::new());

/// A job that writes down that it ran.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Note {
    notebook: Uuid,
    text: String,
    how: How,
}

#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
enum How {
    Well,
    /// As if another service were away.
    Away,
    /// As if what it is about were gone.
    InVain,
    Panicking,
    /// After so many milliseconds.
    Slowly(u64),
}

impl Job for Note {
    const KIND: &'static str = "test_note";
    const MAX_ATTEMPTS: i32 = 3;

    async fn run(self, _: &Engine) -> Result<()> {
        if let How::Slowly(milliseconds) = self.how {
            tokio::time::sleep(Duration::from_millis(milliseconds)).await;
        }
        RUNS.lock().unwrap().push((self.notebook, self.text));
        match self.how {
            How::Well | How::Slowly(_) => Ok(()),
            How::Away => Err(Error::Upstream { service: "The moon", detail: "it is new\0".into() }),
            How::InVain => Err(Error::NotFound),
            How::Panicking => panic!("as the test wants it"),
        }
    }
}

/// A job that comes by the clock.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Tick {}

impl Job for Tick {
    const KIND: &'static str = "test_tick";
    const MAX_ATTEMPTS: i32 = 3;

    async fn run(self, _: &Engine) -> Result<()> {
        Ok(())
    }
}

/// A job that hangs, and may not.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Endless {}

impl Job for Endless {
    const KIND: &'static str = "test_endless";
    const MAX_ATTEMPTS: i32 = 1;
    const TIME_LIMIT: Duration = Duration::from_millis(50);

    async fn run(self, _: &Engine) -> Result<()> {
        std::future::pending().await
    }
}

/// A job that waits for somebody who is silent.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Letter {}

impl Job for Letter {
    const KIND: &'static str = "test_letter";
    const MAX_ATTEMPTS: i32 = 3;
    const WAITS_FOR_OTHERS: bool = true;

    async fn run(self, _: &Engine) -> Result<()> {
        std::future::pending().await
    }
}

fn registry() -> Registry {
    Registry::default().with::<Note>().with::<Endless>().with::<Letter>()
}

/// A world and the notebook of one test.
struct Desk {
    world: World,
    notebook: Uuid,
}

/// A row of the queue.
#[derive(Debug, sqlx::FromRow)]
struct Row {
    kind: String,
    attempts: i32,
    last_error: Option<String>,
    is_failed: bool,
    is_leased: bool,
}

impl Desk {
    fn new(db: PgPool) -> Self {
        Self { world: World::new(db), notebook: Uuid::new_v4() }
    }

    fn engine(&self) -> &Engine {
        &self.world.engine
    }

    fn note(&self, text: &str, how: How) -> Note {
        Note { notebook: self.notebook, text: text.to_owned(), how }
    }

    async fn enqueue(&self, text: &str, how: How, dedupe: Option<&str>) {
        let mut connection = self.engine().db.acquire().await.unwrap();
        enqueue(&mut connection, &self.note(text, how), dedupe, self.world.now()).await.unwrap();
    }

    async fn claim(&self) -> Option<Claimed> {
        super::worker::claim(self.engine(), &registry().names(false), &registry(), 1).await.unwrap().pop()
    }

    async fn run_due(&self) -> u32 {
        super::worker::run_due_of(self.engine(), &registry()).await.unwrap()
    }

    /// What ran so far, in order.
    fn runs(&self) -> Vec<String> {
        let runs = RUNS.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        runs.iter().filter(|(notebook, _)| *notebook == self.notebook).map(|(_, text)| text.clone()).collect()
    }

    async fn rows(&self) -> Vec<Row> {
        sqlx::query_as(
            "select kind, attempts, last_error, failed_at is not null as is_failed, lease_token is not null as is_leased
             from jobs order by id",
        )
        .fetch_all(&self.engine().db)
        .await
        .unwrap()
    }
}
