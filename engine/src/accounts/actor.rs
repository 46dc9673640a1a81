//! Who is asking, made anew for each request, so that roles and removals hold from the next.

use domain::{
    UserId,
    accounts::{Actor, User},
};

use super::store;
use crate::{Engine, Error, Result};

/// The actor of a session: the person with the memberships of this moment. An account that is
/// no more is nobody.
pub async fn actor(engine: &Engine, user: Option<UserId>) -> Result<Actor> {
    let Some(id) = user else { return Ok(Actor::Nobody) };
    let mut connection = engine.db.acquire().await?;
    let Some(row) = store::user(&mut connection, id).await? else { return Ok(Actor::Nobody) };
    let memberships = store::memberships(&mut connection, id).await?;
    Ok(Actor::User(User {
        id: row.id,
        email: row.email,
        email_verified: row.email_verified_at.is_some(),
        name: row.name,
        time_zone: row.time_zone,
        memberships,
    }))
}

/// The person who asks. `Unauthenticated` for nobody, and for the system, which has no account.
pub(super) fn person(actor: &Actor) -> Result<&User> {
    actor.user().ok_or(Error::Unauthenticated)
}
