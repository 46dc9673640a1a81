//! The API's question: one vital over any range, by any dimension, under any filters.
//!
//! Sketches answer whatever one dimension and the device can: whole days where they are rolled
//! up, hours after that. Where the range begins or ends within an hour, the page views of that
//! hour are counted themselves, so that counts are exact. Where filters and groups need two
//! dimensions at once, no sketch is kept: the newest page views of the range are read, within
//! bounds.

use chrono::{DateTime, TimeDelta, Utc};
use domain::{
    ProjectId,
    accounts::{Action, Actor},
    billing::Plan,
    projects::PageGroups,
    rum::{Dimension, Figures, FiguresQuery, FirstBeacon, Gathering, Granularity, TimeRange, VitalSketch},
};
use sqlx::PgConnection;

use super::{
    read_store,
    rows_store::{self, RawFilter, RawRow},
};
use crate::{Engine, Result, billing, projects};

/// Page views that one question reads at most.
const MOST_ROWS: i64 = 100_000;

/// Sketches of hours are kept a day longer than promised; of that day, nothing is relied upon.
const HOURS_KEPT: TimeDelta = TimeDelta::days(Plan::SKETCH_DAYS_AT_LEAST as i64);

/// Answers. Of a range that is too long, the newest part is told, and by days where hours are not kept any more.
pub async fn vitals(engine: &Engine, actor: &Actor, project: ProjectId, query: &FiguresQuery) -> Result<Figures> {
    let team = projects::authorize(engine, actor, project, Action::ReadFieldData).await?;
    let mut db = engine.db.acquire().await?;
    let now = engine.now();
    let raw_days = billing::plan_by(engine, &mut db, team).await?.limits().raw_days;
    let page_groups = projects::page_groups(&mut db, project).await?;
    let hours_from = Granularity::Day.floor(now - HOURS_KEPT);
    let within = with_kept_granularity(query.within_reach(), hours_from);
    let is_cut = within.range != query.range && began_before(&mut db, project, within.range.from).await?;
    let mut reading = Reading {
        project,
        hours_from,
        rows_from: now - TimeDelta::days(i64::from(raw_days)),
        query: within,
        page_groups,
        gathering: Gathering::default(),
        approximate: is_cut,
    };
    match reading.query.dimension() {
        Some(dimension) => reading.sketches(&mut db, dimension).await?,
        None => reading.rows(&mut db).await?,
    }
    let Reading { query, gathering, approximate, .. } = reading;
    Ok(gathering.figures(&query, approximate))
}

/// Hours are not kept for ever: a series that reaches farther back has days.
fn with_kept_granularity(query: FiguresQuery, hours_from: DateTime<Utc>) -> FiguresQuery {
    if query.range.from >= hours_from { query } else { FiguresQuery { granularity: Some(Granularity::Day), ..query } }
}

/// Whether there were page views before.
async fn began_before(db: &mut PgConnection, project: ProjectId, at: DateTime<Utc>) -> Result<bool> {
    let first = read_store::first_beacon(db, project).await?;
    Ok(matches!(first, FirstBeacon::Received { at: first, .. } if first < at))
}

/// One answer on its way.
struct Reading {
    project: ProjectId,
    query: FiguresQuery,
    page_groups: PageGroups,
    /// Sketches of hours are there from here on; before, of days only.
    hours_from: DateTime<Utc>,
    /// Page views are there from here on.
    rows_from: DateTime<Utc>,
    gathering: Gathering,
    approximate: bool,
}

impl Reading {
    async fn sketches(&mut self, db: &mut PgConnection, dimension: Dimension) -> Result<()> {
        let asked = self.kept_range();
        let mut whole = asked.narrowed(Granularity::Hour);
        // A range that begins and ends within one hour has no whole one.
        let edges = if whole.to < whole.from {
            vec![asked]
        } else {
            vec![TimeRange { from: asked.from, to: whole.from }, TimeRange { from: whole.to, to: asked.to }]
        };
        for edge in edges.into_iter().filter(|edge| !edge.is_empty()) {
            match self.rows_of(db, edge).await? {
                Some(rows) => self.add(rows),
                None => {
                    self.approximate = true;
                    let hour = edge.widened(Granularity::Hour);
                    whole = TimeRange { from: whole.from.min(hour.from), to: whole.to.max(hour.to) };
                }
            }
        }
        for (granularity, range) in pieces(whole, self.query.series_granularity()) {
            self.merge(db, dimension, granularity, range).await?;
        }
        Ok(())
    }

    /// The range, with ends that lie where only days are kept moved to the ends of their days.
    fn kept_range(&mut self) -> TimeRange {
        let TimeRange { from, to } = self.query.range;
        let days = self.query.range.widened(Granularity::Day);
        let kept = TimeRange {
            from: if from < self.hours_from { days.from } else { from },
            to: if to < self.hours_from { days.to } else { to },
        };
        self.approximate |= kept != self.query.range;
        kept
    }

