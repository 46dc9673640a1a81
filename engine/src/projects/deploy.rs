//! Deploys of a site, which trends mark.

use chrono::{DateTime, Utc};
use domain::{
    Invalid, ProjectId,
    accounts::{Action, Actor},
    projects::{Deploy, Release},
};
use sqlx::PgConnection;

use super::{access::authorize, deploy_store};
use crate::{Engine, Result};

/// Bytes of a note at most.
const MOST_NOTE: usize = 200;

/// Notes that the site was deployed; now, where no time is given. The same release at the same
/// time is noted once, with the newest note. `Invalid` names `release`, `note`, or `at` for a time
/// that is yet to come.
pub async fn add_deploy(
    engine: &Engine,
    actor: &Actor,
    id: ProjectId,
    release: &str,
    at: Option<DateTime<Utc>>,
    note: &str,
) -> Result<Deploy> {
    authorize(engine, actor, id, Action::ManageProjects).await?;
    let now = engine.now();
    let at = at.unwrap_or(now);
    if at > now {
        return Err(Invalid::new("at", "A deploy is noted once it has happened, not before.").into());
    }
    let note = note.trim();
    if note.len() > MOST_NOTE || note.chars().any(char::is_control) {
        return Err(Invalid::new("note", "Use one line of at most 200 bytes as the note.").into());
    }
    let deploy = Deploy { at, release: Release::parse(release)?, note: note.to_owned() };
    deploy_store::put_deploy(&mut *engine.db.acquire().await?, id, &deploy).await?;
    Ok(deploy)
}

/// The deploys from `from` up to `to`, the oldest first; of very many, the newest. Whoever calls
/// has asked who may read the project.
pub async fn deploys(
    conn: &mut PgConnection,
    id: ProjectId,
    (from, to): (DateTime<Utc>, DateTime<Utc>),
) -> Result<Vec<Deploy>> {
    deploy_store::deploys(conn, id, from, to).await
}
