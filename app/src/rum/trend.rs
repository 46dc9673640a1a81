//! The chosen vital over time.

use domain::rum::{Percentile, Query};
use leptos::prelude::*;

use super::{actions::ReadTrend, words};
use crate::ui::{Chart, EmptyState, ErrorState, Load, Panel, Skeleton, awaited};

/// The trend in its panel, with its four states.
#[component]
pub fn Trend(view: Memo<Query>, trend: Load<ReadTrend>) -> impl IntoView {
    let title = Signal::derive(move || format!("{} over time", view.with(|view| view.vital.long_title())));
    let skeleton = || view! { <Skeleton class="h-[18rem]" /> }.into_any();
    view! {
        <Panel title=title id="trend" class="mt-4">
            {move || view! { <Legend percentile=view.with(|view| view.percentile) /> }}
            {awaited(
                skeleton,
                move || async move {
                    match trend.get().await {
                        Err(error) => view! { <ErrorState error=error /> }.into_any(),
                        Ok(None) => {
                            view! {
                                <EmptyState
                                    title="No line to draw yet"
                                    hint="It begins with the first page views that report this vital."
                                />
                            }
                                .into_any()
                        }
                        Ok(Some(chart)) => view! { <Chart chart=chart id="trend-chart" group="overview" /> }.into_any(),
                    }
                },
            )}
        </Panel>
    }
}

/// What the lines and bands are.
#[component]
fn Legend(percentile: Percentile) -> impl IntoView {
    let line = |class: &'static str, width: &'static str, dash: Option<&'static str>, words: &'static str| {
        view! {
            <li class="flex items-center gap-1.5">
                <svg class=format!("h-2 w-5 {class}") viewBox="0 0 20 8" aria-hidden="true">
                    <path d="M1 4h18" stroke="currentColor" stroke-width=width stroke-dasharray=dash />
                </svg>
                {words}
            </li>
        }
    };
    let (lower, upper) = match percentile {
        Percentile::P50 => (Percentile::P75, Percentile::P95),
        Percentile::P95 => (Percentile::P50, Percentile::P75),
        _ => (Percentile::P50, Percentile::P95),
    };
    view! {
        <ul class="mb-3 flex flex-wrap gap-x-4 gap-y-1 text-xs text-muted">
            {line("text-primary", "2.5", None, words::percentile(percentile))}
            {line("text-muted", "1", None, words::percentile(lower))}
            {line("text-muted", "1", Some("4 3"), words::percentile(upper))}
            {line("text-series-3", "1.5", Some("1 3"), "the period before")}
            <li class="flex items-center gap-1.5">
                <span class="h-3 w-px bg-base-content/60" aria-hidden="true"></span>
                "a deploy"
            </li>
        </ul>
    }
}
