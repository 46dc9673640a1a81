//! The chosen vital over time.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use domain::{
    ProjectId,
    accounts::Actor,
    rum::{Percentile, Point, Query, Series, VitalSketch},
};

use super::question::{Question, buckets};
use crate::{Engine, Result, projects, rum::read_store::SketchRow};

pub async fn trend(engine: &Engine, actor: &Actor, project: ProjectId, query: &Query) -> Result<Series> {
    let question = Question::ask(engine, actor, project, query).await?;
    let now = engine.now();
    let range = query.period.range(now);
    let (rows, basis) = question.rows(None, range).await?;
    let rows_before = question.rows_before(basis, query.period.range_before(now)).await?;
    let by_time = |rows: Vec<SketchRow>, later: TimeDelta| {
        let mut by_time: BTreeMap<DateTime<Utc>, VitalSketch> = BTreeMap::new();
        for row in rows {
            let at = question.granularity.floor(row.at) + later;
            by_time.entry(at).or_default().merge(row.sketch.vital(query.vital));
        }
        by_time
    };
    let mut points = by_time(rows, TimeDelta::zero());
    let before = by_time(rows_before, range.1 - range.0);
    let points = buckets(question.granularity, range)
        .map(|at| {
            let sketch = points.remove(&at).unwrap_or_default();
            Point {
                at,
                count: sketch.count(),
                value: sketch.quantile(query.percentile.quantile()),
                before: before.get(&at).and_then(|before| before.quantile(query.percentile.quantile())),
                p50: sketch.quantile(Percentile::P50.quantile()),
                p75: sketch.quantile(Percentile::P75.quantile()),
                p95: sketch.quantile(Percentile::P95.quantile()),
                shares: sketch.shares(),
            }
        })
        .collect();
    let mut db = engine.db.acquire().await?;
    let deploys = projects::deploys(&mut db, project, range).await?;
    let incidents = projects::incidents(&mut db, project, range).await?;
    Ok(Series {
        vital: query.vital,
        percentile: query.percentile,
        basis,
        granularity: question.granularity,
        points,
        deploys,
        incidents,
    })
}
