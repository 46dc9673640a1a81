//! The SQL of upkeep: partitions, roll-ups, retention, and the end of a project's data.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use domain::{ProjectId, billing::Plan, rum::ViewSketch};
use sqlx::{AssertSqlSafe, Connection, PgConnection, postgres::types::PgInterval};

use crate::{Error, Result};

/// Rows of one deleting statement: short enough that nobody waits for it.
const DELETED_AT_ONCE: i64 = 5_000;

/// Makes the partition of a day unless it exists. Made aside and attached, because creating it
/// in place would block the writer.
pub async fn ensure_partition(db: &mut PgConnection, day: NaiveDate) -> Result<()> {
    let name = partition(day);
    let exists =
        sqlx::query_scalar!(r#"select to_regclass($1) is not null as "exists!""#, name).fetch_one(&mut *db).await?;
    if exists {
        return Ok(());
    }
    let mut transaction = db.begin().await?;
    // One replica at a time; whoever comes second finds it made.
    sqlx::query!("select pg_advisory_xact_lock(hashtext('page_views partitions'))").execute(&mut *transaction).await?;
    // A name that was not found above is remembered as missing by `to_regclass`; rows are read anew.
    let exists = sqlx::query_scalar!(
        r#"select exists (select from pg_class where relname = $1 and relnamespace = 'public'::regnamespace) as "exists!""#,
        name
    )
    .fetch_one(&mut *transaction)
    .await?;
    if !exists {
        let next = day.succ_opt().ok_or_else(|| Error::internal("a day after the last"))?;
        for statement in [
            format!("create table {name} (like page_views including defaults)"),
            format!(
                "alter table page_views attach partition {name} for values from ('{day} 00:00:00+00') to ('{next} 00:00:00+00')"
            ),
        ] {
            // Names and bounds are made of a date: nothing a visitor sent.
            sqlx::query(AssertSqlSafe(statement)).execute(&mut *transaction).await?;
        }
    }
    transaction.commit().await?;
    Ok(())
}

/// Drops the partitions of days before `day`; tells how many. Detached first, in the way that keeps nobody from the
/// table: dropping one in place would wait for every reader, and let every writer wait for it. What an earlier call
/// left half done is finished.
pub async fn drop_partitions_before(db: &mut PgConnection, day: NaiveDate) -> Result<usize> {
    let attached = sqlx::query!(
        r#"select child.relname as "name!", inhdetachpending as "pending!" from pg_inherits
           join pg_class child on child.oid = inhrelid
           where inhparent = 'page_views'::regclass and (child.relname < $1 or inhdetachpending)
           order by child.relname"#,
        partition(day)
    )
    .fetch_all(&mut *db)
    .await?;
    for row in attached {
        let how = if row.pending { "finalize" } else { "concurrently" };
        run(&mut *db, format!("alter table page_views detach partition {} {how}", row.name)).await?;
    }
    let detached = sqlx::query_scalar!(
        r#"select relname as "name!" from pg_class
           where relkind = 'r' and relname ~ '^page_views_[0-9]{8}$' and relname < $1 and pg_table_is_visible(oid)
             and not exists (select from pg_inherits where inhrelid = pg_class.oid)
           order by relname"#,
        partition(day)
    )
    .fetch_all(&mut *db)
    .await?;
    for name in &detached {
        run(&mut *db, format!("drop table {name}")).await?;
    }
    Ok(detached.len())
}

/// Runs a statement made of names of partitions: nothing that a visitor sent.
async fn run(db: &mut PgConnection, statement: String) -> Result<()> {
    sqlx::query(AssertSqlSafe(statement)).execute(db).await?;
    Ok(())
}

/// Lets the connection wait for a lock no longer than this, so that nobody queues up behind it.
pub async fn wait_briefly(db: &mut PgConnection) -> Result<()> {
    run(db, "set lock_timeout = '500ms'".to_owned()).await
}

/// As long as any other connection again.
pub async fn wait_as_usual(db: &mut PgConnection) -> Result<()> {
    run(db, "reset lock_timeout".to_owned()).await
}

fn partition(day: NaiveDate) -> String {
    format!("page_views_{}", day.format("%Y%m%d"))
}

/// Projects whose days before `boundary` are not all rolled up.
pub async fn projects_to_roll_up(db: &mut PgConnection, boundary: DateTime<Utc>) -> Result<Vec<ProjectId>> {
    let ids = sqlx::query_scalar!(
        "select id from projects left join page_view_roll_ups done on done.project_id = id
         where done.rolled_up_to is null or done.rolled_up_to < $1 order by id",
        boundary
    )
    .fetch_all(db)
    .await?;
    Ok(ids.into_iter().map(ProjectId).collect())
}

/// The first hour of a project that is not rolled up, if it lies before `boundary`.
pub async fn first_hour_to_roll_up(
    db: &mut PgConnection,
    project: ProjectId,
    boundary: DateTime<Utc>,
) -> Result<Option<DateTime<Utc>>> {
    Ok(sqlx::query_scalar!(
        "select min(at) from page_view_sketches
         where project_id = $1 and grain = 'hour' and dimension = 'device' and at < $2
           and at >= coalesce((select rolled_up_to from page_view_roll_ups where project_id = $1), '-infinity')",
        project.0,
        boundary
    )
    .fetch_one(db)
    .await?)
}

/// Merges a day's hours into day rows.
pub async fn roll_up_day(db: &mut PgConnection, project: ProjectId, day: DateTime<Utc>) -> Result<()> {
    let hours = sqlx::query!(
        "select dimension, key, device, sketch from page_view_sketches
         where project_id = $1 and grain = 'hour' and at >= $2 and at < $3",
        project.0,
        day,
        day + TimeDelta::days(1)
    )
    .fetch_all(&mut *db)
    .await?;
    let mut merged: BTreeMap<(String, String, String), ViewSketch> = BTreeMap::new();
    for row in hours {
        let sketch = ViewSketch::decode(&row.sketch).map_err(Error::internal)?;
        merged.entry((row.dimension, row.key, row.device)).or_default().merge(&sketch);
    }
    let (mut dimensions, mut keys, mut devices, mut sketches) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for ((dimension, key, device), sketch) in merged {
        dimensions.push(dimension);
        keys.push(key);
        devices.push(device);
        sketches.push(sketch.encode());
    }
    sqlx::query!(
        "insert into page_view_sketches (project_id, grain, dimension, at, key, device, sketch)
         select $1, 'day', new.dimension, $2, new.key, new.device, new.sketch
         from unnest($3::text[], $4::text[], $5::text[], $6::bytea[]) as new (dimension, key, device, sketch)
         on conflict (project_id, grain, dimension, at, key, device) do update set sketch = excluded.sketch",
        project.0,
        day,
        &dimensions,
        &keys,
        &devices,
        &sketches
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Up to when the hours of these projects are rolled up, of those that have any.
pub async fn rolled_up(db: &mut PgConnection, projects: &[ProjectId]) -> Result<BTreeMap<ProjectId, DateTime<Utc>>> {
    let ids: Vec<_> = projects.iter().map(|project| project.0).collect();
    let rows = sqlx::query!("select project_id, rolled_up_to from page_view_roll_ups where project_id = any($1)", &ids)
        .fetch_all(db)
        .await?;
    Ok(rows.into_iter().map(|row| (ProjectId(row.project_id), row.rolled_up_to)).collect())
}

pub async fn set_rolled_up_to(db: &mut PgConnection, project: ProjectId, to: DateTime<Utc>) -> Result<()> {
    sqlx::query!(
        "insert into page_view_roll_ups (project_id, rolled_up_to) values ($1, $2)
         on conflict (project_id) do update set rolled_up_to = greatest(page_view_roll_ups.rolled_up_to, excluded.rolled_up_to)",
        project.0,
        to
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Deletes some of a project's page views from before `before`; tells how many.
pub async fn delete_some_page_views(db: &mut PgConnection, project: ProjectId, before: DateTime<Utc>) -> Result<u64> {
    let done = sqlx::query!(
        "delete from page_views where project_id = $1 and at < $2 and (id, at) in (
             select id, at from page_views where project_id = $1 and at < $2 order by at limit $3)",
        project.0,
        before,
        DELETED_AT_ONCE
    )
    .execute(db)
    .await?;
    Ok(done.rows_affected())
}

/// Deletes some of a project's sketches of a grain from before `before`; tells how many. `rolled_up`: only what is in
/// days already.
pub async fn delete_some_sketches(
    db: &mut PgConnection,
    project: ProjectId,
    grain: &str,
    before: DateTime<Utc>,
    rolled_up: bool,
) -> Result<u64> {
    let done = sqlx::query!(
        "delete from page_view_sketches where ctid = any (array(
             select ctid from page_view_sketches
             where project_id = $1 and grain = $2 and at < $3
               and (not $5 or at < (select rolled_up_to from page_view_roll_ups where project_id = $1))
             limit $4))",
        project.0,
        grain,
        before,
        DELETED_AT_ONCE,
        rolled_up
    )
    .execute(db)
    .await?;
    Ok(done.rows_affected())
}

/// Deletes some of a project's counts of outcomes from before `before`; tells how many.
pub async fn delete_some_outcomes(db: &mut PgConnection, project: ProjectId, before: DateTime<Utc>) -> Result<u64> {
    let done = sqlx::query!(
        "delete from beacon_outcomes where ctid = any (array(
             select ctid from beacon_outcomes where project_id = $1 and hour < $2 limit $3))",
        project.0,
        before,
        DELETED_AT_ONCE
    )
    .execute(db)
    .await?;
    Ok(done.rows_affected())
}

