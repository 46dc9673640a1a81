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
    let mut question = Question::ask(engine, actor, project, query).await?;
    let Some(range) = query.period.hours(engine.now()) else { return Ok(None) };
    question.granularity = Granularity::Hour;
    let (rows, basis) = question.rows(None, range).await?;
    let mut week = vec![VitalSketch::default(); HeatMap::DAYS * HeatMap::HOURS];
    for row in rows {
        week[hour_of_week(row.at, zone)].merge(row.sketch.vital(query.vital));
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

fn hour_of_week(at: DateTime<Utc>, zone: Tz) -> usize {
    let at = at.with_timezone(&zone);
    at.weekday().num_days_from_monday() as usize * HeatMap::HOURS + at.hour() as usize
}
