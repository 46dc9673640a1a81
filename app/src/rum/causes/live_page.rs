//! `/projects/{id}/live`: the newest page views, and those that come while one looks.
//!
//! The newest fifty stand in the page. `public/live.js` adds what comes later, as rows made by the
//! server; without it the page is whole, and as old as its loading.

use domain::{
    ProjectId,
    rum::{LiveCursor, Part, Query, ViewLine, Vital},
};
use leptos::prelude::*;

use super::{Asker, Head, bars::VitalLegend, view_row::ViewRow};
use crate::{
    AppError, SiteUrls,
    local_time::LocalTime,
    routes,
    rum::base::Base,
    ui::{EmptyState, ErrorState, Skeleton, awaited},
};

/// Page views in the list.
const ROWS: u32 = 50;

struct LiveView {
    name: String,
    clock: LocalTime,
    /// Up to when the page knows.
    cursor: LiveCursor,
    lines: Vec<ViewLine>,
}

async fn read(project: ProjectId, query: &Query) -> Result<LiveView, AppError> {
    let Asker { engine, actor, clock } = &Asker::new().await?;
    let name = engine::projects::project(engine, actor, project).await?.name;
    // Before the question: what comes between the two is told twice, and not never.
    let cursor = LiveCursor(engine.now());
    let lines = engine::rum::newest_views(engine, actor, project, &query.filter, ROWS).await?;
    Ok(LiveView { name, clock: *clock, cursor, lines })
}

#[component]
pub fn LivePage() -> impl IntoView {
    let (project, query) = (routes::use_project(), routes::use_view());
    let body = move || {
        let (project, query) = (project.get(), query.get());
        async move {
            let Some(project) = project else {
                return view! { <ErrorState error=AppError::NotFound whole=true /> }.into_any();
            };
            match read(project, &query).await {
                Err(error) => view! { <ErrorState error=error whole=true /> }.into_any(),
                Ok(view) => view! { <Live project=project query=query view=view /> }.into_any(),
            }
        }
    };
    awaited(|| view! { <Skeleton class="h-[60rem]" /> }.into_any(), body)
}

#[component]
fn Live(project: ProjectId, query: Query, view: LiveView) -> impl IntoView {
    let LiveView { name, clock, cursor, lines } = view;
    let assets = use_context::<SiteUrls>().map(|site| site.assets).unwrap_or_default();
    let query = Query { filter: query.filter, ..Query::default() };
    let mut params = query.params();
    params.push(("since", cursor.to_string()));
    let stream = routes::with_params(&format!("/api/live/{project}"), params);
    let empty = lines.is_empty();
    view! {
        <Head title="Live" hint=format!("{name} · the newest {ROWS} page views · times in {}", clock.name()) base=Base::of(routes::live(project)) query=query now=true />
        <section class="panel" aria-labelledby="live-title">
            <div class="mb-2 flex flex-wrap items-center justify-between gap-x-6 gap-y-2">
                <h2 class="sr-only" id="live-title">
                    "Newest page views"
                </h2>
                <div class="grid gap-1">
                    <VitalLegend vital=Vital::Lcp of=Part::LCP.to_vec() />
                    <VitalLegend vital=Vital::Inp of=Part::INP.to_vec() />
                </div>
                <div class="flex items-center gap-3">
                    <span class="w-52 text-end text-xs text-muted" id="live-state" role="status">
                        "As of when the page was loaded"
                    </span>
                    <button class="btn btn-sm invisible w-16" id="live-pause" type="button" aria-pressed="false">
                        "Pause"
                    </button>
                </div>
            </div>
            <ol id="live" data-stream=stream data-rows=ROWS.to_string()>
                {lines.into_iter().map(|line| view! { <ViewRow line=line clock=clock /> }).collect_view()}
            </ol>
            <div id="live-empty" hidden=!empty>
                <EmptyState
                    title="No page view has come yet"
                    hint="Each one shows here within seconds of its visit, with what its vitals are made of."
                >
                    <a class="btn btn-sm" href=routes::install(project)>
                        "Install the tag"
                    </a>
                </EmptyState>
            </div>
        </section>
        <script type="module" fetchpriority="low" src=format!("{assets}/live.js")></script>
    }
}
