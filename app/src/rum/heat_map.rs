//! The chosen vital by the hour of the week.

use domain::rum::{Rating, Vital};
use leptos::prelude::*;

use super::heat_map_chart::sign;
use crate::ui::{Chart, EmptyState, Panel, chart::ChartView, rating};

/// The heat map in its panel; `zone` is whose hours they are.
#[component]
pub fn HeatMapPanel(vital: Vital, chart: Option<ChartView>, zone: String) -> impl IntoView {
    view! {
        <Panel
            title=format!("When {} is slow", vital.title())
            id="hours"
            class="mt-4"
            hint=format!("By the hour of the week in {zone}, over the last 28 days of the period at most.")
        >
            {match chart {
                None => {
                    view! {
                        <EmptyState
                            title="No hour to tell yet"
                            hint="Each hour of the week takes some page views, and hours are told for 28 days."
                        />
                    }
                        .into_any()
                }
                Some(chart) => {
                    view! {
                        <Legend />
                        <Chart chart=chart id="hours-chart" />
                    }
                        .into_any()
                }
            }}
        </Panel>
    }
}

/// What colours and signs are.
#[component]
fn Legend() -> impl IntoView {
    let entry = |of: Rating| {
        view! {
            <li class=format!("rating {}", rating::class(of))>
                {of.words()}
                {(!sign(of).is_empty()).then(|| view! { <span class="text-muted" aria-hidden="true">{format!(" {}", sign(of))}</span> })}
            </li>
        }
    };
    view! {
        <ul class="mb-3 flex flex-wrap gap-x-4 gap-y-1 text-xs text-muted">
            {[Rating::Good, Rating::NeedsImprovement, Rating::Poor].map(entry).into_iter().collect_view()}
            <li>"Pale: it may be chance. Blank: too few page views."</li>
        </ul>
    }
}