/// Forgets when some page views began; those that the sample left out from before `left_out_before`, others from
/// before `before`; tells how many. Nobody may be told apart any more: the row must be gone, and take no updates.
pub async fn delete_some_skews(
    db: &mut PgConnection,
    before: DateTime<Utc>,
    left_out_before: DateTime<Utc>,
) -> Result<u64> {
    let done = sqlx::query!(
        "delete from page_view_skews where ctid = any (array(
             select ctid from page_view_skews where at < $1 or (left_out and at < $2) limit $3))",
        before,
        left_out_before,
        DELETED_AT_ONCE
    )
    .execute(db)
    .await?;
    Ok(done.rows_affected())
}

/// Forgets origins that have sent nothing since `before`; there are at most some dozen a project.
pub async fn forget_refused_origins(db: &mut PgConnection, before: DateTime<Utc>) -> Result<()> {
    sqlx::query!("delete from refused_origins where last_at < $1", before).execute(db).await?;
    Ok(())
}

/// Forgets some of the keys of days before `before`; tells how many.
pub async fn delete_some_keys(db: &mut PgConnection, before: NaiveDate) -> Result<u64> {
    let done = sqlx::query!(
        "delete from page_view_keys where ctid = any (array(
             select ctid from page_view_keys where day < $1 limit $2))",
        before,
        DELETED_AT_ONCE
    )
    .execute(db)
    .await?;
    Ok(done.rows_affected())
}

