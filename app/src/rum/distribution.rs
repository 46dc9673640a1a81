//! How the values of the chosen vital are spread.

use domain::rum::Vital;
use leptos::prelude::*;

use crate::ui::{Chart, EmptyState, Panel, chart::ChartView};

/// The spread in its panel.
#[component]
pub fn Distribution(vital: Vital, chart: Option<ChartView>) -> impl IntoView {
    view! {
        <Panel
            title=format!("How {} is spread", vital.long_title())
            id="distribution"
            class="mt-4"
            hint="Part of the page views by value, in the colours of their ratings: good, needs improvement, poor."
        >
            {match chart {
                None => {
                    view! {
                        <EmptyState
                            title="Nothing to show yet"
                            hint="Bars come with the first page views that report this vital."
                        />
                    }
                        .into_any()
                }
                Some(chart) => view! { <Chart chart=chart id="distribution-chart" /> }.into_any(),
            }}
        </Panel>
    }
}
