//! How long single page views are kept.

use domain::{ProjectId, TeamId};

use super::demo;
use crate::{Engine, Result, billing, projects};

/// Days that a project's page views are kept one by one: as its team's plan says. The demo keeps
/// all of its story, on whatever plan the house is.
pub async fn raw_days(engine: &Engine, project: ProjectId, team: TeamId) -> Result<u16> {
    let days = billing::plan(engine, team).await?.limits().raw_days;
    Ok(if projects::is_demo(&mut *engine.db.acquire().await?, project).await? {
        days.max(demo::DAYS as u16)
    } else {
        days
    })
}
