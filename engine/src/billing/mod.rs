//! The plan of a team. Limits are never stored: they follow from the plan.
//!
//! Payment is not here yet; a plan is set by the operator, or by default.

mod store;
#[cfg(test)]
mod tests;

use domain::{TeamId, accounts::Actor, billing::Plan};
use sqlx::PgConnection;

use crate::{Engine, Error, Result, accounts};

/// The team's plan: its subscription's, or the one that the operator configured for all.
pub async fn plan(engine: &Engine, team: TeamId) -> Result<Plan> {
    plan_by(engine, &mut *engine.db.acquire().await?, team).await
}

/// The same, on a connection that the caller has already.
pub async fn plan_by(engine: &Engine, conn: &mut PgConnection, team: TeamId) -> Result<Plan> {
    Ok(store::subscribed_plan(conn, team).await?.unwrap_or(engine.config.default_plan))
}

/// The team's plan, held until the transaction ends: whoever counts what a limit bounds and adds
/// to it in the same transaction is alone with the team meanwhile, on every replica. `NotFound`
/// when there is no such team.
pub async fn plan_held(engine: &Engine, conn: &mut PgConnection, team: TeamId) -> Result<Plan> {
    if !store::hold_team(conn, team).await? {
        return Err(Error::NotFound);
    }
    Ok(store::subscribed_plan(conn, team).await?.unwrap_or(engine.config.default_plan))
}

/// Puts the personal team of `owner_email` on a plan, from the next request on. The operator's
/// alone: a member changes the plan by paying. `NotFound` when nobody has that address.
pub async fn set_plan(engine: &Engine, actor: &Actor, owner_email: &str, plan: Plan) -> Result<TeamId> {
    operator_only(actor)?;
    let team = accounts::personal_team(engine, actor, owner_email).await?;
    let mut conn = engine.db.acquire().await?;
    store::set_plan(&mut conn, team, plan, engine.now()).await?;
    Ok(team)
}

/// Refuses everybody but the operator and jobs.
pub fn operator_only(actor: &Actor) -> Result<()> {
    match actor {
        Actor::System => Ok(()),
        Actor::User(_) | Actor::Key(_) | Actor::Guest(_) => Err(Error::Forbidden),
        Actor::Nobody => Err(Error::Unauthenticated),
    }
}
