//! Short messages about what has no place of its own on the page.

use leptos::prelude::*;

/// What the page before has left to say, drawn on the server: in the browser it stays as it came.
fn said() -> String {
    #[cfg(feature = "ssr")]
    if let Some(super::Flash(Some(flash))) = use_context()
        && let Some(words) = flash.toast()
    {
        return view! { <p>{words.to_owned()}</p> }.to_html();
    }
    String::new()
}

/// Where `public/page.js` puts them, and takes them away after a while; where readers aloud hear of them.
#[component]
pub fn ToastRegion() -> impl IntoView {
    view! {
        <div
            class="pointer-events-none fixed inset-x-0 bottom-20 z-40 mx-auto grid max-w-sm gap-2 px-4 text-center *:rounded-box *:bg-neutral *:px-4 *:py-2 *:text-neutral-content *:shadow-lg lg:bottom-6"
            id="toasts"
            role="status"
            inner_html=said()
        ></div>
    }
}
