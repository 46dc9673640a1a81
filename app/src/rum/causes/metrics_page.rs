//! `/projects/{id}/metrics`: what the site itself measures, by the names that it gives. All of
//! its state is in the address; `metric` is the name whose trend is drawn.

use domain::{
    ProjectId,
    projects::SharedRoom,
    rum::{Basis, CustomMetric, CustomMetrics, Granularity, Percentile, Query, State},
};
use engine::projects::Sight;
use leptos::prelude::*;

use super::{
    Asker, Head,
    metric_chart::{drawn, metric_chart},
};
use crate::{
    AppError, SiteUrls, routes,
    rum::{
        base::Base,
        basis_words,
        trend::{MarkOfDeploys, MarkOfIncidents},
    },
    ui::{
        Badge, Chart, DataTable, EmptyState, ErrorState, Panel, Skeleton, Sparkline, awaited, chart::ChartView, format,
    },
};

/// What a page's script calls.
const CALL: &str = "perfally('metric', 'cart_ready', 812)";

/// Shown where there is room.
const WIDE: &str = "num hidden md:table-cell";
const WIDEST: &str = "num hidden lg:table-cell";

struct MetricsView {
    hint: String,
    may_share: bool,
    /// What the figures are made of, and what is not in them.
    basis: String,
    /// Of whose clock the trend's points are.
    points: String,
    metrics: CustomMetrics,
    /// The one whose trend is drawn.
    chosen: Option<(CustomMetric, Option<ChartView>)>,
}

async fn read(project: ProjectId, query: &Query, chosen: Option<String>) -> Result<MetricsView, AppError> {
    let asker = Asker::new().await?;
    let Sight { name, may_share } = asker.sight(project).await?;
    let metrics = engine::rum::custom_metrics(&asker.engine, &asker.actor, project, query).await?;
    let hint = format!("{name} · {}", asker.clock.range(query.period, metrics.from, metrics.to));
    let found = chosen.and_then(|name| metrics.metrics.iter().find(|metric| metric.name == name));
    let chosen = found.or_else(|| metrics.metrics.first());
    let chosen = chosen.map(|metric| (metric.clone(), metric_chart(&metrics, metric, asker.clock)));
    let points = match metrics.granularity {
        Granularity::Hour => format!("by the hour, {}", asker.clock.name()),
        Granularity::Day => "by the day, UTC".to_owned(),
    };
    let rows = if let Basis::RawRows { rows, .. } = metrics.basis { rows } else { 0 };
    let sent = format::counted(rows, "page view that sent some", "page views that sent some");
    let left_out = basis_words::left_out(metrics.basis, asker.clock).unwrap_or_default();
    let basis = format!("Exact, from {sent}, read one by one. {left_out}");
    Ok(MetricsView { hint, may_share, basis, points, metrics, chosen })
}

#[component]
pub fn MetricsPage() -> impl IntoView {
    let (project, query, chosen) = (routes::use_project(), routes::use_view(), routes::use_param("metric"));
    let body = move || {
        let (project, query, chosen) = (project.get(), query.get(), chosen.get());
        async move {
            let Some(project) = project else {
                return view! { <ErrorState error=AppError::NotFound whole=true /> }.into_any();
            };
            match read(project, &query, chosen).await {
                Err(error) => view! { <ErrorState error=error whole=true /> }.into_any(),
                Ok(view) => view! { <Metrics project=project query=query view=view /> }.into_any(),
            }
        }
    };
    awaited(|| view! { <Skeleton class="h-[50rem]" /> }.into_any(), body)
}

/// The address of a view and the metric that is drawn.
fn address(path: &str, query: &Query, metric: &str) -> String {
    let mut params = query.params();
    params.push(("metric", metric.to_owned()));
    routes::with_params(path, params)
}

