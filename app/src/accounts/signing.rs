//! The narrow card that pages of signing in stand in.

use leptos::prelude::*;

use crate::layout::PageTitle;

/// A card in the middle, with its heading.
#[component]
pub fn SigningCard(
    title: &'static str,
    #[prop(optional, into)] hint: Option<String>,
    children: Children,
) -> impl IntoView {
    view! {
        <PageTitle title=title />
        <div class="mx-auto max-w-sm px-4 py-10 sm:py-16">
            <div class="panel p-6">
                <h1 class="text-lg">{title}</h1>
                {hint.map(|hint| view! { <p class="mt-1 text-muted">{hint}</p> })}
                <div class="mt-5">{children()}</div>
            </div>
        </div>
    }
}
