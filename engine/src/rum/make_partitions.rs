//! Job: a partition for each of the coming days, so that no page view waits for one.

use chrono::{Days, NaiveDate};
use serde::{Deserialize, Serialize};
use sqlx::PgConnection;

use super::upkeep_store;
use crate::{Engine, Result, jobs::Job};

/// Days made ahead: a week of holidays.
const AHEAD: u64 = 7;

#[derive(Debug, Default, Serialize, Deserialize)]
pub struct MakePartitions {}

impl Job for MakePartitions {
    const KIND: &'static str = "make_partitions";
    const MAX_ATTEMPTS: i32 = 10;

    async fn run(self, engine: &Engine) -> Result<()> {
        make(&mut *engine.db.acquire().await?, engine.now().date_naive()).await
    }
}

/// Makes the partitions of today and the days ahead.
pub async fn make(db: &mut PgConnection, today: NaiveDate) -> Result<()> {
    for ahead in 0..=AHEAD {
        if let Some(day) = today.checked_add_days(Days::new(ahead)) {
            upkeep_store::ensure_partition(&mut *db, day).await?;
        }
    }
    Ok(())
}
