//! The chosen vital by the hour of the week.

use chrono::{DateTime, Datelike, Timelike, Utc};
use chrono_tz::Tz;
use domain::{
    ProjectId,
    accounts::Actor,
    rum::{Granularity, HeatCell, HeatMap, Query, State, VitalSketch},
};

use super::{
    judgement::{Judgement, judge},
    question::Question,
};
use crate::{Engine, Result};

/// Hours are those of `zone`, each told by the moment at which its hour of UTC began: where a zone
/// is half an hour apart, the hour "14:00" is that from half past. `None` where the period is older
/// than hours are kept; of a longer one, the part that is not.
pub async fn heat_map(
    engine: &Engine,
    actor: &Actor,
    project: ProjectId,
    query: &Query,
    zone: Tz,
) -> Result<Option<HeatMap>> {
    Question::ask(engine, actor, project, query).await?.heat_map(zone).await
}

impl Question<'_> {
    /// The same as [`heat_map`].
    pub async fn heat_map(&self, zone: Tz) -> Result<Option<HeatMap>> {
        let query = &self.query;
        let Some(range) = query.period.hours(self.now) else { return Ok(None) };
        let (rows, basis) = self.rows(None, Granularity::Hour, range).await?;
        let mut week = vec![VitalSketch::default(); HeatMap::DAYS * HeatMap::HOURS];
        for row in rows.iter() {
            row.merge_vital_into(query.vital, &mut week[hour_of_week(row.at, zone)])?;
        }
        let cell = |sketch: VitalSketch| {
            let Judgement { value, state, .. } = judge(query.vital, &sketch, query.percentile);
            let state = if sketch.count() == 0 { State::NoData } else { state };
            HeatCell { count: sketch.count(), value: value.filter(|_| state.shows_value()), state }
        };
        Ok(Some(HeatMap {
            vital: query.vital,
            percentile: query.percentile,
            basis,
            cells: week.into_iter().map(cell).collect(),
        }))
    }
}

fn hour_of_week(at: DateTime<Utc>, zone: Tz) -> usize {
    let at = at.with_timezone(&zone);
    at.weekday().num_days_from_monday() as usize * HeatMap::HOURS + at.hour() as usize
}
