//! The SQL of deploys.

use chrono::{DateTime, Utc};
use domain::{
    ProjectId,
    projects::{Deploy, Release},
};
use sqlx::PgConnection;

use crate::{Error, Result};

pub async fn put_deploy(conn: &mut PgConnection, id: ProjectId, deploy: &Deploy) -> Result<()> {
    sqlx::query!(
        "insert into deploys (project_id, at, release, note) values ($1, $2, $3, $4)
         on conflict (project_id, at, release) do update set note = excluded.note",
        id.0,
        deploy.at,
        deploy.release.as_str(),
        deploy.note
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Deploys from `from` up to `to`, the oldest first: the newest 100.
pub async fn deploys(
    conn: &mut PgConnection,
    id: ProjectId,
    from: DateTime<Utc>,
    to: DateTime<Utc>,
) -> Result<Vec<Deploy>> {
    let rows = sqlx::query!(
        "select at, release, note from deploys
         where project_id = $1 and at >= $2 and at < $3 order by at desc, release limit 100",
        id.0,
        from,
        to
    )
    .fetch_all(conn)
    .await?;
    rows.into_iter()
        .rev()
        .map(|row| {
            Ok(Deploy {
                at: row.at,
                release: Release::parse(&row.release).map_err(|refused| Error::internal(refused.message))?,
                note: row.note,
            })
        })
        .collect()
}
