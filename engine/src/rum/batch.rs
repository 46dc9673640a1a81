//! One transaction: a batch of beacons, each with exactly one outcome.
//!
//! The outcomes are those that would come if the beacons were stored one by one, in order.
//! Rows, sketches and counts change together or not at all.

use std::{
    borrow::Cow,
    collections::{BTreeMap, HashMap, HashSet},
};

use chrono::{DateTime, TimeDelta, Utc};
use domain::{
    ProjectId,
    billing::{Plan, Quota, Ruling},
    rum::{Bot, DropReason, Granularity},
};
use sqlx::{Connection, PgConnection};
use uuid::Uuid;

use super::{
    delta::Delta,
    delta_store::NewDelta,
    health_store,
    keys::{self, KeyBook},
    meters::Meters,
    page_view::{PageView, Row, Window},
    store::{self, Held, Mark, Outcomes, Stored, ViewKey},
};
use crate::Result;

/// Updates are taken this long after the first beacon of a page view.
const UPDATES_FOR: TimeDelta = TimeDelta::hours(24);

/// The project of beacons whose project is not known.
pub const NO_PROJECT: ProjectId = ProjectId(Uuid::nil());

/// What the steps before made of one beacon.
#[derive(Debug, Clone)]
pub enum Received {
    View(Box<PageView>),
    Refused { project: Option<ProjectId>, reason: DropReason, origin: Option<String>, at: DateTime<Utc> },
}

/// What became of a beacon once its batch is committed.
pub type Outcome = Result<(), DropReason>;

impl Received {
    const fn received_at(&self) -> DateTime<Utc> {
        match self {
            Self::View(view) => view.at,
            Self::Refused { at, .. } => *at,
        }
    }

    pub fn project(&self) -> ProjectId {
        match self {
            Self::View(view) => view.project,
            Self::Refused { project, .. } => project.unwrap_or(NO_PROJECT),
        }
    }
}

/// What a writer keeps from one batch to the next.
pub struct Desk {
    /// Of teams without a subscription.
    default_plan: Plan,
    keys: KeyBook,
    /// Projects whose first page view is noted; when there are many, all are forgotten and noted again.
    arrived: HashSet<ProjectId>,
}

/// Projects that a writer remembers to have page views.
const ARRIVED: usize = 100_000;

impl Desk {
    pub fn new(default_plan: Plan) -> Self {
        Self { default_plan, keys: KeyBook::default(), arrived: HashSet::new() }
    }
}

/// The page views that a batch names, as the database knows them.
struct Known {
    stored: HashMap<ViewKey, Stored>,
    /// When the first beacon came of those that the id does not tell, or that are not stored: without a row, the page
    /// view was left out by the sample, or is forgotten.
    first: HashMap<ViewKey, DateTime<Utc>>,
}

/// What is to be written, gathered while the beacons are walked through in order.
struct Draft<'a> {
    meters: Meters,
    known: Known,
    /// The newest state of each page view that the batch changes.
    rows: HashMap<ViewKey, Row<'a>>,
    /// Those that stood before the batch.
    replaced: HashSet<ViewKey>,
    /// New page views that the sample leaves out.
    left_out: HashMap<ViewKey, DateTime<Utc>>,
    outcomes: Outcomes,
    refusals: BTreeMap<ProjectId, (DateTime<Utc>, DropReason, Option<String>)>,
    /// Beacons from origins that are on no list, and when the last came.
    refused_origins: BTreeMap<(ProjectId, String), (i64, DateTime<Utc>)>,
}

/// How a page view stands before a beacon of it is taken.
enum Standing {
    New,
    Stored { first_at: DateTime<Utc>, seq: i32, sample_factor: u16 },
    LeftOut { first_at: DateTime<Utc> },
}

impl Standing {
    const fn first_at(&self) -> Option<DateTime<Utc>> {
        match self {
            Self::New => None,
            Self::Stored { first_at, .. } | Self::LeftOut { first_at } => Some(*first_at),
        }
    }
}

/// Stores the batch and says what became of each beacon. On an error nothing was stored, unless it came while the
/// transaction was ending; then `mark` stands where it stood, or not.
pub async fn commit(
    db: &mut PgConnection,
    desk: &mut Desk,
    batch: &[Received],
    mark: Option<Mark>,
) -> Result<Vec<Outcome>> {
    let Some(now) = batch.iter().map(Received::received_at).max() else { return Ok(Vec::new()) };
    let mut transaction = db.begin().await?;
    let db = &mut *transaction;

    let meters = Meters::new(hold(db, batch).await?, desk.default_plan);
    let known = find(db, batch).await?;
    let mut draft = Draft::new(meters, known);
    draft.hold_months(db, batch).await?;
    let outcomes = batch.iter().map(|received| draft.take(received)).collect();

    let learnt = keys::admit(db, &desk.keys, draft.rows.values_mut()).await?;
    let arrived = draft.write_views(db, &desk.arrived).await?;
    store::add_counts(db, &draft.outcomes, draft.meters.added(), mark, draft.deltas()).await?;
    draft.meters.tell_owners(db, now).await?;
    for (project, (at, reason, origin)) in &draft.refusals {
        store::note_refusal(db, *project, *at, *reason, origin.as_deref()).await?;
    }
    if !draft.refused_origins.is_empty() {
        health_store::add_refused_origins(db, &draft.refused_origins).await?;
    }
    transaction.commit().await?;
    desk.keys.learn(learnt);
    if desk.arrived.len() > ARRIVED {
        desk.arrived.clear();
    }
    desk.arrived.extend(arrived);
    Ok(outcomes)
}

