//! The SQL of the write path: page views, their sketches, and what became of beacons.

use std::collections::{BTreeMap, HashMap};

use chrono::{DateTime, Utc};
use domain::{
    PageViewId, ProjectId, TeamId,
    billing::{Month, Plan},
    rum::{Bot, Device, Dimension, DropReason, Measured, ViewSketch, Vital, Vitals, Weight},
};
use sqlx::{PgConnection, types::Uuid};

use super::{
    copy, keys,
    page_view::{Counted, PageView, SketchKey, Window},
};
use crate::{Error, Result};

/// A page view that is stored already.
#[derive(Debug, Clone)]
pub struct Stored {
    pub seq: i32,
    pub counted: Counted,
}

/// Which page view: ids are unique within a project only.
pub type ViewKey = (ProjectId, PageViewId);

/// Counts of outcomes by project, hour and outcome.
pub type Outcomes = BTreeMap<(ProjectId, DateTime<Utc>, String), i64>;

/// A project that exists, and who pays for it.
#[derive(Debug, Clone, Copy)]
pub struct Held {
    pub project: ProjectId,
    pub team: TeamId,
    /// PerfAlly's own project, or the demo.
    pub house: bool,
    /// The plan of the team's subscription, if it has one.
    pub plan: Option<Plan>,
}

/// Locks the projects that exist, in order, until the transaction ends: no other writer,
/// roll-up or deletion works on them meanwhile.
pub async fn lock_projects(db: &mut PgConnection, projects: &[ProjectId]) -> Result<Vec<Held>> {
    let ids: Vec<Uuid> = projects.iter().map(|project| project.0).collect();
    let rows = sqlx::query!(
        r#"select project.id, project.team_id, project.purpose is not null as "house!", subscription.plan as "plan?"
           from projects project left join subscriptions subscription on subscription.team_id = project.team_id
           where project.id = any($1) and project.deleted_at is null
           order by project.team_id, project.id for no key update of project"#,
        &ids
    )
    .fetch_all(db)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| Held {
            project: ProjectId(row.id),
            team: TeamId(row.team_id),
            house: row.house,
            plan: row.plan.as_deref().and_then(Plan::parse),
        })
        .collect())
}

/// When the first beacons of page views came whose ids do not tell.
pub async fn skews(db: &mut PgConnection, keys: &[ViewKey]) -> Result<HashMap<ViewKey, DateTime<Utc>>> {
    let (projects, ids) = columns(keys);
    let rows = sqlx::query!(
        "select skew.project_id, skew.id, skew.at
         from unnest($1::uuid[], $2::uuid[]) as wanted (project_id, id)
         join page_view_skews skew on skew.project_id = wanted.project_id and skew.id = wanted.id",
        &projects,
        &ids
    )
    .fetch_all(db)
    .await?;
    Ok(rows.into_iter().map(|row| ((ProjectId(row.project_id), PageViewId(row.id)), row.at)).collect())
}

/// Makes every look-up of this connection use an index. Statements are planned once, while a day's partition is still
/// all but empty: reading it whole looks cheap then, and would be repeated for each beacon when it has grown.
pub async fn look_up_by_index(db: &mut PgConnection) -> Result<()> {
    sqlx::query!("set enable_seqscan = off").execute(db).await?;
    Ok(())
}

