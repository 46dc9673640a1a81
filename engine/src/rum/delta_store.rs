//! The SQL of deltas: what sketches have not counted yet.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use domain::{ProjectId, rum::Dimension};
use sqlx::PgConnection;

use super::delta::{self, Change};
use crate::Result;

/// A project's changes, in order, as a batch adds them.
pub struct NewDelta {
    pub project: ProjectId,
    pub count: i32,
    pub bytes: Vec<u8>,
}

/// Projects with changes that are not counted, and how many each has, in order.
pub async fn waiting(db: &mut PgConnection) -> Result<Vec<(ProjectId, i64)>> {
    let rows = sqlx::query!(
        r#"select project_id, sum(changes)::bigint as "changes!" from page_view_deltas group by project_id order by project_id"#
    )
    .fetch_all(db)
    .await?;
    Ok(rows.into_iter().map(|row| (ProjectId(row.project_id), row.changes)).collect())
}

/// Takes out what waits of these projects, each project's in order. The caller's transaction holds them.
pub async fn take(db: &mut PgConnection, projects: &[ProjectId]) -> Result<BTreeMap<ProjectId, Vec<Change>>> {
    let ids: Vec<_> = projects.iter().map(|project| project.0).collect();
    let mut rows =
        sqlx::query!("delete from page_view_deltas where project_id = any($1) returning project_id, nr, delta", &ids)
            .fetch_all(&mut *db)
            .await?;
    rows.sort_unstable_by_key(|row| row.nr);
    let folded_to: BTreeMap<_, i64> = rows.iter().map(|row| (row.project_id, row.nr)).collect();
    let (ids, numbers): (Vec<_>, Vec<_>) = folded_to.into_iter().unzip();
    sqlx::query!(
        "insert into page_view_folds (project_id, folded_to) select * from unnest($1::uuid[], $2::bigint[])
         on conflict (project_id) do update set folded_to = excluded.folded_to",
        &ids,
        &numbers
    )
    .execute(db)
    .await?;
    let mut changes: BTreeMap<ProjectId, Vec<Change>> = BTreeMap::new();
    for row in rows {
        changes.entry(ProjectId(row.project_id)).or_default().extend(delta::decode(&row.delta)?);
    }
    Ok(changes)
}

/// The newest change of a project's figures, whether its sketches have counted it or not; 0 before the first.
pub async fn newest(db: &mut PgConnection, project: ProjectId) -> Result<i64> {
    Ok(sqlx::query_scalar!(
        r#"select coalesce(greatest(
               (select max(nr) from page_view_deltas where project_id = $1),
               (select folded_to from page_view_folds where project_id = $1)), 0) as "newest!""#,
        project.0
    )
    .fetch_one(db)
    .await?)
}

/// The keys of a dimension that the changes of these hours which wait have.
pub async fn keys(
    db: &mut PgConnection,
    project: ProjectId,
    dimension: Dimension,
    (from, to): (DateTime<Utc>, DateTime<Utc>),
) -> Result<Vec<String>> {
    let deltas = sqlx::query_scalar!("select delta from page_view_deltas where project_id = $1", project.0)
        .fetch_all(db)
        .await?;
    let mut keys = Vec::new();
    for bytes in deltas {
        let changes = delta::decode(&bytes)?.into_iter().filter(|change| (from..to).contains(&change.hour()));
        keys.extend(changes.map(|change| change.counted.key(dimension).to_owned()));
    }
    keys.sort_unstable();
    keys.dedup();
    Ok(keys)
}
