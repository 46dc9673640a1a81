//! What the pages of figures ask the server.

use domain::{
    ProjectId,
    rum::{Breakdown, Listing, Query},
};
use leptos::prelude::*;
use serde::{Deserialize, Serialize};

use super::chips::Chip;
use crate::{AppError, ui::Question};
#[cfg(feature = "ssr")]
use engine::projects::Sight;

#[cfg(feature = "ssr")]
pub use super::overview::{OverviewView, read_overview};
#[cfg(feature = "ssr")]
use super::{basis_words, chips::chips};
#[cfg(feature = "ssr")]
use crate::{local_time::LocalTime, routes, ssr};

/// The figures of an overview, as they are shown.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Figures {
    /// Another one when they are others. Empty where looking again takes the reading of raw rows,
    /// which is not done every few seconds.
    pub stamp: String,
    /// The project's.
    pub name: String,
    pub html: String,
}

/// `view` is the query part of the overview's address. `None` where the figures are those of the stamp
/// `unless` still, which is found out without making them.
#[server(prefix = "/api/ui", endpoint = "rum/figures", input = server_fn::codec::GetUrl)]
pub async fn read_figures(
    project: ProjectId,
    /// Whether the page is the public demo's, and not the project's own.
    demo: bool,
    view: String,
    unless: String,
) -> Result<Option<Figures>, AppError> {
    ssr::read(super::overview::figures(project, super::overview::Stage::on(demo), &view, &unless)).await
}

impl Question for ReadFigures {
    fn params(&self) -> Vec<(&'static str, String)> {
        vec![
            ("project", self.project.to_string()),
            ("demo", self.demo.to_string()),
            ("view", self.view.clone()),
            ("unless", self.unless.clone()),
        ]
    }
}

/// A page of segments, with what stands around it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SegmentsView {
    pub name: String,
    pub may_share: bool,
    pub range: String,
    pub basis: Option<String>,
    pub chips: Vec<Chip>,
    pub query: Query,
    pub listing: Listing,
    pub table: Breakdown,
    /// Names of tags to split by.
    pub tags: Vec<String>,
}

/// `view` is the query part of the page's address.
#[server(prefix = "/api/ui", endpoint = "rum/segments", input = server_fn::codec::GetUrl)]
pub async fn read_segments(project: ProjectId, view: String) -> Result<SegmentsView, AppError> {
    ssr::read(async {
        let (engine, actor) = (ssr::engine()?, ssr::actor().await?);
        let (query, listing) = (routes::view_in(&view), routes::listing_in(&view));
        let Sight { name, may_share } = engine::projects::sight(&engine, &actor, project).await?;
        let table = engine::rum::breakdown(&engine, &actor, project, &query, &listing).await?;
        let clock = LocalTime::of(&actor);
        let (from, to) = query.period.range(engine.now());
        Ok(SegmentsView {
            name,
            may_share,
            range: clock.range(query.period, from, to),
            basis: basis_words::basis(table.basis, clock),
            chips: chips(&query),
            tags: engine::rum::tag_names(&engine, &actor, project).await?,
            query,
            listing,
            table,
        })
    })
    .await
}

/// The public demo, if this server has one.
#[server(prefix = "/api/ui", endpoint = "rum/demo", input = server_fn::codec::GetUrl)]
pub async fn find_demo() -> Result<Option<ProjectId>, AppError> {
    ssr::read(async { Ok(engine::projects::demo_project(&ssr::engine()?).await?.map(|project| project.id)) }).await
}

impl Question for FindDemo {
    fn params(&self) -> Vec<(&'static str, String)> {
        Vec::new()
    }
}
