//! What went wrong at a site, which trends mark.

use chrono::{DateTime, Utc};
use domain::{
    ProjectId,
    accounts::{Action, Actor},
    projects::{Deploy, Incident},
};
use sqlx::PgConnection;

use super::{access::authorize, deploy::deploys, incident_store};
use crate::{Engine, Result};

/// Notes that something went wrong, from `at` until `until`, or until it is noted again with its
/// end: what has the same note and began at the same time is one incident. `Invalid` names
/// `note`, `at` or `until`.
pub async fn add_incident(
    engine: &Engine,
    actor: &Actor,
    id: ProjectId,
    at: DateTime<Utc>,
    until: Option<DateTime<Utc>>,
    note: &str,
) -> Result<Incident> {
    authorize(engine, actor, id, Action::ManageProjects).await?;
    let incident = Incident::new(at, until, note, engine.now())?;
    incident_store::put_incident(&mut *engine.db.acquire().await?, id, &incident).await?;
    Ok(incident)
}

/// The incidents that lasted at any time from `from` up to `to`, the oldest first; of very many,
/// the newest. Whoever calls has asked who may read the project.
pub async fn incidents(
    conn: &mut PgConnection,
    id: ProjectId,
    (from, to): (DateTime<Utc>, DateTime<Utc>),
) -> Result<Vec<Incident>> {
    incident_store::incidents(conn, id, from, to).await
}

/// What happened from `from` up to `to`: deploys, and incidents that lasted at any time of it.
pub async fn happened(
    engine: &Engine,
    actor: &Actor,
    id: ProjectId,
    range: (DateTime<Utc>, DateTime<Utc>),
) -> Result<(Vec<Deploy>, Vec<Incident>)> {
    authorize(engine, actor, id, Action::ReadFieldData).await?;
    let mut db = engine.db.acquire().await?;
    Ok((deploys(&mut db, id, range).await?, incidents(&mut db, id, range).await?))
}
