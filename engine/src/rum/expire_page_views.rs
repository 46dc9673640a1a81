//! Job: deletes what a team's plan no longer keeps, in small steps that nobody waits for.
//!
//! A day that no project keeps goes as a whole, with its partition; the rest row by row. When time is up, the next run
//! goes on.

use std::time::{Duration, Instant};

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use domain::{ProjectId, billing::Plan};
use serde::{Deserialize, Serialize};
use sqlx::PgConnection;

use super::{
    batch::NO_PROJECT,
    retention::HOUSE_DAYS,
    roll_up_days,
    upkeep_store::{self, Kept},
};
use crate::{Engine, Result, jobs::Job};

/// After a change of plan nothing is deleted for so long: a team may think better of a smaller one.
const GRACE: TimeDelta = TimeDelta::days(7);

/// One day more than promised: nothing goes early in any time zone.
const MARGIN: i64 = 1;

/// Page views take updates for 24 hours; what only serves these is kept a little longer.
const UPDATES: TimeDelta = TimeDelta::days(3);

/// Months are told apart for a year and more.
const COUNTERS: TimeDelta = TimeDelta::days(400);

/// A clock that steps further from one run to the next was set, or this server was off: who knows which of its times is
/// right.
const LEAP: TimeDelta = TimeDelta::days(2);

/// After a leap nothing is deleted for so long: somebody may set the clock right.
const DOUBT: TimeDelta = TimeDelta::days(1);

/// Within the job's own limit.
const WORK: Duration = Duration::from_secs(4 * 60);

/// Between two steps, for others.
const PAUSE: Duration = Duration::from_millis(20);

#[derive(Debug, Default, Serialize, Deserialize)]
pub struct ExpirePageViews {}

impl Job for ExpirePageViews {
    const KIND: &'static str = "expire_page_views";
    const MAX_ATTEMPTS: i32 = 5;

    async fn run(self, engine: &Engine) -> Result<()> {
        let mut db = engine.db.acquire().await?;
        let now = engine.now();
        let steady_since = upkeep_store::steady_since(&mut db, now, now - DOUBT, LEAP).await?;
        if now - steady_since < DOUBT {
            tracing::warn!(%now, %steady_since, "the clock was set, or this server was off: nothing is deleted for a day");
            return Ok(());
        }
        upkeep_store::wait_briefly(&mut db).await?;
        let expired = expire(&mut db, engine.config.default_plan, now).await;
        upkeep_store::wait_as_usual(&mut db).await?;
        expired
    }
}

/// Deletes what is not kept any more at `now`.
pub async fn expire(db: &mut PgConnection, default_plan: Plan, now: DateTime<Utc>) -> Result<()> {
    let steps = Steps { until: Instant::now() + WORK };
    let before = |days: u16| now - TimeDelta::days(i64::from(days) + MARGIN);
    let projects = upkeep_store::kept_projects(&mut *db).await?;
    let shortest = Plan::Free.limits().raw_days;
    let longest = projects.iter().map(|kept| raw_days(kept, default_plan, now)).max().unwrap_or(shortest);
    upkeep_store::drop_partitions_before(&mut *db, before(longest).date_naive()).await?;

    for kept in &projects {
        let project = kept.project;
        let raw_days = raw_days(kept, default_plan, now);
        steps.all(&mut *db, What::PageViews(project, before(raw_days))).await?;
        let hours_before = before(Plan::SKETCH_DAYS_AT_LEAST).min(roll_up_days::closed_before(now));
        steps.all(&mut *db, What::Hours(project, hours_before)).await?;
        // Twice the period, so that the one before can be compared.
        let days_before = before(2 * raw_days.max(Plan::SKETCH_DAYS_AT_LEAST));
        steps.all(&mut *db, What::Days(project, days_before)).await?;
        steps.all(&mut *db, What::Outcomes(project, days_before)).await?;
    }
    steps.all(&mut *db, What::Outcomes(NO_PROJECT, before(2 * longest))).await?;
    upkeep_store::forget_refused_origins(&mut *db, before(longest)).await?;
    steps.all(&mut *db, What::Skews { before: before(longest), left_out_before: now - UPDATES }).await?;
    steps.all(&mut *db, What::Keys((now - UPDATES).date_naive())).await?;
    upkeep_store::delete_old_counters(db, now - COUNTERS).await
}

/// Days that a project's raw page views are kept.
fn raw_days(kept: &Kept, default_plan: Plan, now: DateTime<Utc>) -> u16 {
    match kept.plan {
        _ if kept.house => HOUSE_DAYS,
        Some((_, since)) if now - since < GRACE => {
            Plan::ALL.iter().map(|plan| plan.limits().raw_days).max().unwrap_or_default()
        }
        Some((plan, _)) => plan.limits().raw_days,
        None => default_plan.limits().raw_days,
    }
}

/// What is deleted, from before when.
#[derive(Clone, Copy)]
enum What {
    PageViews(ProjectId, DateTime<Utc>),
    Hours(ProjectId, DateTime<Utc>),
    Days(ProjectId, DateTime<Utc>),
    Outcomes(ProjectId, DateTime<Utc>),
    Skews { before: DateTime<Utc>, left_out_before: DateTime<Utc> },
    Keys(NaiveDate),
}

impl What {
    /// Deletes some of it; tells how much.
    async fn delete_some(self, db: &mut PgConnection) -> Result<u64> {
        match self {
            Self::PageViews(project, before) => upkeep_store::delete_some_page_views(db, project, before).await,
            Self::Hours(project, before) => upkeep_store::delete_some_sketches(db, project, "hour", before, true).await,
            Self::Days(project, before) => upkeep_store::delete_some_sketches(db, project, "day", before, false).await,
            Self::Outcomes(project, before) => upkeep_store::delete_some_outcomes(db, project, before).await,
            Self::Skews { before, left_out_before } => {
                upkeep_store::delete_some_skews(db, before, left_out_before).await
            }
            Self::Keys(before) => upkeep_store::delete_some_keys(db, before).await,
        }
    }
}

struct Steps {
    until: Instant,
}

impl Steps {
    /// Repeats a step until it finds nothing more, or time is up.
    async fn all(&self, db: &mut PgConnection, what: What) -> Result<()> {
        while Instant::now() < self.until && what.delete_some(&mut *db).await? > 0 {
            tokio::time::sleep(PAUSE).await;
        }
        Ok(())
    }
}
