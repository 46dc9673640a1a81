//! Making, listing and revoking API keys.

use chrono::TimeDelta;
use domain::{
    ApiKeyId, TeamId, UserId,
    accounts::{Action, Actor},
    integrations::{ApiKey, ApiKeyName, ApiKeySummary, ApiMode, Lifetime, Scopes},
};
use rand::RngExt;
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::store::{self, NewRow};
use crate::{Engine, Error, Result, accounts, billing};

/// Keys of a team that open something, at most.
const MOST_KEYS: i64 = 50;

/// So long a revoked key stays in the list.
const REVOKED_SHOWN: TimeDelta = TimeDelta::days(30);

/// What a key is to be.
#[derive(Debug, Clone)]
pub struct NewApiKey {
    pub team: TeamId,
    /// Read as an [`ApiKeyName`].
    pub name: String,
    pub mode: ApiMode,
    pub scopes: Scopes,
    pub lifetime: Lifetime,
}

/// Makes a key and tells it, this once. `Invalid` names `name`; `Conflict` where the team has as
/// many keys as it may.
pub async fn create_api_key(engine: &Engine, actor: &Actor, new: &NewApiKey) -> Result<ApiKey> {
    allowed(actor, new.team)?;
    let user = actor.user().ok_or(Error::Forbidden)?;
    insert(engine, user.id, new).await
}

/// Makes a live key with every scope in the personal team of `owner_email`, for the operator.
/// `NotFound` when nobody has that address.
pub async fn add_api_key(engine: &Engine, actor: &Actor, owner_email: &str, name: &str) -> Result<ApiKey> {
    billing::operator_only(actor)?;
    let (team, owner) = accounts::personal_owner(engine, actor, owner_email).await?;
    let new = NewApiKey {
        team,
        name: name.to_owned(),
        mode: ApiMode::Live,
        scopes: Scopes::all(),
        lifetime: Lifetime::Unlimited,
    };
    insert(engine, owner, &new).await
}

async fn insert(engine: &Engine, made_by: UserId, new: &NewApiKey) -> Result<ApiKey> {
    let name = ApiKeyName::parse(&new.name)?;
    let now = engine.now();
    let key = draw(new.mode);
    let mut tx = engine.db.begin().await?;
    // Alone with the team: two that are made at once are counted.
    billing::plan_held(engine, &mut tx, new.team).await?;
    if store::count_open(&mut tx, new.team, now).await? >= MOST_KEYS {
        return Err(Error::Conflict(format!(
            "The team has {MOST_KEYS} keys already. Revoke one that is not used any more."
        )));
    }
    let row = NewRow {
        id: ApiKeyId(Uuid::now_v7()),
        team: new.team,
        made_by,
        hash: &hash(&key),
        hint: &key.hint(),
        name: &name,
        scopes: &new.scopes,
        created_at: now,
        expires_at: new.lifetime.duration().map(|duration| now + duration),
    };
    store::insert(&mut tx, row).await?;
    tx.commit().await?;
    Ok(key)
}

/// The keys of a team, the newest first; revoked ones for 30 days more.
pub async fn api_keys(engine: &Engine, actor: &Actor, team: TeamId) -> Result<Vec<ApiKeySummary>> {
    allowed(actor, team)?;
    store::of_team(&mut *engine.db.acquire().await?, team, engine.now() - REVOKED_SHOWN).await
}

/// Ends a key, from the next request on. `NotFound` where the team has no such key that is
/// still open.
pub async fn revoke_api_key(engine: &Engine, actor: &Actor, team: TeamId, key: ApiKeyId) -> Result<()> {
    allowed(actor, team)?;
    let was_open = store::revoke(&mut *engine.db.acquire().await?, team, key, engine.now()).await?;
    if was_open { Ok(()) } else { Err(Error::NotFound) }
}

fn allowed(actor: &Actor, team: TeamId) -> Result<()> {
    if actor.may(Action::ManageApiKeys, team) {
        return Ok(());
    }
    Err(match actor {
        Actor::Nobody => Error::Unauthenticated,
        Actor::User(_) if !actor.may(Action::Read, team) => Error::NotFound,
        _ => Error::Forbidden,
    })
}

/// What is stored of a key.
pub(super) fn hash(key: &ApiKey) -> [u8; 32] {
    Sha256::digest(key.expose()).into()
}

/// A new key, of the operating system's randomness.
fn draw(mode: ApiMode) -> ApiKey {
    let mut random = rand::rng();
    ApiKey::from_random(mode, || random.random_range(0..62))
}