#[component]
fn Metrics(project: ProjectId, query: Query, view: MetricsView) -> impl IntoView {
    let MetricsView { hint, may_share, basis, points, metrics, chosen } = view;
    let path = routes::base(routes::metrics(project));
    let name = chosen.as_ref().map(|(metric, _)| metric.name.clone());
    let base = Base { path: path.clone(), extra: name.iter().map(|name| ("metric", name.clone())).collect() };
    let share = may_share.then(|| {
        let view = name.as_ref().map_or_else(|| routes::view_href("", &query), |name| address("", &query, name));
        routes::share(project, SharedRoom::Metrics.as_str(), &view)
    });
    let assets = use_context::<SiteUrls>().map(|site| site.assets).unwrap_or_default();
    let head = view! { <Head title="Custom metrics" hint=hint base=base query=query.clone() share=share.filter(|_| metrics.in_plan) /> };
    if !metrics.in_plan {
        return view! {
            {head}
            <div class="panel">
                <EmptyState
                    title="Part of the plans Pro and Agency"
                    hint="Your pages can send numbers of their own: how long until the cart was ready, how many rows a search found. What they send is kept with each page view, and is shown here from the day on which the plan has it."
                >
                    {routes::elsewhere(routes::PRICING.to_owned())
                        .map(|href| view! { <a class="btn btn-sm" href=href>"See the plans"</a> })}
                </EmptyState>
            </div>
        }
        .into_any();
    }
    let Some((metric, chart)) = chosen else {
        let narrowed = query != Query { vital: query.vital, percentile: query.percentile, ..Query::default() };
        return view! {
            {head}
            <div class="panel">
                <EmptyState
                    title="No number was sent in this view"
                    hint="A page sends one with this line, wherever it knows the number; the tag carries it with the page view."
                >
                    <code class="rounded-field bg-base-200 px-3 py-2 font-mono text-xs text-base-content">{CALL}</code>
                    {narrowed.then(|| view! { <a class="btn btn-sm" href=path>"Take period and filters away"</a> })}
                </EmptyState>
            </div>
            <p class="mt-3 max-w-prose text-xs text-muted">{basis}</p>
        }
        .into_any();
    };
    view! {
        {head}
        <p class="mb-4 max-w-prose text-xs text-muted">
            {basis}
            " Their unit is whatever your pages send, and which values are good only you know: so they have no colours."
        </p>
        <Table metrics=metrics.clone() current=name.unwrap_or_default() query=query path=path />
        <Chosen metric=metric chart=chart percentile=metrics.percentile points=points marks=(!metrics.deploys.is_empty(), !metrics.incidents.is_empty()) />
        <script type="module" fetchpriority="low" src=format!("{assets}/chart-loader.js")></script>
    }
    .into_any()
}

/// Every name in a row.
#[component]
fn Table(metrics: CustomMetrics, current: String, query: Query, path: String) -> impl IntoView {
    let percentile = metrics.percentile;
    let more = u64::from(metrics.total_metrics).saturating_sub(metrics.metrics.len() as u64);
    // On a phone, the chosen percentile alone.
    let column = move |of: Percentile| if of == percentile { "num" } else { WIDE };
    let heads = Percentile::ALL.map(|of| {
        view! {
            <th scope="col" class=column(of)>
                {of.as_str()}
            </th>
        }
    });
    let rows = metrics
        .metrics
        .into_iter()
        .map(|metric| {
            let href = address(&path, &query, &metric.name);
            let cells = Percentile::ALL.map(|of| {
                let figure = if metric.state.shows_value() {
                    format::number(metric.value(of))
                } else if of == percentile {
                    "too few".to_owned()
                } else {
                    "–".to_owned()
                };
                view! { <td class=column(of) class:font-medium=of == percentile>{figure}</td> }
            });
            let interval = metric.interval.filter(|_| metric.state.shows_value());
            let trend: Vec<Option<f64>> = if metric.state.shows_value() {
                metric.points.iter().map(|point| point.value(percentile)).collect()
            } else {
                Vec::new()
            };
            view! {
                <tr>
                    <th scope="row" class="max-w-40 truncate font-mono text-xs font-normal sm:max-w-72">
                        <a class="hover:underline aria-[current]:font-semibold" href=href aria-current=(metric.name == current).then_some("true") title=metric.name.clone() data-noscroll>
                            {metric.name.clone()}
                        </a>
                    </th>
                    <td class="num">{format::count(metric.count)}</td>
                    {cells.into_iter().collect_view()}
                    <td class=format!("{WIDEST} text-xs text-muted")>
                        {interval.map_or_else(|| "–".to_owned(), |of| format!("{} – {}", format::number(of.low), format::number(of.high)))}
                    </td>
                    <td class="hidden w-32 min-w-28 sm:table-cell">
                        <Sparkline values=trend />
                    </td>
                </tr>
            }
        })
        .collect_view();
    view! {
        <Panel title="What your pages send" id="metrics">
            <DataTable caption="Custom metrics by the page views that sent them">
                <thead>
                    <tr>
                        <th scope="col">"Name"</th>
                        <th scope="col" class="num" title="Page views that sent it">
                            "Page views"
                        </th>
                        {heads.into_iter().collect_view()}
                        <th scope="col" class=WIDEST title="The 95 % interval of the chosen percentile">
                            "Interval"
                        </th>
                        <th scope="col" class="hidden sm:table-cell">
                            {format!("Trend of {}", percentile.as_str())}
                        </th>
                    </tr>
                </thead>
                <tbody>{rows}</tbody>
            </DataTable>
            {(more > 0)
                .then(|| {
                    let words = format!("{} that fewer page views sent are not shown.", format::counted(more, "more name", "more names"));
                    view! { <p class="mt-3 text-xs text-muted">{words}</p> }
                })}
        </Panel>
    }
}