/// Forgets months, and writers that have written nothing, from before `before`.
pub async fn delete_old_counters(db: &mut PgConnection, before: DateTime<Utc>) -> Result<()> {
    sqlx::query!("delete from page_view_months where month < $1", before.date_naive()).execute(&mut *db).await?;
    sqlx::query!("delete from beacon_writers where at < $1", before).execute(db).await?;
    Ok(())
}

/// Deletes what a project's sketches have not counted yet. Before its sketches: a fold that is under way is waited for.
pub async fn delete_deltas(db: &mut PgConnection, project: ProjectId) -> Result<()> {
    sqlx::query!("delete from page_view_deltas where project_id = $1", project.0).execute(&mut *db).await?;
    sqlx::query!("delete from page_view_folds where project_id = $1", project.0).execute(db).await?;
    Ok(())
}

/// Deletes what is left of a project in this room, once its page views and sketches are gone.
pub async fn delete_notes(db: &mut PgConnection, project: ProjectId) -> Result<()> {
    sqlx::query!("delete from page_view_skews where project_id = $1", project.0).execute(&mut *db).await?;
    sqlx::query!("delete from page_view_keys where project_id = $1", project.0).execute(&mut *db).await?;
    sqlx::query!("delete from page_view_roll_ups where project_id = $1", project.0).execute(&mut *db).await?;
    sqlx::query!("delete from beacon_outcomes where project_id = $1", project.0).execute(&mut *db).await?;
    sqlx::query!("delete from refused_origins where project_id = $1", project.0).execute(&mut *db).await?;
    sqlx::query!("delete from beacon_arrivals where project_id = $1", project.0).execute(db).await?;
    Ok(())
}

/// Projects that page views came for since `since`.
pub async fn active_projects(db: &mut PgConnection, since: DateTime<Utc>) -> Result<Vec<ProjectId>> {
    let ids = sqlx::query_scalar!(
        "select id from projects where deleted_at is null and exists (
             select from beacon_outcomes where project_id = projects.id and hour >= $1 and outcome = 'page_view')",
        since
    )
    .fetch_all(db)
    .await?;
    Ok(ids.into_iter().map(ProjectId).collect())
}

/// A project, and what says how long its page views are kept.
#[derive(Debug, Clone, Copy)]
pub struct Kept {
    pub project: ProjectId,
    /// PerfAlly's own project, or the demo.
    pub house: bool,
    /// The plan of the team's subscription, if it has one, and since when.
    pub plan: Option<(Plan, DateTime<Utc>)>,
}

/// Notes that retention's clock tells `now`; answers since when it has gone on, with steps of `leap` at most. What was
/// never read is trusted: since `trusted`.
pub async fn steady_since(
    db: &mut PgConnection,
    now: DateTime<Utc>,
    trusted: DateTime<Utc>,
    leap: TimeDelta,
) -> Result<DateTime<Utc>> {
    let leap = PgInterval::try_from(leap).map_err(Error::internal)?;
    Ok(sqlx::query_scalar!(
        "insert into retention_clock (read_at, steady_since) values ($1, $2)
         on conflict (only_row) do update
         set read_at = excluded.read_at,
             steady_since = case
                 when excluded.read_at between retention_clock.read_at - $3::interval and retention_clock.read_at + $3::interval
                 then retention_clock.steady_since else excluded.read_at end
         returning steady_since",
        now,
        trusted,
        leap
    )
    .fetch_one(db)
    .await?)
}

/// Every project, for retention by plan.
pub async fn kept_projects(db: &mut PgConnection) -> Result<Vec<Kept>> {
    let rows = sqlx::query!(
        r#"select project.id, project.purpose is not null as "house!", subscription.plan as "plan?",
                  subscription.changed_at as "changed_at?"
           from projects project left join subscriptions subscription on subscription.team_id = project.team_id
           where project.deleted_at is null order by project.id"#
    )
    .fetch_all(db)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| Kept {
            project: ProjectId(row.id),
            house: row.house,
            plan: row.plan.as_deref().and_then(Plan::parse).zip(row.changed_at),
        })
        .collect())
}
