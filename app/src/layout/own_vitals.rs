//! PerfAlly's own Core Web Vitals, in the footer of its public pages.

use domain::rum::VitalSummary;
use leptos::prelude::*;

use crate::{rum::vital_card::SmallFigure, ssr, ui::format};

/// Figures as everywhere: with the page views behind them, and without a number where those are
/// too few.
#[component]
pub fn OwnVitals() -> impl IntoView {
    let own = ssr::own_vitals();
    (!own.is_empty()).then(|| {
        view! {
            <section class="border-b border-line" aria-labelledby="own">
                <div class="mx-auto flex max-w-6xl flex-wrap items-baseline gap-x-6 gap-y-2 px-4 py-4 text-xs text-muted">
                    <h2 class="font-medium text-base-content" id="own">
                        "These pages, for their own visitors"
                    </h2>
                    <dl class="flex flex-wrap gap-x-6 gap-y-1">
                        {own.iter().map(|summary| view! { <One summary=summary.clone() /> }).collect_view()}
                    </dl>
                    <p>"p75 of the last 28 days, measured by PerfAlly"</p>
                </div>
            </section>
        }
    })
}

#[component]
fn One(summary: VitalSummary) -> impl IntoView {
    let VitalSummary { vital, value, state, count, .. } = summary;
    view! {
        <div class="flex items-baseline gap-1.5">
            <dt title=vital.long_title()>{vital.title()}</dt>
            <dd class="flex items-baseline gap-1.5">
                <SmallFigure vital=vital value=value state=state />
                <span>{format!("n\u{a0}=\u{a0}{}", format::count(count))}</span>
                {(!state.shows_value()).then_some("too few page views yet")}
            </dd>
        </div>
    }
}
