//! The chosen vital, split by a dimension.

use std::collections::BTreeMap;

use domain::{
    ProjectId,
    accounts::Actor,
    rum::{Breakdown, BreakdownRow, Dimension, Query, ViewSketch},
};

use super::{
    judgement::{Judgement, judge},
    question::Question,
};
use crate::{Engine, Result};

/// Rows of a breakdown at most.
const ROWS: usize = 50;

pub async fn breakdown(
    engine: &Engine,
    actor: &Actor,
    project: ProjectId,
    query: &Query,
    dimension: Dimension,
) -> Result<Breakdown> {
    let question = Question::ask(engine, actor, project, query).await?;
    let (rows, basis) = question.rows(Some(dimension), query.period.range(engine.now())).await?;
    let mut by_key: BTreeMap<String, ViewSketch> = BTreeMap::new();
    for row in rows {
        by_key.entry(row.key).or_default().merge(&row.sketch);
    }
    by_key.retain(|_, sketch| !sketch.is_empty());
    let total_rows = u32::try_from(by_key.len()).unwrap_or(u32::MAX);
    let mut rows: Vec<BreakdownRow> = by_key
        .into_iter()
        .map(|(key, sketch)| {
            let vital = sketch.vital(query.vital);
            let Judgement { value, interval, state } = judge(query.vital, vital, query.percentile);
            BreakdownRow {
                key,
                page_views: sketch.page_views(),
                count: vital.count(),
                value,
                interval,
                shares: vital.shares(),
                state,
            }
        })
        .collect();
    rows.sort_by(|a, b| b.page_views.cmp(&a.page_views).then_with(|| a.key.cmp(&b.key)));
    rows.truncate(ROWS);
    Ok(Breakdown { dimension, vital: query.vital, basis, rows, total_rows })
}
