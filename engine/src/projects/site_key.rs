//! Site keys: made, rotated with a grace, revoked.

use domain::{
    Invalid, ProjectId,
    accounts::{Action, Actor},
    projects::{Grace, SiteKey},
};
use rand::RngExt;

use super::{access::Change, store};
use crate::{Engine, Error, Result};

/// Most keys of a project that are valid at once.
const MOST_KEYS: usize = 10;

/// A new key, of the operating system's randomness.
pub(super) fn new_key() -> SiteKey {
    let mut random = rand::rng();
    SiteKey::from_random(|| random.random_range(0..62))
}

/// Makes a new key; those before stay valid for `grace`, or to the end of an earlier grace if
/// that is sooner. With [`Grace::None`] they are dead at once.
pub async fn rotate_site_key(engine: &Engine, actor: &Actor, id: ProjectId, grace: Grace) -> Result<SiteKey> {
    let mut change = Change::begin(engine, actor, id, Action::ManageProjects).await?;
    let now = engine.now();
    store::end_site_keys(&mut change.tx, id, now + grace.duration()).await?;
    store::delete_dead_site_keys(&mut change.tx, id, now).await?;
    if store::site_keys(&mut change.tx, id, now).await?.len() >= MOST_KEYS {
        return Err(Error::Conflict(format!(
            "{MOST_KEYS} keys of this project are valid already. Revoke one that is no longer used, then rotate again."
        )));
    }
    let key = new_key();
    store::insert_site_key(&mut change.tx, id, &key, now).await?;
    change.finish().await?;
    Ok(key)
}

/// Ends the grace of a key at once. `NotFound` when the project has no such key; `Invalid` names
/// `key` for the current one, which only a rotation replaces: a project always has a key.
pub async fn revoke_site_key(engine: &Engine, actor: &Actor, id: ProjectId, key: &str) -> Result<()> {
    let mut change = Change::begin(engine, actor, id, Action::ManageProjects).await?;
    let now = engine.now();
    let keys = store::site_keys(&mut change.tx, id, now).await?;
    let found = keys.iter().find(|in_use| in_use.key.as_str() == key).ok_or(Error::NotFound)?;
    if found.expires_at.is_none() {
        return Err(Invalid::new("key", "This is the current key. Rotate it without a grace instead: that makes a new one and ends this one at once.").into());
    }
    store::delete_site_key(&mut change.tx, id, &found.key).await?;
    change.finish().await
}
