//! One view's question: who may ask it, and which rows answer it.
//!
//! Where sketches cannot answer ([`Filter::sketched`]), rows are made of page views ([`one_by_one`](super::one_by_one)).

use std::{
    collections::{BTreeMap, HashMap},
    hash::{DefaultHasher, Hash as _, Hasher as _},
    sync::Arc,
};

use chrono::{DateTime, Utc};
use domain::{
    ProjectId,
    accounts::{Action, Actor},
    projects::PageGroups,
    rum::{Basis, By, Device, Dimension, Filter, Granularity, Query, ViewSketch, Vital},
};
use tokio::sync::Mutex;

use crate::{
    Engine, Result, billing, projects,
    rum::{
        delta_store, read_store,
        sketch_row::{RowSketch, SketchRow},
    },
};

/// From the first moment up to the second.
pub type Range = (DateTime<Utc>, DateTime<Utc>);

/// A question that its asker may ask. What several parts of its answer are made of is read once.
pub struct Question<'a> {
    pub(super) engine: &'a Engine,
    pub(super) actor: &'a Actor,
    pub(super) project: ProjectId,
    pub(super) team: domain::TeamId,
    pub(super) query: Query,
    pub(super) page_groups: PageGroups,
    pub(super) filter: Filter,
    pub(super) now: DateTime<Utc>,
    /// Whole days are read up to here, hours after that.
    rolled_up_to: Option<DateTime<Utc>>,
    sketches: Mutex<Vec<Sketches>>,
    raw: Mutex<Vec<RawAnswer>>,
}

/// Rows of sketches that were read, without a gap in time.
struct Sketches {
    dimension: Dimension,
    granularity: Granularity,
    range: Range,
    parts: Vec<Arc<Vec<SketchRow>>>,
}

/// Rows that were made of page views.
struct RawAnswer {
    by: Option<By>,
    granularity: Granularity,
    range: Range,
    rows: Arc<Vec<SketchRow>>,
    basis: Basis,
}

/// The rows of a range.
pub struct Rows {
    parts: Vec<Arc<Vec<SketchRow>>>,
    range: Range,
}

impl Rows {
    pub fn iter(&self) -> impl Iterator<Item = &SketchRow> {
        let (from, to) = self.range;
        self.parts.iter().flat_map(|part| part.iter()).filter(move |row| from <= row.at && row.at < to)
    }

    /// All as one, with these vitals.
    pub fn merged(&self, vitals: &[Vital]) -> Result<ViewSketch> {
        let mut all = ViewSketch::default();
        self.iter().try_for_each(|row| row.merge_into(&mut all, vitals))?;
        Ok(all)
    }
}

/// What holds the rest is no path.
fn group_of(page_groups: &PageGroups, name: &str) -> String {
    if name == Dimension::OTHER_KEY { name.to_owned() } else { page_groups.group(name) }
}

impl<'a> Question<'a> {
    /// Asks who may.
    pub async fn ask(engine: &'a Engine, actor: &'a Actor, project: ProjectId, query: &Query) -> Result<Self> {
        let team = projects::authorize(engine, actor, project, Action::ReadFieldData).await?;
        let mut db = engine.db.acquire().await?;
        let page_groups = projects::page_groups(&mut db, project).await?;
        let rolled_up_to = read_store::rolled_up_to(&mut db, project).await?;
        let mut filter = query.filter.clone();
        filter.page_group = filter.page_group.map(|group| group_of(&page_groups, &group));
        Ok(Self {
            engine,
            actor,
            project,
            team,
            query: query.clone(),
            page_groups,
            filter,
            now: engine.now(),
            rolled_up_to,
            sketches: Mutex::default(),
            raw: Mutex::default(),
        })
    }

    /// What is asked.
    pub const fn query(&self) -> &Query {
        &self.query
    }

