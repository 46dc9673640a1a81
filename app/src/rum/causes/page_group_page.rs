//! `/projects/{id}/pages/view?page_group=…`: one page group, and what its vitals are made of.

use domain::{
    ProjectId,
    projects::SharedRoom,
    rum::{Device, Filter, Overview, PageGroupView, Part, Parts, Query, Vital},
};
use engine::projects::Sight;
use leptos::prelude::*;

use super::{
    Asker, Head,
    bars::{PartsBar, PartsLegend},
    cut_words,
    view_row::ViewRow,
};
use crate::{
    AppError, SiteUrls,
    layout::Crumb,
    local_time::LocalTime,
    routes,
    rum::{
        base::Base,
        trend::{Trend, TrendView},
        vital_card::{SmallFigure, VitalCard, place},
    },
    ui::{DataTable, EmptyState, ErrorState, Panel, Skeleton, awaited, format},
};

struct GroupPage {
    name: String,
    may_share: bool,
    hint: String,
    cut: String,
    clock: LocalTime,
    overview: Overview,
    trend: TrendView,
    view: PageGroupView,
}

async fn read(project: ProjectId, query: &Query) -> Result<GroupPage, AppError> {
    let asker = Asker::new().await?;
    let Asker { engine, actor, clock } = &asker;
    let Sight { name, may_share } = asker.sight(project).await?;
    let view = engine::rum::page_group_view(engine, actor, project, query).await?;
    let overview = engine::rum::overview(engine, actor, project, query).await?;
    let series = engine::rum::trend(engine, actor, project, query).await?;
    let base = Base::of(routes::page_group_base(project));
    let trend = TrendView::of(&series, &base, query, *clock, engine.now().date_naive());
    let range = clock.range(query.period, overview.from, overview.to);
    let hint = format!("{name} · {range} · {}", format::counted(overview.page_views, "page view", "page views"));
    let cut = cut_words(*clock, view.page_views, view.cut_at);
    Ok(GroupPage { name, may_share, hint, cut, clock: *clock, overview, trend, view })
}

#[component]
pub fn PageGroupPage() -> impl IntoView {
    let (project, query) = (routes::use_project(), routes::use_view());
    let body = move || {
        let (project, query) = (project.get(), query.get());
        async move {
            let Some(project) = project else {
                return view! { <ErrorState error=AppError::NotFound whole=true /> }.into_any();
            };
            match read(project, &query).await {
                Err(error) => view! { <ErrorState error=error whole=true /> }.into_any(),
                Ok(page) => view! { <Group project=project query=query page=page /> }.into_any(),
            }
        }
    };
    awaited(|| view! { <Skeleton class="h-[80rem]" /> }.into_any(), body)
}

#[component]
fn Group(project: ProjectId, query: Query, page: GroupPage) -> impl IntoView {
    let GroupPage { name, may_share, hint, cut, clock, overview, trend, view } = page;
    let base = routes::base(routes::page_group_base(project));
    let title = query.filter.page_group.clone().unwrap_or_default();
    let assets = use_context::<SiteUrls>().map(|site| site.assets).unwrap_or_default();
    let share =
        may_share.then(|| routes::share(project, SharedRoom::PageGroup.as_str(), &routes::view_href("", &query)));
    let all = Filter { page_group: None, ..query.filter.clone() };
    let pages = routes::view_href(&routes::pages(project), &Query { filter: all, ..query.clone() });
    let crumbs = routes::elsewhere(pages)
        .map(|pages| vec![Crumb::to(name, routes::overview(project)), Crumb::to("Pages", pages), Crumb::here(&title)]);
    let head = view! {
        <Head
            title=title
            hint=hint
            base=Base::of(base.clone())
            query=query.clone()
            mono=true
            share=share
            crumbs=crumbs.unwrap_or_default()
        />
    };
    if overview.page_views == 0 {
        return view! {
            {head}
            <div class="panel">
                <EmptyState
                    title="Nobody came by"
                    hint="In this period, with these filters, there is no page view of this page group."
                >
                    {routes::elsewhere(routes::overview(project))
                        .map(|href| {
                            view! {
                                <a class="btn btn-sm" href=href>
                                    "To the overview"
                                </a>
                            }
                        })}
                </EmptyState>
            </div>
        }
        .into_any();
    }
    let cards: Vec<_> = overview
        .vitals
        .into_iter()
        .map(|summary| {
            let vital = summary.vital;
            let href = routes::view_href(&base, &Query { vital, ..query.clone() });
            view! { <VitalCard summary=summary href=href current=query.vital == vital class=place(vital) /> }
        })
        .collect();
    let lines = view.newest.clone();
    let lcp: Vec<_> = view.parts.iter().map(|told| (told.device, told.lcp.clone())).collect();
    let inp: Vec<_> = view.parts.iter().map(|told| (told.device, told.inp.clone())).collect();
    view! {
        {head}
        <h2 class="sr-only">"Vitals"</h2>
        <div class="grid gap-4 md:grid-cols-6">{cards}</div>
        <Trend query=query trend=trend />
        <p class="mt-6 mb-3 max-w-prose text-xs text-muted">{cut}</p>
        <div class="grid gap-4 xl:grid-cols-2">
            <Panel
                title="What LCP is made of"
                id="lcp-parts"
                hint="On average, because only averages of the parts sum to the average of the whole."
            >
                <Bars vital=Vital::Lcp of=lcp />
            </Panel>
            <Panel title="What INP is made of" id="inp-parts" hint="The slowest interactions of its page views, on average.">
                <Bars vital=Vital::Inp of=inp />
            </Panel>
            <Panel title="Addresses" id="paths" hint="As they came, those with most page views first.">
                <Paths view=view />
            </Panel>
            <Panel title="Newest page views" id="newest">
                <ol>{lines.into_iter().map(|line| view! { <ViewRow line=line clock=clock narrow=true /> }).collect_view()}</ol>
            </Panel>
        </div>
        <script type="module" fetchpriority="low" src=format!("{assets}/chart-loader.js")></script>
    }
    .into_any()
}

