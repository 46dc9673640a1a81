//! Work to do later, once.

use std::{collections::BTreeMap, future::Future, time::Duration};

use chrono::{DateTime, Utc};
use serde::{Serialize, de::DeserializeOwned};
use sqlx::PgConnection;
use tokio_util::sync::CancellationToken;

use crate::{Engine, Error, Result};

/// A piece of work that can be done later, by any replica.
pub trait Job: Serialize + DeserializeOwned + Send + Sync + 'static {
    /// Its name in the table; never changed once released.
    const KIND: &'static str;
    const MAX_ATTEMPTS: i32;
    fn run(self, engine: &Engine) -> impl Future<Output = Result<()>> + Send;
}

/// The jobs that a worker can do.
#[derive(Clone, Default)]
pub struct Registry {
    kinds: BTreeMap<&'static str, ()>,
}

impl Registry {
    #[must_use]
    pub fn with<J: Job>(mut self) -> Self {
        self.kinds.insert(J::KIND, ());
        self
    }

    /// Also enqueues one `J::default()` in each interval, whatever the number of replicas.
    #[must_use]
    pub fn every<J: Job + Default>(self, _interval: Duration) -> Self {
        self.with::<J>()
    }
}

/// Puts a job into the queue, in the caller's transaction. `dedupe`: at most one waiting job of
/// a kind with the same key; a further one is dropped.
pub async fn enqueue<J: Job>(_: &mut PgConnection, _job: &J, _dedupe: Option<&str>, _run_at: DateTime<Utc>) -> Result<()> {
    Err(Error::internal("not there yet"))
}

/// Takes jobs and runs them.
pub struct Worker;

impl Worker {
    pub fn new(_: Registry) -> Self { Self }

    /// Works until `shutdown`, then lets running jobs end.
    pub async fn run_until(self, _: &Engine, shutdown: CancellationToken) { shutdown.cancelled().await }
}

/// Runs what is due until nothing is, for tests; tells how many runs that took.
pub async fn run_due(_: &Engine) -> Result<u32> { Ok(0) }
