//! How the values of the chosen vital are spread.

use domain::rum::Query;
use leptos::prelude::*;

use super::actions::ReadDistribution;
use crate::ui::{Chart, EmptyState, ErrorState, Load, Panel, Skeleton, awaited};

/// The spread in its panel, with its four states.
#[component]
pub fn Distribution(view: Memo<Query>, distribution: Load<ReadDistribution>) -> impl IntoView {
    let title = Signal::derive(move || format!("How {} is spread", view.with(|view| view.vital.long_title())));
    let skeleton = || view! { <Skeleton class="h-[13rem]" /> }.into_any();
    view! {
        <Panel
            title=title
            id="distribution"
            class="mt-4"
            hint="Part of the page views by value, in the colours of their ratings: good, needs improvement, poor."
        >
            {awaited(
                skeleton,
                move || async move {
                    match distribution.get().await {
                        Err(error) => view! { <ErrorState error=error /> }.into_any(),
                        Ok(None) => {
                            view! {
                                <EmptyState
                                    title="Nothing to show yet"
                                    hint="Bars come with the first page views that report this vital."
                                />
                            }
                                .into_any()
                        }
                        Ok(Some(chart)) => view! { <Chart chart=chart id="distribution-chart" /> }.into_any(),
                    }
                },
            )}
        </Panel>
    }
}