/// The stored page views among these, each looked for by itself and in its own window only, so that few partitions are
/// touched: joined with all at once, a batch would be hashed against whole days.
pub async fn stored(db: &mut PgConnection, wanted: &[(ViewKey, Window)]) -> Result<HashMap<ViewKey, Stored>> {
    let keys: Vec<ViewKey> = wanted.iter().map(|(key, _)| *key).collect();
    let (projects, ids) = columns(&keys);
    let from: Vec<DateTime<Utc>> = wanted.iter().map(|(_, window)| window.from).collect();
    let to: Vec<DateTime<Utc>> = wanted.iter().map(|(_, window)| window.to).collect();
    let rows = sqlx::query!(
        "select view.project_id, view.id, view.at, view.seq, view.weight, view.sample_factor, view.other_keys,
                view.page_group, view.country, view.browser, view.os, view.connection,
                view.navigation_type, view.release, view.device, view.bot,
                view.lcp, view.inp, view.cls, view.fcp, view.ttfb, view.fid
         from unnest($1::uuid[], $2::uuid[], $3::timestamptz[], $4::timestamptz[])
              as wanted (project_id, id, from_at, to_at)
         cross join lateral (
             select * from page_views
             where page_views.project_id = wanted.project_id and page_views.id = wanted.id
               and page_views.at >= wanted.from_at and page_views.at < wanted.to_at
             limit 1
         ) view",
        &projects,
        &ids,
        &from,
        &to
    )
    .fetch_all(db)
    .await?;
    rows.into_iter()
        .map(|row| {
            let damaged = || Error::internal(format!("page view {} holds an unknown word", row.id));
            let mut vitals = Vitals::default();
            for (vital, value) in [
                (Vital::Lcp, row.lcp),
                (Vital::Inp, row.inp),
                (Vital::Cls, row.cls),
                (Vital::Fcp, row.fcp),
                (Vital::Ttfb, row.ttfb),
                (Vital::Fid, row.fid),
            ] {
                vitals.set(vital, value);
            }
            let other_keys = u16::try_from(row.other_keys).map_err(|_| damaged())?;
            let mut place = 0;
            let keys =
                [row.page_group, row.country, row.browser, row.os, row.connection, row.navigation_type, row.release]
                    .map(|key| {
                        place += 1;
                        keys::counted_as(key, other_keys, place - 1)
                    });
            let counted = Counted {
                at: row.at,
                device: Device::parse(&row.device).ok_or_else(damaged)?,
                bot: Bot::parse(&row.bot).ok_or_else(damaged)?,
                measured: Measured { vitals, weight: Weight::from_thousandths(row.weight).ok_or_else(damaged)? },
                keys,
                sample_factor: u16::try_from(row.sample_factor).map_err(|_| damaged())?,
            };
            Ok(((ProjectId(row.project_id), PageViewId(row.id)), Stored { seq: row.seq, counted }))
        })
        .collect()
}

/// Takes out the rows that newer beacons replace.
pub async fn delete_page_views(db: &mut PgConnection, old: &[(ViewKey, DateTime<Utc>)]) -> Result<()> {
    let keys: Vec<ViewKey> = old.iter().map(|(key, _)| *key).collect();
    let (projects, ids) = columns(&keys);
    let at: Vec<DateTime<Utc>> = old.iter().map(|(_, at)| *at).collect();
    sqlx::query!(
        "delete from page_views view
         using unnest($1::uuid[], $2::uuid[], $3::timestamptz[]) as old (project_id, id, at)
         where view.project_id = old.project_id and view.id = old.id and view.at = old.at",
        &projects,
        &ids,
        &at
    )
    .execute(db)
    .await?;
    Ok(())
}

pub async fn copy_page_views<'a>(db: &mut PgConnection, views: impl Iterator<Item = &'a PageView>) -> Result<()> {
    let statement = format!("copy page_views ({}) from stdin (format binary)", copy::COLUMNS);
    let mut stream = db.copy_in_raw(&statement).await?;
    let sent = stream.send(copy::encode(views)).await.map(|_| ());
    match sent {
        Ok(()) => stream.finish().await?,
        Err(error) => {
            stream.abort("the sender failed").await?;
            return Err(error.into());
        }
    };
    Ok(())
}

