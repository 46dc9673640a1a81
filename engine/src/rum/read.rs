//! The dashboard's questions. All but the lists of paths are answered from sketches, so that
//! their cost grows with the period and the number of groups, not with the page views.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use domain::{
    Invalid, ProjectId,
    accounts::{Action, Actor},
    projects::{PageGroups, Template},
    rum::{
        Bot, Breakdown, BreakdownRow, Device, DeviceVerdict, Dimension, DropReason, FirstBeacon, Granularity, Health,
        Overview, Percentile, Period, Point, Query, Series, State, TimeRange, Verdict, ViewSketch, Vital, VitalSketch,
        VitalSummary,
    },
};

use super::read_store::{self, SketchRow};
use crate::{Engine, Result, projects};

/// Rows of a breakdown at most.
const ROWS: usize = 50;

/// The percentile that Google judges by.
const JUDGED: f64 = Percentile::P75.quantile();

/// Verdicts and summaries of a project.
pub async fn overview(engine: &Engine, actor: &Actor, project: ProjectId, query: &Query) -> Result<Overview> {
    let question = Question::ask(engine, actor, project, query).await?;
    let (from, to) = query.period.range(engine.now());
    let rows = question.rows(query.filter.device, (from, to)).await?;
    let before = merged(question.rows(query.filter.device, query.period.range_before(engine.now())).await?);
    let ever_received = read_store::ever_received(&mut *engine.db.acquire().await?, project).await?;

    let mut all = ViewSketch::default();
    let mut by_device: BTreeMap<Device, ViewSketch> = BTreeMap::new();
    let mut by_time: BTreeMap<DateTime<Utc>, ViewSketch> = BTreeMap::new();
    let granularity = query.period.granularity();
    for row in &rows {
        all.merge(&row.sketch);
        by_device.entry(row.device).or_default().merge(&row.sketch);
        by_time.entry(granularity.floor(row.at)).or_default().merge(&row.sketch);
    }
    let vitals = Vital::ALL
        .into_iter()
        .filter(|&vital| vital != Vital::Fid || all.vital(vital).count() > 0)
        .map(|vital| {
            let Judgement { p75, interval, state } = judge(vital, all.vital(vital));
            let p75_before = judge(vital, before.vital(vital));
            VitalSummary {
                vital,
                count: all.vital(vital).count(),
                p75,
                interval,
                shares: all.vital(vital).shares(),
                state,
                p75_before: p75_before.p75.filter(|_| p75_before.state.shows_value()),
                sparkline: buckets(granularity, (from, to))
                    .map(|at| by_time.get(&at).and_then(|sketch| sketch.vital(vital).quantile(JUDGED)))
                    .collect(),
            }
        })
        .collect();
    Ok(Overview {
        query: query.clone(),
        from,
        to,
        page_views: all.page_views(),
        ever_received,
        verdicts: by_device
            .iter()
            .filter(|(_, sketch)| !sketch.is_empty())
            .map(|(&device, sketch)| verdict(device, sketch))
            .collect(),
        vitals,
    })
}

/// The chosen vital over time.
pub async fn trend(engine: &Engine, actor: &Actor, project: ProjectId, query: &Query) -> Result<Series> {
    let question = Question::ask(engine, actor, project, query).await?;
    let granularity = query.period.granularity();
    let range = query.period.range(engine.now());
    let mut by_time: BTreeMap<DateTime<Utc>, VitalSketch> = BTreeMap::new();
    for row in question.rows(query.filter.device, range).await? {
        by_time.entry(granularity.floor(row.at)).or_default().merge(row.sketch.vital(query.vital));
    }
    let points = buckets(granularity, range)
        .map(|at| {
            let sketch = by_time.remove(&at).unwrap_or_default();
            Point {
                at,
                count: sketch.count(),
                p50: sketch.quantile(Percentile::P50.quantile()),
                p75: sketch.quantile(JUDGED),
                p95: sketch.quantile(Percentile::P95.quantile()),
                shares: sketch.shares(),
            }
        })
        .collect();
    Ok(Series { vital: query.vital, granularity, points })
}

