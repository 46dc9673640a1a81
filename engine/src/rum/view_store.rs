//! The SQL of single page views with all that is known of them, within bounds.

use std::ops::ControlFlow;

use domain::{
    PageViewId, ProjectId,
    rum::{Bound, Device, Explained, ViewLine, Vital, Vitals},
};
use futures::TryStreamExt as _;
use sqlx::PgConnection;

use super::raw_store::{RawFilter, Stopped, newest_first, next};
use crate::{Error, Result};

/// Milliseconds that reading may take.
const MOST_MILLIS: u32 = 2_000;

/// One page view, and why its vitals are as they are.
pub struct ViewRow {
    pub line: ViewLine,
    /// Page views it stands for, in thousandths.
    pub weight: u32,
    pub lcp_url: Option<String>,
    pub inp_script: Option<String>,
    pub inp_function: Option<String>,
}

/// The newest page views, the newest first, `most` at most; says where reading stopped, if it did.
pub async fn newest(
    db: &mut PgConnection,
    project: ProjectId,
    which: &RawFilter<'_>,
    most: u32,
) -> Result<(Vec<ViewRow>, Option<Stopped>)> {
    let RawFilter { filter, page_groups, range: (from, to), only_human } = *which;
    let mut transaction = newest_first(db, MOST_MILLIS).await?;
    let tag = filter.tag.as_ref();
    let mut rows = sqlx::query!(
        "select id, at, seq, weight, path, page_group, device, browser, country,
                lcp, inp, cls, fcp, ttfb, fid,
                lcp_target, lcp_url, lcp_ttfb, lcp_load_delay, lcp_load_time, lcp_render_delay,
                inp_target, inp_input_delay, inp_processing, inp_presentation, inp_script, inp_function, cls_target
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
           and ($13::text is null or coalesce(tags ->> $13, '') = $14)
         order by at desc
         limit $15",
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
        i64::from(most) + 1
    )
    .fetch(&mut *transaction);
    let mut read: Vec<ViewRow> = Vec::new();
    loop {
        let oldest = read.last().map_or(to, |row| row.line.at);
        let row = match next(rows.try_next().await, oldest)? {
            ControlFlow::Continue(row) => row,
            ControlFlow::Break(stopped) => return Ok((read, stopped)),
        };
        if read.len() >= most as usize {
            return Ok((read, Some(Stopped { at: oldest, why: Bound::Rows })));
        }
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
        read.push(ViewRow {
            weight: u32::try_from(row.weight).map_err(|_| damaged())?,
            lcp_url: row.lcp_url,
            inp_script: row.inp_script,
            inp_function: row.inp_function,
            line: ViewLine {
                id: PageViewId(row.id),
                at: row.at,
                seq: row.seq,
                path: row.path,
                page_group: row.page_group,
                device: Device::parse(&row.device).ok_or_else(damaged)?,
                browser: row.browser,
                country: row.country,
                vitals,
                lcp_parts: [row.lcp_ttfb, row.lcp_load_delay, row.lcp_load_time, row.lcp_render_delay],
                inp_parts: [row.inp_input_delay, row.inp_processing, row.inp_presentation],
                lcp_target: row.lcp_target,
                inp_target: row.inp_target,
                cls_target: row.cls_target,
            },
        });
    }
}

impl ViewRow {
    /// What a vital is and why; `None` where it was not reported.
    pub fn explained(&self, vital: Vital) -> Option<Explained> {
        let line = &self.line;
        let value = line.vitals.get(vital)?;
        let common =
            Explained { value, weight: self.weight, page_group: line.page_group.clone(), ..Explained::default() };
        Some(match vital {
            Vital::Lcp => Explained {
                target: line.lcp_target.clone(),
                parts: line.lcp_parts.to_vec(),
                source: self.lcp_url.clone(),
                ..common
            },
            Vital::Inp => Explained {
                target: line.inp_target.clone(),
                parts: line.inp_parts.to_vec(),
                source: self.inp_script.clone(),
                function: self.inp_function.clone(),
                ..common
            },
            Vital::Cls => Explained { target: line.cls_target.clone(), ..common },
            Vital::Fcp | Vital::Ttfb | Vital::Fid => common,
        })
    }
}
