//! The overview of a project: verdict, vitals, trend, breakdowns. Made on the server, for its page and for the public
//! demo; `figures.rs` keeps it fresh in the browser.

use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use domain::{
    ProjectId,
    accounts::Actor,
    projects::SharedRoom,
    rum::{Breakdown, Dimension, Filter, Listing, Overview, Period, Query, ViewLine, Vital},
};
use engine::{Engine, projects::Sight, rum::Question};
use futures::FutureExt as _;
use leptos::prelude::*;
use serde::{Deserialize, Serialize};

use super::{
    actions::Figures,
    base::Base,
    basis_words,
    breakdown_table::BreakdownTable,
    chips::{Chip, Chips, chips},
    distribution::Distribution,
    distribution_chart::distribution_chart,
    filters::Filters,
    first_views::{FirstViews, first_views},
    heat_map::HeatMapPanel,
    heat_map_chart::heat_map_chart,
    kept_figures::{Key, Made},
    share_button::ShareButton,
    trend::{Trend, TrendView},
    vital_card::{VitalCard, place},
    words,
};
use crate::{
    AppError,
    local_time::LocalTime,
    routes, ssr,
    ui::{EmptyState, Notice, chart::ChartView, format},
};

/// Verdict and cards, with what the page's head needs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct OverviewView {
    pub name: String,
    /// Whether who looks may make links to this view.
    pub may_share: bool,
    /// "26 Oct – 22 Nov 2026", in the viewer's time zone.
    pub range: String,
    /// What the figures come from, where that must be said.
    pub basis: Option<String>,
    pub chips: Vec<Chip>,
    pub overview: Overview,
}

/// `view` is the query part of the overview's address.
pub async fn read_overview(project: ProjectId, view: String) -> Result<OverviewView, AppError> {
    let (engine, actor) = (ssr::engine()?, ssr::actor().await?);
    let sight = engine::projects::sight(&engine, &actor, project).await?;
    let question = Question::ask(&engine, &actor, project, &routes::view_in(&view)).await?;
    head(&actor, sight, &question).await
}

async fn head(actor: &Actor, sight: Sight, question: &Question<'_>) -> Result<OverviewView, AppError> {
    let overview = question.overview().await?;
    let clock = LocalTime::of(actor);
    Ok(OverviewView {
        name: sight.name,
        may_share: sight.may_share,
        range: clock.range(question.query().period, overview.from, overview.to),
        basis: basis_words::basis(overview.basis, clock),
        chips: chips(question.query()),
        overview,
    })
}

/// What stands below the cards, each by itself: what cannot be had leaves the rest alive.
struct Parts {
    /// Since when each device class passes or fails, as a sentence.
    standings: Option<String>,
    /// The page views themselves, while they are too few for percentiles.
    first_views: Vec<ViewLine>,
    clock: LocalTime,
    trend: Result<TrendView, AppError>,
    /// By the hour of the week.
    hours: Result<Option<ChartView>, AppError>,
    distribution: Result<Option<ChartView>, AppError>,
    page_groups: Result<Breakdown, AppError>,
    devices: Result<Breakdown, AppError>,
    /// Whether all of it is there.
    whole: bool,
}

