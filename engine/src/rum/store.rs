//! The SQL of the write path: page views, and what became of beacons.

use std::{
    borrow::Cow,
    collections::{BTreeMap, HashMap},
};

use chrono::{DateTime, TimeDelta, Utc};
use domain::{
    PageViewId, ProjectId, TeamId,
    billing::{Month, Plan},
    rum::{Bot, Device, DropReason, Measured, Vital, Vitals, Weight},
};
use sqlx::{PgConnection, types::Uuid};

use super::{
    copy,
    delta_store::NewDelta,
    keys,
    page_view::{Counted, Row, Window},
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
pub type Outcomes = BTreeMap<(ProjectId, DateTime<Utc>, Cow<'static, str>), i64>;

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
        "select project_id, id, at from page_view_skews where id = any($2) and project_id = any($1)",
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
    sqlx::query!("set enable_seqscan = off").execute(&mut *db).await?;
    sqlx::query!("set enable_bitmapscan = off").execute(&mut *db).await?;
    // Planning a look-up takes longer than doing it.
    sqlx::query!("set plan_cache_mode = force_generic_plan").execute(db).await?;
    Ok(())
}

/// How long before a batch the windows of its page views begin, and how long after, but for those whose clocks are off.
const NEAR: (TimeDelta, TimeDelta) = (TimeDelta::hours(26), TimeDelta::hours(1));

/// The stored page views among these; most were received at about `now`.
pub async fn stored(
    db: &mut PgConnection,
    now: DateTime<Utc>,
    wanted: &[(ViewKey, Window)],
) -> Result<HashMap<ViewKey, Stored>> {
    let near = now - NEAR.0..=now + NEAR.1;
    let (near, far): (Vec<_>, Vec<_>) = wanted.iter().copied().partition(|(_, window)| near.contains(&window.from));
    let mut rows = stored_lately(&mut *db, &near).await?;
    if !far.is_empty() {
        rows.extend(stored_in_windows(db, &far).await?);
    }
    rows.into_iter().map(|row| Ok(((ProjectId(row.project_id), PageViewId(row.id)), row.stored()?))).collect()
}

/// Of windows that lie together: in the partitions of three or four days, which are chosen once for all. Each by itself:
/// asked for all ids at once, PostgreSQL reads a day whole that was all but empty when the statement was planned.
async fn stored_lately(db: &mut PgConnection, wanted: &[(ViewKey, Window)]) -> Result<Vec<StoredRow>> {
    let keys: Vec<ViewKey> = wanted.iter().map(|(key, _)| *key).collect();
    let (projects, ids) = columns(&keys);
    let Some(from) = wanted.iter().map(|(_, window)| window.from).min() else { return Ok(Vec::new()) };
    let to = wanted.iter().map(|(_, window)| window.to).max();
    Ok(sqlx::query_as!(
        StoredRow,
        r#"select view.project_id as "project_id!", view.id as "id!", view.at as "at!", view.seq as "seq!",
                view.weight as "weight!", view.sample_factor as "sample_factor!", view.other_keys as "other_keys!",
                view.page_group as "page_group!", view.country as "country!", view.browser as "browser!",
                view.os as "os!", view.connection as "connection!", view.navigation_type as "navigation_type!",
                view.release as "release!", view.device as "device!", view.bot as "bot!",
                view.lcp, view.inp, view.cls, view.fcp, view.ttfb, view.fid
         from unnest($1::uuid[], $2::uuid[]) as wanted (project_id, id)
         cross join lateral (
             select * from page_views
             where page_views.id = wanted.id and page_views.project_id = wanted.project_id
               and page_views.at >= $3 and page_views.at < $4
             limit 1
         ) view"#,
        &projects,
        &ids,
        from,
        to
    )
    .fetch_all(db)
    .await?)
}

/// Of windows that lie anywhere: each by itself and in its own window only, so that few partitions are touched, whatever
/// times a visitor claims.
async fn stored_in_windows(db: &mut PgConnection, wanted: &[(ViewKey, Window)]) -> Result<Vec<StoredRow>> {
    let keys: Vec<ViewKey> = wanted.iter().map(|(key, _)| *key).collect();
    let (projects, ids) = columns(&keys);
    let from: Vec<DateTime<Utc>> = wanted.iter().map(|(_, window)| window.from).collect();
    let to: Vec<DateTime<Utc>> = wanted.iter().map(|(_, window)| window.to).collect();
    Ok(sqlx::query_as!(
        StoredRow,
        r#"select view.project_id as "project_id!", view.id as "id!", view.at as "at!", view.seq as "seq!",
                view.weight as "weight!", view.sample_factor as "sample_factor!", view.other_keys as "other_keys!",
                view.page_group as "page_group!", view.country as "country!", view.browser as "browser!",
                view.os as "os!", view.connection as "connection!", view.navigation_type as "navigation_type!",
                view.release as "release!", view.device as "device!", view.bot as "bot!",
                view.lcp, view.inp, view.cls, view.fcp, view.ttfb, view.fid
         from unnest($1::uuid[], $2::uuid[], $3::timestamptz[], $4::timestamptz[])
              as wanted (project_id, id, from_at, to_at)
         cross join lateral (
             select * from page_views
             where page_views.project_id = wanted.project_id and page_views.id = wanted.id
               and page_views.at >= wanted.from_at and page_views.at < wanted.to_at
             limit 1
         ) view"#,
        &projects,
        &ids,
        &from,
        &to
    )
    .fetch_all(db)
    .await?)
}

/// What is read of a stored page view.
struct StoredRow {
    project_id: Uuid,
    id: Uuid,
    at: DateTime<Utc>,
    seq: i32,
    weight: i32,
    sample_factor: i16,
    other_keys: i16,
    page_group: String,
    country: String,
    browser: String,
    os: String,
    connection: String,
    navigation_type: String,
    release: String,
    device: String,
    bot: String,
    lcp: Option<f64>,
    inp: Option<f64>,
    cls: Option<f64>,
    fcp: Option<f64>,
    ttfb: Option<f64>,
    fid: Option<f64>,
}

impl StoredRow {
    fn stored(self) -> Result<Stored> {
        let id = self.id;
        let damaged = || Error::internal(format!("page view {id} holds an unknown word"));
        let mut vitals = Vitals::default();
        for (vital, value) in [
            (Vital::Lcp, self.lcp),
            (Vital::Inp, self.inp),
            (Vital::Cls, self.cls),
            (Vital::Fcp, self.fcp),
            (Vital::Ttfb, self.ttfb),
            (Vital::Fid, self.fid),
        ] {
            vitals.set(vital, value);
        }
        let other_keys = u16::try_from(self.other_keys).map_err(|_| damaged())?;
        let keys =
            [self.page_group, self.country, self.browser, self.os, self.connection, self.navigation_type, self.release];
        let mut place = 0;
        let counted = Counted {
            at: self.at,
            device: Device::parse(&self.device).ok_or_else(damaged)?,
            bot: Bot::parse(&self.bot).ok_or_else(damaged)?,
            measured: Measured { vitals, weight: Weight::from_thousandths(self.weight).ok_or_else(damaged)? },
            keys: keys.map(|key| {
                place += 1;
                keys::counted_as(&key, other_keys, place - 1).to_owned()
            }),
            sample_factor: u16::try_from(self.sample_factor).map_err(|_| damaged())?,
        };
        Ok(Stored { seq: self.seq, counted })
    }
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

pub async fn copy_page_views<'a>(db: &mut PgConnection, rows: impl Iterator<Item = Row<'a>>) -> Result<()> {
    let statement = format!("copy page_views ({}) from stdin (format binary)", copy::COLUMNS);
    let mut stream = db.copy_in_raw(&statement).await?;
    let sent = stream.send(copy::encode(rows)).await.map(|_| ());
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

/// A writer, and how many of its beacons are committed with this batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Mark {
    pub writer: Uuid,
    pub done: i64,
}

/// A batch's counts: of outcomes, of the teams' months, and of the writer's beacons; and its deltas. One statement, for
/// each costs a batch the same wait. In order, so that two writers cannot deadlock.
pub async fn add_counts(
    db: &mut PgConnection,
    outcomes: &Outcomes,
    added: impl Iterator<Item = ((TeamId, Month), u64)>,
    mark: Option<Mark>,
    deltas: Vec<NewDelta>,
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
        words.push(outcome.as_ref());
    }
    let (mut changed, mut changes, mut bytes) = (Vec::new(), Vec::new(), Vec::new());
    for delta in deltas {
        changed.push(delta.project.0);
        changes.push(delta.count);
        bytes.push(delta.bytes);
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
         ), deltas as (
             insert into page_view_deltas (project_id, changes, delta)
             select * from unnest($10::uuid[], $11::integer[], $12::bytea[])
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
        mark.map(|mark| mark.done),
        &changed,
        &changes,
        &bytes
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