    async fn merge(
        &mut self,
        db: &mut PgConnection,
        dimension: Dimension,
        granularity: Granularity,
        TimeRange { from, to }: TimeRange,
    ) -> Result<()> {
        let device = self.query.device();
        let hours_from = read_store::hours_from(&mut *db, self.project, granularity, from).await?;
        let rows = read_store::sketches(db, self.project, dimension, None, device, hours_from, (from, to)).await?;
        let wanted = self.query.filters.get(&dimension).filter(|_| dimension != Dimension::Device).cloned();
        let wanted = wanted.map(|value| self.named(dimension, value));
        for row in rows {
            let key = self.named(dimension, row.key.to_string());
            if wanted.as_ref().is_some_and(|wanted| *wanted != key) {
                continue;
            }
            let group = match self.query.group_by {
                Some(Dimension::Device) => Some(row.device.as_str()),
                Some(_) => Some(key.as_str()),
                None => None,
            };
            let mut values = VitalSketch::default();
            row.merge_vital_into(self.query.vital, &mut values)?;
            self.gathering.merge(&self.query, row.at, group, &values);
        }
        Ok(())
    }

    /// The newest page views of the range, as many as are read at most.
    async fn rows(&mut self, db: &mut PgConnection) -> Result<()> {
        let range = self.query.range;
        let (rows, is_cut) = self.read(db, range).await?;
        self.approximate |= is_cut || self.may_be_gone(db, range).await?;
        self.add(rows);
        Ok(())
    }

    /// All page views of a range; `None` where they are too many, or may be gone.
    async fn rows_of(&self, db: &mut PgConnection, range: TimeRange) -> Result<Option<Vec<RawRow>>> {
        if self.may_be_gone(db, range).await? {
            return Ok(None);
        }
        let (rows, is_cut) = self.read(db, range).await?;
        Ok((!is_cut).then_some(rows))
    }

    /// Whether page views of the range may be deleted already: the plan does not keep them, and
    /// there were some.
    async fn may_be_gone(&self, db: &mut PgConnection, range: TimeRange) -> Result<bool> {
        Ok(range.from < self.rows_from && began_before(db, self.project, self.rows_from).await?)
    }

    async fn read(&self, db: &mut PgConnection, range: TimeRange) -> Result<(Vec<RawRow>, bool)> {
        let filter = |by: Dimension| self.query.filters.get(&by).map(String::as_str);
        let filter = RawFilter {
            device: filter(Dimension::Device),
            country: filter(Dimension::Country),
            browser: filter(Dimension::Browser),
            os: filter(Dimension::Os),
            connection: filter(Dimension::Connection),
            navigation_type: filter(Dimension::NavigationType),
            release: filter(Dimension::Release),
        };
        let by = self.query.group_by.unwrap_or(Dimension::Device);
        let question = rows_store::RawQuestion { project: self.project, range, vital: self.query.vital, by, filter };
        let mut rows = rows_store::measured(db, &question, MOST_ROWS).await?;
        // One row more than are read tells that there are more.
        let is_cut = rows.scanned > MOST_ROWS;
        if let Some(group) = self.query.filters.get(&Dimension::PageGroup) {
            let wanted = self.page_groups.group(group);
            rows.found.retain(|row| self.page_groups.group(&row.page_group) == wanted);
        }
        Ok((rows.found, is_cut))
    }

    fn add(&mut self, rows: Vec<RawRow>) {
        for row in rows {
            let group = self.query.group_by.map(|by| self.named(by, row.key));
            self.gathering.add(&self.query, row.at, group.as_deref(), row.value, row.weight);
        }
    }

    /// A stored value by today's name: page groups were named by the templates of their time.
    fn named(&self, dimension: Dimension, value: String) -> String {
        // What holds the rest is no path.
        let is_path = dimension == Dimension::PageGroup && value != Dimension::OTHER_KEY;
        if is_path { self.page_groups.group(&value) } else { value }
    }
}

/// A range of whole hours in pieces: its whole days, which may be read by day unless the series
/// has hours, and what stands before and after them.
fn pieces(range: TimeRange, series: Granularity) -> Vec<(Granularity, TimeRange)> {
    let days = range.narrowed(Granularity::Day);
    let pieces = if series == Granularity::Hour || days.is_empty() {
        vec![(Granularity::Hour, range)]
    } else {
        vec![
            (Granularity::Hour, TimeRange { from: range.from, to: days.from }),
            (Granularity::Day, days),
            (Granularity::Hour, TimeRange { from: days.to, to: range.to }),
        ]
    };
    pieces.into_iter().filter(|(_, piece)| !piece.is_empty()).collect()
}