async fn read_parts(
    engine: &Engine,
    actor: &Actor,
    project: ProjectId,
    question: &Question<'_>,
    base: &Base,
    page_views: u64,
) -> Parts {
    let query = question.query();
    let (clock, now) = (LocalTime::of(actor), engine.now());
    // One after the other: what several are made of is read once.
    let standings = question.standings().await;
    let series = question.trend().await;
    let week = question.heat_map(clock.zone()).await;
    let histogram = question.distribution().await;
    let page_groups = question.breakdown(&Listing::by(Dimension::PageGroup)).await;
    let devices = question.breakdown(&Listing::by(Dimension::Device)).await;
    let first_views = first_views(engine, actor, project, query, page_views).await;
    let trend = series.map(|series| TrendView::of(&series, base, query, clock, now.date_naive()));
    let hours = week.map(|week| {
        let shown = week.zip(query.period.hours(now));
        shown.and_then(|(week, range)| heat_map_chart(&week, range))
    });
    let mut parts = Parts {
        standings: None,
        first_views: first_views.unwrap_or_default(),
        clock,
        trend: trend.map_err(AppError::from),
        hours: hours.map_err(AppError::from),
        distribution: histogram
            .map(|histogram| distribution_chart(&histogram, query.period.range(now)))
            .map_err(AppError::from),
        page_groups: page_groups.map_err(AppError::from),
        devices: devices.map_err(AppError::from),
        whole: true,
    };
    parts.whole = standings.is_ok()
        && parts.trend.is_ok()
        && parts.hours.is_ok()
        && parts.distribution.is_ok()
        && parts.page_groups.is_ok()
        && parts.devices.is_ok();
    // A sentence that is missing is missed by nobody; the log has the reason.
    parts.standings = standings.map_err(AppError::from).ok().and_then(|standings| basis_words::standings(&standings));
    parts
}

/// Where an overview stands.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Stage {
    /// On the project's own page.
    Project,
    /// On the page of the public demo.
    Demo,
    /// Behind a share link, at this path.
    Guest(String),
}

impl Stage {
    /// For everybody, or for those who may see the project.
    pub const fn on(demo: bool) -> Self {
        if demo { Self::Demo } else { Self::Project }
    }

    /// The path that the links to other views keep.
    fn path(&self, project: ProjectId) -> String {
        match self {
            Self::Project => routes::overview(project),
            Self::Demo => routes::DEMO.to_owned(),
            Self::Guest(path) => path.clone(),
        }
    }
}

/// The stamp of figures that are not told from others.
const UNKNOWN: &str = "-";

/// The figures as HTML; `None` where they are those of the stamp `unless` still.
pub async fn figures(project: ProjectId, stage: Stage, view: &str, unless: &str) -> Result<Option<Figures>, AppError> {
    // The request is asked before anything is waited for: afterwards, its context may be another's.
    let (engine, kept) = (ssr::engine()?, ssr::kept_figures()?);
    let (actor, query) = (ssr::actor().await?, routes::view_in(view));
    let sight = engine::projects::sight(&engine, &actor, project).await?;
    let question = Question::ask(&engine, &actor, project, &query).await?;
    let looks_again = query.filter.sketched(None).is_some();
    let Ok(state) = question.stamp().await.map_err(AppError::from) else {
        // What may be another than any that is kept is made, and asked for again by whoever looks on.
        let stamp = if looks_again { UNKNOWN.to_owned() } else { String::new() };
        let made = make(&engine, &actor, project, stage, sight, &question, stamp).boxed().await?;
        return Ok(Some(made.figures));
    };
    let mut hasher = DefaultHasher::new();
    (state, &sight.name, sight.may_share, LocalTime::of(&actor).zone()).hash(&mut hasher);
    let reader = actor.user().map(|user| user.id);
    let key = Key { project, stage: stage.clone(), reader, query, stamp: hasher.finish() };
    let stamp = if looks_again { key.mark() } else { String::new() };
    if !unless.is_empty() && stamp == unless {
        return Ok(None);
    }
    let made = kept.get(key, make(&engine, &actor, project, stage, sight, &question, stamp).boxed()).await?;
    Ok(Some(made.figures.clone()))
}

async fn make(
    engine: &Engine,
    actor: &Actor,
    project: ProjectId,
    stage: Stage,
    sight: Sight,
    question: &Question<'_>,
    mut stamp: String,
) -> Result<Made, AppError> {
    let head = head(actor, sight, question).await?;
    // Before the first page view there is nothing to compare.
    let base = Base::of(stage.path(project));
    let parts = match head.overview.ever_received {
        true => Some(read_parts(engine, actor, project, question, &base, head.overview.page_views).boxed().await),
        false => None,
    };
    let whole = parts.as_ref().is_none_or(|parts| parts.whole);
    if !whole && !stamp.is_empty() {
        // The next look shall ask anew.
        stamp.push_str(UNKNOWN);
    }
    let name = head.name.clone();
    let drawn = || {
        let base = StoredValue::new(base);
        let own = (stage == Stage::Project).then_some(project);
        view! { <Whole own=own query=question.query().clone() head=head parts=parts base=base /> }.into_any().to_html()
    };
    Ok(Made { figures: Figures { stamp, name, html: Owner::new().with(drawn) }, whole })
}

