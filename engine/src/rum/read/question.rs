//! One view's question: who may ask it, and which rows answer it.
//!
//! Where sketches cannot answer ([`Filter::sketched`]), raw page views are read, the newest first,
//! until so many are read or so much time has passed.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use domain::{
    ProjectId,
    accounts::{Action, Actor},
    projects::PageGroups,
    rum::{Basis, Bound, By, Device, Dimension, Filter, Granularity, LeftOut, Query, ViewSketch},
};

use tokio::sync::Semaphore;

use crate::{
    Engine, Error, Result, billing, projects,
    rum::{
        metric_store::{self, SentRow},
        raw_store::{self, RawFilter, RawRow, Stopped},
        read_store::{self, SketchRow},
        retention,
        view_store::{self, ViewRow},
    },
};

/// From the first moment up to the second.
pub type Range = (DateTime<Utc>, DateTime<Utc>);

/// So many answers read raw rows at once; others wait, so that a few heavy pages leave the database
/// to everybody else.
static TURNS: Semaphore = Semaphore::const_new(3);

/// A question that its asker may ask.
pub struct Question<'a> {
    engine: &'a Engine,
    project: ProjectId,
    team: domain::TeamId,
    pub page_groups: PageGroups,
    pub filter: Filter,
    pub granularity: Granularity,
    now: DateTime<Utc>,
}

/// What holds the rest is no path.
fn group_of(page_groups: &PageGroups, name: &str) -> String {
    if name == Dimension::OTHER_KEY { name.to_owned() } else { page_groups.group(name) }
}

impl<'a> Question<'a> {
    /// Asks who may.
    pub async fn ask(engine: &'a Engine, actor: &Actor, project: ProjectId, query: &Query) -> Result<Self> {
        let team = projects::authorize(engine, actor, project, Action::ReadFieldData).await?;
        let page_groups = projects::page_groups(&mut *engine.db.acquire().await?, project).await?;
        let mut filter = query.filter.clone();
        filter.page_group = filter.page_group.map(|group| group_of(&page_groups, &group));
        let now = engine.now();
        Ok(Self { engine, project, team, page_groups, filter, granularity: query.period.granularity(now), now })
    }

    /// The page group of a path, or of a group's name of earlier times, by today's templates.
    pub fn group_of(&self, name: &str) -> String {
        group_of(&self.page_groups, name)
    }

    /// The rows of a range, and what they come from. Their keys are of the dimension `by`; where
    /// none is asked for, of any. Page groups were named by the templates of their time; today's
    /// are applied to those names, so that old and new rows of a group meet.
    pub async fn rows(&self, by: Option<&By>, range: Range) -> Result<(Vec<SketchRow>, Basis)> {
        let (mut rows, basis) = match self.filter.sketched(by) {
            Some(dimension) => (self.sketches(dimension, range).await?, Basis::Sketches),
            None => self.raw(by, range).await?,
        };
        match by {
            Some(By::Dimension(Dimension::PageGroup)) => {
                rows.iter_mut().for_each(|row| row.key = self.group_of(&row.key))
            }
            Some(By::Dimension(Dimension::Device)) => {
                rows.iter_mut().for_each(|row| row.key = row.device.as_str().to_owned())
            }
            _ => {}
        }
        Ok((rows, basis))
    }

    /// The rows of the same length of time just before, to compare with; none where either is not
    /// whole, because half a period is not compared with a whole one.
    pub async fn rows_before(&self, basis: Basis, range: Range) -> Result<Vec<SketchRow>> {
        if !basis.is_whole() {
            return Ok(Vec::new());
        }
        let (rows, basis) = self.rows(None, range).await?;
        Ok(if basis.is_whole() { rows } else { Vec::new() })
    }

    async fn sketches(&self, dimension: Dimension, range: Range) -> Result<Vec<SketchRow>> {
        let mut db = self.engine.db.acquire().await?;
        let names = match dimension {
            Dimension::Device => None,
            Dimension::PageGroup => self.stored_page_groups(&mut db, range).await?,
            _ => self.filter.get(dimension).map(|key| vec![key.to_owned()]),
        };
        read_store::sketches(
            &mut db,
            self.project,
            dimension,
            names.as_deref(),
            self.filter.device,
            self.granularity,
            range,
        )
        .await
    }

    /// The names under which the filter's page group is stored; `None` without such a filter.
    async fn stored_page_groups(&self, db: &mut sqlx::PgConnection, range: Range) -> Result<Option<Vec<String>>> {
        let Some(group) = &self.filter.page_group else { return Ok(None) };
        let mut names = read_store::keys(db, self.project, Dimension::PageGroup, range).await?;
        names.retain(|name| name == group || self.group_of(name) == *group);
        Ok(Some(names))
    }

    /// The names under which the filter's page group is stored in a range; `None` without such a filter.
    pub async fn page_group_names(&self, range: Range) -> Result<Option<Vec<String>>> {
        self.stored_page_groups(&mut *self.engine.db.acquire().await?, range).await
    }

    /// Since when single page views are kept.
    async fn kept_from(&self) -> Result<DateTime<Utc>> {
        let days = retention::raw_days(self.engine, self.project, self.team).await?;
        Ok(self.now - TimeDelta::days(i64::from(days)))
    }

