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
    page_view::{KEYED, Row},
};
use crate::Result;

/// Keys that are remembered; when there are more, all are forgotten and learnt anew.
const REMEMBERED: usize = 200_000;

/// A project's keys of one dimension and day. The dimension is its place in [`KEYED`].
pub type Shelf = (ProjectId, NaiveDate, usize);

/// What a writer remembers of the keys that are admitted.
#[derive(Default)]
pub struct KeyBook {
    days: HashMap<(ProjectId, NaiveDate), [Keys; KEYED.len()]>,
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
    /// Which keys of a page view have no place, one bit each; `None`: the database must be asked of some.
    fn without_place(&self, row: &Row<'_>) -> Option<u16> {
        let shelves = self.days.get(&(row.view.project, row.at.date_naive()))?;
        let mut without = 0;
        for (place, (shelf, key)) in shelves.iter().zip(row.view.keys()).enumerate() {
            if !shelf.admitted.contains(key) {
                if !shelf.is_full {
                    return None;
                }
                without |= 1 << place;
            }
        }
        Some(without)
    }

    /// `None`: the database must be asked.
    fn admits(&self, &(project, day, place): &Shelf, key: &str) -> Option<bool> {
        let keys = &self.days.get(&(project, day))?[place];
        if keys.admitted.contains(key) { Some(true) } else { keys.is_full.then_some(false) }
    }

    pub fn learn(&mut self, learnt: Learnt) {
        if self.size > REMEMBERED {
            *self = Self::default();
        }
        for (shelf, keys) in learnt.keys {
            let known = &mut self.shelf(shelf).admitted;
            let before = known.len();
            known.extend(keys);
            let new = known.len() - before;
            self.size += new;
        }
        for shelf in learnt.full {
            self.shelf(shelf).is_full = true;
        }
    }

    fn shelf(&mut self, (project, day, place): Shelf) -> &mut Keys {
        &mut self.days.entry((project, day)).or_default()[place]
    }
}

/// Notes in each row under which keys it is counted. The projects are held by the caller's transaction, so that
/// nobody else admits keys of theirs meanwhile.
pub async fn admit<'r, 'a: 'r>(
    db: &mut PgConnection,
    book: &KeyBook,
    rows: impl Iterator<Item = &'r mut Row<'a>>,
) -> Result<Learnt> {
    let mut asked: Vec<&mut Row<'_>> = Vec::new();
    // Machines are not counted, and take no place.
    for row in rows.filter(|row| row.view.bot == Bot::Human) {
        match book.without_place(row) {
            Some(without) => row.other_keys = without,
            None => asked.push(row),
        }
    }
    let mut unknown: BTreeSet<(Shelf, &str)> = BTreeSet::new();
    for row in &asked {
        for (place, key) in row.view.keys().into_iter().enumerate() {
            let shelf = (row.view.project, row.at.date_naive(), place);
            if book.admits(&shelf, key).is_none() {
                unknown.insert((shelf, key));
            }
        }
    }
    if unknown.is_empty() {
        return Ok(Learnt::default());
    }
    let learnt = ask(db, &unknown).await?;
    for row in asked {
        row.other_keys = 0;
        for (place, key) in row.view.keys().into_iter().enumerate() {
            let shelf = (row.view.project, row.at.date_naive(), place);
            let admitted = book
                .admits(&shelf, key)
                .unwrap_or_else(|| learnt.keys.get(&shelf).is_some_and(|keys| keys.contains(key)));
            row.other_keys |= u16::from(!admitted) << place;
        }
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
pub fn counted_as(key: &str, other_keys: u16, place: usize) -> &str {
    if other_keys >> place & 1 == 1 { Dimension::OTHER_KEY } else { key }
}
