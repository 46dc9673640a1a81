//! Forgets failed jobs: they are kept for the operator, not for ever.

use chrono::TimeDelta;
use serde::{Deserialize, Serialize};

use super::{Job, store};
use crate::{Engine, Result};

/// Deletes jobs that failed more than 30 days ago.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct PurgeFailedJobs {}

impl Job for PurgeFailedJobs {
    const KIND: &'static str = "purge_failed_jobs";
    const MAX_ATTEMPTS: i32 = 5;

    async fn run(self, engine: &Engine) -> Result<()> {
        let deleted =
            store::delete_failed(&mut *engine.db.acquire().await?, engine.now() - TimeDelta::days(30)).await?;
        if deleted > 0 {
            tracing::info!(deleted, "forgot failed jobs");
        }
        Ok(())
    }
}
