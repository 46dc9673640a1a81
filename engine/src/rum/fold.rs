//! Counts into the sketches what batches have changed: each project's deltas are taken out and its
//! rows are rewritten, in one transaction. Until then whoever reads sketches reads the deltas
//! too.

use std::collections::{BTreeMap, HashMap, hash_map::Entry};

use domain::{
    ProjectId,
    rum::{Granularity, ViewSketch},
};
use sqlx::{Connection, PgConnection};

use super::{delta::Change, delta_store, page_view::SketchKey, sketch_store, store, upkeep_store};
use crate::{Error, Result};

/// Changes of one transaction, unless a single project has more: beacons wait meanwhile.
const AT_ONCE: i64 = 10_000;

/// Folds all that waits. Safe to run beside any writer and beside itself.
pub async fn fold(db: &mut PgConnection) -> Result<()> {
    let waiting = delta_store::waiting(db).await?;
    let mut rest = &waiting[..];
    while !rest.is_empty() {
        let mut changes = 0;
        let enough = rest.iter().position(|(_, count)| {
            changes += count;
            changes >= AT_ONCE
        });
        let (part, after) = rest.split_at(enough.map_or(rest.len(), |last| last + 1));
        let projects: Vec<ProjectId> = part.iter().map(|(project, _)| *project).collect();
        let mut transaction = db.begin().await?;
        store::lock_projects(&mut transaction, &projects).await?;
        fold_held(&mut transaction, &projects).await?;
        transaction.commit().await?;
        rest = after;
    }
    Ok(())
}

/// The same for projects that the caller's transaction holds.
pub async fn fold_held(db: &mut PgConnection, projects: &[ProjectId]) -> Result<()> {
    let deltas = delta_store::take(db, projects).await?;
    if deltas.is_empty() {
        return Ok(());
    }
    let changes: Vec<(ProjectId, &Change)> =
        deltas.iter().flat_map(|(project, changes)| changes.iter().map(|change| (*project, change))).collect();
    count_into(&mut *db, Granularity::Hour, &changes).await?;
    // What comes for a day that is rolled up already, as from a spool that waited, or by a clock that was wrong, counts
    // in the day, too: nobody reads its hours for that any more.
    let rolled_up = upkeep_store::rolled_up(&mut *db, projects).await?;
    let late: Vec<(ProjectId, &Change)> = changes
        .into_iter()
        .filter(|(project, change)| rolled_up.get(project).is_some_and(|to| change.hour() < *to))
        .collect();
    if late.is_empty() { Ok(()) } else { count_into(db, Granularity::Day, &late).await }
}

/// Rewrites the rows of a grain that the changes concern.
async fn count_into(db: &mut PgConnection, grain: Granularity, changes: &[(ProjectId, &Change)]) -> Result<()> {
    // Which sketches each change concerns, so that none is looked for twice.
    let mut numbers: HashMap<SketchKey, usize> = HashMap::new();
    let mut changed: Vec<(&Change, Vec<usize>)> = Vec::with_capacity(changes.len());
    for (project, change) in changes {
        let concerned = change.counted.sketch_keys(grain, *project).map(|key| {
            let next = numbers.len();
            match numbers.entry(key) {
                Entry::Occupied(known) => *known.get(),
                Entry::Vacant(new) => *new.insert(next),
            }
        });
        changed.push((change, concerned.collect()));
    }
    let ordered: BTreeMap<&SketchKey, usize> = numbers.iter().map(|(key, nr)| (key, *nr)).collect();
    let keys: Vec<&SketchKey> = ordered.keys().copied().collect();
    let mut sketches = vec![ViewSketch::default(); keys.len()];
    for (place, sketch) in sketch_store::find(db, grain, &keys).await? {
        sketches[ordered[keys[place]]] = sketch;
    }
    for (change, concerned) in changed {
        for nr in concerned {
            apply(change, &mut sketches[nr])?;
        }
    }
    let encoded: Vec<Vec<u8>> = ordered.values().map(|nr| sketches[*nr].encode()).collect();
    sketch_store::put(db, grain, &keys, &encoded).await
}

/// Counts the page view in a sketch that it concerns, or takes it back.
pub fn apply(change: &Change, sketch: &mut ViewSketch) -> Result<()> {
    let measured = &change.counted.measured;
    if change.taken_back {
        let hour = change.hour();
        sketch.subtract(measured).map_err(|error| Error::internal(format!("a sketch of {hour}: {error}")))
    } else {
        sketch.add(measured);
        Ok(())
    }
}
