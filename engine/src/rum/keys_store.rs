//! The SQL of the keys that a day's sketches are kept by.

use std::collections::BTreeSet;

use chrono::NaiveDate;
use domain::ProjectId;
use sqlx::{PgConnection, types::Uuid};

use super::{keys::Shelf, page_view::KEYED};
use crate::Result;

/// What is known of one key.
#[derive(Debug, Clone, Copy, Default)]
pub struct Found {
    pub admitted: bool,
    /// Keys of its shelf.
    pub count: usize,
}

/// What is known of each, in their order.
pub async fn look_up(db: &mut PgConnection, keys: &BTreeSet<(Shelf, &str)>) -> Result<Vec<Found>> {
    let columns = Columns::of(keys.iter().map(|(shelf, key)| (*shelf, *key)));
    let rows = sqlx::query!(
        r#"with wanted as (
               select * from unnest($1::uuid[], $2::date[], $3::text[], $4::text[]) with ordinality
                             as wanted (project_id, day, dimension, key, nr)
           ), counts as (
               select shelf.project_id, shelf.day, shelf.dimension, count(known.key) as count
               from (select distinct project_id, day, dimension from wanted) shelf
               left join page_view_keys known using (project_id, day, dimension)
               group by shelf.project_id, shelf.day, shelf.dimension
           )
           select wanted.nr as "nr!", known.key is not null as "admitted!", counts.count as "count!"
           from wanted
           join counts using (project_id, day, dimension)
           left join page_view_keys known
             on known.project_id = wanted.project_id and known.day = wanted.day
            and known.dimension = wanted.dimension and known.key = wanted.key"#,
        &columns.projects,
        &columns.days,
        &columns.dimensions as &[&str],
        &columns.keys as &[&str]
    )
    .fetch_all(db)
    .await?;
    let mut found = vec![Found::default(); keys.len()];
    for row in rows {
        if let Some(place) = usize::try_from(row.nr - 1).ok().and_then(|place| found.get_mut(place)) {
            *place = Found { admitted: row.admitted, count: usize::try_from(row.count).unwrap_or(usize::MAX) };
        }
    }
    Ok(found)
}

pub async fn insert(db: &mut PgConnection, keys: &[(Shelf, &str)]) -> Result<()> {
    let columns = Columns::of(keys.iter().copied());
    sqlx::query!(
        "insert into page_view_keys (project_id, day, dimension, key)
         select * from unnest($1::uuid[], $2::date[], $3::text[], $4::text[])
         on conflict do nothing",
        &columns.projects,
        &columns.days,
        &columns.dimensions as &[&str],
        &columns.keys as &[&str]
    )
    .execute(db)
    .await?;
    Ok(())
}

/// All keys of these shelves.
pub async fn all(db: &mut PgConnection, shelves: &[Shelf]) -> Result<Vec<(Shelf, String)>> {
    let columns = Columns::of(shelves.iter().map(|shelf| (*shelf, "")));
    let rows = sqlx::query!(
        r#"select wanted.nr as "nr!", known.key
           from unnest($1::uuid[], $2::date[], $3::text[]) with ordinality as wanted (project_id, day, dimension, nr)
           join page_view_keys known
             on known.project_id = wanted.project_id and known.day = wanted.day and known.dimension = wanted.dimension"#,
        &columns.projects,
        &columns.days,
        &columns.dimensions as &[&str]
    )
    .fetch_all(db)
    .await?;
    Ok(rows.into_iter().filter_map(|row| Some((*shelves.get(usize::try_from(row.nr - 1).ok()?)?, row.key))).collect())
}

/// One array a column.
struct Columns<'a> {
    projects: Vec<Uuid>,
    days: Vec<NaiveDate>,
    dimensions: Vec<&'a str>,
    keys: Vec<&'a str>,
}

impl<'a> Columns<'a> {
    fn of(keys: impl Iterator<Item = (Shelf, &'a str)>) -> Self {
        let mut columns = Self { projects: Vec::new(), days: Vec::new(), dimensions: Vec::new(), keys: Vec::new() };
        for ((ProjectId(project), day, place), key) in keys {
            columns.projects.push(project);
            columns.days.push(day);
            columns.dimensions.push(KEYED[place].as_str());
            columns.keys.push(key);
        }
        columns
    }
}