    /// The newest page views of a range, the newest first, with all that is known of them, and
    /// the moment before which they are not in the answer, if not all are. Their page groups are
    /// named by today's templates.
    pub async fn newest(&self, (from, to): Range, most: u32) -> Result<(Vec<ViewRow>, Option<DateTime<Utc>>)> {
        let kept_from = self.kept_from().await?;
        let _turn = TURNS.acquire().await.map_err(Error::internal)?;
        let mut db = self.engine.db.acquire().await?;
        let page_groups = self.stored_page_groups(&mut db, (from, to)).await?;
        let filter = RawFilter {
            filter: &self.filter,
            page_groups: page_groups.as_deref(),
            range: (from.max(kept_from), to),
            only_human: true,
        };
        let (mut rows, stopped) = view_store::newest(&mut db, self.project, &filter, most).await?;
        for row in &mut rows {
            row.line.page_group = self.page_groups.group(&row.line.page_group);
        }
        let cut_at = match stopped {
            Some(stopped) => Some(stopped.at),
            // What never was is not missing.
            None if from < kept_from && read_store::any_counted(&mut db, self.project, (from, kept_from)).await? => {
                Some(kept_from)
            }
            None => None,
        };
        Ok((rows, cut_at))
    }

    /// Rows made of raw page views. A raw row is merged into its bucket at once: what is kept in
    /// memory grows with the groups only.
    async fn raw(&self, by: Option<&By>, range: Range) -> Result<(Vec<SketchRow>, Basis)> {
        let mut merged: BTreeMap<(DateTime<Utc>, Device, String), ViewSketch> = BTreeMap::new();
        let basis = self
            .page_views(by, range, true, |row| {
                let bucket = (self.granularity.floor(row.at), row.device, row.key);
                merged.entry(bucket).or_default().add(&row.measured);
            })
            .await?;
        let merged = merged.into_iter().map(|((at, device, key), sketch)| SketchRow { at, key, device, sketch });
        Ok((merged.collect(), basis))
    }

    /// Hands out the range's page views one by one, the newest first, within the bounds of what is
    /// kept, of rows and of time. Says how many there were, and what was left out.
    pub async fn page_views(
        &self,
        by: Option<&By>,
        (from, to): Range,
        only_human: bool,
        mut each: impl FnMut(RawRow),
    ) -> Result<Basis> {
        let kept_from = self.kept_from().await?;
        let _turn = TURNS.acquire().await.map_err(Error::internal)?;
        let mut db = self.engine.db.acquire().await?;
        let page_groups = self.stored_page_groups(&mut db, (from, to)).await?;
        let filter = RawFilter {
            filter: &self.filter,
            page_groups: page_groups.as_deref(),
            range: (from.max(kept_from), to),
            only_human,
        };
        let mut rows = 0;
        let stopped = raw_store::page_views(&mut db, self.project, &filter, by, raw_store::BOUNDS, |row| {
            rows += 1;
            each(row);
        })
        .await?;
        let left_out = match stopped {
            Some(Stopped { at, why }) => Some(LeftOut { before: at, why }),
            // What never was is not missing.
            None if from < kept_from && read_store::any_counted(&mut db, self.project, (from, kept_from)).await? => {
                Some(LeftOut { before: kept_from, why: Bound::Kept })
            }
            None => None,
        };
        Ok(Basis::RawRows { rows, left_out })
    }

    /// Whether the team's plan has custom metrics; the house's own projects have, on whatever plan.
    pub async fn has_custom_metrics(&self) -> Result<bool> {
        let mut db = self.engine.db.acquire().await?;
        Ok(projects::is_house(&mut db, self.project).await?
            || billing::plan_by(self.engine, &mut db, self.team).await?.limits().custom_metrics)
    }

    /// Hands out the people's page views of a range that sent metrics, as [`Question::page_views`] does. What is left
    /// out is told where page views were counted there, whether or not they sent any.
    pub async fn sent_metrics(&self, (from, to): Range, mut each: impl FnMut(SentRow)) -> Result<Basis> {
        let kept_from = self.kept_from().await?;
        let _turn = TURNS.acquire().await.map_err(Error::internal)?;
        let mut db = self.engine.db.acquire().await?;
        let page_groups = self.stored_page_groups(&mut db, (from, to)).await?;
        let filter = RawFilter {
            filter: &self.filter,
            page_groups: page_groups.as_deref(),
            range: (from.max(kept_from), to),
            only_human: true,
        };
        let mut rows = 0;
        let stopped = metric_store::sent(&mut db, self.project, &filter, raw_store::BOUNDS, |row| {
            rows += 1;
            each(row);
        })
        .await?;
        let left_out = match stopped {
            Some(Stopped { at, why }) => Some(LeftOut { before: at, why }),
            None if from < kept_from && read_store::any_counted(&mut db, self.project, (from, kept_from)).await? => {
                Some(LeftOut { before: kept_from, why: Bound::Kept })
            }
            None => None,
        };
        Ok(Basis::RawRows { rows, left_out })
    }
}

/// All rows as one.
pub fn merged(rows: &[SketchRow]) -> ViewSketch {
    let mut all = ViewSketch::default();
    rows.iter().for_each(|row| all.merge(&row.sketch));
    all
}

/// The starts of the buckets from `from` up to `to`.
pub fn buckets(granularity: Granularity, (from, to): Range) -> impl Iterator<Item = DateTime<Utc>> {
    std::iter::successors(Some(from), move |at| Some(*at + granularity.width())).take_while(move |at| *at < to)
}