/// Locks the projects of the batch; those that were deleted meanwhile are missing.
async fn hold(db: &mut PgConnection, batch: &[Received]) -> Result<Vec<Held>> {
    let mut wanted: Vec<ProjectId> =
        batch.iter().map(Received::project).filter(|project| *project != NO_PROJECT).collect();
    wanted.sort_unstable();
    wanted.dedup();
    if wanted.is_empty() {
        return Ok(Vec::new());
    }
    store::lock_projects(db, &wanted).await
}

/// The page views of the batch that are stored already.
async fn find(db: &mut PgConnection, batch: &[Received]) -> Result<Known> {
    let mut keys: Vec<ViewKey> = batch
        .iter()
        .filter_map(|received| match received {
            Received::View(view) => Some((view.project, view.id())),
            Received::Refused { .. } => None,
        })
        .collect();
    keys.sort_unstable();
    keys.dedup();
    if keys.is_empty() {
        return Ok(Known { stored: HashMap::new(), first: HashMap::new() });
    }
    let first = store::skews(db, &keys).await?;
    let now = batch.iter().map(Received::received_at).max().unwrap_or_default();
    let wanted: Vec<(ViewKey, Window)> = keys
        .into_iter()
        .filter_map(|key| {
            let exactly = |at: &DateTime<Utc>| Window { from: *at, to: *at + TimeDelta::microseconds(1) };
            // The whole window, later than now too: a clock of ours may have been ahead when the first beacon came.
            first.get(&key).map(exactly).or_else(|| Window::of(key.1)).map(|window| (key, window))
        })
        .collect();
    Ok(Known { stored: store::stored(db, now, &wanted).await?, first })
}

impl<'a> Draft<'a> {
    fn new(meters: Meters, known: Known) -> Self {
        Self {
            meters,
            known,
            rows: HashMap::new(),
            replaced: HashSet::new(),
            left_out: HashMap::new(),
            outcomes: Outcomes::new(),
            refusals: BTreeMap::new(),
            refused_origins: BTreeMap::new(),
        }
    }

    async fn hold_months(&mut self, db: &mut PgConnection, batch: &[Received]) -> Result<()> {
        let known = &self.known;
        let new = batch.iter().filter_map(|received| match received {
            Received::View(view) => {
                let key = (view.project, view.id());
                let is_new = !known.stored.contains_key(&key) && !known.first.contains_key(&key);
                is_new.then_some((view.project, view.at))
            }
            Received::Refused { .. } => None,
        });
        self.meters.hold(db, new).await
    }

    fn take(&mut self, received: &'a Received) -> Outcome {
        let at = received.received_at();
        match received {
            Received::Refused { project, reason, origin, .. } => {
                let project = project.filter(|project| self.meters.knows(*project));
                self.refuse(project, *reason, origin.clone(), at);
                Err(*reason)
            }
            Received::View(view) if !self.meters.knows(view.project) => {
                self.refuse(None, DropReason::UnknownKey, None, at);
                Err(DropReason::UnknownKey)
            }
            Received::View(view) => self.take_view(view),
        }
    }

    fn take_view(&mut self, view: &'a PageView) -> Outcome {
        let key = (view.project, view.id());
        let now = view.at;
        let stands = self.standing(&key);
        if stands.first_at().is_some_and(|first_at| now - first_at > UPDATES_FOR) {
            return self.drop_view(view, DropReason::LateUpdate);
        }
        let (at, sample_factor) = match stands {
            Standing::LeftOut { .. } => {
                self.count(view.project, now, "left_out");
                return Ok(());
            }
            Standing::Stored { seq, .. } if view.seq() <= seq => {
                self.count(view.project, now, "repeat");
                return Ok(());
            }
            Standing::Stored { first_at, sample_factor, .. } => {
                self.count(view.project, now, "update");
                if self.known.stored.contains_key(&key) {
                    self.replaced.insert(key);
                }
                (first_at, sample_factor)
            }
            Standing::New => {
                let sample_factor = match self.meters.take(view.project, view.id(), now) {
                    Ruling::Kept => 1,
                    Ruling::Sampled => Quota::SAMPLE_FACTOR,
                    Ruling::LeftOut => {
                        self.count(view.project, now, "left_out");
                        self.left_out.insert(key, view.at);
                        return Ok(());
                    }
                    Ruling::Stopped => return self.drop_view(view, DropReason::OverQuota),
                };
                self.count(view.project, now, "page_view");
                if view.bot != Bot::Human {
                    self.count(view.project, now, format!("bot:{}:{}", view.bot.as_str(), view.bot_reason));
                }
                (view.at, sample_factor)
            }
        };
        for fault in &view.beacon.faults {
            self.count(view.project, now, format!("value:{fault}"));
        }
        self.rows.insert(key, Row { view, at, sample_factor, other_keys: 0 });
        Ok(())
    }

