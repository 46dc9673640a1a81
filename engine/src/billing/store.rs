//! The SQL of billing.

use chrono::{DateTime, Utc};
use domain::{TeamId, billing::Plan};
use sqlx::PgConnection;

use crate::{Error, Result};

/// The plan of the team's subscription, if it has one.
pub async fn subscribed_plan(conn: &mut PgConnection, team: TeamId) -> Result<Option<Plan>> {
    let word =
        sqlx::query_scalar!("select plan from subscriptions where team_id = $1", team.0).fetch_optional(conn).await?;
    word.map(|word| Plan::parse(&word).ok_or_else(|| Error::internal(format!("a subscription to {word:?}"))))
        .transpose()
}

/// Locks the team's row until the transaction ends; false when there is none.
pub async fn hold_team(conn: &mut PgConnection, team: TeamId) -> Result<bool> {
    let found = sqlx::query_scalar!("select id from teams where id = $1 for no key update", team.0)
        .fetch_optional(conn)
        .await?;
    Ok(found.is_some())
}

pub async fn set_plan(conn: &mut PgConnection, team: TeamId, plan: Plan, now: DateTime<Utc>) -> Result<()> {
    sqlx::query!(
        "insert into subscriptions (team_id, plan, changed_at) values ($1, $2, $3)
         on conflict (team_id) do update set plan = excluded.plan, changed_at = excluded.changed_at",
        team.0,
        plan.as_str(),
        now
    )
    .execute(conn)
    .await?;
    Ok(())
}
