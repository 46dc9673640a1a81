//! One vital: its percentile, how sure that is, who feels it, and where it goes.

use domain::rum::{State, Vital, VitalSummary};
use leptos::prelude::*;

use super::words;
use crate::ui::{Delta, RatingChip, SharesBar, Sparkline, format, rating};

/// A card that leads to the vital's trend.
#[component]
pub fn VitalCard(
    summary: VitalSummary,
    href: String,
    /// Whether the trend below shows it.
    current: bool,
    /// Where in the grid it stands.
    #[prop(default = "")]
    class: &'static str,
) -> impl IntoView {
    let vital = summary.vital;
    let shown = summary.value.filter(|_| summary.state.shows_value());
    let change = match (shown, summary.before) {
        (Some(value), Some(before)) => Some(rating::change(vital, value, before, summary.interval)),
        _ => None,
    };
    let figure = shown.map(|value| format::vital(vital, value));
    view! {
        <a
            class=format!(
                "panel group block no-underline transition-colors hover:border-primary aria-[current]:border-primary {class}",
            )
            href=href
            aria-current=current.then_some("true")
            data-noscroll
        >
            <div class="relative">
                <h3 class="text-sm">
                    {vital.title()}
                    <span class="block truncate text-xs font-normal text-muted">{vital.long_title()}</span>
                </h3>
                <div class="absolute end-0 top-0">
                    <RatingChip vital=vital value=summary.value state=summary.state />
                </div>
            </div>
            <div class="mt-3 flex h-11 items-end justify-between gap-3">
                {match figure {
                    Some(figure) => {
                        view! {
                            <p class="figure figure-large shrink-0 leading-none">
                                {figure.number}
                                {(!figure.unit.is_empty()).then(|| view! { <span class="unit leading-none">{figure.unit}</span> })}
                            </p>
                        }
                            .into_any()
                    }
                    None => view! { <p class="pb-1 text-base text-muted">{words::in_place_of_figure(&summary)}</p> }.into_any(),
                }}
                {shown
                    .is_some()
                    .then(|| {
                        view! {
                            // As much as the figure leaves of it.
                            <div class="w-28 min-w-0">
                                <Sparkline values=summary.sparkline.clone() />
                            </div>
                        }
                    })}
            </div>
            <p
                class="mt-1.5 truncate text-xs text-muted"
                title="The 95 % interval of the figure, and how many page views reported it"
            >
                {words::basis(&summary)}
            </p>
            <div class="mt-3">
                <SharesBar shares=summary.shares.filter(|_| summary.state.shows_value()) />
            </div>
            <div class="mt-1.5 flex min-h-4 flex-wrap items-baseline justify-between gap-x-2 text-xs text-muted">
                <span>{words::who_feels_it(&summary)}</span>
                <Delta change=change />
            </div>
        </a>
    }
}

/// Where a vital stands in the grid: the three that Google judges by first and large.
pub const fn place(vital: Vital) -> &'static str {
    match vital {
        Vital::Lcp | Vital::Inp | Vital::Cls => "md:col-span-2",
        Vital::Fcp | Vital::Ttfb | Vital::Fid => "md:col-span-3",
    }
}

/// A percentile in one word's room, with the mark of its rating.
#[component]
pub fn SmallFigure(vital: Vital, value: Option<f64>, state: State) -> impl IntoView {
    let shown = value.filter(|_| state.shows_value());
    let (class, words) = match (shown, state) {
        (Some(value), State::Stable) => (rating::class(vital.rate(value)), vital.rate(value).words()),
        (Some(_), _) => ("rating-none", "Provisional"),
        (None, State::NoData) => ("rating-none", "No data"),
        (None, _) => ("rating-none", "Too few page views yet"),
    };
    let figure = shown.map_or_else(|| "–".to_owned(), |value| format::vital(vital, value).to_string());
    view! {
        <span class=format!("rating {class}") title=words>
            {figure}
            <span class="sr-only">{words}</span>
        </span>
    }
}
