//! The SQL of looks at sites.

use chrono::{DateTime, Utc};
use domain::{ProjectId, projects::SiteCheck};
use serde_json::Value;
use sqlx::{PgConnection, types::Json};

use crate::Result;

/// Begins a look, unless one began after `before`: then that one's beginning.
pub async fn claim_site_check(
    conn: &mut PgConnection,
    id: ProjectId,
    now: DateTime<Utc>,
    before: DateTime<Utc>,
) -> Result<Option<DateTime<Utc>>> {
    let claimed = sqlx::query!(
        "insert into site_checks (project_id, started_at) values ($1, $2)
         on conflict (project_id) do update set started_at = excluded.started_at where site_checks.started_at <= $3",
        id.0,
        now,
        before
    )
    .execute(&mut *conn)
    .await?;
    if claimed.rows_affected() > 0 {
        return Ok(None);
    }
    Ok(sqlx::query_scalar!("select started_at from site_checks where project_id = $1", id.0)
        .fetch_optional(conn)
        .await?)
}

/// Keeps what a look found, in place of the look before.
pub async fn keep_site_check(conn: &mut PgConnection, id: ProjectId, check: &SiteCheck) -> Result<()> {
    sqlx::query!(
        "update site_checks set at = $2, page = $3, findings = $4 where project_id = $1",
        id.0,
        check.at,
        check.page,
        Json(&check.findings) as _
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// What the last look found. What another version of ours kept may not be readable, and is none.
pub async fn site_check(conn: &mut PgConnection, id: ProjectId) -> Result<Option<SiteCheck>> {
    let row = sqlx::query!(
        r#"select at, page, findings as "findings: Json<Value>" from site_checks where project_id = $1"#,
        id.0
    )
    .fetch_optional(conn)
    .await?;
    Ok(row.and_then(|row| {
        let findings = serde_json::from_value(row.findings?.0).ok()?;
        Some(SiteCheck { at: row.at?, page: row.page?, findings })
    }))
}