/// Notes when page views began that would not be found otherwise; `true`: it is left out by the sample.
pub async fn insert_skews(db: &mut PgConnection, skews: &[(ViewKey, DateTime<Utc>, bool)]) -> Result<()> {
    let keys: Vec<ViewKey> = skews.iter().map(|(key, ..)| *key).collect();
    let (projects, ids) = columns(&keys);
    let at: Vec<DateTime<Utc>> = skews.iter().map(|(_, at, _)| *at).collect();
    let left_out: Vec<bool> = skews.iter().map(|(.., left_out)| *left_out).collect();
    sqlx::query!(
        "insert into page_view_skews (project_id, id, at, left_out)
         select * from unnest($1::uuid[], $2::uuid[], $3::timestamptz[], $4::bool[])",
        &projects,
        &ids,
        &at,
        &left_out
    )
    .execute(db)
    .await?;
    Ok(())
}

/// The hour rows among these that exist.
pub async fn sketches(db: &mut PgConnection, keys: &[&SketchKey]) -> Result<HashMap<SketchKey, ViewSketch>> {
    let SketchColumns { projects, dimensions, at, key, devices } = sketch_columns(keys);
    let rows = sqlx::query!(
        r#"select wanted.nr as "nr!", row.sketch
           from unnest($1::uuid[], $2::text[], $3::timestamptz[], $4::text[], $5::text[]) with ordinality
                as wanted (project_id, dimension, at, key, device, nr)
           join page_view_sketches row
             on row.project_id = wanted.project_id and row.grain = 'hour' and row.dimension = wanted.dimension
            and row.at = wanted.at and row.key = wanted.key and row.device = wanted.device"#,
        &projects,
        &dimensions as &[&str],
        &at,
        &key as &[&str],
        &devices as &[&str]
    )
    .fetch_all(db)
    .await?;
    rows.into_iter()
        .map(|row| {
            let key = usize::try_from(row.nr - 1).ok().and_then(|nr| keys.get(nr)).ok_or(Error::NotFound)?;
            Ok(((*key).clone(), ViewSketch::decode(&row.sketch).map_err(Error::internal)?))
        })
        .collect()
}

pub async fn put_sketches(db: &mut PgConnection, sketches: &BTreeMap<SketchKey, ViewSketch>) -> Result<()> {
    let keys: Vec<&SketchKey> = sketches.keys().collect();
    let SketchColumns { projects, dimensions, at, key, devices } = sketch_columns(&keys);
    let encoded: Vec<Vec<u8>> = sketches.values().map(ViewSketch::encode).collect();
    sqlx::query!(
        "insert into page_view_sketches (project_id, grain, dimension, at, key, device, sketch)
         select new.project_id, 'hour', new.dimension, new.at, new.key, new.device, new.sketch
         from unnest($1::uuid[], $2::text[], $3::timestamptz[], $4::text[], $5::text[], $6::bytea[])
              as new (project_id, dimension, at, key, device, sketch)
         on conflict (project_id, grain, dimension, at, key, device) do update set sketch = excluded.sketch",
        &projects,
        &dimensions as &[&str],
        &at,
        &key as &[&str],
        &devices as &[&str],
        &encoded
    )
    .execute(db)
    .await?;
    Ok(())
}

/// A writer, and how many of its beacons are committed with this batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Mark {
    pub writer: Uuid,
    pub done: i64,
}