/// One name: its figure, how sure that is, and its trend.
#[component]
fn Chosen(
    metric: CustomMetric,
    chart: Option<ChartView>,
    percentile: Percentile,
    points: String,
    /// Whether the trend has deploys, and incidents.
    marks: (bool, bool),
) -> impl IntoView {
    let reported = format::counted(metric.count, "page view sent it", "page views sent it");
    let shown = metric.state.shows_value();
    let basis = match (metric.state, metric.interval) {
        (State::TooFew, _) => format!("{} of {} page views that it takes", format::count(metric.count), State::FEW),
        (_, Some(of)) => format!("95 % interval {} – {} · {reported}", format::number(of.low), format::number(of.high)),
        (_, None) => reported,
    };
    let state = match metric.state {
        State::Provisional => Some("Provisional"),
        State::TooFew => Some("Too few page views yet"),
        State::Stable | State::NoData => None,
    };
    view! {
        <Panel title=format!("{} over time", metric.name) id="metric" class="mt-4">
            <div class="mb-3 flex flex-wrap items-end justify-between gap-x-6 gap-y-2">
                <div>
                    <p class="flex flex-wrap items-center gap-x-3 gap-y-1">
                        {shown
                            .then(|| {
                                view! {
                                    <span class="figure figure-large leading-none">{format::number(metric.value(percentile))}</span>
                                    <span class="text-xs text-muted">{percentile.as_str()}</span>
                                }
                            })}
                        {state.map(|words| view! { <Badge>{words}</Badge> })}
                    </p>
                    <p class="mt-1.5 text-xs text-muted">{basis}</p>
                </div>
                {shown.then(|| view! { <Legend percentile=percentile points=points marks=marks /> })}
            </div>
            {chart
                .filter(|_| shown)
                .map(|chart| view! { <Chart chart=chart id="metric-chart" group="time" /> })}
        </Panel>
    }
}

/// What the lines are.
#[component]
fn Legend(percentile: Percentile, points: String, marks: (bool, bool)) -> impl IntoView {
    let [lower, chosen, upper] = drawn(percentile);
    let line = |class: &'static str, width: &'static str, dash: Option<&'static str>, of: Percentile| {
        view! {
            <li class="flex items-center gap-1.5">
                <svg class=format!("h-2 w-5 {class}") viewBox="0 0 20 8" aria-hidden="true">
                    <path d="M1 4h18" stroke="currentColor" stroke-width=width stroke-dasharray=dash />
                </svg>
                {of.as_str()}
            </li>
        }
    };
    view! {
        <ul class="flex flex-wrap gap-x-4 gap-y-1 text-xs text-muted">
            {line("text-primary", "2.5", None, chosen)}
            {line("text-muted", "1", None, lower)}
            {line("text-muted", "1", Some("4 3"), upper)}
            {marks.0.then(|| view! { <MarkOfDeploys /> })}
            {marks.1.then(|| view! { <MarkOfIncidents /> })}
            <li>{points}</li>
        </ul>
    }
}
