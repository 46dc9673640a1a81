//! The SQL of the questions: sketches over a period, and counts of beacons.

use chrono::{DateTime, Utc};
use domain::{
    ProjectId,
    rum::{Device, Dimension, DropReason, FirstBeacon, Granularity, ViewSketch},
};
use sqlx::PgConnection;

use crate::{Error, Result};

/// One sketch of the period.
pub struct SketchRow {
    pub at: DateTime<Utc>,
    pub key: String,
    pub device: Device,
    pub sketch: ViewSketch,
}

/// The sketches of a dimension from `from` up to `to`, of these keys or all. By hour, all are of
/// the grain hour; by day, days are read where hours have been rolled up, and hours after that.
pub async fn sketches(
    db: &mut PgConnection,
    project: ProjectId,
    dimension: Dimension,
    keys: Option<&[String]>,
    device: Option<Device>,
    granularity: Granularity,
    (from, to): (DateTime<Utc>, DateTime<Utc>),
) -> Result<Vec<SketchRow>> {
    let hours_from = match granularity {
        Granularity::Hour => from,
        Granularity::Day => rolled_up_to(&mut *db, project).await?.map_or(from, |rolled| rolled.clamp(from, to)),
    };
    let rows = sqlx::query!(
        r#"select at as "at!", key as "key!", device as "device!", sketch as "sketch!"
           from page_view_sketches
           where project_id = $1 and grain = 'day' and dimension = $2 and at >= $3 and at < $4
             and ($6::text is null or device = $6) and ($7::text[] is null or key = any($7))
           union all
           select at, key, device, sketch
           from page_view_sketches
           where project_id = $1 and grain = 'hour' and dimension = $2 and at >= $4 and at < $5
             and ($6::text is null or device = $6) and ($7::text[] is null or key = any($7))"#,
        project.0,
        dimension.as_str(),
        from,
        hours_from,
        to,
        device.map(Device::as_str),
        keys
    )
    .fetch_all(db)
    .await?;
    rows.into_iter()
        .map(|row| {
            Ok(SketchRow {
                at: row.at,
                key: row.key,
                device: Device::parse(&row.device).ok_or_else(|| Error::internal("a sketch of an unknown device"))?,
                sketch: ViewSketch::decode(&row.sketch).map_err(Error::internal)?,
            })
        })
        .collect()
}

/// The keys of a dimension that have sketches from `from` up to `to`, by hour or by day.
pub async fn keys(
    db: &mut PgConnection,
    project: ProjectId,
    dimension: Dimension,
    (from, to): (DateTime<Utc>, DateTime<Utc>),
) -> Result<Vec<String>> {
    Ok(sqlx::query_scalar!(
        "select distinct key from page_view_sketches
         where project_id = $1 and grain in ('hour', 'day') and dimension = $2 and at >= $3 and at < $4",
        project.0,
        dimension.as_str(),
        Granularity::Day.floor(from),
        to
    )
    .fetch_all(db)
    .await?)
}

/// Whether any page view was counted from `from` up to `to`.
pub async fn any_counted(
    db: &mut PgConnection,
    project: ProjectId,
    (from, to): (DateTime<Utc>, DateTime<Utc>),
) -> Result<bool> {
    Ok(sqlx::query_scalar!(
        r#"select exists (select from page_view_sketches
               where project_id = $1 and grain in ('hour', 'day') and dimension = 'device' and at >= $2 and at < $3) as "any!""#,
        project.0,
        Granularity::Day.floor(from),
        to
    )
    .fetch_one(db)
    .await?)
}

async fn rolled_up_to(db: &mut PgConnection, project: ProjectId) -> Result<Option<DateTime<Utc>>> {
    Ok(sqlx::query_scalar!("select rolled_up_to from page_view_roll_ups where project_id = $1", project.0)
        .fetch_optional(db)
        .await?)
}

/// Counts of outcomes from `from` up to `to`.
pub async fn outcomes(
    db: &mut PgConnection,
    project: ProjectId,
    (from, to): (DateTime<Utc>, DateTime<Utc>),
) -> Result<Vec<(String, u64)>> {
    let rows = sqlx::query!(
        r#"select outcome, sum(count)::bigint as "count!" from beacon_outcomes
           where project_id = $1 and hour >= $2 and hour < $3 group by outcome"#,
        project.0,
        from,
        to
    )
    .fetch_all(db)
    .await?;
    Ok(rows.into_iter().map(|row| (row.outcome, row.count.unsigned_abs())).collect())
}

/// Whether any page view ever came.
pub async fn ever_received(db: &mut PgConnection, project: ProjectId) -> Result<bool> {
    Ok(sqlx::query_scalar!(
        r#"select exists (select from beacon_arrivals where project_id = $1 and first_at is not null) as "received!""#,
        project.0
    )
    .fetch_one(db)
    .await?)
}

/// What came first, or why nothing did.
pub async fn first_beacon(db: &mut PgConnection, project: ProjectId) -> Result<FirstBeacon> {
    let row = sqlx::query!(
        "select first_at, first_path, refused_at, refused_reason, refused_origin from beacon_arrivals where project_id = $1",
        project.0
    )
    .fetch_optional(db)
    .await?;
    let Some(row) = row else { return Ok(FirstBeacon::Waiting) };
    Ok(match (row.first_at, row.refused_at, row.refused_reason.as_deref().and_then(DropReason::parse)) {
        (Some(at), ..) => FirstBeacon::Received { at, path: row.first_path.unwrap_or_default() },
        (None, Some(at), Some(reason)) => FirstBeacon::Refused { reason, origin: row.refused_origin, at },
        _ => FirstBeacon::Waiting,
    })
}

/// The newest distinct paths, for previews and for learning templates.
pub async fn recent_paths(
    db: &mut PgConnection,
    project: ProjectId,
    since: DateTime<Utc>,
    most: i64,
) -> Result<Vec<String>> {
    Ok(sqlx::query_scalar!(
        r#"select path as "path!" from (
               select path, max(at) as newest from (
                   select path, at from page_views where project_id = $1 and at >= $2 order by at desc limit 20000
               ) recent group by path
           ) paths order by newest desc limit $3"#,
        project.0,
        since,
        most
    )
    .fetch_all(db)
    .await?)
}
