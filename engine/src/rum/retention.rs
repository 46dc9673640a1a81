//! How long single page views are kept.

use domain::{ProjectId, TeamId};

use super::demo;
use crate::{Engine, Result, billing, projects};

/// Days that the demo and PerfAlly's own project keep on whatever plan the house is: all of the demo's story.
pub const HOUSE_DAYS: u16 = demo::DAYS as u16;

/// Days that a project's page views are kept one by one: as its team's plan says.
pub async fn raw_days(engine: &Engine, project: ProjectId, team: TeamId) -> Result<u16> {
    if projects::is_house(&mut *engine.db.acquire().await?, project).await? {
        return Ok(HOUSE_DAYS);
    }
    Ok(billing::plan(engine, team).await?.limits().raw_days)
}
