//! The chosen vital, split by a property.

use std::collections::BTreeMap;

use chrono::TimeDelta;
use domain::{
    ProjectId,
    accounts::{Action, Actor},
    rum::{Breakdown, BreakdownRow, Listing, Query, ViewSketch},
};

use super::question::{Question, merged};
use crate::{
    Engine, Result, projects,
    rum::{raw_store, segment_name::segment_name},
};

/// One page of the table of segments.
pub async fn breakdown(
    engine: &Engine,
    actor: &Actor,
    project: ProjectId,
    query: &Query,
    listing: &Listing,
) -> Result<Breakdown> {
    let question = Question::ask(engine, actor, project, query).await?;
    let by = &listing.by;
    let (rows, basis) = question.rows(Some(by), query.period.range(engine.now())).await?;
    let site = merged(&rows);
    let mut by_key: BTreeMap<String, ViewSketch> = BTreeMap::new();
    for row in rows {
        by_key.entry(row.key).or_default().merge(&row.sketch);
    }
    by_key.retain(|_, sketch| !sketch.is_empty());
    let rows: Vec<BreakdownRow> = by_key
        .into_iter()
        .map(|(key, sketch)| {
            let name = segment_name(by, &key);
            BreakdownRow::of(key, name, &sketch, &site, query.vital, query.percentile)
        })
        .collect();
    let total_rows = u32::try_from(rows.len()).unwrap_or(u32::MAX);
    let (rows, page, found_rows) = listing.pick(rows);
    Ok(Breakdown {
        by: by.clone(),
        vital: query.vital,
        percentile: query.percentile,
        basis,
        all: BreakdownRow::of(String::new(), "All".to_owned(), &site, &site, query.vital, query.percentile),
        rows,
        page,
        found_rows,
        total_rows,
    })
}

/// The names of the tags that page views of the last four weeks carry, to split by.
pub async fn tag_names(engine: &Engine, actor: &Actor, project: ProjectId) -> Result<Vec<String>> {
    projects::authorize(engine, actor, project, Action::ReadFieldData).await?;
    raw_store::tag_names(&mut *engine.db.acquire().await?, project, engine.now() - TimeDelta::days(28)).await
}
