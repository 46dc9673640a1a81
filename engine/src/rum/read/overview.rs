//! Verdicts and summaries of a project.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use domain::{
    ProjectId,
    accounts::Actor,
    rum::{Device, Overview, Percentile, Query, State, ViewSketch, Vital, VitalSummary},
};

use super::{
    judgement::{Judgement, judge, verdict},
    month::usage_shown_to,
    question::{Question, buckets},
};
use crate::{Engine, Result, rum::read_store};

pub async fn overview(engine: &Engine, actor: &Actor, project: ProjectId, query: &Query) -> Result<Overview> {
    Question::ask(engine, actor, project, query).await?.overview().await
}

impl Question<'_> {
    /// Verdicts and summaries of the period.
    pub async fn overview(&self) -> Result<Overview> {
        let (query, granularity) = (&self.query, self.granularity());
        let (from, to) = self.range();
        let (rows, basis) = self.rows(None, granularity, (from, to)).await?;
        let before = self.rows_before(basis).await?.merged(&Vital::ALL)?;
        let ever_received = read_store::ever_received(&mut *self.engine.db.acquire().await?, self.project).await?;
        let month = usage_shown_to(self.engine, self.actor, self.project).await?;

        let mut by_device: BTreeMap<Device, ViewSketch> = BTreeMap::new();
        let mut by_time: BTreeMap<DateTime<Utc>, ViewSketch> = BTreeMap::new();
        for row in rows.iter() {
            let sketch = row.read()?;
            by_device.entry(row.device).or_default().merge(&sketch);
            by_time.entry(granularity.floor(row.at)).or_default().merge(&sketch);
        }
        let mut all = ViewSketch::default();
        by_device.values().for_each(|sketch| all.merge(sketch));
        let vitals = Vital::ALL
            .into_iter()
            .filter(|&vital| vital != Vital::Fid || all.vital(vital).count() > 0)
            .map(|vital| {
                let Judgement { value, interval, state } = judge(vital, all.vital(vital), query.percentile);
                let by_median = state == State::Provisional && query.percentile != Percentile::P50;
                let before = judge(vital, before.vital(vital), query.percentile);
                VitalSummary {
                    vital,
                    count: all.vital(vital).count(),
                    value,
                    median: by_median.then(|| all.vital(vital).quantile(Percentile::P50.quantile())).flatten(),
                    interval,
                    shares: all.vital(vital).shares(),
                    state,
                    before: before.value.filter(|_| before.state.shows_value()),
                    sparkline: buckets(granularity, (from, to))
                        .map(|at| {
                            by_time
                                .get(&at)
                                .and_then(|sketch| sketch.vital(vital).quantile(query.percentile.quantile()))
                        })
                        .collect(),
                }
            })
            .collect();
        Ok(Overview {
            query: query.clone(),
            from,
            to,
            basis,
            page_views: all.page_views(),
            counted: all.counted(),
            month: month.filter(|month| month.mark().is_some()),
            ever_received,
            verdicts: by_device
                .iter()
                .filter(|(_, sketch)| !sketch.is_empty())
                .map(|(&device, sketch)| verdict(device, sketch))
                .collect(),
            vitals,
        })
    }
}
