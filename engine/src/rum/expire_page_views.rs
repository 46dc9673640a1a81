//! Job: deletes what a team's plan no longer keeps, in small steps that nobody waits for.

use chrono::TimeDelta;
use domain::billing::Plan;
use serde::{Deserialize, Serialize};

use super::{retention, roll_up_days, upkeep_store};
use crate::{Engine, Result, jobs::Job};

/// No plan keeps raw rows longer, so that a whole day's partition can go.
fn longest_raw_days() -> i64 {
    Plan::ALL.iter().map(|plan| i64::from(plan.limits().raw_days)).max().unwrap_or_default()
}

#[derive(Debug, Default, Serialize, Deserialize)]
pub struct ExpirePageViews {}

impl Job for ExpirePageViews {
    const KIND: &'static str = "expire_page_views";
    const MAX_ATTEMPTS: i32 = 5;

    async fn run(self, engine: &Engine) -> Result<()> {
        let now = engine.now();
        let mut db = engine.db.acquire().await?;
        // One day more than promised: nothing goes early in any time zone.
        let last_day = (now - TimeDelta::days(longest_raw_days() + 1)).date_naive();
        upkeep_store::drop_partitions_before(&mut db, last_day).await?;

        for (project, team) in upkeep_store::projects_and_teams(&mut db).await? {
            let raw_days = retention::raw_days(engine, project, team).await?;
            let raw_before = now - TimeDelta::days(i64::from(raw_days) + 1);
            while upkeep_store::delete_some_page_views(&mut db, project, raw_before).await? > 0 {}
            let trend_days = i64::from(raw_days.max(Plan::SKETCH_DAYS_AT_LEAST));
            // Twice the period, so that the one before can be compared.
            let days_before = now - TimeDelta::days(2 * trend_days + 1);
            let hours_before = (now - TimeDelta::days(i64::from(Plan::SKETCH_DAYS_AT_LEAST) + 1))
                .min(roll_up_days::closed_before(now));
            while upkeep_store::delete_some_sketches(&mut db, project, "hour", hours_before).await? > 0 {}
            while upkeep_store::delete_some_sketches(&mut db, project, "day", days_before).await? > 0 {}
        }
        let longest = now - TimeDelta::days(longest_raw_days() + 1);
        upkeep_store::delete_old_notes(&mut db, longest, longest).await
    }
}