/// All of it.
#[component]
fn Whole(
    /// On the project's own page, whose other pages can be reached from here.
    own: Option<ProjectId>,
    query: Query,
    head: OverviewView,
    parts: Option<Parts>,
    base: StoredValue<Base>,
) -> impl IntoView {
    let view = Memo::new({
        let query = query.clone();
        move |_| query.clone()
    });
    let OverviewView { name, may_share, range, basis, chips, overview } = head;
    let share = own.filter(|_| may_share);
    let share = share.map(|own| routes::share(own, SharedRoom::Overview.as_str(), &routes::view_href("", &query)));
    let page_views = overview.page_views;
    view! {
        <div class="mb-4 flex flex-wrap items-end justify-between gap-x-6 gap-y-3">
            <div class="min-w-0">
                <div class="flex items-center gap-3">
                    <h1 class="truncate text-lg">{name}</h1>
                    {share.map(|href| view! { <ShareButton href=href /> })}
                </div>
                <p class="text-xs text-muted">
                    {format!("{range} · {}", format::counted(page_views, "page view", "page views"))}
                </p>
                <Chips chips=chips base=base />
            </div>
            <div class="flex max-w-full flex-wrap items-center gap-2">
                <Filters view=view base=base />
            </div>
        </div>
        {match parts {
            None => view! { <NothingYet project=own /> }.into_any(),
            Some(parts) => {
                let Parts { standings, first_views, clock, trend, hours, distribution, page_groups, devices, .. } = parts;
                let zone = clock.name();
                // Single page views are shown as such, and not as lines.
                let summed_up = first_views.is_empty();
                let top = match page_views {
                    0 => view! { <NothingHere query=query.clone() base=base /> }.into_any(),
                    _ => {
                        view! {
                            <Cards overview=overview basis=basis query=query.clone() base=base standings=standings>
                                {(!summed_up).then(|| view! { <FirstViews lines=first_views clock=clock /> })}
                            </Cards>
                        }
                            .into_any()
                    }
                };
                view! {
                    {top}
                    {summed_up
                        .then(|| {
                            view! {
                                {match trend {
                                    Ok(trend) => view! { <Trend query=query.clone() trend=trend /> }.into_any(),
                                    Err(error) => view! { <Failed title="The trend" error=error class="mt-4" /> }.into_any(),
                                }}
                                {match hours {
                                    Ok(hours) => view! { <HeatMapPanel vital=query.vital chart=hours zone=zone /> }.into_any(),
                                    Err(error) => view! { <Failed title="The hours of the week" error=error class="mt-4" /> }.into_any(),
                                }}
                                {match distribution {
                                    Ok(chart) => view! { <Distribution vital=query.vital chart=chart /> }.into_any(),
                                    Err(error) => view! { <Failed title="The distribution" error=error class="mt-4" /> }.into_any(),
                                }}
                            }
                        })}
                    <div class="mt-4 grid gap-4 xl:grid-cols-[11fr_9fr]">
                        {[(Dimension::PageGroup, page_groups), (Dimension::Device, devices)]
                            .map(|(by, table)| match table {
                                Ok(table) => {
                                    view! { <BreakdownTable by=by query=query.clone() base=base breakdown=table /> }.into_any()
                                }
                                Err(error) => view! { <Failed title=words::dimension(by) error=error /> }.into_any(),
                            })}
                    </div>
                    {own.map(|own| view! { <AllBy project=own query=query /> })}
                }
                    .into_any()
            }
        }}
    }
}

