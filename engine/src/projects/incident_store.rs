//! The SQL of incidents.

use chrono::{DateTime, Utc};
use domain::{ProjectId, projects::Incident};
use sqlx::PgConnection;

use crate::Result;

pub async fn put_incident(conn: &mut PgConnection, id: ProjectId, incident: &Incident) -> Result<()> {
    sqlx::query!(
        "insert into incidents (project_id, at, note, until) values ($1, $2, $3, $4)
         on conflict (project_id, at, note) do update set until = excluded.until",
        id.0,
        incident.at,
        incident.note,
        incident.until
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Incidents that lasted at any time from `from` up to `to`, the oldest first: the newest 100.
pub async fn incidents(
    conn: &mut PgConnection,
    id: ProjectId,
    from: DateTime<Utc>,
    to: DateTime<Utc>,
) -> Result<Vec<Incident>> {
    let mut newest = sqlx::query_as!(
        Incident,
        "select at, until, note from incidents
         where project_id = $1 and at < $3 and (until is null or until >= $2) order by at desc, note limit 100",
        id.0,
        from,
        to
    )
    .fetch_all(conn)
    .await?;
    newest.reverse();
    Ok(newest)
}
