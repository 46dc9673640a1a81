//! The teams that are there without anybody making them: a person's own, and the house's.

use chrono::{DateTime, Utc};
use domain::{
    TeamId, UserId,
    accounts::{Actor, Email, PersonName},
};
use sqlx::PgConnection;
use uuid::Uuid;

use super::store;
use crate::{Engine, Error, Result};

/// The same in every installation, so that two replicas make one.
const HOUSE_TEAM: TeamId = TeamId(Uuid::from_u128(0x7065_7266_616c_6c79_8000_0000_0000_0001));

/// The personal team of whoever has this address, for the operator's commands. `NotFound` where
/// there is no such account, `Forbidden` to all but the system.
pub async fn personal_team(engine: &Engine, actor: &Actor, email: &str) -> Result<TeamId> {
    if *actor != Actor::System {
        return Err(Error::Forbidden);
    }
    let email = Email::parse(email)?;
    store::personal_team(&mut *engine.db.acquire().await?, &email).await?.ok_or(Error::NotFound)
}

/// The same with who owns it.
pub async fn personal_owner(engine: &Engine, actor: &Actor, email: &str) -> Result<(TeamId, UserId)> {
    let team = personal_team(engine, actor, email).await?;
    let owner = store::user_of_email(&mut *engine.db.acquire().await?, &Email::parse(email)?).await?;
    Ok((team, owner.ok_or(Error::NotFound)?.id))
}

/// The confirmed addresses of a team's owners, for letters about its plan.
pub async fn owners(connection: &mut PgConnection, team: TeamId) -> Result<Vec<Email>> {
    store::owners(connection, team).await
}

/// Lets the account with this address look at what the house team has: its own project and the
/// demo. `Forbidden` to all but the system.
pub async fn show_house(engine: &Engine, actor: &Actor, email: &str) -> Result<()> {
    if *actor != Actor::System {
        return Err(Error::Forbidden);
    }
    let (email, now) = (Email::parse(email)?, engine.now());
    let mut transaction = engine.db.begin().await?;
    let house = house_team(&mut transaction, now).await?;
    store::insert_viewer(&mut transaction, house, &email, now).await?;
    transaction.commit().await?;
    Ok(())
}

/// The team that owns PerfAlly's own project and the demo. Nobody may change what it has. Made
/// at first use, in the caller's transaction.
pub async fn house_team(connection: &mut PgConnection, now: DateTime<Utc>) -> Result<TeamId> {
    store::insert_house_team(connection, HOUSE_TEAM, "PerfAlly", now).await?;
    Ok(HOUSE_TEAM)
}

/// A new person's own team, in the transaction that makes the person.
pub(super) async fn make_personal_team(
    connection: &mut PgConnection,
    owner: UserId,
    name: &PersonName,
    now: DateTime<Utc>,
) -> Result<()> {
    store::insert_personal_team(connection, TeamId(Uuid::now_v7()), owner, name.as_str(), now).await
}