/// The chosen vital, split by a dimension. With a filter by page group, only the device can
/// be split further: no sketch is kept for more.
pub async fn breakdown(
    engine: &Engine,
    actor: &Actor,
    project: ProjectId,
    query: &Query,
    dimension: Dimension,
) -> Result<Breakdown> {
    let mut question = Question::ask(engine, actor, project, query).await?;
    match (&question.group, dimension) {
        (_, Dimension::Device | Dimension::PageGroup) | (None, _) => {}
        (Some(_), _) => {
            return Err(Invalid::new(
                "dimension",
                "Within one page group, only devices can be compared. Take the filter away.",
            )
            .into());
        }
    }
    if dimension != Dimension::Device {
        question.dimension = dimension;
    }
    let rows = question.rows(query.filter.device, query.period.range(engine.now())).await?;
    let mut by_key: BTreeMap<String, ViewSketch> = BTreeMap::new();
    for row in rows {
        let key = match dimension {
            Dimension::Device => row.device.as_str().to_owned(),
            Dimension::PageGroup => question.page_groups.group(&row.key),
            _ => row.key,
        };
        by_key.entry(key).or_default().merge(&row.sketch);
    }
    by_key.retain(|_, sketch| !sketch.is_empty());
    let total_rows = u32::try_from(by_key.len()).unwrap_or(u32::MAX);
    let mut rows: Vec<BreakdownRow> = by_key
        .into_iter()
        .map(|(key, sketch)| {
            let vital = sketch.vital(query.vital);
            let Judgement { p75, interval, state } = judge(query.vital, vital);
            BreakdownRow {
                key,
                page_views: sketch.page_views(),
                count: vital.count(),
                p75,
                interval,
                shares: vital.shares(),
                state,
            }
        })
        .collect();
    rows.sort_by(|a, b| b.page_views.cmp(&a.page_views).then_with(|| a.key.cmp(&b.key)));
    rows.truncate(ROWS);
    Ok(Breakdown { dimension, vital: query.vital, rows, total_rows })
}

/// What became of the beacons of a period.
pub async fn health(engine: &Engine, actor: &Actor, project: ProjectId, period: Period) -> Result<Health> {
    let (from, to) = period.range(engine.now());
    health_between(engine, actor, project, TimeRange { from, to }).await
}

/// The same of any range. Beacons are counted by the hour: the range is widened to whole ones.
pub async fn health_between(engine: &Engine, actor: &Actor, project: ProjectId, range: TimeRange) -> Result<Health> {
    projects::authorize(engine, actor, project, Action::ReadFieldData).await?;
    let TimeRange { from, to } = range.widened(Granularity::Hour);
    let mut health = Health::default();
    for (outcome, count) in read_store::outcomes(&mut *engine.db.acquire().await?, project, (from, to)).await? {
        match outcome.split_once(':') {
            None if outcome == "page_view" => health.page_views += count,
            None if outcome == "update" => health.updates += count,
            None => health.repeats += count,
            Some(("rejected", reason)) => {
                if let Some(reason) = DropReason::parse(reason) {
                    *health.rejected.entry(reason).or_default() += count;
                }
            }
            Some(("value", fault)) => *health.refused_values.entry(fault.to_owned()).or_default() += count,
            Some(("bot", bot)) => {
                if let Some((class, reason)) =
                    bot.split_once(':').and_then(|(class, reason)| Some((Bot::parse(class)?, reason)))
                {
                    *health.bots.entry((class, reason.to_owned())).or_default() += count;
                }
            }
            Some(_) => {}
        }
    }
    health.stored = health.page_views + health.updates + health.repeats;
    health.received = health.stored + health.rejected.values().sum::<u64>();
    Ok(health)
}

/// Whether the first beacon came, for the install screen.
pub async fn first_beacon(engine: &Engine, actor: &Actor, project: ProjectId) -> Result<FirstBeacon> {
    projects::project(engine, actor, project).await?;
    read_store::first_beacon(&mut *engine.db.acquire().await?, project).await
}