    /// Another number when the answer is another: by page views that came or were corrected, by what is marked and how
    /// page groups are named, or because time has moved the period. What a plan stops keeping goes without notice.
    pub async fn stamp(&self) -> Result<u64> {
        let mut db = self.engine.db.acquire().await?;
        let newest = delta_store::newest(&mut db, self.project).await?;
        let received = read_store::ever_received(&mut db, self.project).await?;
        let mut hasher = DefaultHasher::new();
        (newest, received, projects::stamp(&mut db, self.project).await?).hash(&mut hasher);
        (self.project.0, &self.query, self.range(), self.query.period.hours(self.now)).hash(&mut hasher);
        Ok(hasher.finish())
    }

    /// The width of a trend's points.
    pub(super) fn granularity(&self) -> Granularity {
        self.query.period.granularity(self.now)
    }

    /// What the query's period covers.
    pub(super) fn range(&self) -> Range {
        self.query.period.range(self.now)
    }

    /// The range of the same length just before.
    pub(super) fn range_before(&self) -> Range {
        self.query.period.range_before(self.now)
    }

    /// The page group of a path, or of a group's name of earlier times, by today's templates.
    pub(super) fn group_of(&self, name: &str) -> String {
        group_of(&self.page_groups, name)
    }

    /// The value that a row has of a property.
    pub(super) fn key_of<'row>(by: &By, row: &'row SketchRow) -> &'row str {
        if *by == By::Dimension(Dimension::Device) { row.device.as_str() } else { &row.key }
    }

    /// The rows of a range, and what they come from. Their keys are of the dimension `by`; where
    /// none is asked for, of any. Page groups were named by the templates of their time; today's
    /// are applied to those names, so that old and new rows of a group meet.
    pub(super) async fn rows(&self, by: Option<&By>, granularity: Granularity, range: Range) -> Result<(Rows, Basis)> {
        let (parts, basis) = match self.filter.sketched(by) {
            Some(dimension) => (self.sketches(dimension, granularity, range).await?, Basis::Sketches),
            None => {
                let (rows, basis) = self.raw(by, granularity, range).await?;
                (vec![rows], basis)
            }
        };
        Ok((Rows { parts, range }, basis))
    }

    /// The rows of the same length of time just before, to compare with; none where either is not
    /// whole, because half a period is not compared with a whole one.
    pub(super) async fn rows_before(&self, basis: Basis) -> Result<Rows> {
        let range = self.range_before();
        if basis.is_whole() {
            let (rows, basis) = self.rows(None, self.granularity(), range).await?;
            if basis.is_whole() {
                return Ok(rows);
            }
        }
        Ok(Rows { parts: Vec::new(), range })
    }

    /// At least the rows of a range. Of what joins on to what was read before, only the rest is read.
    async fn sketches(
        &self,
        dimension: Dimension,
        granularity: Granularity,
        (from, to): Range,
    ) -> Result<Vec<Arc<Vec<SketchRow>>>> {
        let mut known = self.sketches.lock().await;
        let joins = |known: &Sketches| {
            (known.dimension, known.granularity) == (dimension, granularity)
                && from <= known.range.1
                && known.range.0 <= to
        };
        let place = known.iter().position(joins).unwrap_or_else(|| {
            known.push(Sketches { dimension, granularity, range: (from, from), parts: Vec::new() });
            known.len() - 1
        });
        let known = &mut known[place];
        if from < known.range.0 {
            let before = self.read_sketches(dimension, granularity, (from, known.range.0)).await?;
            known.parts.push(Arc::new(before));
            known.range.0 = from;
        }
        if known.range.1 < to {
            let after = self.read_sketches(dimension, granularity, (known.range.1, to)).await?;
            known.parts.push(Arc::new(after));
            known.range.1 = to;
        }
        Ok(known.parts.clone())
    }

    async fn read_sketches(
        &self,
        dimension: Dimension,
        granularity: Granularity,
        range: Range,
    ) -> Result<Vec<SketchRow>> {
        let mut db = self.engine.db.acquire().await?;
        let names = match dimension {
            Dimension::Device => None,
            Dimension::PageGroup => self.stored_page_groups(&mut db, range).await?,
            _ => self.filter.get(dimension).map(|key| vec![key.to_owned()]),
        };
        let hours_from = match granularity {
            Granularity::Hour => range.0,
            Granularity::Day => self.rolled_up_to.unwrap_or(range.0),
        };
        let (project, device) = (self.project, self.filter.device);
        let mut rows =
            read_store::sketches(&mut db, project, dimension, names.as_deref(), device, hours_from, range).await?;
        if dimension == Dimension::PageGroup {
            // A name is matched with the templates once, not once a day.
            let mut named: HashMap<Arc<str>, Arc<str>> = HashMap::new();
            for row in &mut rows {
                let group = named.entry(Arc::clone(&row.key)).or_insert_with_key(|name| self.group_of(name).into());
                row.key = Arc::clone(group);
            }
        }
        Ok(rows)
    }

    /// The names under which the filter's page group is stored; `None` without such a filter.
    pub(super) async fn stored_page_groups(
        &self,
        db: &mut sqlx::PgConnection,
        range: Range,
    ) -> Result<Option<Vec<String>>> {
        let Some(group) = &self.filter.page_group else { return Ok(None) };
        let mut names = read_store::keys(db, self.project, Dimension::PageGroup, range).await?;
        names.retain(|name| name == group || self.group_of(name) == *group);
        Ok(Some(names))
    }

    /// The names under which the filter's page group is stored in a range; `None` without such a filter.
    pub async fn page_group_names(&self, range: Range) -> Result<Option<Vec<String>>> {
        self.stored_page_groups(&mut *self.engine.db.acquire().await?, range).await
    }

    /// Rows made of raw page views. A raw row is merged into its bucket at once: what is kept in
    /// memory grows with the groups only.
    async fn raw(
        &self,
        by: Option<&By>,
        granularity: Granularity,
        range: Range,
    ) -> Result<(Arc<Vec<SketchRow>>, Basis)> {
        let mut known = self.raw.lock().await;
        let is_same =
            |known: &&RawAnswer| (known.by.as_ref(), known.granularity, known.range) == (by, granularity, range);
        if let Some(known) = known.iter().find(is_same) {
            return Ok((Arc::clone(&known.rows), known.basis));
        }
        let mut merged: BTreeMap<(DateTime<Utc>, Device, String), Box<ViewSketch>> = BTreeMap::new();
        let basis = self
            .page_views(by, range, true, |row| {
                let key = match by {
                    Some(By::Dimension(Dimension::PageGroup)) => self.group_of(&row.key),
                    _ => row.key,
                };
                merged.entry((granularity.floor(row.at), row.device, key)).or_default().add(&row.measured);
            })
            .await?;
        let rows = merged.into_iter().map(|((at, device, key), sketch)| SketchRow {
            at,
            key: key.into(),
            device,
            sketch: RowSketch::Made(sketch),
        });
        let rows = Arc::new(rows.collect::<Vec<_>>());
        known.push(RawAnswer { by: by.cloned(), granularity, range, rows: Arc::clone(&rows), basis });
        Ok((rows, basis))
    }

    /// Whether the team's plan has custom metrics; the house's own projects have, on whatever plan.
    pub async fn has_custom_metrics(&self) -> Result<bool> {
        let mut db = self.engine.db.acquire().await?;
        Ok(projects::is_house(&mut db, self.project).await?
            || billing::plan_by(self.engine, &mut db, self.team).await?.limits().custom_metrics)
    }
}

/// The starts of the buckets from `from` up to `to`.
pub fn buckets(granularity: Granularity, (from, to): Range) -> impl Iterator<Item = DateTime<Utc>> {
    std::iter::successors(Some(from), move |at| Some(*at + granularity.width())).take_while(move |at| *at < to)
}
