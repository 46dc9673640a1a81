//! The SQL of the questions: sketches over a period, and counts of beacons.

use std::{collections::HashMap, sync::Arc};

use bytes::Bytes;
use chrono::{DateTime, Utc};
use domain::{
    ProjectId,
    rum::{Device, Dimension, DropReason, FirstBeacon, Granularity},
};
use sqlx::{
    PgConnection, Postgres,
    error::BoxDynError,
    postgres::{PgHasArrayType, PgTypeInfo, PgValueRef},
};

use super::{
    delta, delta_store, fold,
    sketch_row::{RowSketch, SketchRow},
};
use crate::{Error, Result};

/// What a text is read as, without a copy of it.
#[derive(Debug)]
struct Text<T>(T);

trait FromText {
    fn from_text(text: &str) -> Self;
}

impl FromText for Arc<str> {
    fn from_text(text: &str) -> Self {
        text.into()
    }
}

/// `None` for one that is unknown.
impl FromText for Option<Device> {
    fn from_text(text: &str) -> Self {
        Device::parse(text)
    }
}

impl<T> sqlx::Type<Postgres> for Text<T> {
    fn type_info() -> PgTypeInfo {
        <str as sqlx::Type<Postgres>>::type_info()
    }
}

impl<T> PgHasArrayType for Text<T> {
    fn array_type_info() -> PgTypeInfo {
        <&str as PgHasArrayType>::array_type_info()
    }
}

impl<'row, T: FromText> sqlx::Decode<'row, Postgres> for Text<T> {
    fn decode(value: PgValueRef<'row>) -> Result<Self, BoxDynError> {
        <&str as sqlx::Decode<Postgres>>::decode(value).map(|text| Self(T::from_text(text)))
    }
}

/// The sketches of a dimension from `from` up to `to`, of these keys or all: of the grain day up to
/// `hours_from`, of the grain hour after that. What is not counted yet is counted here: one statement
/// reads both, so that nothing is missed or met twice. All rows come as one: a heat map has two thousand, and most of
/// the time would go by taking each of them apart.
pub async fn sketches(
    db: &mut PgConnection,
    project: ProjectId,
    dimension: Dimension,
    keys: Option<&[String]>,
    device: Option<Device>,
    hours_from: DateTime<Utc>,
    (from, to): (DateTime<Utc>, DateTime<Utc>),
) -> Result<Vec<SketchRow>> {
    let hours_from = hours_from.clamp(from, to);
    let rows = sqlx::query!(
        r#"select null::bigint as delta_nr, array_agg(at) as at, array_agg(key) as "keys: Vec<Text<Arc<str>>>",
                  array_agg(device) as "devices: Vec<Text<Option<Device>>>", array_agg(octet_length(sketch)) as lengths,
                  string_agg(sketch, '') as bytes
           from page_view_sketches
           where project_id = $1 and grain = 'day' and dimension = $2 and at >= $3 and at < $4
             and ($6::text is null or device = $6) and ($7::text[] is null or key = any($7))
           union all
           select null, array_agg(at), array_agg(key), array_agg(device), array_agg(octet_length(sketch)),
                  string_agg(sketch, '')
           from page_view_sketches
           where project_id = $1 and grain = 'hour' and dimension = $2 and at >= $4 and at < $5
             and ($6::text is null or device = $6) and ($7::text[] is null or key = any($7))
           union all
           select nr, null, null, null, null, delta from page_view_deltas where project_id = $1"#,
        project.0,
        dimension.as_str(),
        from,
        hours_from,
        to,
        device.map(Device::as_str),
        keys
    )
    .fetch_all(db)
    .await?;
    let (mut found, mut deltas) = (Vec::new(), Vec::new());
    for row in rows {
        // Of no rows, there is nothing.
        let Some(bytes) = row.bytes else { continue };
        if let Some(nr) = row.delta_nr {
            deltas.push((nr, bytes));
            continue;
        }
        let mut bytes = Bytes::from(bytes);
        let of_each = row.at.into_iter().flatten().zip(row.keys.into_iter().flatten());
        let of_each = of_each.zip(row.devices.into_iter().flatten()).zip(row.lengths.into_iter().flatten());
        for (((at, Text(key)), Text(device)), length) in of_each {
            let length = usize::try_from(length).ok().filter(|length| *length <= bytes.len());
            let length = length.ok_or_else(|| Error::internal("a sketch is shorter than it is said to be"))?;
            let device = device.ok_or_else(|| Error::internal("a sketch of an unknown device"))?;
            found.push(SketchRow { at, key, device, sketch: RowSketch::Stored(bytes.split_to(length)) });
        }
    }
    deltas.sort_unstable_by_key(|(nr, _)| *nr);
    let mut places: HashMap<(DateTime<Utc>, Arc<str>, Device), usize> = HashMap::new();
    if !deltas.is_empty() {
        let place = |(nr, row): (usize, &SketchRow)| ((row.at, Arc::clone(&row.key), row.device), nr);
        places = found.iter().enumerate().map(place).collect();
    }
    for (_, bytes) in deltas {
        for change in delta::decode(&bytes)? {
            let (hour, key, of) = (change.hour(), change.counted.key(dimension), change.counted.device);
            // Before `hours_from` days are read, and what is not counted counts in these.
            let at = if hour < hours_from { Granularity::Day.floor(hour) } else { hour };
            let is_asked = (from..to).contains(&at)
                && device.is_none_or(|device| device == of)
                && keys.is_none_or(|keys| keys.iter().any(|asked| asked == key));
            if is_asked {
                let key: Arc<str> = key.into();
                let place = *places.entry((at, Arc::clone(&key), of)).or_insert_with(|| {
                    found.push(SketchRow { at, key, device: of, sketch: RowSketch::Made(Box::default()) });
                    found.len() - 1
                });
                fold::apply(&change, found[place].sketch.make()?)?;
            }
        }
    }
    Ok(found)
}

