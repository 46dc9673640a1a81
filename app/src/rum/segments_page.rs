//! `/projects/{id}/pages`: the site split by page group, country, browser or whatever else, with
//! most to gain on top. All of its state is in the address.

use domain::{
    ProjectId,
    projects::SharedRoom,
    rum::{By, Dimension, Listing, Query, Vital},
};
use leptos::prelude::*;

use super::{
    actions::{SegmentsView, read_segments},
    base::Base,
    chips::Chips,
    filters::Filters,
    segments_table::{Pager, SegmentsTable},
    share_button::ShareButton,
    words,
};
use crate::{
    AppError,
    layout::{PageHeader, PageTitle},
    routes,
    ui::{EmptyState, ErrorState, Panel, Skeleton, awaited, format},
};

#[component]
pub fn SegmentsPage() -> impl IntoView {
    let project = routes::use_project();
    move || match project.get() {
        Some(id) => view! { <SegmentsOf project=id /> }.into_any(),
        None => view! { <ErrorState error=AppError::NotFound whole=true /> }.into_any(),
    }
}

#[component]
fn SegmentsOf(project: ProjectId) -> impl IntoView {
    let search = routes::use_search();
    let asked = search.get_untracked();
    let segments = Resource::new(|| (), move |()| read_segments(project, asked.clone()));
    let body = move || async move {
        match segments.await {
            Err(error) => view! { <ErrorState error=error whole=true /> }.into_any(),
            Ok(data) => view! { <Segments data=data project=project /> }.into_any(),
        }
    };
    awaited(|| view! { <Skeleton class="h-[40rem]" /> }.into_any(), body)
}

#[component]
fn Segments(data: SegmentsView, project: ProjectId) -> impl IntoView {
    let SegmentsView { name, may_share, range, basis, chips, query, listing, table, tags } = data;
    let path = routes::base(routes::pages(project));
    let share = may_share.then(|| routes::share(project, SharedRoom::Pages.as_str(), &address("", &query, &listing)));
    let title = title(&listing.by);
    // Another filter begins the table anew.
    let first = Listing { page: 1, ..listing.clone() };
    let base = StoredValue::new(Base { path: path.clone(), extra: first.params() });
    let view = {
        let query = query.clone();
        Memo::new(move |_| query.clone())
    };
    let all = table.all.clone();
    let hint = format!("{name} · {range} · {}", format::counted(all.page_views, "page view", "page views"));
    let is_empty = table.total_rows == 0;
    view! {
        <PageTitle title=format!("{title} · {name}") />
        <PageHeader title=title.clone() hint=hint beside=share.map(|href| view! { <ShareButton href=href /> }.into_any())>
            <Filters view=view base=base />
        </PageHeader>
        <div class="mb-4 flex flex-wrap items-end justify-between gap-x-6 gap-y-3">
            <SplitBy query=query.clone() listing=first.clone() tags=tags path=path.clone() />
            <VitalChoice query=query.clone() base=base />
        </div>
        <Chips chips=chips base=base />
        {basis.map(|basis| view! { <p class="mt-2 max-w-prose text-xs text-muted">{basis}</p> })}
        <Panel title=format!("{title} by {}", query.vital.long_title()) id="segments" class="mt-4">
            {if is_empty {
                view! {
                    <EmptyState
                        title="No page views in this view"
                        hint="Choose a longer period, or take filters away."
                    />
                }
                    .into_any()
            } else {
                view! {
                    <Search query=query.clone() listing=first path=path.clone() />
                    <SegmentsTable table=table.clone() query=query.clone() listing=listing.clone() path=path.clone() />
                    <Pager table=table query=query listing=listing path=path />
                }
                    .into_any()
            }}
        </Panel>
    }
}

/// What the page is called.
fn title(by: &By) -> String {
    match by {
        By::Tag(name) => format!("Tag {name}"),
        By::Dimension(Dimension::PageGroup) => "Pages".to_owned(),
        By::Dimension(Dimension::Device) => "Devices".to_owned(),
        By::Dimension(Dimension::Country) => "Countries".to_owned(),
        By::Dimension(Dimension::Browser) => "Browsers".to_owned(),
        By::Dimension(Dimension::Os) => "Systems".to_owned(),
        By::Dimension(Dimension::Connection) => "Connections".to_owned(),
        By::Dimension(Dimension::NavigationType) => "Navigations".to_owned(),
        By::Dimension(Dimension::Release) => "Releases".to_owned(),
    }
}

/// The address of a view and its table.
pub fn address(path: &str, query: &Query, listing: &Listing) -> String {
    let mut params = query.params();
    params.extend(listing.params());
    routes::with_params(path, params)
}

/// What the site is split by: links, one of them current.
#[component]
fn SplitBy(query: Query, listing: Listing, tags: Vec<String>, path: String) -> impl IntoView {
    // A search is for names of the kind before.
    let link = |by: By, words: String| {
        let current = listing.by == by;
        let href = address(&path, &query, &Listing { by, search: String::new(), ..listing.clone() });
        view! {
            <li>
                <a
                    class="block whitespace-nowrap rounded-selector px-2.5 py-1 text-xs text-muted hover:text-base-content aria-[current]:bg-base-300 aria-[current]:font-medium aria-[current]:text-base-content"
                    href=href
                    aria-current=current.then_some("true")
                >
                    {words}
                </a>
            </li>
        }
    };
    let dimensions =
        Dimension::ALL.map(|dimension| link(By::Dimension(dimension), words::dimension(dimension).to_owned()));
    let tags: Vec<_> = tags.iter().map(|name| link(By::Tag(name.clone()), format!("Tag {name}"))).collect();
    view! {
        <nav class="scroll-x max-w-full" aria-label="Split by">
            <ul class="inline-flex rounded-field border border-line bg-base-100 p-0.5">
                {dimensions.into_iter().collect_view()} {tags}
            </ul>
        </nav>
    }
}

#[component]
fn VitalChoice(query: Query, base: StoredValue<Base>) -> impl IntoView {
    let segments = [Vital::Lcp, Vital::Inp, Vital::Cls, Vital::Fcp, Vital::Ttfb]
        .map(|vital| crate::ui::Segment {
            label: vital.title(),
            href: base.with_value(|base| base.href(&Query { vital, ..query.clone() })),
            current: query.vital == vital,
        })
        .to_vec();
    view! { <crate::ui::Segments label="Vital" of=Signal::stored(segments) /> }
}

/// Finds rows by a part of their name.
#[component]
fn Search(query: Query, listing: Listing, path: String) -> impl IntoView {
    let everything = Listing { search: String::new(), ..listing.clone() };
    let all = address(&path, &query, &everything);
    let mut kept = query.params();
    kept.extend(everything.params());
    let searched = !listing.search.is_empty();
    view! {
        <form class="mb-3 flex max-w-md flex-wrap items-center gap-2" action=path method="get" role="search">
            {kept.into_iter().map(|(name, value)| view! { <input type="hidden" name=name value=value /> }).collect_view()}
            <input
                class="input input-sm min-w-0 flex-1"
                type="search"
                name="q"
                value=listing.search
                placeholder="Part of a name"
                aria-label="Search"
                autocapitalize="none"
                spellcheck="false"
                maxlength="200"
            />
            <button class="btn btn-sm" type="submit">
                "Search"
            </button>
            {searched.then(|| view! { <a class="link text-xs" href=all>"Show all"</a> })}
        </form>
    }
}
