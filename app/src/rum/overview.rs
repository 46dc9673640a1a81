//! The overview of a project: verdict, vitals, trend, breakdowns. Used by its page and by the
//! public demo.

use domain::{
    ProjectId,
    rum::{Dimension, Period, Query, Vital},
};
use leptos::prelude::*;

use super::{
    actions::{OverviewView, ReadBreakdown, ReadOverview, ReadTrend},
    breakdown_table::BreakdownTable,
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
    let base = StoredValue::new(base);
    let view = routes::use_view();
    // Choosing another vital changes neither cards nor verdict.
    let asked = Memo::new(move |_| Query { vital: Vital::Lcp, ..view.get() });
    let overview = Load::new(move || ReadOverview { project, view: params(&asked.get()) });
    let trend = Load::new(move || ReadTrend { project, view: params(&view.get()) });
    let by = move |by| Load::new(move || ReadBreakdown { project, view: params(&view.get()), by });
    let (groups, devices) = (by(Dimension::PageGroup), by(Dimension::Device));
    live::look_again(live::EVERY, move || async move {
        if overview.look().await {
            trend.refetch();
            groups.refetch();
            devices.refetch();
        }
    });
    let head = move || async move {
        let data = overview.get().await.ok();
        data.map(|data| view! { <Head data=data /> }).into_any()
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
                Ok(data) => view! { <Cards data=data query=query base=base /> }.into_any(),
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
                    <div class="mt-4 grid gap-4 xl:grid-cols-[3fr_2fr]">
                        <BreakdownTable by=Dimension::PageGroup view=view base=base rows=groups />
                        <BreakdownTable by=Dimension::Device view=view base=base rows=devices />
                    </div>
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
fn Head(data: OverviewView) -> impl IntoView {
    let OverviewView { name, range, overview } = data;
    view! {
        <PageTitle title=name.clone() />
        <div class="min-w-0">
            <h1 class="truncate text-lg">{name}</h1>
            <p class="text-xs text-muted">
                {format!("{range} · {}", format::counted(overview.page_views, "page view", "page views"))}
            </p>
        </div>
    }
}

#[component]
fn Cards(data: OverviewView, query: Query, base: StoredValue<String>) -> impl IntoView {
    let overview = data.overview;
    let (tone, verdict) = words::verdict(&overview);
    let sampling = words::sampling(&overview);
    view! {
        <Notice tone=tone>
            <p class="font-medium">{verdict}</p>
        </Notice>
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
                    let href = base.with_value(|base| routes::view_href(base, &Query { vital, ..query.clone() }));
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
fn NothingHere(query: Query, base: StoredValue<String>) -> impl IntoView {
    let all = Query { period: query.period, vital: query.vital, ..Query::default() };
    let longer = Query { period: Period::Year, ..query.clone() };
    let link = move |query: &Query, words: &'static str| {
        let href = base.with_value(|base| routes::view_href(base, query));
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
