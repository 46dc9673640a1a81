//! Job: forgets keys that ended long ago.

use chrono::TimeDelta;
use serde::{Deserialize, Serialize};

use super::store;
use crate::{Engine, Result, jobs::Job};

/// Deletes keys that were revoked or ran out more than 90 days ago.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct PurgeApiKeys {}

impl Job for PurgeApiKeys {
    const KIND: &'static str = "purge_api_keys";
    const MAX_ATTEMPTS: i32 = 5;

    async fn run(self, engine: &Engine) -> Result<()> {
        let before = engine.now() - TimeDelta::days(90);
        let deleted = store::delete_ended(&mut *engine.db.acquire().await?, before).await?;
        tracing::debug!(deleted, "forgot API keys that had ended");
        Ok(())
    }
}
