//! The chosen vital over time.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use domain::{
    ProjectId,
    accounts::Actor,
    rum::{Percentile, Point, Query, Series, VitalSketch},
};

use super::question::{Question, Rows, buckets};
use crate::{Engine, Error, Result, projects};

pub async fn trend(engine: &Engine, actor: &Actor, project: ProjectId, query: &Query) -> Result<Series> {
    Question::ask(engine, actor, project, query).await?.trend().await
}

impl Question<'_> {
    /// The chosen vital over the period, with the marks of deploys and incidents.
    pub async fn trend(&self) -> Result<Series> {
        let (query, granularity, range) = (&self.query, self.granularity(), self.range());
        let (rows, basis) = self.rows(None, granularity, range).await?;
        let rows_before = self.rows_before(basis).await?;
        let by_time = |rows: &Rows, later: TimeDelta| {
            let mut by_time: BTreeMap<DateTime<Utc>, VitalSketch> = BTreeMap::new();
            for row in rows.iter() {
                row.merge_vital_into(query.vital, by_time.entry(granularity.floor(row.at) + later).or_default())?;
            }
            Ok::<_, Error>(by_time)
        };
        let mut points = by_time(&rows, TimeDelta::zero())?;
        let before = by_time(&rows_before, range.1 - range.0)?;
        let points = buckets(granularity, range)
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
        let mut db = self.engine.db.acquire().await?;
        let deploys = projects::deploys(&mut db, self.project, range).await?;
        let incidents = projects::incidents(&mut db, self.project, range).await?;
        Ok(Series { vital: query.vital, percentile: query.percentile, basis, granularity, points, deploys, incidents })
    }
}