/// The keys of a dimension that have sketches from `from` up to `to`, by hour or by day.
pub async fn keys(
    db: &mut PgConnection,
    project: ProjectId,
    dimension: Dimension,
    (from, to): (DateTime<Utc>, DateTime<Utc>),
) -> Result<Vec<String>> {
    let from = Granularity::Day.floor(from);
    // First what waits: it may be counted by the time the second question is asked, not the other way round.
    let mut keys = delta_store::keys(&mut *db, project, dimension, (from, to)).await?;
    let counted = sqlx::query_scalar!(
        "select distinct key from page_view_sketches
         where project_id = $1 and grain in ('hour', 'day') and dimension = $2 and at >= $3 and at < $4",
        project.0,
        dimension.as_str(),
        from,
        to
    )
    .fetch_all(db)
    .await?;
    keys.extend(counted);
    keys.sort_unstable();
    keys.dedup();
    Ok(keys)
}

/// Whether any page view was counted from `from` up to `to`.
pub async fn any_counted(
    db: &mut PgConnection,
    project: ProjectId,
    (from, to): (DateTime<Utc>, DateTime<Utc>),
) -> Result<bool> {
    let from = Granularity::Day.floor(from);
    let waits = !delta_store::keys(&mut *db, project, Dimension::Device, (from, to)).await?.is_empty();
    let is_counted = sqlx::query_scalar!(
        r#"select exists (select from page_view_sketches
               where project_id = $1 and grain in ('hour', 'day') and dimension = 'device' and at >= $2 and at < $3) as "any!""#,
        project.0,
        from,
        to
    )
    .fetch_one(db)
    .await?;
    Ok(waits || is_counted)
}

/// From where on the hours of a range are read, so that its points can be so wide.
pub async fn hours_from(
    db: &mut PgConnection,
    project: ProjectId,
    granularity: Granularity,
    from: DateTime<Utc>,
) -> Result<DateTime<Utc>> {
    Ok(match granularity {
        Granularity::Hour => from,
        Granularity::Day => rolled_up_to(db, project).await?.unwrap_or(from),
    })
}

/// Up to where a project's days are whole, and take no more corrections.
pub async fn rolled_up_to(db: &mut PgConnection, project: ProjectId) -> Result<Option<DateTime<Utc>>> {
    Ok(sqlx::query_scalar!("select rolled_up_to from page_view_roll_ups where project_id = $1", project.0)
        .fetch_optional(db)
        .await?)
}

/// Counts of outcomes from `from` up to `to`.
pub async fn outcomes(
    db: &mut PgConnection,
    project: ProjectId,
    (from, to): (DateTime<Utc>, DateTime<Utc>),
) -> Result<Vec<(String, u64)>> {
    let rows = sqlx::query!(
        r#"select outcome, sum(count)::bigint as "count!" from beacon_outcomes
           where project_id = $1 and hour >= $2 and hour < $3 group by outcome"#,
        project.0,
        from,
        to
    )
    .fetch_all(db)
    .await?;
    Ok(rows.into_iter().map(|row| (row.outcome, row.count.unsigned_abs())).collect())
}

/// Whether any page view ever came.
pub async fn ever_received(db: &mut PgConnection, project: ProjectId) -> Result<bool> {
    Ok(sqlx::query_scalar!(
        r#"select exists (select from beacon_arrivals where project_id = $1 and first_at is not null) as "received!""#,
        project.0
    )
    .fetch_one(db)
    .await?)
}

/// What came first, or why nothing did.
pub async fn first_beacon(db: &mut PgConnection, project: ProjectId) -> Result<FirstBeacon> {
    let row = sqlx::query!(
        "select first_at, first_path, refused_at, refused_reason, refused_origin from beacon_arrivals where project_id = $1",
        project.0
    )
    .fetch_optional(db)
    .await?;
    let Some(row) = row else { return Ok(FirstBeacon::Waiting) };
    Ok(match (row.first_at, row.refused_at, row.refused_reason.as_deref().and_then(DropReason::parse)) {
        (Some(at), ..) => FirstBeacon::Received { at, path: row.first_path.unwrap_or_default() },
        (None, Some(at), Some(reason)) => FirstBeacon::Refused { reason, origin: row.refused_origin, at },
        _ => FirstBeacon::Waiting,
    })
}

/// The newest distinct paths, for previews and for learning templates.
pub async fn recent_paths(
    db: &mut PgConnection,
    project: ProjectId,
    since: DateTime<Utc>,
    most: i64,
) -> Result<Vec<String>> {
    Ok(sqlx::query_scalar!(
        r#"select path as "path!" from (
               select path, max(at) as newest from (
                   select path, at from page_views where project_id = $1 and at >= $2 order by at desc limit 20000
               ) recent group by path
           ) paths order by newest desc limit $3"#,
        project.0,
        since,
        most
    )
    .fetch_all(db)
    .await?)
}
