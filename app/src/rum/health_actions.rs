//! What the page of data health asks the server.

use domain::{
    ProjectId,
    rum::{Health, Period, WithBots},
};
use leptos::prelude::*;
use serde::{Deserialize, Serialize};

use crate::{
    AppError,
    ui::{Moment, chart::ChartView},
};
#[cfg(feature = "ssr")]
use crate::{local_time::LocalTime, routes, ssr, ui::format};

/// The page, but for what takes longer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct HealthView {
    pub name: String,
    pub range: String,
    pub period: Period,
    pub health: Health,
    /// The hour that is compared with that of last week: "22 Nov, 09:00".
    pub hour: String,
    pub volume: Option<ChartView>,
    /// Of each refused origin, when the last beacon came.
    pub last_refused: Vec<Moment>,
    pub may_manage: bool,
}

#[server(prefix = "/api/ui", endpoint = "rum/health", input = server_fn::codec::GetUrl)]
pub async fn read_health(project: ProjectId, view: String) -> Result<HealthView, AppError> {
    ssr::read(async {
        use domain::accounts::Action;
        let (engine, actor) = (ssr::engine()?, ssr::actor().await?);
        let period = routes::view_in(&view).period;
        let of = engine::projects::project(&engine, &actor, project).await?;
        let health = engine::rum::health(&engine, &actor, project, period).await?;
        let clock = LocalTime::of(&actor);
        Ok(HealthView {
            range: clock.range(period, health.from, health.to),
            hour: format::moment(&clock.at(health.flow.hour)),
            volume: super::volume_chart::volume_chart(&health.volume, clock),
            last_refused: health
                .refused_origins
                .iter()
                .map(|refused| clock.ago(refused.last_at, engine.now()))
                .collect(),
            may_manage: actor.may(Action::ManageProjects, of.team),
            name: of.name,
            period,
            health,
        })
    })
    .await
}

/// What p75 would be if bots counted, and what that was computed from.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct WithBotsView {
    pub with_bots: WithBots,
    pub basis: Option<String>,
}

#[server(prefix = "/api/ui", endpoint = "rum/with-bots", input = server_fn::codec::GetUrl)]
pub async fn read_with_bots(project: ProjectId, view: String) -> Result<WithBotsView, AppError> {
    ssr::read(async {
        let (engine, actor) = (ssr::engine()?, ssr::actor().await?);
        let with_bots = engine::rum::with_bots(&engine, &actor, project, routes::view_in(&view).period).await?;
        Ok(WithBotsView { basis: super::basis_words::left_out(with_bots.basis, LocalTime::of(&actor)), with_bots })
    })
    .await
}
