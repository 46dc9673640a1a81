//! The page views of a view that are too few to be summed up, one by one.

use domain::{
    ProjectId,
    accounts::Actor,
    rum::{Part, Query, State, ViewLine, Vital},
};
use engine::Engine;
use leptos::prelude::*;

use super::causes::{ViewRow, VitalLegend};
use crate::{AppError, local_time::LocalTime, ui::Panel};

/// The newest first; empty where there are none, or enough for percentiles.
pub async fn first_views(
    engine: &Engine,
    actor: &Actor,
    project: ProjectId,
    query: &Query,
    page_views: u64,
) -> Result<Vec<ViewLine>, AppError> {
    if !(1..State::FEW).contains(&page_views) {
        return Ok(Vec::new());
    }
    let most = u32::try_from(State::FEW).unwrap_or(u32::MAX);
    Ok(engine::rum::newest_views_of(engine, actor, project, query, most).await?)
}

/// Their waterfalls.
#[component]
pub fn FirstViews(lines: Vec<ViewLine>, clock: LocalTime) -> impl IntoView {
    let title = if lines.len() == 1 { "The first page view" } else { "The first page views" };
    let hint = format!(
        "Each with what its vitals are made of. From {} page views on, percentiles take their place.",
        State::FEW
    );
    view! {
        <Panel title=title id="first-views" hint=hint class="mt-4">
            <div class="mb-1 grid gap-1">
                <VitalLegend vital=Vital::Lcp of=Part::LCP.to_vec() />
                <VitalLegend vital=Vital::Inp of=Part::INP.to_vec() />
            </div>
            <ol>{lines.into_iter().map(|line| view! { <ViewRow line=line clock=clock /> }).collect_view()}</ol>
        </Panel>
    }
}
