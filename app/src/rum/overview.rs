//! The overview of a project: verdict, vitals, trend, breakdowns. Used by its page and by the
//! public demo.

use domain::{
    ProjectId,
    rum::{Dimension, Filter, Period, Query, Vital},
};
use leptos::prelude::*;

use super::{
    actions::{OverviewView, ReadBreakdown, ReadDistribution, ReadOverview, ReadStandings, ReadTrend},
    base::Base,
    breakdown_table::BreakdownTable,
    chips::Chips,
    distribution::Distribution,
    filters::Filters,
    live,
    trend::Trend,
    vital_card::{VitalCard, place},
    words,
};
use crate::{
    layout::PageTitle,
    routes,
    ui::{EmptyState, ErrorState, Load, Notice, Skeleton, awaited, format},
};

/// Everything below the frame; `base` is the page's path, which the filters' links keep.
#[component]
pub fn OverviewOf(project: ProjectId, base: String) -> impl IntoView {
    let of_project = base == routes::overview(project);
    let base = StoredValue::new(Base::of(base));
    let view = routes::use_view();
    // Choosing another vital changes neither cards nor verdict.
    let asked = Memo::new(move |_| Query { vital: Vital::Lcp, ..view.get() });
    let overview = Load::new(move || ReadOverview { project, view: params(&asked.get()) });
    let trend = Load::new(move || ReadTrend { project, view: params(&view.get()) });
    let distribution = Load::new(move || ReadDistribution { project, view: params(&view.get()) });
    // About Google's window, whatever the period is; asked for once, not as page views come.
    let filtered = Memo::new(move |_| Query { filter: view.with(|view| view.filter.clone()), ..Query::default() });
    let standings = Load::new(move || ReadStandings { project, view: params(&filtered.get()) });
    let by = move |by| Load::new(move || ReadBreakdown { project, view: params(&view.get()), by });
    let (groups, devices) = (by(Dimension::PageGroup), by(Dimension::Device));
    live::look_again(live::EVERY, move || async move {
        // What takes the reading of raw rows is not read anew every few seconds.
        let is_cheap = view.with_untracked(|view| view.filter.sketched(None).is_some());
        if is_cheap && overview.look().await {
            trend.refetch();
            distribution.refetch();
            groups.refetch();
            devices.refetch();
        }
    });
    let head = move || async move {
        let data = overview.get().await.ok();
        data.map(|data| view! { <Head data=data base=base /> }).into_any()
    };
    let cards = move || {
        let query = view.get();
        async move {
            match overview.get().await {
                Err(error) => view! { <ErrorState error=error whole=true /> }.into_any(),
                Ok(OverviewView { overview, .. }) if !overview.ever_received => {
                    view! { <NothingYet project=project /> }.into_any()
                }
                Ok(OverviewView { overview, .. }) if overview.page_views == 0 => {
                    view! { <NothingHere query=query base=base /> }.into_any()
                }
                Ok(data) => view! { <Cards data=data query=query base=base standings=standings /> }.into_any(),
            }
        }
    };
    let parts = move || async move {
        // Without a page view, or without the project, there is nothing to compare.
        let received = overview.get().await.is_ok_and(|data| data.overview.ever_received);
        received
            .then(|| {
                view! {
                    <Trend view=view trend=trend />
                    <Distribution view=view distribution=distribution />
                    <div class="mt-4 grid gap-4 xl:grid-cols-[11fr_9fr]">
                        <BreakdownTable by=Dimension::PageGroup view=view base=base rows=groups />
                        <BreakdownTable by=Dimension::Device view=view base=base rows=devices />
                    </div>
                    {of_project
                        .then(|| {
                            let href = move || routes::view_href(&routes::pages(project), &view.get());
                            view! {
                                <p class="mt-3 text-xs">
                                    <a class="link" href=href rel="external">
                                        "All pages, countries, browsers, releases and tags"
                                    </a>
                                </p>
                            }
                        })}
                }
            })
            .into_any()
    };
    view! {
        <div class="mb-4 flex flex-wrap items-end justify-between gap-x-6 gap-y-3">
            {awaited(|| view! { <Skeleton class="h-11 w-64" /> }.into_any(), head)}
            <div class="flex max-w-full flex-wrap items-center gap-2">
                <Filters view=view base=base />
            </div>
        </div>
        {awaited(|| view! { <CardsSkeleton /> }.into_any(), cards)}
        {awaited(|| view! { <Skeleton class="mt-4 h-[24rem]" /> }.into_any(), parts)}
    }
    .into_any()
}

/// The query part of a view's address, which server functions read again.
fn params(query: &Query) -> String {
    routes::view_href("", query)
}

#[component]
fn Head(data: OverviewView, base: StoredValue<Base>) -> impl IntoView {
    let OverviewView { name, range, chips, overview, .. } = data;
    view! {
        <PageTitle title=name.clone() />
        <div class="min-w-0">
            <h1 class="truncate text-lg">{name}</h1>
            <p class="text-xs text-muted">
                {format!("{range} · {}", format::counted(overview.page_views, "page view", "page views"))}
            </p>
            <Chips chips=chips base=base />
        </div>
    }
}

#[component]
fn Cards(data: OverviewView, query: Query, base: StoredValue<Base>, standings: Load<ReadStandings>) -> impl IntoView {
    let OverviewView { overview, basis, .. } = data;
    let (tone, verdict) = words::verdict(&overview);
    let sampling = words::sampling(&overview);
    view! {
        <Notice tone=tone>
            <p class="font-medium">{verdict}</p>
            {awaited(
                || view! { <p class="h-4"></p> }.into_any(),
                move || async move {
                    let words = standings.get().await.ok().flatten();
                    words.map(|words| view! { <p class="text-xs">{words}</p> }).into_any()
                },
            )}
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
fn CardsSkeleton() -> impl IntoView {
    view! {
        <Skeleton class="h-9" />
        <div class="mt-4 grid gap-4 md:grid-cols-6">
            {[Vital::Lcp, Vital::Inp, Vital::Cls, Vital::Fcp, Vital::Ttfb]
                .map(|vital| {
                    view! {
                        <div class=place(vital)>
                            <Skeleton class="h-[11.375rem]" />
                        </div>
                    }
                })
                .into_iter()
                .collect_view()}
        </div>
    }
}

#[component]
fn NothingYet(project: ProjectId) -> impl IntoView {
    view! {
        <div class="panel">
            <EmptyState
                title="No page view has arrived yet"
                hint="Put the tag on the site. The first page view shows here within seconds, without a reload."
            >
                <a class="btn btn-primary" href=routes::install(project)>
                    "Install the tag"
                </a>
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