/// One bar a kind of device, all on one scale, and the same figures as a table.
#[component]
fn Bars(vital: Vital, of: Vec<(Device, Parts)>) -> impl IntoView {
    let kinds = if vital == Vital::Inp { Part::INP.to_vec() } else { Part::LCP.to_vec() };
    let told: Vec<_> = of.into_iter().filter(|(_, parts)| parts.count > 0).collect();
    if told.is_empty() {
        return view! {
            <EmptyState
                title="Not told yet"
                hint="Browsers tell the parts with the vital; the tag sends them unless attribution is switched off."
            />
        }
        .into_any();
    }
    let scale = told.iter().map(|(_, parts)| parts.total()).fold(0.0, f64::max);
    let rows: Vec<_> = kinds
        .iter()
        .enumerate()
        .map(|(at, part)| {
            let cells = told
                .iter()
                .map(|(_, parts)| {
                    let ms = parts.averages.get(at).map_or(0.0, |(_, ms)| *ms);
                    view! { <td class="num">{format::milliseconds(ms).to_string()}</td> }
                })
                .collect_view();
            view! {
                <tr>
                    <th scope="row" class="font-normal">
                        {part.title()}
                    </th>
                    {cells}
                </tr>
            }
        })
        .collect();
    let heads =
        told.iter().map(|(device, _)| view! { <th scope="col" class="num">{device.title()}</th> }).collect_view();
    let bars = told
        .iter()
        .map(|(device, parts)| {
            let largest = parts.dominant().map(|(part, share)| {
                // What is good needs no advice.
                let advice = if parts.total() > vital.thresholds().0 { part.advice() } else { "" };
                format!("{} is {} of it. {advice}", part.title(), format::share(share))
            });
            view! {
                <li>
                    <p class="mb-1 flex items-baseline justify-between gap-3 text-xs">
                        <span class="font-medium">{device.title()}</span>
                        <span class="text-muted">
                            {format!(
                                "{} over {}",
                                format::milliseconds(parts.total()),
                                format::counted(parts.count, "page view", "page views"),
                            )}
                        </span>
                    </p>
                    <PartsBar parts=parts.averages.clone() scale=scale />
                    <p class="mt-1 text-xs text-muted">{largest}</p>
                </li>
            }
        })
        .collect_view();
    view! {
        <PartsLegend of=kinds />
        <ul class="mt-3 grid gap-4">{bars}</ul>
        <details class="mt-3">
            <summary class="w-fit cursor-pointer text-xs text-muted hover:text-base-content">"Show as a table"</summary>
            <div class="mt-2">
                <DataTable caption=format!("Parts of {} by device, on average", vital.long_title())>
                    <thead>
                        <tr>
                            <th scope="col">"Part"</th>
                            {heads}
                        </tr>
                    </thead>
                    <tbody>{rows}</tbody>
                </DataTable>
            </div>
        </details>
    }
    .into_any()
}

#[component]
fn Paths(view: PageGroupView) -> impl IntoView {
    let PageGroupView { vital, paths, total_paths, .. } = view;
    let left_out = u64::from(total_paths).saturating_sub(paths.len() as u64);
    view! {
        <DataTable caption=format!("Addresses by {}", vital.long_title())>
            <thead>
                <tr>
                    <th scope="col">"Address"</th>
                    <th scope="col" class="num">
                        "Page views"
                    </th>
                    <th scope="col" class="num">
                        {vital.title()}
                    </th>
                    <th scope="col" class="num">
                        "Good"
                    </th>
                </tr>
            </thead>
            <tbody>
                {paths
                    .into_iter()
                    .map(|row| {
                        view! {
                            <tr>
                                <th scope="row" class="max-w-40 truncate font-mono text-xs font-normal sm:max-w-64" title=row.path.clone()>
                                    {row.path.clone()}
                                </th>
                                <td class="num">{format::count(row.page_views)}</td>
                                <td class="num">
                                    <SmallFigure vital=vital value=row.value state=row.state />
                                </td>
                                <td class="num">{row.good.map_or_else(|| "–".to_owned(), format::share)}</td>
                            </tr>
                        }
                    })
                    .collect_view()}
            </tbody>
        </DataTable>
        {(left_out > 0)
            .then(|| {
                view! {
                    <p class="mt-3 text-xs text-muted">
                        {format!("{} more addresses with fewer page views are not shown.", format::count(left_out))}
                    </p>
                }
            })}
    }
}
