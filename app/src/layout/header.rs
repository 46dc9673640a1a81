//! The head of a page: its title in the window and on the page.

use leptos::prelude::*;
use leptos_meta::{Meta, Title};

/// What the window, bookmarks and search results call the page.
#[component]
pub fn PageTitle(#[prop(into)] title: String, #[prop(optional, into)] description: Option<String>) -> impl IntoView {
    view! {
        <Title text=title formatter=|title: String| format!("{title} · PerfAlly") />
        {description.map(|description| view! { <Meta name="description" content=description /> })}
    }
}

/// The page's heading, a line under it, and what can be done or chosen at the right.
#[component]
pub fn PageHeader(
    #[prop(into)] title: String,
    #[prop(optional, into)] hint: Option<String>,
    /// What can be done with the page as it is, right beside its title.
    #[prop(optional_no_strip)]
    beside: Option<AnyView>,
    #[prop(optional)] children: Option<Children>,
) -> impl IntoView {
    view! {
        <header class="mb-5 flex flex-wrap items-end justify-between gap-x-6 gap-y-3">
            <div class="min-w-0">
                <div class="flex items-center gap-3">
                    <h1 class="truncate text-lg">{title}</h1>
                    {beside}
                </div>
                {hint.map(|hint| view! { <p class="text-xs text-muted">{hint}</p> })}
            </div>
            {children.map(|children| view! { <div class="flex max-w-full flex-wrap items-center gap-2">{children()}</div> })}
        </header>
    }
}
