//! What the page of API keys asks the server to do.

use domain::{
    ApiKeyId, TeamId,
    integrations::{ApiMode, Lifetime, Scope},
};
use leptos::prelude::*;
use serde::{Deserialize, Serialize};

use crate::{AppError, ui::Moment};
#[cfg(feature = "ssr")]
use crate::{local_time::LocalTime, routes, ssr};

/// The keys of one of the person's teams.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TeamKeys {
    pub team: TeamId,
    pub name: String,
    /// The newest first.
    pub keys: Vec<KeyLine>,
}

/// One key, its times in the person's time zone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeyLine {
    pub id: ApiKeyId,
    pub name: String,
    /// `pr_live_Ab3d…x9Kq`
    pub hint: String,
    pub scopes: Vec<Scope>,
    pub made_by: String,
    pub created: Moment,
    pub last_used: Option<Moment>,
    pub state: KeyState,
}

/// Whether a key opens anything.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum KeyState {
    Open { until: Option<Moment> },
    RanOut { at: Moment },
    Revoked { at: Moment },
}

/// The keys of every team in which the person may manage them. `Forbidden` where there is none.
#[server(prefix = "/api/ui", endpoint = "integrations/api-keys", input = server_fn::codec::GetUrl)]
pub async fn list_api_keys() -> Result<Vec<TeamKeys>, AppError> {
    ssr::read(async {
        use domain::accounts::Action;
        let (engine, actor) = (ssr::engine()?, ssr::actor().await?);
        let user = actor.user().ok_or(AppError::Unauthenticated)?;
        let (now, clock) = (engine.now(), LocalTime::of(&actor));
        let line = |key: domain::integrations::ApiKeySummary| KeyLine {
            id: key.id,
            name: key.name,
            hint: key.hint.to_string(),
            scopes: key.scopes.iter().collect(),
            made_by: key.made_by,
            created: clock.day_of(key.created_at),
            last_used: key.last_used_at.map(|at| clock.ago(at, now)),
            state: match (key.revoked_at, key.expires_at) {
                (Some(at), _) => KeyState::Revoked { at: clock.day_of(at) },
                (None, Some(at)) if at <= now => KeyState::RanOut { at: clock.day_of(at) },
                (None, until) => KeyState::Open { until: until.map(|at| clock.day_of(at)) },
            },
        };
        let mut teams = Vec::new();
        for of in user.memberships.iter().filter(|of| of.role.may(Action::ManageApiKeys)) {
            let keys = engine::integrations::api_keys(&engine, &actor, of.team).await?;
            teams.push(TeamKeys {
                team: of.team,
                name: of.team_name.clone(),
                keys: keys.into_iter().map(line).collect(),
            });
        }
        if teams.is_empty() { Err(AppError::Forbidden) } else { Ok(teams) }
    })
    .await
}

/// Makes a key and answers it, this once.
#[server(prefix = "/api/ui", endpoint = "integrations/create-api-key")]
pub async fn create_api_key(
    team: TeamId,
    name: String,
    mode: ApiMode,
    lifetime: Lifetime,
    scopes: Option<Vec<String>>,
) -> Result<String, AppError> {
    // None are sent where none are chosen.
    let scopes = scopes.unwrap_or_default();
    let chosen = scopes.join(" ");
    let kept = [
        ("name", name.as_str()),
        ("mode", mode.as_str()),
        ("lifetime", lifetime.as_str()),
        ("scopes", chosen.as_str()),
    ];
    let told = |key: &String| vec![("key", key.clone())];
    ssr::form_that_tells::<CreateApiKey, _>(routes::API_KEYS.to_owned() + "#new", &kept, told, async {
        let actor = ssr::actor().await?;
        let scopes = domain::integrations::Scopes::parse(scopes.iter().map(String::as_str))?;
        let new = engine::integrations::NewApiKey { team, name: name.clone(), mode, scopes, lifetime };
        let key = engine::integrations::create_api_key(&ssr::engine()?, &actor, &new).await?;
        Ok(key.expose().to_owned())
    })
    .await
}

/// Ends a key at once.
#[server(prefix = "/api/ui", endpoint = "integrations/revoke-api-key")]
pub async fn revoke_api_key(team: TeamId, key: ApiKeyId) -> Result<(), AppError> {
    ssr::form::<RevokeApiKey, _>(routes::API_KEYS.to_owned() + "#keys", &[], async {
        let actor = ssr::actor().await?;
        Ok(engine::integrations::revoke_api_key(&ssr::engine()?, &actor, team, key).await?)
    })
    .await
}
