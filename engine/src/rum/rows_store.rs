//! The SQL of page views themselves: what no sketch can answer, and the list of the newest.

use chrono::{DateTime, Utc};
use domain::{
    PageViewId, ProjectId,
    rum::{
        AttributionRecord, Bot, Device, Dimension, NavigationType, PageViewPlace, PageViewRecord, TimeRange, Vital,
        Vitals, Weight,
    },
};
use sqlx::{PgConnection, types::Json};

use crate::{Error, Result};

/// What is asked of human page views.
pub struct RawQuestion<'a> {
    pub project: ProjectId,
    pub range: TimeRange,
    pub vital: Vital,
    /// Whose value is told as the key.
    pub by: Dimension,
    pub filter: RawFilter<'a>,
}

/// All but the page group, whose name depends on the templates of today.
pub struct RawFilter<'a> {
    pub device: Option<&'a str>,
    pub country: Option<&'a str>,
    pub browser: Option<&'a str>,
    pub os: Option<&'a str>,
    pub connection: Option<&'a str>,
    pub navigation_type: Option<&'a str>,
    pub release: Option<&'a str>,
}

/// One human page view.
pub struct RawRow {
    pub at: DateTime<Utc>,
    pub page_group: String,
    /// The value of the dimension that was asked for.
    pub key: String,
    /// The vital, if it was reported.
    pub value: Option<f64>,
    pub weight: Weight,
}

pub struct RawRows {
    pub found: Vec<RawRow>,
    /// Page views that were looked at, whether they were wanted or not; at most one more than
    /// asked for.
    pub scanned: i64,
}

/// The wanted among the newest `most` page views of the range.
pub async fn measured(db: &mut PgConnection, question: &RawQuestion<'_>, most: i64) -> Result<RawRows> {
    let RawQuestion { project, range, vital, by, filter } = question;
    let scanned = sqlx::query_scalar!(
        r#"select count(*) as "count!" from (
               select from page_views where project_id = $1 and at >= $2 and at < $3 limit $4) scanned"#,
        project.0,
        range.from,
        range.to,
        most + 1
    )
    .fetch_one(&mut *db)
    .await?;
    let rows = sqlx::query!(
        r#"select at as "at!", page_group as "page_group!", weight as "weight!",
                  (case $5::text when 'page_group' then page_group when 'device' then device
                       when 'country' then country when 'browser' then browser when 'os' then os
                       when 'connection' then connection when 'navigation_type' then navigation_type
                       else release end) as "key!",
                  (case $6::text when 'lcp' then lcp when 'inp' then inp when 'cls' then cls
                       when 'fcp' then fcp when 'ttfb' then ttfb else fid end) as value
           from (select * from page_views where project_id = $1 and at >= $2 and at < $3
                 order by at desc limit $4) newest
           where bot = 'human'
             and ($7::text is null or device = $7) and ($8::text is null or country = $8)
             and ($9::text is null or browser = $9) and ($10::text is null or os = $10)
             and ($11::text is null or connection = $11)
             and ($12::text is null or navigation_type = $12) and ($13::text is null or release = $13)"#,
        project.0,
        range.from,
        range.to,
        most,
        by.as_str(),
        vital.as_str(),
        filter.device,
        filter.country,
        filter.browser,
        filter.os,
        filter.connection,
        filter.navigation_type,
        filter.release
    )
    .fetch_all(db)
    .await?;
    let found = rows
        .into_iter()
        .map(|row| {
            Ok(RawRow {
                at: row.at,
                page_group: row.page_group,
                key: row.key,
                value: row.value,
                weight: weight(row.weight)?,
            })
        })
        .collect::<Result<_>>()?;
    Ok(RawRows { found, scanned })
}

/// The newest page views of a range, of all classes, those after `after` where it is given.
pub async fn newest(
    db: &mut PgConnection,
    project: ProjectId,
    range: TimeRange,
    after: Option<PageViewPlace>,
    most: i64,
) -> Result<Vec<PageViewRecord>> {
    // The plain bound on `at` lets other days' partitions be left alone.
    let rows = sqlx::query!(
        r#"select id, at, updated_at, weight, url_origin, path, page_group, navigation_type, device, browser, os,
                  country, connection, release, referrer, bot, bot_reason, lcp, inp, cls, fcp, ttfb, fid,
                  lcp_target, lcp_url, lcp_ttfb, lcp_load_delay, lcp_load_time, lcp_render_delay,
                  inp_target, inp_type, inp_input_delay, inp_processing, inp_presentation, inp_script, inp_function,
                  cls_target, cls_value,
                  metrics as "metrics: Json<std::collections::BTreeMap<String, f64>>",
                  tags as "tags: Json<std::collections::BTreeMap<String, String>>"
           from page_views
           where project_id = $1 and at >= $2 and at < $3
             and ($4::timestamptz is null or (at <= $4 and (at, id) < ($4, $5)))
           order by at desc, id desc limit $6"#,
        project.0,
        range.from,
        range.to,
        after.map(|place| place.at),
        after.map(|place| place.id.0),
        most
    )
    .fetch_all(db)
    .await?;
    rows.into_iter()
        .map(|row| {
            let unknown = |what: &str| Error::internal(format!("a page view of an unknown {what}"));
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
            Ok(PageViewRecord {
                id: PageViewId(row.id),
                at: row.at,
                updated_at: row.updated_at,
                url: row.url_origin + &row.path,
                page_group: row.page_group,
                navigation_type: NavigationType::parse(&row.navigation_type)
                    .ok_or_else(|| unknown("type of navigation"))?,
                device: Device::parse(&row.device).ok_or_else(|| unknown("device"))?,
                browser: row.browser,
                os: row.os,
                country: row.country,
                connection: row.connection,
                release: row.release,
                referrer: row.referrer,
                bot: Bot::parse(&row.bot).ok_or_else(|| unknown("class"))?,
                bot_reason: row.bot_reason,
                weight: f64::from(weight(row.weight)?.thousandths()) / 1_000.0,
                vitals,
                attribution: AttributionRecord {
                    lcp_target: row.lcp_target,
                    lcp_url: row.lcp_url,
                    lcp_ttfb: row.lcp_ttfb,
                    lcp_load_delay: row.lcp_load_delay,
                    lcp_load_time: row.lcp_load_time,
                    lcp_render_delay: row.lcp_render_delay,
                    inp_target: row.inp_target,
                    inp_type: row.inp_type,
                    inp_input_delay: row.inp_input_delay,
                    inp_processing: row.inp_processing,
                    inp_presentation: row.inp_presentation,
                    inp_script: row.inp_script,
                    inp_function: row.inp_function,
                    cls_target: row.cls_target,
                    cls_value: row.cls_value,
                },
                metrics: row.metrics.map(|Json(metrics)| metrics).unwrap_or_default(),
                tags: row.tags.map(|Json(tags)| tags).unwrap_or_default(),
            })
        })
        .collect()
}

fn weight(thousandths: i32) -> Result<Weight> {
    Weight::from_thousandths(thousandths).ok_or_else(|| Error::internal("a page view of an impossible weight"))
}
