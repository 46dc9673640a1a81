//! `/projects`: every site at a glance.

use domain::rum::{Query, Vital, VitalSummary};
use leptos::prelude::*;

use super::actions::{ProjectLine, list_projects};
use crate::{
    layout::{PageHeader, PageTitle},
    routes,
    rum::{actions, vital_card::SmallFigure, words},
    ui::{
        EmptyState, ErrorState, Skeleton, Tone,
        icon::{Draw, Icon},
    },
};

/// Cards on one page.
const A_PAGE: usize = 50;

#[component]
pub fn ProjectsPage() -> impl IntoView {
    let projects = Resource::new(|| (), |()| list_projects());
    let page = routes::use_param("page");
    view! {
        <PageTitle title="Projects" />
        <PageHeader title="Projects" hint="Core Web Vitals of the last 28 days">
            <a class="btn btn-primary btn-sm" href=routes::NEW_PROJECT>
                <Draw icon=Icon::Plus />
                "New project"
            </a>
        </PageHeader>
        <Suspense fallback=|| {
            view! {
                <div class="grid gap-4 md:grid-cols-2 xl:grid-cols-3">
                    <Skeleton class="h-40" />
                    <Skeleton class="h-40" />
                </div>
            }
        }>
            {move || {
                let page = page.get().and_then(|page| page.parse().ok()).unwrap_or(1_usize).max(1);
                Suspend::new(async move {
                    match projects.await {
                        Err(error) => view! { <ErrorState error=error whole=true /> }.into_any(),
                        Ok(projects) if projects.is_empty() => {
                            view! {
                                <div class="panel">
                                    <EmptyState
                                        title="Begin with your site"
                                        hint="Name it, put one tag on its pages, and see how fast it is for the people who visit it."
                                    >
                                        <a class="btn btn-primary" href=routes::NEW_PROJECT>
                                            "Add a site"
                                        </a>
                                    </EmptyState>
                                </div>
                            }
                                .into_any()
                        }
                        Ok(projects) => view! { <Cards projects=projects page=page /> }.into_any(),
                    }
                })
            }}
        </Suspense>
    }
}

#[component]
fn Cards(projects: Vec<ProjectLine>, page: usize) -> impl IntoView {
    let pages = projects.len().div_ceil(A_PAGE);
    let page = page.min(pages);
    let link = |to: usize, words: &'static str| {
        view! {
            <a class="btn btn-sm" href=routes::with_params(routes::PROJECTS, [("page", to.to_string())])>
                {words}
            </a>
        }
    };
    view! {
        <ul class="grid gap-4 md:grid-cols-2 xl:grid-cols-3">
            {projects
                .into_iter()
                .skip((page - 1) * A_PAGE)
                .take(A_PAGE)
                .map(|project| view! { <ProjectCard project=project /> })
                .collect_view()}
        </ul>
        {(pages > 1)
            .then(|| {
                view! {
                    <nav class="mt-5 flex items-center gap-3" aria-label="Pages of projects">
                        {(page > 1).then(|| link(page - 1, "Before"))}
                        <span class="text-muted">{format!("Page {page} of {pages}")}</span>
                        {(page < pages).then(|| link(page + 1, "Next"))}
                    </nav>
                }
            })}
    }
}

/// A site with its verdict; the figures come on their own, so that a slow one holds up no other.
#[component]
fn ProjectCard(project: ProjectLine) -> impl IntoView {
    let id = project.id;
    let overview = Resource::new(|| (), move |()| actions::read_overview(id, routes::view_href("", &Query::default())));
    view! {
        <li>
            <a class="panel block h-full no-underline transition-colors hover:border-primary" href=routes::overview(id)>
                <h2 class="truncate text-base">{project.name}</h2>
                <p class="truncate text-xs text-muted">{project.origin}</p>
                <Suspense fallback=|| {
                    view! { <Skeleton class="mt-3 h-[5.5rem]" /> }
                }>
                    {move || Suspend::new(async move {
                        match overview.await {
                            Err(error) => view! { <p class="mt-3 text-muted">{error.to_string()}</p> }.into_any(),
                            Ok(data) if !data.overview.ever_received => {
                                view! {
                                    <p class="mt-3 min-h-[5.5rem] text-muted">"Waiting for the first page view. The tag is on the install page."</p>
                                }
                                    .into_any()
                            }
                            Ok(data) => {
                                let (tone, verdict) = words::verdict(&data.overview);
                                let mark = match tone {
                                    Tone::Good => "rating rating-good",
                                    Tone::Warning => "rating rating-needs-improvement",
                                    Tone::Error => "rating rating-poor",
                                    Tone::Info => "rating rating-none",
                                };
                                view! {
                                    <p class="mt-3 line-clamp-2 min-h-10">
                                        <span class=mark aria-hidden="true"></span>
                                        " "
                                        {verdict}
                                    </p>
                                    <dl class="mt-2 grid grid-cols-3 gap-2">
                                        {data
                                            .overview
                                            .vitals
                                            .iter()
                                            .filter(|summary| Vital::CORE.contains(&summary.vital))
                                            .map(|summary| view! { <Small summary=summary.clone() /> })
                                            .collect_view()}
                                    </dl>
                                }
                                    .into_any()
                            }
                        }
                    })}
                </Suspense>
            </a>
        </li>
    }
}

#[component]
fn Small(summary: VitalSummary) -> impl IntoView {
    view! {
        <div>
            <dt class="text-xs text-muted">{summary.vital.title()}</dt>
            <dd>
                <SmallFigure vital=summary.vital value=summary.value state=summary.state />
            </dd>
        </div>
    }
}
