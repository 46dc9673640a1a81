//! One transaction: a batch of beacons, each with exactly one outcome.
//!
//! The outcomes are those that would come if the beacons were stored one by one, in order.
//! Rows, sketches and counts change together or not at all.

use std::collections::{BTreeMap, HashMap, HashSet};

use chrono::{DateTime, TimeDelta, Utc};
use domain::{
    ProjectId,
    rum::{Bot, DropReason, Granularity, Measured, ViewSketch},
};
use sqlx::{Connection, PgConnection};
use uuid::Uuid;

use super::{
    health_store,
    page_view::{PageView, SketchKey, Window},
    store::{self, Outcomes, Stored, ViewKey},
};
use crate::{Error, Result};

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
            Self::View(view) => view.updated_at,
            Self::Refused { at, .. } => *at,
        }
    }

    fn project(&self) -> ProjectId {
        match self {
            Self::View(view) => view.project,
            Self::Refused { project, .. } => project.unwrap_or(NO_PROJECT),
        }
    }
}

/// What is to be written, gathered while the beacons are walked through in order.
#[derive(Default)]
struct Plan {
    /// The newest state of each page view that the batch changes.
    views: HashMap<ViewKey, PageView>,
    /// How each stood before the batch; absent for the new ones.
    before: HashMap<ViewKey, Stored>,
    outcomes: Outcomes,
    refusals: BTreeMap<ProjectId, (DateTime<Utc>, DropReason, Option<String>)>,
    /// Beacons from origins that are on no list, and when the last came.
    refused_origins: BTreeMap<(ProjectId, String), (i64, DateTime<Utc>)>,
}

/// Stores the batch and says what became of each beacon. On an error nothing was stored.
pub async fn commit(db: &mut PgConnection, batch: &[Received]) -> Result<Vec<Outcome>> {
    let mut transaction = db.begin().await?;
    let db = &mut *transaction;

    let mut plan = Plan::default();
    let projects = alive(db, batch).await?;
    let known = find(db, batch).await?;
    let outcomes = batch.iter().map(|received| plan.take(received, &projects, &known)).collect();

    plan.write_views(db).await?;
    plan.write_sketches(db).await?;
    if !plan.outcomes.is_empty() {
        store::add_outcomes(db, &plan.outcomes).await?;
    }
    for (project, (at, reason, origin)) in &plan.refusals {
        store::note_refusal(db, *project, *at, *reason, origin.as_deref()).await?;
    }
    if !plan.refused_origins.is_empty() {
        health_store::add_refused_origins(db, &plan.refused_origins).await?;
    }
    transaction.commit().await?;
    Ok(outcomes)
}

/// Locks the projects of the batch; those that were deleted meanwhile are missing.
async fn alive(db: &mut PgConnection, batch: &[Received]) -> Result<HashSet<ProjectId>> {
    let mut wanted: Vec<ProjectId> =
        batch.iter().map(Received::project).filter(|project| *project != NO_PROJECT).collect();
    wanted.sort_unstable();
    wanted.dedup();
    if wanted.is_empty() {
        return Ok(HashSet::new());
    }
    Ok(store::lock_projects(db, &wanted).await?.into_iter().collect())
}

/// The page views of the batch that are stored already.
async fn find(db: &mut PgConnection, batch: &[Received]) -> Result<HashMap<ViewKey, Stored>> {
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
        return Ok(HashMap::new());
    }
    let skews = store::skews(db, &keys).await?;
    let wanted: Vec<(ViewKey, Window)> = keys
        .into_iter()
        .filter_map(|key| {
            let exactly = |at: &DateTime<Utc>| Window { from: *at, to: *at + TimeDelta::microseconds(1) };
            skews.get(&key).map(exactly).or_else(|| Window::of(key.1)).map(|window| (key, window))
        })
        .collect();
    store::stored(db, &wanted).await
}

impl Plan {
    fn take(&mut self, received: &Received, alive: &HashSet<ProjectId>, known: &HashMap<ViewKey, Stored>) -> Outcome {
        let at = received.received_at();
        match received {
            Received::Refused { project, reason, origin, .. } => {
                let project = project.filter(|project| alive.contains(project));
                self.refuse(project, *reason, origin.clone(), at);
                Err(*reason)
            }
            Received::View(view) if !alive.contains(&view.project) => {
                self.refuse(None, DropReason::UnknownKey, None, at);
                Err(DropReason::UnknownKey)
            }
            Received::View(view) => self.take_view(view, known),
        }
    }

