//! The chosen vital, split by a property.

use std::collections::BTreeMap;

use chrono::TimeDelta;
use domain::{
    ProjectId,
    accounts::{Action, Actor},
    rum::{Breakdown, BreakdownRow, Listing, Query, ViewSketch},
};

use super::question::Question;
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
    Question::ask(engine, actor, project, query).await?.breakdown(listing).await
}

impl Question<'_> {
    /// One page of the table of the period's segments.
    pub async fn breakdown(&self, listing: &Listing) -> Result<Breakdown> {
        let (by, query) = (&listing.by, &self.query);
        let (rows, basis) = self.rows(Some(by), self.granularity(), self.range()).await?;
        let mut by_key: BTreeMap<&str, ViewSketch> = BTreeMap::new();
        for row in rows.iter() {
            row.merge_into(by_key.entry(Self::key_of(by, row)).or_default(), &[self.query.vital])?;
        }
        by_key.retain(|_, sketch| !sketch.is_empty());
        let mut site = ViewSketch::default();
        by_key.values().for_each(|sketch| site.merge_of(sketch, &[self.query.vital]));
        let rows: Vec<BreakdownRow> = by_key
            .into_iter()
            .map(|(key, sketch)| {
                let name = segment_name(by, key);
                BreakdownRow::of(key.to_owned(), name, &sketch, &site, query.vital, query.percentile)
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
}

/// The names of the tags that page views of the last four weeks carry, to split by.
pub async fn tag_names(engine: &Engine, actor: &Actor, project: ProjectId) -> Result<Vec<String>> {
    projects::authorize(engine, actor, project, Action::ReadFieldData).await?;
    raw_store::tag_names(&mut *engine.db.acquire().await?, project, engine.now() - TimeDelta::days(28)).await
}
