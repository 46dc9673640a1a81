//! The chosen vital over time.

use chrono::NaiveDate;
use domain::rum::{Granularity, Percentile, Period, Query, Series};
use leptos::prelude::*;

use super::{
    base::Base,
    trend_chart::{page_views_chart, trend_chart, zoom},
    words,
};
use crate::{
    local_time::LocalTime,
    ui::{Chart, EmptyState, Panel, chart::ChartView},
};

/// What is drawn of a trend.
pub struct TrendView {
    chart: Option<(ChartView, ChartView)>,
    /// What `public/page.js` makes of a marked part.
    zoom: String,
    /// More days around those that are chosen.
    wider: Option<String>,
    /// Of whose clock its points are.
    points: String,
    has_incidents: bool,
    has_deploys: bool,
}

impl TrendView {
    pub fn of(series: &Series, base: &Base, query: &Query, clock: LocalTime, today: NaiveDate) -> Self {
        let wider = match query.period {
            Period::Custom(days) => {
                Some(base.href(&Query { period: Period::Custom(days.wider(today)), ..query.clone() }))
            }
            _ => None,
        };
        Self {
            chart: trend_chart(series, query.period, clock).zip(page_views_chart(series, clock)),
            zoom: zoom(series, base, query),
            wider,
            points: match series.granularity {
                Granularity::Hour => format!("by the hour, {}", clock.name()),
                Granularity::Day => "by the day, UTC".to_owned(),
            },
            has_incidents: !series.incidents.is_empty(),
            has_deploys: !series.deploys.is_empty(),
        }
    }
}

/// The trend in its panel. Marking a part of it leads to its days; from chosen days, a link leads further out.
#[component]
pub fn Trend(query: Query, trend: TrendView) -> impl IntoView {
    let TrendView { chart, zoom, wider, points, has_incidents, has_deploys } = trend;
    view! {
        <Panel title=format!("{} over time", query.vital.long_title()) id="trend" class="mt-4">
            <div class="mb-3 flex flex-wrap items-start justify-between gap-x-6 gap-y-2">
                <Legend percentile=query.percentile points=points deploys=has_deploys incidents=has_incidents />
                {wider
                    .map(|href| {
                        view! {
                            <a class="link text-xs" href=href data-noscroll>
                                "Zoom out"
                            </a>
                        }
                    })}
            </div>
            {match chart {
                None => {
                    view! {
                        <EmptyState
                            title="No line to draw yet"
                            hint="It begins with the first page views that report this vital."
                        />
                    }
                        .into_any()
                }
                Some((chart, page_views)) => {
                    view! {
                        <Chart chart=chart id="trend-chart" group="time" zoom=Some(zoom) below=page_views />
                    }
                        .into_any()
                }
            }}
        </Panel>
    }
}

/// What the lines and bands are.
#[component]
fn Legend(percentile: Percentile, points: String, deploys: bool, incidents: bool) -> impl IntoView {
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
        <ul class="flex flex-wrap gap-x-4 gap-y-1 text-xs text-muted">
            {line("text-primary", "2.5", None, words::percentile(percentile))}
            {line("text-muted", "1", None, words::percentile(lower))}
            {line("text-muted", "1", Some("4 3"), words::percentile(upper))}
            {line("text-series-3", "1.5", Some("1 3"), "the period before")}
            <li class="flex items-center gap-1.5">
                <span class="h-2 w-5 border-t border-series-1 bg-series-1/25" aria-hidden="true"></span>
                "page views"
            </li>
            {deploys.then(|| view! { <MarkOfDeploys /> })}
            {incidents.then(|| view! { <MarkOfIncidents /> })}
            <li>{points}</li>
        </ul>
    }
}

/// What a legend says of the tick of a deploy.
#[component]
pub fn MarkOfDeploys() -> impl IntoView {
    view! {
        <li class="flex items-center gap-1.5">
            <span class="h-3 w-px bg-base-content/60" aria-hidden="true"></span>
            "a deploy"
        </li>
    }
}

/// What a legend says of the mark of an incident.
#[component]
pub fn MarkOfIncidents() -> impl IntoView {
    view! {
        <li class="flex items-center gap-1.5">
            <svg class="size-3 text-poor" viewBox="0 0 12 12" aria-hidden="true">
                <path d="M6 0 9 5H3Z" fill="currentColor" />
                <path d="M6 5v7" stroke="currentColor" stroke-width="1.5" stroke-dasharray="2 2" />
            </svg>
            "an incident"
        </li>
    }
}
