//! What the overview asks the server.

use domain::{
    ProjectId,
    rum::{Breakdown, Dimension, FirstBeacon, Overview, VitalSummary},
};
use leptos::prelude::*;
use serde::{Deserialize, Serialize};

use crate::{
    AppError,
    ui::{Question, chart::ChartView},
};
#[cfg(feature = "ssr")]
use domain::{
    accounts::Actor,
    rum::{Query, Vital},
};

#[cfg(feature = "ssr")]
use crate::{local_time::LocalTime, routes, ssr};

/// The first part of the overview, with what the page's head needs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct OverviewView {
    pub name: String,
    /// "26 Oct – 22 Nov 2026", in the viewer's time zone.
    pub range: String,
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
        let range = LocalTime::of(&actor).range(query.period, overview.from, overview.to);
        Ok(OverviewView { name, range, overview })
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

/// The chosen vital by page group or device.
#[server(prefix = "/api/ui", endpoint = "rum/breakdown", input = server_fn::codec::GetUrl)]
pub async fn read_breakdown(project: ProjectId, view: String, by: Dimension) -> Result<Breakdown, AppError> {
    ssr::read(async {
        let (engine, actor) = (ssr::engine()?, ssr::actor().await?);
        Ok(engine::rum::breakdown(&engine, &actor, project, &routes::view_in(&view), by).await?)
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