    /// What is known of a page view, this batch included.
    fn standing(&self, key: &ViewKey) -> Standing {
        if let Some(Row { view, at, sample_factor, .. }) = self.rows.get(key) {
            return Standing::Stored { first_at: *at, seq: view.seq(), sample_factor: *sample_factor };
        }
        if let Some(Stored { seq, counted }) = self.known.stored.get(key) {
            return Standing::Stored { first_at: counted.at, seq: *seq, sample_factor: counted.sample_factor };
        }
        let left_out = self.left_out.get(key).or_else(|| self.known.first.get(key));
        left_out.map_or(Standing::New, |first_at| Standing::LeftOut { first_at: *first_at })
    }

    fn drop_view(&mut self, view: &PageView, reason: DropReason) -> Outcome {
        self.refuse(Some(view.project), reason, None, view.at);
        Err(reason)
    }

    fn refuse(&mut self, project: Option<ProjectId>, reason: DropReason, origin: Option<String>, at: DateTime<Utc>) {
        self.count(project.unwrap_or(NO_PROJECT), at, format!("rejected:{}", reason.as_str()));
        if let Some(project) = project {
            if let Some(origin) = &origin {
                let (beacons, last_at) = self.refused_origins.entry((project, origin.clone())).or_insert((0, at));
                *beacons += 1;
                *last_at = at.max(*last_at);
            }
            self.refusals.insert(project, (at, reason, origin));
        }
    }

    fn count(&mut self, project: ProjectId, at: DateTime<Utc>, outcome: impl Into<Cow<'static, str>>) {
        *self.outcomes.entry((project, Granularity::Hour.floor(at), outcome.into())).or_default() += 1;
    }

    /// Tells which projects' first page views were noted, of those that are not known to have any.
    async fn write_views(&self, db: &mut PgConnection, arrived: &HashSet<ProjectId>) -> Result<Vec<ProjectId>> {
        let replaced: Vec<_> = self
            .replaced
            .iter()
            .filter_map(|key| self.known.stored.get(key).map(|stored| (*key, stored.counted.at)))
            .collect();
        if !replaced.is_empty() {
            store::delete_page_views(db, &replaced).await?;
        }
        if !self.rows.is_empty() {
            store::copy_page_views(db, self.rows.values().copied()).await?;
        }

        let new = || self.rows.iter().filter(|(key, _)| !self.replaced.contains(*key));
        let skews: Vec<_> = new()
            .filter(|((_, id), row)| !Window::of(*id).is_some_and(|window| window.contains(row.at)))
            .map(|(key, row)| (*key, row.at, false))
            // What the sample leaves out is remembered there too: it counts once, and its updates are left out.
            .chain(self.left_out.iter().map(|(key, at)| (*key, *at, true)))
            .collect();
        if !skews.is_empty() {
            store::insert_skews(db, &skews).await?;
        }
        let mut first: BTreeMap<ProjectId, &Row<'_>> = BTreeMap::new();
        for ((project, _), row) in new().filter(|((project, _), _)| !arrived.contains(project)) {
            let earliest = first.entry(*project).or_insert(row);
            if row.at < earliest.at {
                *earliest = row;
            }
        }
        for (project, row) in &first {
            store::note_first_view(db, *project, row.at, &row.view.beacon.path).await?;
        }
        Ok(first.into_keys().collect())
    }

    /// What changes in the sketches: each page view is taken back as it stood before, and counted as it stands now.
    fn deltas(&self) -> Vec<NewDelta> {
        let mut deltas: BTreeMap<ProjectId, Delta<'_>> = BTreeMap::new();
        for key in &self.replaced {
            if let Some(stored) = self.known.stored.get(key) {
                deltas.entry(key.0).or_default().add(true, &stored.counted.lent());
            }
        }
        for ((project, _), row) in &self.rows {
            deltas.entry(*project).or_default().add(false, &row.counted());
        }
        let delta = |(project, delta): (ProjectId, Delta<'_>)| NewDelta {
            project,
            count: delta.count(),
            bytes: delta.encode(),
        };
        deltas.into_iter().map(delta).filter(|delta| delta.count > 0).collect()
    }
}
