//! How many requests the plan still allows in this hour.

use domain::{accounts::Actor, integrations::ApiMode, rum::Granularity};

use super::store;
use crate::{Engine, Error, Result, billing};

/// What is left of a plan's requests an hour. All live keys of a team count together, by the
/// hour of the clock, UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Allowance {
    pub limit: u32,
    /// After this request; `None` where it was one too many and must be refused.
    pub remaining: Option<u32>,
    /// Seconds until the whole limit is there again, 1 to 3,600.
    pub reset_seconds: u32,
}

/// Counts one request. Those of test keys cost nothing, and are not counted.
pub async fn count_request(engine: &Engine, actor: &Actor) -> Result<Allowance> {
    let Actor::Key(holder) = actor else { return Err(Error::Unauthenticated) };
    let now = engine.now();
    let hour = Granularity::Hour.floor(now);
    let left = (hour + Granularity::Hour.width() - now).num_milliseconds();
    let reset_seconds = u32::try_from((left + 999) / 1_000).unwrap_or(3_600).clamp(1, 3_600);
    let mut conn = engine.db.acquire().await?;
    let limit = billing::plan_by(engine, &mut conn, holder.team).await?.limits().api.requests_per_hour();
    let used = match holder.mode {
        ApiMode::Test => Some(0),
        ApiMode::Live => {
            let most = i32::try_from(limit).unwrap_or(i32::MAX);
            let used = store::count_request(&mut conn, holder.team, hour, most).await?;
            used.map(i32::unsigned_abs)
        }
    };
    // A plan that was changed within the hour may leave less than nothing.
    Ok(Allowance { limit, remaining: used.map(|used| limit.saturating_sub(used)), reset_seconds })
}
