//! A question in front of the page.

use leptos::prelude::*;

use super::icon::{Draw, Icon};

/// A native `<dialog>`: focus stays inside, Escape closes it. Its opener is a link to `href`,
/// an address at which `open` is true, so that it opens without scripts too (in the flow of the
/// page then); `public/page.js` opens it in place.
#[component]
pub fn Dialog(
    id: &'static str,
    #[prop(into)] title: String,
    /// The words on the opener.
    opener: &'static str,
    #[prop(default = "btn btn-sm")] opener_class: &'static str,
    #[prop(into)] href: String,
    /// Whether the address asks for it.
    open: bool,
    /// Where closing leads without scripts.
    #[prop(into)]
    closed_href: String,
    children: Children,
) -> impl IntoView {
    let heading = format!("{id}-title");
    view! {
        <a class=opener_class href=href aria-haspopup="dialog" data-opens=id>
            {opener}
        </a>
        <dialog
            class="panel m-auto w-full max-w-md text-base-content backdrop:bg-neutral/50 [&:not(:modal)]:static [&:not(:modal)]:mx-0 [&:not(:modal)]:mt-4"
            id=id
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
                    data-closes=id
                >
                    <Draw icon=Icon::Cross />
                </a>
            </div>
            {children()}
        </dialog>
    }
}
