//! The SQL of a project's stamp.

use domain::ProjectId;
use sqlx::PgConnection;

use crate::Result;

/// Another text when the project's templates, deploys or incidents are others.
pub async fn stamp(conn: &mut PgConnection, id: ProjectId) -> Result<String> {
    Ok(sqlx::query_scalar!(
        r#"select md5(concat_ws(' ',
               (select string_agg(template::text, '' order by template::text)
                from page_group_templates template where project_id = $1),
               (select string_agg(deploy::text, '' order by deploy::text) from deploys deploy where project_id = $1),
               (select string_agg(incident::text, '' order by incident::text)
                from incidents incident where project_id = $1))) as "stamp!""#,
        id.0
    )
    .fetch_one(conn)
    .await?)
}
