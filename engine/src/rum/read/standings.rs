//! Since when each device class passes or fails.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use domain::{
    ProjectId,
    accounts::Actor,
    rum::{Device, Granularity, Period, Query, Standing, ViewSketch, Vital},
};

use super::{judgement::verdict, question::Question};
use crate::{Engine, Error, Result};

/// Google's window.
const WINDOW: i64 = 28;

/// How many days back a change is looked for.
const BACK: i64 = 90;

/// The verdicts over the 28 days that end today, and since when they are so: for each day before,
/// the window is moved by taking one day's sketch out and merging another. Whatever the query's
/// period is; its filter counts. Empty where only raw rows could tell, which are not kept so long.
pub async fn standings(engine: &Engine, actor: &Actor, project: ProjectId, query: &Query) -> Result<Vec<Standing>> {
    Question::ask(engine, actor, project, query).await?.standings().await
}

impl Question<'_> {
    /// The same as [`standings`].
    pub async fn standings(&self) -> Result<Vec<Standing>> {
        if self.filter.sketched(None).is_none() {
            return Ok(Vec::new());
        }
        let (_, to) = Period::FourWeeks.range(self.now);
        let range = (to - TimeDelta::days(BACK + WINDOW), to);
        let (rows, _) = self.rows(None, Granularity::Day, range).await?;
        let mut by_device: BTreeMap<Device, BTreeMap<DateTime<Utc>, ViewSketch>> = BTreeMap::new();
        for row in rows.iter() {
            let days = by_device.entry(row.device).or_default();
            row.merge_into(days.entry(Granularity::Day.floor(row.at)).or_default(), &Vital::CORE)?;
        }
        by_device.iter().filter_map(|(&device, days)| standing(device, days, to).transpose()).collect()
    }
}

fn standing(device: Device, days: &BTreeMap<DateTime<Utc>, ViewSketch>, to: DateTime<Utc>) -> Result<Option<Standing>> {
    // Before the first page view nothing is known, which is no verdict.
    let Some(&first) = days.keys().next() else { return Ok(None) };
    let mut window = ViewSketch::default();
    days.range(to - TimeDelta::days(WINDOW)..to).for_each(|(_, sketch)| window.merge(sketch));
    if window.is_empty() {
        return Ok(None);
    }
    let mut verdicts = Vec::new();
    for back in 0..=BACK {
        let last = to - TimeDelta::days(back + 1);
        if last < first {
            break;
        }
        verdicts.push((last.date_naive(), verdict(device, &window).verdict));
        if let Some(leaving) = days.get(&last) {
            window.take_out(leaving).map_err(Error::internal)?;
        }
        if let Some(coming) = days.get(&(last - TimeDelta::days(WINDOW))) {
            window.merge(coming);
        }
    }
    Ok(Standing::of(device, verdicts))
}
