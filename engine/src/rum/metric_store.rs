//! The SQL of custom metrics: page views that sent any, one by one, within bounds.

use std::{collections::HashMap, ops::ControlFlow};

use chrono::{DateTime, Utc};
use domain::{
    ProjectId,
    rum::{Bound, Device, Weight},
};
use futures::TryStreamExt as _;
use sqlx::{PgConnection, types::Json};

use super::raw_store::{Bounds, RawFilter, Stopped, newest_first, next};
use crate::{Error, Result};

/// What one page view sent.
pub struct SentRow {
    pub at: DateTime<Utc>,
    pub weight: Weight,
    pub metrics: HashMap<String, f64>,
}

/// Hands out page views that sent metrics, the newest first, until there are as many values as `bounds.rows`, or the
/// time is over; says where it stopped, if it did.
pub async fn sent(
    db: &mut PgConnection,
    project: ProjectId,
    which: &RawFilter<'_>,
    bounds: Bounds,
    mut each: impl FnMut(SentRow),
) -> Result<Option<Stopped>> {
    let RawFilter { filter, page_groups, range: (from, to), only_human } = *which;
    let mut transaction = newest_first(db, bounds.milliseconds).await?;
    let tag = filter.tag.as_ref();
    let mut rows = sqlx::query!(
        r#"select at, weight, metrics as "metrics!: Json<HashMap<String, f64>>"
           from page_views
           where project_id = $1 and at >= $2 and at < $3
             and metrics is not null
             and (not $4 or bot = 'human')
             and ($5::text is null or device = $5)
             and ($6::text[] is null or page_group = any($6))
             and ($7::text is null or country = $7)
             and ($8::text is null or browser = $8)
             and ($9::text is null or os = $9)
             and ($10::text is null or connection = $10)
             and ($11::text is null or navigation_type = $11)
             and ($12::text is null or release = $12)
             and ($13::text is null or coalesce(tags ->> $13, '') = $14)
           order by at desc
           limit $15"#,
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
        tag.map(|tag| tag.value.as_str()),
        i64::from(bounds.rows) + 1
    )
    .fetch(&mut *transaction);
    let (mut values, mut oldest) = (0, to);
    loop {
        let row = match next(rows.try_next().await, oldest)? {
            ControlFlow::Continue(row) => row,
            ControlFlow::Break(stopped) => return Ok(stopped),
        };
        let Json(metrics) = row.metrics;
        values += metrics.len();
        if values > bounds.rows as usize {
            return Ok(Some(Stopped { at: oldest, why: Bound::Rows }));
        }
        oldest = row.at;
        let weight = Weight::from_thousandths(row.weight).ok_or_else(|| Error::internal("a weight that never was"))?;
        each(SentRow { at: row.at, weight, metrics });
    }
}
