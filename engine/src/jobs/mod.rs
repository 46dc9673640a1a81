//! Work to do later, once, on any number of replicas: a small queue in Postgres.
//!
//! A worker claims a job by a lease, in one short statement, and never holds a transaction
//! while the job runs. It renews the lease as it works; a job whose worker vanished is taken
//! over when the lease ends. Each claim has a token of its own, and only its holder may settle
//! the job, so that a worker that was slow, not dead, cannot undo what its successor did.
//! A job can therefore run twice, and must be safe to.
//!
//! To add one to a room: a file `<verb>_<noun>.rs` with a struct of ids that implements
//! [`Job`]; `.with::<ThatStruct>()`, or `.every::<ThatStruct>(interval)` for a periodic one, in
//! [`crate::registry`]; and [`enqueue`] in the transaction that makes the work necessary.
//!
//! An error of the kinds `Upstream`, `Internal`, `Throttled` and `Conflict` (and a panic, or the
//! time limit) is tried again, later and later; any other says that trying again is in vain.
//! A job that failed for good stays in the table with `failed_at` and `last_error` for 30 days.

mod claimed;
mod purge_failed_jobs;
mod registry;
mod slots;
mod store;
#[cfg(test)]
mod tests;
mod worker;

use std::{future::Future, time::Duration};

use chrono::{DateTime, Utc};
use serde::{Serialize, de::DeserializeOwned};
use sqlx::PgConnection;

pub use purge_failed_jobs::PurgeFailedJobs;
pub use registry::Registry;
pub use store::Depth;
#[cfg(any(test, feature = "testing"))]
pub(crate) use store::kinds_in_queue;
pub use worker::Worker;

use crate::{Engine, Result};

/// A piece of work that can be done later, by any replica.
pub trait Job: Serialize + DeserializeOwned + Send + Sync + 'static {
    /// Its name in the table; never changed once released.
    const KIND: &'static str;
    /// Runs before it counts as failed. Waits between them grow from 10 s to an hour.
    const MAX_ATTEMPTS: i32;
    /// A run that takes longer is ended and counts as a failed attempt.
    const TIME_LIMIT: Duration = Duration::from_secs(5 * 60);
    /// Whether it waits for a service that is not ours, such as a mail server. A worker runs few of these at once, so
    /// that one which is silent does not hold up the rest.
    const WAITS_FOR_OTHERS: bool = false;

    fn run(self, engine: &Engine) -> impl Future<Output = Result<()>> + Send;
}

/// Puts a job into the queue, in the caller's transaction. `dedupe`: at most one waiting job of
/// a kind with the same key; a further one is dropped. A running one does not count.
pub async fn enqueue<J: Job>(
    connection: &mut PgConnection,
    job: &J,
    dedupe: Option<&str>,
    run_at: DateTime<Utc>,
) -> Result<()> {
    let payload = serde_json::to_value(job).map_err(crate::Error::internal)?;
    store::insert(connection, J::KIND, &payload, dedupe, run_at).await
}

/// How much waits, for `/readyz` and operators.
pub async fn depth(engine: &Engine) -> Result<Depth> {
    store::depth(&mut *engine.db.acquire().await?, engine.now()).await
}

/// Runs what is due until nothing is, one after the other; for tests. Tells how many runs that
/// took. What fails waits for its next attempt.
pub async fn run_due(engine: &Engine) -> Result<u32> {
    worker::run_due_of(engine, &crate::registry()).await
}