/// In place of a part that could not be had.
#[component]
fn Failed(title: &'static str, error: AppError, #[prop(default = "")] class: &'static str) -> impl IntoView {
    view! {
        <section class=format!("panel {class}")>
            <h2 class="mb-3 text-sm font-semibold">{title}</h2>
            <div class="empty" role="alert">
                <p class="text-base font-semibold text-base-content">"This part could not be read"</p>
                <p class="max-w-prose">{error.to_string()}</p>
            </div>
        </section>
    }
}

/// The tables of all segments, for the vital and the filters of this view.
#[component]
fn AllBy(project: ProjectId, query: Query) -> impl IntoView {
    let link = |by: Dimension, words: &'static str| {
        let mut params = vec![("by", by.as_str().to_owned())];
        params.extend(query.params());
        let href = routes::with_params(&routes::pages(project), params);
        view! {
            <a class="link" href=href>
                {words}
            </a>
        }
    };
    view! {
        <p class="mt-3 flex flex-wrap gap-x-4 gap-y-1 text-xs print:hidden">
            {[
                link(Dimension::PageGroup, "All pages"),
                link(Dimension::Country, "Countries"),
                link(Dimension::Browser, "Browsers"),
                link(Dimension::Release, "Releases, systems, connections and tags"),
            ]}
        </p>
    }
}

#[component]
fn Cards(
    overview: Overview,
    basis: Option<String>,
    query: Query,
    base: StoredValue<Base>,
    standings: Option<String>,
    /// What stands between the verdict and the cards.
    children: Children,
) -> impl IntoView {
    let (tone, verdict) = words::verdict(&overview);
    let sampling = words::sampling(&overview);
    view! {
        <Notice tone=tone>
            <p class="font-medium">{verdict}</p>
            {standings.map(|words| view! { <p class="text-xs">{words}</p> })}
        </Notice>
        {basis.map(|basis| view! { <p class="mt-2 text-xs text-muted">{basis}</p> })}
        {sampling
            .into_iter()
            .map(|(tone, words)| {
                view! {
                    <div class="mt-2">
                        <Notice tone=tone>
                            <p>{words}</p>
                        </Notice>
                    </div>
                }
            })
            .collect_view()}
        {children()}
        <h2 class="sr-only">"Vitals"</h2>
        <div class="mt-4 grid gap-4 md:grid-cols-6">
            {overview
                .vitals
                .into_iter()
                // Shown only where old clients still send it.
                .filter(|summary| summary.vital != Vital::Fid || summary.count > 0)
                .map(|summary| {
                    let vital = summary.vital;
                    let href = base.with_value(|base| base.href(&Query { vital, ..query.clone() }));
                    view! { <VitalCard summary=summary href=href current=query.vital == vital class=place(vital) /> }
                })
                .collect_view()}
        </div>
    }
}

#[component]
fn NothingYet(
    /// Whose tag can be seen from here.
    project: Option<ProjectId>,
) -> impl IntoView {
    view! {
        <div class="panel">
            <EmptyState
                title="No page view has arrived yet"
                hint="Put the tag on the site. The first page view shows here within seconds, without a reload."
            >
                {project
                    .map(|project| {
                        view! {
                            <a class="btn btn-primary" href=routes::install(project)>
                                "Install the tag"
                            </a>
                        }
                    })}
            </EmptyState>
        </div>
    }
}

#[component]
fn NothingHere(query: Query, base: StoredValue<Base>) -> impl IntoView {
    let all = Query { filter: Filter::default(), ..query.clone() };
    let longer = Query { period: Period::Year, ..query.clone() };
    let link = move |query: &Query, words: &'static str| {
        let href = base.with_value(|base| base.href(query));
        view! {
            <a class="btn btn-sm" href=href data-noscroll>
                {words}
            </a>
        }
    };
    view! {
        <div class="panel">
            <EmptyState
                title="No page views in this view"
                hint=format!("{}, with these filters, nobody came by.", query.period.words())
            >
                <div class="flex flex-wrap justify-center gap-2">
                    {(query.filter != all.filter).then(|| link(&all, "Take the filters away"))}
                    {(query.period != Period::Year).then(|| link(&longer, "Look further back"))}
                </div>
            </EmptyState>
        </div>
    }
}
