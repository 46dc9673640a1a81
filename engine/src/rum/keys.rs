//! Which values of a dimension the sketches of a project's day are kept by: the first that come, up
//! to a bound. What comes beyond is counted under [`Dimension::OTHER_KEY`], and its row says so, so
//! that totals are exact and corrections find what they correct.
//!
//! What was admitted stays so for the day, and a full day takes no more: both can be remembered,
//! and a batch that brings nothing new asks the database nothing.

use std::collections::{BTreeSet, HashMap, HashSet};

use chrono::NaiveDate;
use domain::{
    ProjectId,
    rum::{Bot, Dimension},
};
use sqlx::PgConnection;

use super::{
    keys_store,
    page_view::{KEYED, PageView},
};
use crate::Result;

/// Keys that are remembered; when there are more, all are forgotten and learnt anew.
const REMEMBERED: usize = 200_000;

/// A project's keys of one dimension and day. The dimension is its place in [`KEYED`].
pub type Shelf = (ProjectId, NaiveDate, usize);

/// What a writer remembers of the keys that are admitted.
#[derive(Default)]
pub struct KeyBook {
    shelves: HashMap<Shelf, Keys>,
    size: usize,
}

#[derive(Default)]
struct Keys {
    admitted: HashSet<Box<str>>,
    /// All that there are: the day takes no more.
    is_full: bool,
}

/// What a batch found out; true once it is committed.
#[derive(Default)]
pub struct Learnt {
    keys: HashMap<Shelf, HashSet<Box<str>>>,
    full: HashSet<Shelf>,
}

impl KeyBook {
    /// `None`: the database must be asked.
    fn admits(&self, shelf: &Shelf, key: &str) -> Option<bool> {
        let keys = self.shelves.get(shelf)?;
        if keys.admitted.contains(key) { Some(true) } else { keys.is_full.then_some(false) }
    }

    pub fn learn(&mut self, learnt: Learnt) {
        if self.size > REMEMBERED {
            *self = Self::default();
        }
        for (shelf, keys) in learnt.keys {
            let known = &mut self.shelves.entry(shelf).or_default().admitted;
            let before = known.len();
            known.extend(keys);
            self.size += known.len() - before;
        }
        for shelf in learnt.full {
            self.shelves.entry(shelf).or_default().is_full = true;
        }
    }
}

/// Notes in each page view under which keys it is counted. The projects are held by the caller's transaction, so that
/// nobody else admits keys of theirs meanwhile.
pub async fn admit<'a>(
    db: &mut PgConnection,
    book: &KeyBook,
    views: impl Iterator<Item = &'a mut PageView>,
) -> Result<Learnt> {
    // Machines are not counted, and take no place.
    let mut views: Vec<&mut PageView> = views.filter(|view| view.bot == Bot::Human).collect();
    let mut unknown: BTreeSet<(Shelf, &str)> = BTreeSet::new();
    for view in &views {
        for (place, key) in view.keys().into_iter().enumerate() {
            let shelf = (view.project, view.at.date_naive(), place);
            if book.admits(&shelf, key).is_none() {
                unknown.insert((shelf, key));
            }
        }
    }
    let learnt = if unknown.is_empty() { Learnt::default() } else { ask(db, &unknown).await? };
    for view in &mut views {
        let mut other_keys = 0;
        for (place, key) in view.keys().into_iter().enumerate() {
            let shelf = (view.project, view.at.date_naive(), place);
            let admitted = book
                .admits(&shelf, key)
                .unwrap_or_else(|| learnt.keys.get(&shelf).is_some_and(|keys| keys.contains(key)));
            other_keys |= u16::from(!admitted) << place;
        }
        view.other_keys = other_keys;
    }
    Ok(learnt)
}

/// Admits what there is room for, and tells what is admitted.
async fn ask(db: &mut PgConnection, unknown: &BTreeSet<(Shelf, &str)>) -> Result<Learnt> {
    let found = keys_store::look_up(db, unknown).await?;
    let mut learnt = Learnt::default();
    let mut counts: HashMap<Shelf, usize> = HashMap::new();
    let mut new = Vec::new();
    for ((shelf, key), found) in unknown.iter().zip(found) {
        let count = counts.entry(*shelf).or_insert(found.count);
        let is_new = !found.admitted && *count < KEYED[shelf.2].most_keys();
        if is_new {
            *count += 1;
            new.push((*shelf, *key));
        }
        if found.admitted || is_new {
            learnt.keys.entry(*shelf).or_default().insert((*key).into());
        }
    }
    if !new.is_empty() {
        keys_store::insert(db, &new).await?;
    }
    let full: Vec<Shelf> = counts
        .into_iter()
        .filter(|(shelf, count)| *count >= KEYED[shelf.2].most_keys())
        .map(|(shelf, _)| shelf)
        .collect();
    if !full.is_empty() {
        // Those of other writers too, so that nothing needs to be asked again.
        for (shelf, key) in keys_store::all(db, &full).await? {
            learnt.keys.entry(shelf).or_default().insert(key.into());
        }
        learnt.full.extend(full);
    }
    Ok(learnt)
}

/// The word that a key is counted under, by what the row says.
pub fn counted_as(key: String, other_keys: u16, place: usize) -> String {
    if other_keys >> place & 1 == 1 { Dimension::OTHER_KEY.to_owned() } else { key }
}