/// How the newest real paths would be grouped by these templates: path, group now, group then.
pub async fn preview_templates(
    engine: &Engine,
    actor: &Actor,
    project: ProjectId,
    templates: Vec<String>,
) -> Result<Vec<(String, String, String)>> {
    const PATHS: i64 = 100;
    let stored = projects::templates(engine, actor, project).await?;
    let user = templates.iter().map(|template| Template::parse(template)).collect::<Result<Vec<_>, Invalid>>()?;
    let then = PageGroups::new(user, stored.learnt.clone());
    let now = PageGroups::new(stored.user, stored.learnt);
    let since = engine.now() - TimeDelta::days(28);
    let paths = read_store::recent_paths(&mut *engine.db.acquire().await?, project, since, PATHS).await?;
    Ok(paths
        .into_iter()
        .map(|path| (now.group(&path), then.group(&path), path))
        .map(|(now, then, path)| (path, now, then))
        .collect())
}

/// One view's question to the sketches: which rows answer it.
struct Question<'a> {
    engine: &'a Engine,
    project: ProjectId,
    page_groups: PageGroups,
    /// The page group that the filter asks for.
    group: Option<String>,
    dimension: Dimension,
    granularity: Granularity,
}

impl<'a> Question<'a> {
    /// Asks who may, and picks the sketches.
    async fn ask(engine: &'a Engine, actor: &Actor, project: ProjectId, query: &Query) -> Result<Self> {
        projects::project(engine, actor, project).await?;
        let page_groups = projects::page_groups(&mut *engine.db.acquire().await?, project).await?;
        let group = query.filter.page_group.as_deref().map(|group| page_groups.group(group));
        let dimension = if group.is_some() { Dimension::PageGroup } else { Dimension::Device };
        Ok(Self { engine, project, page_groups, group, dimension, granularity: query.period.granularity() })
    }

    /// The rows of a range. Page groups were named by the templates of their time; today's are
    /// applied to those names, so that old and new rows of a group meet.
    async fn rows(&self, device: Option<Device>, range: (DateTime<Utc>, DateTime<Utc>)) -> Result<Vec<SketchRow>> {
        let mut db = self.engine.db.acquire().await?;
        let mut rows =
            read_store::sketches(&mut db, self.project, self.dimension, device, self.granularity, range).await?;
        if let Some(group) = &self.group {
            rows.retain(|row| row.key == *group || self.page_groups.group(&row.key) == *group);
        }
        Ok(rows)
    }
}

struct Judgement {
    p75: Option<f64>,
    interval: Option<domain::rum::Interval>,
    state: State,
}

/// p75 with what it may claim.
fn judge(vital: Vital, sketch: &VitalSketch) -> Judgement {
    let p75 = sketch.quantile(JUDGED);
    let interval = sketch.interval(JUDGED);
    let state = State::of(vital, sketch.count(), p75.unwrap_or_default(), interval);
    Judgement { p75, interval, state }
}

fn verdict(device: Device, sketch: &ViewSketch) -> DeviceVerdict {
    let core = Vital::CORE.map(|vital| {
        let Judgement { p75, state, .. } = judge(vital, sketch.vital(vital));
        (vital, p75, state)
    });
    DeviceVerdict {
        device,
        page_views: sketch.page_views(),
        verdict: Verdict::of(&core),
        settled: core.iter().all(|(_, _, state)| matches!(state, State::Stable | State::NoData)),
    }
}

fn merged(rows: Vec<SketchRow>) -> ViewSketch {
    let mut all = ViewSketch::default();
    rows.iter().for_each(|row| all.merge(&row.sketch));
    all
}

/// The starts of the buckets from `from` up to `to`.
fn buckets(
    granularity: Granularity,
    (from, to): (DateTime<Utc>, DateTime<Utc>),
) -> impl Iterator<Item = DateTime<Utc>> {
    std::iter::successors(Some(from), move |at| Some(*at + granularity.width())).take_while(move |at| *at < to)
}