    fn take_view(&mut self, view: &PageView, known: &HashMap<ViewKey, Stored>) -> Outcome {
        let key = (view.project, view.id());
        let now = view.updated_at;
        let (first_at, seq) = match (self.views.get(&key), known.get(&key)) {
            (Some(newer), _) => (Some(newer.at), newer.seq()),
            (None, Some(stored)) => (Some(stored.counted.at), stored.seq),
            (None, None) => (None, -1),
        };
        if first_at.is_some_and(|first_at| now - first_at > UPDATES_FOR) {
            self.refuse(Some(view.project), DropReason::LateUpdate, None, now);
            return Err(DropReason::LateUpdate);
        }
        let outcome = match first_at {
            None => "page_view",
            Some(_) if view.seq() > seq => "update",
            Some(_) => "repeat",
        };
        self.count(view.project, now, outcome.to_owned());
        if outcome == "repeat" {
            return Ok(());
        }
        if first_at.is_none() {
            if view.bot != Bot::Human {
                self.count(view.project, now, format!("bot:{}:{}", view.bot.as_str(), view.bot_reason));
            }
        } else if let Some(stored) = known.get(&key) {
            self.before.entry(key).or_insert_with(|| stored.clone());
        }
        for fault in &view.beacon.faults {
            self.count(view.project, now, format!("value:{fault}"));
        }
        let mut view = view.clone();
        view.at = first_at.unwrap_or(view.at);
        self.views.insert(key, view);
        Ok(())
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

    fn count(&mut self, project: ProjectId, at: DateTime<Utc>, outcome: String) {
        *self.outcomes.entry((project, Granularity::Hour.floor(at), outcome)).or_default() += 1;
    }

    async fn write_views(&self, db: &mut PgConnection) -> Result<()> {
        if self.views.is_empty() {
            return Ok(());
        }
        let replaced: Vec<_> = self.before.iter().map(|(key, stored)| (*key, stored.counted.at)).collect();
        if !replaced.is_empty() {
            store::delete_page_views(db, &replaced).await?;
        }
        store::copy_page_views(db, self.views.values()).await?;

        let new = || self.views.iter().filter(|(key, _)| !self.before.contains_key(*key));
        let skews: Vec<_> = new()
            .filter(|((_, id), view)| !Window::of(*id).is_some_and(|window| window.contains(view.at)))
            .map(|(key, view)| (*key, view.at))
            .collect();
        if !skews.is_empty() {
            store::insert_skews(db, &skews).await?;
        }
        let mut first: BTreeMap<ProjectId, &PageView> = BTreeMap::new();
        for (_, view) in new() {
            let earliest = first.entry(view.project).or_insert(view);
            if view.at < earliest.at {
                *earliest = view;
            }
        }
        for (project, view) in first {
            store::note_first_view(db, project, view.at, &view.beacon.path).await?;
        }
        Ok(())
    }

    /// Takes each page view back as it stood before, and counts it as it stands now.
    async fn write_sketches(&self, db: &mut PgConnection) -> Result<()> {
        let mut taken: BTreeMap<SketchKey, Vec<Measured>> = BTreeMap::new();
        let mut given: BTreeMap<SketchKey, Vec<Measured>> = BTreeMap::new();
        for ((project, _), stored) in &self.before {
            for key in stored.counted.sketch_keys(*project) {
                taken.entry(key).or_default().push(stored.counted.measured);
            }
        }
        for view in self.views.values() {
            let counted = view.counted();
            for key in counted.sketch_keys(view.project) {
                given.entry(key).or_default().push(counted.measured);
            }
        }
        let keys: Vec<&SketchKey> = {
            let mut keys: Vec<_> = taken.keys().chain(given.keys()).collect();
            keys.sort_unstable();
            keys.dedup();
            keys
        };
        if keys.is_empty() {
            return Ok(());
        }
        let mut stored = store::sketches(db, &keys).await?;
        let mut sketches = BTreeMap::new();
        for key in keys {
            let mut sketch: ViewSketch = stored.remove(key).unwrap_or_default();
            for measured in taken.get(key).into_iter().flatten() {
                sketch.subtract(measured).map_err(|error| Error::internal(format!("sketch {key:?}: {error}")))?;
            }
            for measured in given.get(key).into_iter().flatten() {
                sketch.add(measured);
            }
            sketches.insert(key.clone(), sketch);
        }
        store::put_sketches(db, &sketches).await
    }
}
