//! Short messages about what has no place of its own on the page.

use leptos::prelude::*;

/// Where `public/page.js` puts them, and where readers aloud hear of them.
#[component]
pub fn ToastRegion() -> impl IntoView {
    view! {
        <div
            class="pointer-events-none fixed inset-x-0 bottom-20 z-40 mx-auto grid max-w-sm gap-2 px-4 text-center *:rounded-box *:bg-neutral *:px-4 *:py-2 *:text-neutral-content *:shadow-lg lg:bottom-6"
            id="toasts"
            role="status"
        ></div>
    }
}