/// A batch's counts: of outcomes, of the teams' months, and of the writer's beacons. One statement, for each costs a
/// batch the same wait. In order, so that two writers cannot deadlock.
pub async fn add_counts(
    db: &mut PgConnection,
    outcomes: &Outcomes,
    added: impl Iterator<Item = ((TeamId, Month), u64)>,
    mark: Option<Mark>,
) -> Result<()> {
    let (mut teams, mut months, mut page_views) = (Vec::new(), Vec::new(), Vec::new());
    for ((team, month), count) in added {
        teams.push(team.0);
        months.push(month.first_day());
        page_views.push(i64::try_from(count).map_err(Error::internal)?);
    }
    let mut projects = Vec::with_capacity(outcomes.len());
    let mut hours = Vec::with_capacity(outcomes.len());
    let mut words = Vec::with_capacity(outcomes.len());
    for (project, hour, outcome) in outcomes.keys() {
        projects.push(project.0);
        hours.push(*hour);
        words.push(outcome.as_str());
    }
    let counts: Vec<i64> = outcomes.values().copied().collect();
    sqlx::query!(
        "with months as (
             insert into page_view_months (team_id, month, used)
             select * from unnest($5::uuid[], $6::date[], $7::bigint[])
             on conflict (team_id, month) do update set used = page_view_months.used + excluded.used
         ), writers as (
             insert into beacon_writers (id, done, at)
             select new.id, new.done, now() from (select $8::uuid as id, $9::bigint as done) new where new.id is not null
             on conflict (id) do update set done = excluded.done, at = excluded.at
         )
         insert into beacon_outcomes (project_id, hour, outcome, count)
         select * from unnest($1::uuid[], $2::timestamptz[], $3::text[], $4::bigint[])
         on conflict (project_id, hour, outcome) do update set count = beacon_outcomes.count + excluded.count",
        &projects,
        &hours,
        &words as &[&str],
        &counts,
        &teams,
        &months,
        &page_views,
        mark.map(|mark| mark.writer),
        mark.map(|mark| mark.done)
    )
    .execute(db)
    .await?;
    Ok(())
}

/// How many beacons of a writer are committed. Waits for a transaction of its that is still under way.
pub async fn writer_done(db: &mut PgConnection, writer: Uuid) -> Result<i64> {
    Ok(sqlx::query_scalar!(
        "insert into beacon_writers (id, done, at) values ($1, 0, now())
         on conflict (id) do update set at = excluded.at returning done",
        writer
    )
    .fetch_one(db)
    .await?)
}

/// Notes a project's first page view, for the install screen; later ones change nothing.
pub async fn note_first_view(db: &mut PgConnection, project: ProjectId, at: DateTime<Utc>, path: &str) -> Result<()> {
    sqlx::query!(
        "insert into beacon_arrivals (project_id, first_at, first_path) values ($1, $2, $3)
         on conflict (project_id) do update set first_at = excluded.first_at, first_path = excluded.first_path
         where beacon_arrivals.first_at is null",
        project.0,
        at,
        path
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Notes a project's newest refusal, for the install screen.
pub async fn note_refusal(
    db: &mut PgConnection,
    project: ProjectId,
    at: DateTime<Utc>,
    reason: DropReason,
    origin: Option<&str>,
) -> Result<()> {
    sqlx::query!(
        "insert into beacon_arrivals (project_id, refused_at, refused_reason, refused_origin) values ($1, $2, $3, $4)
         on conflict (project_id) do update
         set refused_at = excluded.refused_at, refused_reason = excluded.refused_reason, refused_origin = excluded.refused_origin",
        project.0,
        at,
        reason.as_str(),
        origin
    )
    .execute(db)
    .await?;
    Ok(())
}

fn columns(keys: &[ViewKey]) -> (Vec<Uuid>, Vec<Uuid>) {
    keys.iter().map(|(project, id)| (project.0, id.0)).unzip()
}

/// Sketch keys as one array a column.
struct SketchColumns<'a> {
    projects: Vec<Uuid>,
    dimensions: Vec<&'a str>,
    at: Vec<DateTime<Utc>>,
    key: Vec<&'a str>,
    devices: Vec<&'a str>,
}

fn sketch_columns<'a>(keys: &[&'a SketchKey]) -> SketchColumns<'a> {
    SketchColumns {
        projects: keys.iter().map(|key| key.project.0).collect(),
        dimensions: keys.iter().map(|key| Dimension::as_str(key.dimension)).collect(),
        at: keys.iter().map(|key| key.at).collect(),
        key: keys.iter().map(|key| key.key.as_str()).collect(),
        devices: keys.iter().map(|key| key.device.as_str()).collect(),
    }
}
