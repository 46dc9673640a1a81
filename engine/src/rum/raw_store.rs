//! The SQL of questions that no sketch answers: page views one by one, within bounds.

use std::ops::ControlFlow;

use chrono::{DateTime, Utc};
use domain::{
    ProjectId,
    rum::{Bound, By, Device, Filter, Measured, Vital, Vitals, Weight},
};
use futures::TryStreamExt as _;
use sqlx::{Connection, PgConnection, Postgres, Transaction};

use crate::{Error, Result};

/// How much one answer may read.
#[derive(Debug, Clone, Copy)]
pub struct Bounds {
    pub rows: u32,
    pub milliseconds: u32,
}

/// What a page can wait for: some hundred milliseconds for a usual site, and never long.
pub const BOUNDS: Bounds = Bounds { rows: 200_000, milliseconds: 4_000 };

/// Which page views are read.
pub struct RawFilter<'a> {
    pub filter: &'a Filter,
    /// The stored names of the filter's page group; `None` for all.
    pub page_groups: Option<&'a [String]>,
    pub range: (DateTime<Utc>, DateTime<Utc>),
    /// Without suspects and bots.
    pub only_human: bool,
}

/// One page view.
pub struct RawRow {
    pub at: DateTime<Utc>,
    pub device: Device,
    /// The value of what was asked for; empty where none was.
    pub key: String,
    pub human: bool,
    pub measured: Measured,
}

/// Where reading ended early: what is older was not read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stopped {
    pub at: DateTime<Utc>,
    pub why: Bound,
}

/// Hands out page views, the newest first, until a bound is reached; says where it stopped, if it did.
pub async fn page_views(
    db: &mut PgConnection,
    project: ProjectId,
    which: &RawFilter<'_>,
    by: Option<&By>,
    bounds: Bounds,
    mut each: impl FnMut(RawRow),
) -> Result<Option<Stopped>> {
    let RawFilter { filter, page_groups, range: (from, to), only_human } = *which;
    let mut transaction = newest_first(db, bounds.milliseconds).await?;
    let tag = filter.tag.as_ref();
    let (column, tag_name) = match by {
        None => ("", None),
        Some(By::Dimension(dimension)) => (dimension.as_str(), None),
        Some(By::Tag(name)) => ("tag", Some(name.as_str())),
    };
    let mut rows = sqlx::query!(
        r#"select at, device, bot, weight, lcp, inp, cls, fcp, ttfb, fid,
                  case $14 when 'page_group' then page_group
                           when 'country' then country
                           when 'browser' then browser
                           when 'os' then os
                           when 'connection' then connection
                           when 'navigation_type' then navigation_type
                           when 'release' then release
                           when 'tag' then coalesce(tags ->> $17, '')
                           else '' end as "key!"
           from page_views
           where project_id = $1 and at >= $2 and at < $3
             and (not $4 or bot = 'human')
             and ($5::text is null or device = $5)
             and ($6::text[] is null or page_group = any($6))
             and ($7::text is null or country = $7)
             and ($8::text is null or browser = $8)
             and ($9::text is null or os = $9)
             and ($10::text is null or connection = $10)
             and ($11::text is null or navigation_type = $11)
             and ($12::text is null or release = $12)
             and ($13::text is null or coalesce(tags ->> $13, '') = $15)
           order by at desc
           limit $16"#,
        project.0,
        from,
        to,
        only_human,
        filter.device.map(Device::as_str),
        page_groups,
        filter.country.as_deref(),
        filter.browser.as_deref(),
        filter.os.as_deref(),
        filter.connection.as_deref(),
        filter.navigation_type.as_deref(),
        filter.release.as_deref(),
        tag.map(|tag| tag.name.as_str()),
        column,
        tag.map(|tag| tag.value.as_str()),
        i64::from(bounds.rows) + 1,
        tag_name
    )
    .fetch(&mut *transaction);
    let (mut read, mut oldest) = (0, to);
    loop {
        let row = match next(rows.try_next().await, oldest)? {
            ControlFlow::Continue(row) => row,
            ControlFlow::Break(stopped) => return Ok(stopped),
        };
        if read == bounds.rows {
            return Ok(Some(Stopped { at: oldest, why: Bound::Rows }));
        }
        (read, oldest) = (read + 1, row.at);
        let damaged = || Error::internal("a page view holds an unknown word");
        let mut vitals = Vitals::default();
        for (vital, value) in [
            (Vital::Lcp, row.lcp),
            (Vital::Inp, row.inp),
            (Vital::Cls, row.cls),
            (Vital::Fcp, row.fcp),
            (Vital::Ttfb, row.ttfb),
            (Vital::Fid, row.fid),
        ] {
            vitals.set(vital, value);
        }
        each(RawRow {
            at: row.at,
            device: Device::parse(&row.device).ok_or_else(damaged)?,
            key: row.key,
            human: row.bot == "human",
            measured: Measured { vitals, weight: Weight::from_thousandths(row.weight).ok_or_else(damaged)? },
        });
    }
}

/// A transaction whose rows come from the index as they are found, without sorting: what came before the time was over
/// is the newest part, and is used.
pub async fn newest_first(db: &mut PgConnection, milliseconds: u32) -> Result<Transaction<'_, Postgres>> {
    let mut transaction = db.begin().await?;
    sqlx::query!(
        r#"select set_config('statement_timeout', $1, true) as "timeout!", set_config('enable_sort', 'off', true) as "sort!""#,
        milliseconds.to_string()
    )
    .fetch_one(&mut *transaction)
    .await?;
    Ok(transaction)
}

/// The next row, or the end: of all rows, or of the time. `oldest` is the last one that was read.
pub fn next<T>(row: sqlx::Result<Option<T>>, oldest: DateTime<Utc>) -> Result<ControlFlow<Option<Stopped>, T>> {
    match row {
        Ok(row) => Ok(row.map_or(ControlFlow::Break(None), ControlFlow::Continue)),
        Err(sqlx::Error::Database(error)) if error.code().is_some_and(|code| code == QUERY_CANCELED) => {
            Ok(ControlFlow::Break(Some(Stopped { at: oldest, why: Bound::Time })))
        }
        Err(error) => Err(error.into()),
    }
}

/// PostgreSQL's word for a statement that took longer than it may.
const QUERY_CANCELED: &str = "57014";

/// The names of the tags that the newest tagged page views carry, in order.
pub async fn tag_names(db: &mut PgConnection, project: ProjectId, since: DateTime<Utc>) -> Result<Vec<String>> {
    Ok(sqlx::query_scalar!(
        r#"select distinct name as "name!" from (
               select tags from page_views where project_id = $1 and at >= $2 order by at desc limit 2000
           ) recent, jsonb_object_keys(tags) as name order by 1 limit 20"#,
        project.0,
        since
    )
    .fetch_all(db)
    .await?)
}
