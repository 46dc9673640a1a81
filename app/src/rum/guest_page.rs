//! `/share/{token}`: the view that a share link shows, for whoever has the link. Read only: the
//! period and the filters can be chosen, nothing leads to other pages of the project, and no
//! search engine or other site learns of it.

use domain::projects::SharedRoom;
use leptos::prelude::*;
use leptos_meta::Meta;

use super::{
    actions::Figures,
    causes::{changes_page::ChangesPage, fix_page::FixPage, metrics_page::MetricsPage, page_group_page::PageGroupPage},
    overview::{Stage, figures},
    segments_page::SegmentsPage,
};
use crate::{
    SiteUrls,
    layout::{Brand, NotFoundPage, PageTitle},
    routes, ssr,
    ui::{ErrorState, Skeleton, ThemeToggle, awaited},
};

#[component]
pub fn GuestPage() -> impl IntoView {
    // Not found answers as any address that never was.
    let Some(link) = ssr::link() else { return NotFoundPage().into_any() };
    ssr::keep_private();
    let room = match link.view.room {
        SharedRoom::Overview => view! { <Overview project=link.guest.project /> }.into_any(),
        SharedRoom::Pages => SegmentsPage().into_any(),
        SharedRoom::PageGroup => PageGroupPage().into_any(),
        SharedRoom::Fix => FixPage().into_any(),
        SharedRoom::Changes => ChangesPage().into_any(),
        SharedRoom::Metrics => MetricsPage().into_any(),
    };
    view! {
        <Meta name="robots" content="noindex, nofollow" />
        <div class="flex min-h-dvh flex-col">
            <header class="border-b border-line bg-base-100 print:hidden">
                <div class="mx-auto flex h-14 max-w-6xl items-center justify-between gap-4 px-4">
                    <Brand href=routes::LANDING />
                    <p class="truncate text-xs text-muted">"Shared with you, to look at"</p>
                </div>
            </header>
            <main class="mx-auto w-full max-w-6xl flex-1 px-4 py-6 outline-none" id="main" tabindex="-1">
                {room}
            </main>
            <footer class="border-t border-line bg-base-100 print:hidden">
                <div class="mx-auto flex max-w-6xl flex-wrap items-center justify-between gap-x-6 gap-y-3 px-4 py-5 text-xs text-muted">
                    <p>"Times are told in UTC."</p>
                    <ThemeToggle />
                </div>
            </footer>
        </div>
    }
    .into_any()
}

/// The overview at rest: it is as old as its loading.
#[component]
fn Overview(project: domain::ProjectId) -> impl IntoView {
    let assets = use_context::<SiteUrls>().map(|site| site.assets).unwrap_or_default();
    let (stage, search) = (Stage::Guest(routes::base(routes::overview(project))), routes::use_search().get_untracked());
    let overview = Resource::new(
        || (),
        move |()| {
            let (stage, search) = (stage.clone(), search.clone());
            async move { ssr::read(figures(project, stage, &search, "")).await }
        },
    );
    let whole = move || async move {
        match overview.await {
            Err(error) => view! { <ErrorState error=error whole=true /> }.into_any(),
            Ok(figures) => {
                let Figures { name, html, .. } = figures.unwrap_or_default();
                view! {
                    <PageTitle title=name />
                    <div inner_html=html></div>
                }
                .into_any()
            }
        }
    };
    view! {
        {awaited(|| view! { <Skeleton class="h-[60rem]" /> }.into_any(), whole)}
        <script type="module" fetchpriority="low" src=format!("{assets}/chart-loader.js")></script>
    }
}
