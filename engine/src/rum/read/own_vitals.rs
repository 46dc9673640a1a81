//! How fast PerfAlly's own pages are.

use domain::{
    accounts::Actor,
    rum::{Query, Vital, VitalSummary},
};

use super::overview;
use crate::{Engine, Result, projects};

/// Core Web Vitals of PerfAlly's own pages over Google's window; empty where it does not measure
/// itself. For everybody to see.
pub async fn own_vitals(engine: &Engine) -> Result<Vec<VitalSummary>> {
    let Some(own) = projects::internal_project(engine).await? else { return Ok(Vec::new()) };
    let overview = overview(engine, &Actor::system(), own.id, &Query::default()).await?;
    Ok(overview.vitals.into_iter().filter(|summary| Vital::CORE.contains(&summary.vital)).collect())
}
