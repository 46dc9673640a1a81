//! Whose an API key is.

use chrono::TimeDelta;
use domain::{accounts::Actor, integrations::ApiKey};

use super::{api_keys::hash, store};
use crate::{Engine, Error, Result};

/// How exact "last used" is: one write a key in so long, not one a request.
const TOUCH_EVERY: TimeDelta = TimeDelta::minutes(1);

/// The actor that a key stands for, as key, scopes and membership are now. `Unauthenticated` for
/// whatever opens nothing: never made, mistyped, revoked, run out, or of a member who left. What
/// has a wrong checksum is refused without asking the database.
pub async fn authenticate(engine: &Engine, key: &str) -> Result<Actor> {
    let Ok(key) = ApiKey::parse(key) else { return Err(Error::Unauthenticated) };
    let now = engine.now();
    let mut conn = engine.db.acquire().await?;
    let found = store::holder(&mut conn, &hash(&key), now).await?;
    let (holder, last_used_at) = found.ok_or(Error::Unauthenticated)?;
    if last_used_at.is_none_or(|at| now - at >= TOUCH_EVERY) {
        store::touch(&mut conn, holder.team, holder.key, now).await?;
    }
    Ok(Actor::Key(holder))
}
