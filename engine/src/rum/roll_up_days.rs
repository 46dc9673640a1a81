//! Job: merges the hours of closed days into day rows, so that long periods read few rows.
//!
//! A day is closed when no page view of it takes updates any more: 24 hours after its end, and
//! two hours more for a batch that is still on its way.

use chrono::{DateTime, TimeDelta, Utc};
use domain::{ProjectId, rum::Granularity};
use serde::{Deserialize, Serialize};
use sqlx::{Connection, PgConnection};

use super::{fold, store, upkeep_store};
use crate::{Engine, Result, jobs::Job};

const OPEN_FOR: TimeDelta = TimeDelta::hours(26);

#[derive(Debug, Default, Serialize, Deserialize)]
pub struct RollUpDays {}

impl Job for RollUpDays {
    const KIND: &'static str = "roll_up_days";
    const MAX_ATTEMPTS: i32 = 10;

    async fn run(self, engine: &Engine) -> Result<()> {
        let mut db = engine.db.acquire().await?;
        let boundary = closed_before(engine.now());
        for project in upkeep_store::projects_to_roll_up(&mut db, boundary).await? {
            roll_up(&mut db, project, boundary).await?;
        }
        Ok(())
    }
}

/// Days before this are closed.
pub fn closed_before(now: DateTime<Utc>) -> DateTime<Utc> {
    Granularity::Day.floor(now - OPEN_FOR)
}

/// Rolls up a project's closed days, the oldest first, each in its own transaction.
pub async fn roll_up(db: &mut PgConnection, project: ProjectId, boundary: DateTime<Utc>) -> Result<()> {
    loop {
        let mut transaction = db.begin().await?;
        store::lock_projects(&mut transaction, &[project]).await?;
        fold::fold_held(&mut transaction, &[project]).await?;
        let Some(hour) = upkeep_store::first_hour_to_roll_up(&mut transaction, project, boundary).await? else {
            upkeep_store::set_rolled_up_to(&mut transaction, project, boundary).await?;
            transaction.commit().await?;
            return Ok(());
        };
        let day = Granularity::Day.floor(hour);
        upkeep_store::roll_up_day(&mut transaction, project, day).await?;
        upkeep_store::set_rolled_up_to(&mut transaction, project, day + Granularity::Day.width()).await?;
        transaction.commit().await?;
    }
}
