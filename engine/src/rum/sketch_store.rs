//! The SQL of rows of sketches, as they are rewritten.

use chrono::{DateTime, Utc};
use domain::rum::{Dimension, Granularity, ViewSketch};
use sqlx::{PgConnection, types::Uuid};

use super::page_view::SketchKey;
use crate::{Error, Result};

/// The rows of a grain among these that exist, each with its key's place.
pub async fn find(db: &mut PgConnection, grain: Granularity, keys: &[&SketchKey]) -> Result<Vec<(usize, ViewSketch)>> {
    let SketchColumns { projects, dimensions, at, key, devices } = sketch_columns(keys);
    let rows = sqlx::query!(
        r#"select wanted.nr as "nr!", row.sketch
           from unnest($1::uuid[], $2::text[], $3::timestamptz[], $4::text[], $5::text[]) with ordinality
                as wanted (project_id, dimension, at, key, device, nr)
           join page_view_sketches row
             on row.project_id = wanted.project_id and row.grain = $6 and row.dimension = wanted.dimension
            and row.at = wanted.at and row.key = wanted.key and row.device = wanted.device"#,
        &projects,
        &dimensions as &[&str],
        &at,
        &key as &[&str],
        &devices as &[&str],
        word(grain)
    )
    .fetch_all(db)
    .await?;
    rows.into_iter()
        .map(|row| {
            let place = usize::try_from(row.nr - 1).ok().filter(|place| *place < keys.len()).ok_or(Error::NotFound)?;
            Ok((place, ViewSketch::decode(&row.sketch).map_err(Error::internal)?))
        })
        .collect()
}

/// Writes rows of a grain, each under the key in its place.
pub async fn put(db: &mut PgConnection, grain: Granularity, keys: &[&SketchKey], encoded: &[Vec<u8>]) -> Result<()> {
    let SketchColumns { projects, dimensions, at, key, devices } = sketch_columns(keys);
    sqlx::query!(
        "insert into page_view_sketches (project_id, grain, dimension, at, key, device, sketch)
         select new.project_id, $7, new.dimension, new.at, new.key, new.device, new.sketch
         from unnest($1::uuid[], $2::text[], $3::timestamptz[], $4::text[], $5::text[], $6::bytea[])
              as new (project_id, dimension, at, key, device, sketch)
         on conflict (project_id, grain, dimension, at, key, device) do update set sketch = excluded.sketch",
        &projects,
        &dimensions as &[&str],
        &at,
        &key as &[&str],
        &devices as &[&str],
        encoded,
        word(grain)
    )
    .execute(db)
    .await?;
    Ok(())
}

/// The grain in the table.
const fn word(grain: Granularity) -> &'static str {
    match grain {
        Granularity::Hour => "hour",
        Granularity::Day => "day",
    }
}

/// Sketch keys as one array a column.
struct SketchColumns<'a> {
    projects: Vec<Uuid>,
    dimensions: Vec<&'a str>,
    at: Vec<DateTime<Utc>>,
    key: Vec<&'a str>,
    devices: Vec<&'a str>,
}

fn sketch_columns<'a>(keys: &[&'a SketchKey]) -> SketchColumns<'a> {
    SketchColumns {
        projects: keys.iter().map(|key| key.project.0).collect(),
        dimensions: keys.iter().map(|key| Dimension::as_str(key.dimension)).collect(),
        at: keys.iter().map(|key| key.at).collect(),
        key: keys.iter().map(|key| key.key.as_str()).collect(),
        devices: keys.iter().map(|key| key.device.as_str()).collect(),
    }
}
