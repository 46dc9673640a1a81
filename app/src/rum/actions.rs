//! What the pages of figures ask the server.

use domain::{
    ProjectId,
    rum::{Breakdown, Dimension, FirstBeacon, Listing, Overview, Query, VitalSummary},
};
use leptos::prelude::*;
use serde::{Deserialize, Serialize};

use super::chips::Chip;
use crate::{
    AppError,
    ui::{Question, chart::ChartView},
};
#[cfg(feature = "ssr")]
use domain::{accounts::Actor, rum::Vital};

#[cfg(feature = "ssr")]
use super::{basis_words, chips::chips};
#[cfg(feature = "ssr")]
use crate::{local_time::LocalTime, routes, ssr};

/// The first part of the overview, with what the page's head needs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct OverviewView {
    pub name: String,
    /// "26 Oct – 22 Nov 2026", in the viewer's time zone.
    pub range: String,
    /// What the figures come from, where that must be said.
    pub basis: Option<String>,
    pub chips: Vec<Chip>,
    pub overview: Overview,
}

/// `view` is the query part of the overview's address.
#[server(prefix = "/api/ui", endpoint = "rum/overview", input = server_fn::codec::GetUrl)]
pub async fn read_overview(project: ProjectId, view: String) -> Result<OverviewView, AppError> {
    ssr::read(async {
        let (engine, actor) = (ssr::engine()?, ssr::actor().await?);
        let query = routes::view_in(&view);
        let name = engine::projects::project(&engine, &actor, project).await?.name;
        let overview = engine::rum::overview(&engine, &actor, project, &query).await?;
        let clock = LocalTime::of(&actor);
        let range = clock.range(query.period, overview.from, overview.to);
        Ok(OverviewView {
            name,
            range,
            basis: basis_words::basis(overview.basis, clock),
            chips: chips(&query),
            overview,
        })
    })
    .await
}

impl Question for ReadOverview {
    fn params(&self) -> Vec<(&'static str, String)> {
        vec![("project", self.project.to_string()), ("view", self.view.clone())]
    }
}

/// The chosen vital over time, ready to draw.
#[server(prefix = "/api/ui", endpoint = "rum/trend", input = server_fn::codec::GetUrl)]
pub async fn read_trend(project: ProjectId, view: String) -> Result<Option<ChartView>, AppError> {
    ssr::read(async {
        let (engine, actor) = (ssr::engine()?, ssr::actor().await?);
        let query = routes::view_in(&view);
        let series = engine::rum::trend(&engine, &actor, project, &query).await?;
        Ok(super::trend_chart::trend_chart(&series, query.period, LocalTime::of(&actor)))
    })
    .await
}

impl Question for ReadTrend {
    fn params(&self) -> Vec<(&'static str, String)> {
        vec![("project", self.project.to_string()), ("view", self.view.clone())]
    }
}

/// How the chosen vital is spread, ready to draw.
#[server(prefix = "/api/ui", endpoint = "rum/distribution", input = server_fn::codec::GetUrl)]
pub async fn read_distribution(project: ProjectId, view: String) -> Result<Option<ChartView>, AppError> {
    ssr::read(async {
        let (engine, actor) = (ssr::engine()?, ssr::actor().await?);
        let histogram = engine::rum::distribution(&engine, &actor, project, &routes::view_in(&view)).await?;
        Ok(super::distribution_chart::distribution_chart(&histogram))
    })
    .await
}

impl Question for ReadDistribution {
    fn params(&self) -> Vec<(&'static str, String)> {
        vec![("project", self.project.to_string()), ("view", self.view.clone())]
    }
}

/// Since when each device class passes or fails, as a sentence.
#[server(prefix = "/api/ui", endpoint = "rum/standings", input = server_fn::codec::GetUrl)]
pub async fn read_standings(project: ProjectId, view: String) -> Result<Option<String>, AppError> {
    ssr::read(async {
        let (engine, actor) = (ssr::engine()?, ssr::actor().await?);
        let standings = engine::rum::standings(&engine, &actor, project, &routes::view_in(&view)).await?;
        Ok(basis_words::standings(&standings))
    })
    .await
}

impl Question for ReadStandings {
    fn params(&self) -> Vec<(&'static str, String)> {
        vec![("project", self.project.to_string()), ("view", self.view.clone())]
    }
}

/// A page of segments, with what stands around it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SegmentsView {
    pub name: String,
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
        let name = engine::projects::project(&engine, &actor, project).await?.name;
        let table = engine::rum::breakdown(&engine, &actor, project, &query, &listing).await?;
        let clock = LocalTime::of(&actor);
        let (from, to) = query.period.range(engine.now());
        Ok(SegmentsView {
            name,
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

/// The chosen vital by page group or device.
#[server(prefix = "/api/ui", endpoint = "rum/breakdown", input = server_fn::codec::GetUrl)]
pub async fn read_breakdown(project: ProjectId, view: String, by: Dimension) -> Result<Breakdown, AppError> {
    ssr::read(async {
        let (engine, actor) = (ssr::engine()?, ssr::actor().await?);
        Ok(engine::rum::breakdown(&engine, &actor, project, &routes::view_in(&view), &Listing::by(by)).await?)
    })
    .await
}

impl Question for ReadBreakdown {
    fn params(&self) -> Vec<(&'static str, String)> {
        let by = self.by.as_str().to_owned();
        vec![("project", self.project.to_string()), ("view", self.view.clone()), ("by", by)]
    }
}

/// Whether the tag works, and since when in words.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Installation {
    pub beacon: FirstBeacon,
    pub ago: String,
}

#[server(prefix = "/api/ui", endpoint = "rum/first-beacon", input = server_fn::codec::GetUrl)]
pub async fn read_first_beacon(project: ProjectId) -> Result<Installation, AppError> {
    ssr::read(async {
        let (engine, actor) = (ssr::engine()?, ssr::actor().await?);
        let beacon = engine::rum::first_beacon(&engine, &actor, project).await?;
        let ago = match &beacon {
            FirstBeacon::Waiting => String::new(),
            FirstBeacon::Refused { at, .. } | FirstBeacon::Received { at, .. } => {
                crate::ui::format::ago(*at, engine.now())
            }
        };
        Ok(Installation { beacon, ago })
    })
    .await
}

impl Question for ReadFirstBeacon {
    fn params(&self) -> Vec<(&'static str, String)> {
        vec![("project", self.project.to_string())]
    }
}

/// Core Web Vitals of PerfAlly's own pages over Google's window; empty where it does not
/// measure itself. For everybody to see.
#[server(prefix = "/api/ui", endpoint = "rum/own-vitals", input = server_fn::codec::GetUrl)]
pub async fn read_own_vitals() -> Result<Vec<VitalSummary>, AppError> {
    ssr::read(async {
        let engine = ssr::engine()?;
        let Some(own) = engine::projects::internal_project(&engine).await? else { return Ok(Vec::new()) };
        let overview = engine::rum::overview(&engine, &Actor::system(), own.id, &Query::default()).await?;
        Ok(overview.vitals.into_iter().filter(|summary| Vital::CORE.contains(&summary.vital)).collect())
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
