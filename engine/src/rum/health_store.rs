//! The SQL of data health: what came when, from where, and by which clocks.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use domain::{
    PageViewId, ProjectId,
    rum::{Clocks, Granularity, RefusedOrigin, Volume},
};
use sqlx::PgConnection;

use super::page_view::Window;
use crate::Result;

/// Origins that are remembered of a project, and shown.
const MOST_ORIGINS: i64 = 50;

/// Page views of untold beginning that are looked at.
const MOST_SKEWS: i64 = 20_000;

/// New page views of the hour that begins at `hour`.
pub async fn page_views_in_hour(db: &mut PgConnection, project: ProjectId, hour: DateTime<Utc>) -> Result<u64> {
    let count = sqlx::query_scalar!(
        "select count from beacon_outcomes where project_id = $1 and hour = $2 and outcome = 'page_view'",
        project.0,
        hour
    )
    .fetch_optional(db)
    .await?;
    Ok(count.unwrap_or_default().unsigned_abs())
}

/// Stored and rejected beacons by hour or day, without gaps.
pub async fn volume(
    db: &mut PgConnection,
    project: ProjectId,
    (from, to): (DateTime<Utc>, DateTime<Utc>),
    granularity: Granularity,
) -> Result<Volume> {
    let unit = match granularity {
        Granularity::Hour => "hour",
        Granularity::Day => "day",
    };
    let rows = sqlx::query!(
        r#"select date_trunc($4, hour, 'UTC') as "at!",
                  coalesce(sum(count) filter (where outcome in ('page_view', 'update', 'repeat')), 0)::bigint as "stored!",
                  coalesce(sum(count) filter (where outcome like 'rejected:%'), 0)::bigint as "rejected!"
           from beacon_outcomes where project_id = $1 and hour >= $2 and hour < $3 group by 1"#,
        project.0,
        from,
        to,
        unit
    )
    .fetch_all(db)
    .await?;
    let found: BTreeMap<_, _> =
        rows.into_iter().map(|row| (row.at, (row.stored.unsigned_abs(), row.rejected.unsigned_abs()))).collect();
    let mut volume = Volume { granularity: Some(granularity), ..Volume::default() };
    let mut at = from;
    while at < to {
        let (stored, rejected) = found.get(&at).copied().unwrap_or_default();
        volume.at.push(at);
        volume.stored.push(stored);
        volume.rejected.push(rejected);
        at += granularity.width();
    }
    Ok(volume)
}

/// Page views of the range whose id does not tell when they began; of very many, the first of them.
pub async fn clocks(
    db: &mut PgConnection,
    project: ProjectId,
    (from, to): (DateTime<Utc>, DateTime<Utc>),
) -> Result<Clocks> {
    let rows = sqlx::query!(
        "select id, at from page_view_skews where project_id = $1 and at >= $2 and at < $3 limit $4",
        project.0,
        from,
        to,
        MOST_SKEWS
    )
    .fetch_all(db)
    .await?;
    let mut clocks = Clocks::default();
    for row in rows {
        match Window::of(PageViewId(row.id)) {
            None => clocks.untold += 1,
            Some(window) if row.at < window.from => clocks.ahead += 1,
            Some(_) => clocks.behind += 1,
        }
    }
    Ok(clocks)
}

/// Adds to what is known of refused origins. Those that are new find room only while a project
/// has few: anybody can send any origin.
pub async fn add_refused_origins(
    db: &mut PgConnection,
    refused: &BTreeMap<(ProjectId, String), (i64, DateTime<Utc>)>,
) -> Result<()> {
    let (mut projects, mut origins, mut beacons, mut last_at) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for ((project, origin), (count, at)) in refused {
        projects.push(project.0);
        origins.push(origin.as_str());
        beacons.push(*count);
        last_at.push(*at);
    }
    sqlx::query!(
        "insert into refused_origins (project_id, origin, beacons, last_at)
         select new.project_id, new.origin, new.beacons, new.last_at
         from (
             select given.*, old.origin is not null as known,
                    row_number() over (partition by given.project_id, old.origin is null order by given.beacons desc) as nr
             from unnest($1::uuid[], $2::text[], $3::bigint[], $4::timestamptz[])
                  as given (project_id, origin, beacons, last_at)
             left join refused_origins old on old.project_id = given.project_id and old.origin = given.origin
         ) new
         where new.known
            or new.nr + (select count(*) from refused_origins there where there.project_id = new.project_id) <= $5
         on conflict (project_id, origin) do update
         set beacons = refused_origins.beacons + excluded.beacons,
             last_at = greatest(refused_origins.last_at, excluded.last_at)",
        &projects,
        &origins as &[&str],
        &beacons,
        &last_at,
        MOST_ORIGINS
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Refused origins that were seen since `since`, the newest first.
pub async fn refused_origins(
    db: &mut PgConnection,
    project: ProjectId,
    since: DateTime<Utc>,
) -> Result<Vec<RefusedOrigin>> {
    let rows = sqlx::query!(
        "select origin, beacons, last_at from refused_origins
         where project_id = $1 and last_at >= $2 order by last_at desc, origin limit $3",
        project.0,
        since,
        MOST_ORIGINS
    )
    .fetch_all(db)
    .await?;
    let refused = |(origin, beacons, last_at): (String, i64, DateTime<Utc>)| RefusedOrigin {
        origin,
        beacons: beacons.unsigned_abs(),
        last_at,
        can_be_allowed: false,
    };
    Ok(rows.into_iter().map(|row| refused((row.origin, row.beacons, row.last_at))).collect())
}
