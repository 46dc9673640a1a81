//! Forgets what has run out: sessions, links, counted tries.

use chrono::TimeDelta;
use serde::{Deserialize, Serialize};

use super::{session_store, store, throttle::LONGEST_WINDOW};
use crate::{Engine, Result, jobs::Job};

/// Deletes sessions and links past their end, and tries that no window counts any more.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct PurgeAccounts {}

impl Job for PurgeAccounts {
    const KIND: &'static str = "purge_accounts";
    const MAX_ATTEMPTS: i32 = 5;

    async fn run(self, engine: &Engine) -> Result<()> {
        let now = engine.now();
        let mut connection = engine.db.acquire().await?;
        let sessions = session_store::delete_expired(&mut connection, now).await?;
        // A day longer than they are good for, to see in the table why a link was refused.
        let tokens = store::delete_expired_tokens(&mut connection, now - TimeDelta::days(1)).await?;
        let hits = store::delete_throttle_hits(&mut connection, now - LONGEST_WINDOW).await?;
        tracing::debug!(sessions, tokens, hits, "forgot what had run out");
        Ok(())
    }
}
