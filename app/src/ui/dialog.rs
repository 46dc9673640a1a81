//! A question in front of the page.

use leptos::prelude::*;

use super::icon::{Draw, Icon};

/// A native `<dialog>`: focus stays inside, Escape closes it. Its opener is a link to `href`,
/// an address at which `open` is true, so that it opens without scripts too (in the flow of the
/// page then); `public/page.js` opens it in place.
#[component]
pub fn Dialog(
    #[prop(into)] id: String,
    #[prop(into)] title: String,
    /// The words on the opener.
    opener: &'static str,
    #[prop(default = "btn btn-sm")] opener_class: &'static str,
    /// Longer words for readers aloud, where there are several such openers.
    #[prop(optional, into)]
    label: Option<String>,
    #[prop(into)] href: String,
    /// Whether the address asks for it.
    open: bool,
    /// Where closing leads without scripts.
    #[prop(into)]
    closed_href: String,
    children: Children,
) -> impl IntoView {
    let (heading, closes) = (format!("{id}-title"), id.clone());
    view! {
        <a class=opener_class href=href aria-haspopup="dialog" aria-label=label data-opens=id.clone()>
            {opener}
        </a>
        <dialog
            class="panel m-auto w-full max-w-md text-start whitespace-normal text-base-content backdrop:bg-neutral/50 [&:not(:modal)]:static [&:not(:modal)]:mx-0 [&:not(:modal)]:mt-4"
            id=id.clone()
            open=open
            aria-labelledby=heading
        >
            <div class="mb-3 flex items-start justify-between gap-3">
                <h2 class="text-base" id=heading.clone()>
                    {title}
                </h2>
                <a
                    class="rounded-selector p-1.5 text-muted hover:bg-base-300 hover:text-base-content"
                    href=closed_href
                    aria-label="Close"
                    data-closes=closes
                >
                    <Draw icon=Icon::Cross />
                </a>
            </div>
            {children()}
        </dialog>
    }
}
