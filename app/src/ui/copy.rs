//! Text to copy.

use leptos::prelude::*;

use super::icon::{Draw, Icon};

/// Copies `text`, and says so where the eye is. `public/page.js` does the copying; without it
/// there is no button.
#[component]
pub fn CopyButton(#[prop(into)] text: Signal<String>) -> impl IntoView {
    view! {
        <button type="button" class="group btn btn-sm gap-1.5 noscript:hidden" data-copy=move || text.get()>
            <Draw icon=Icon::Copy class="size-4 shrink-0 group-data-done:hidden" />
            <Draw icon=Icon::Check class="hidden size-4 shrink-0 group-data-done:block" />
            // Both words have their room, so that the button keeps its width.
            <span class="grid justify-items-center" aria-live="polite">
                <span class="col-start-1 row-start-1 group-data-done:invisible">"Copy"</span>
                <span class="invisible col-start-1 row-start-1 group-data-done:visible">"Copied"</span>
            </span>
        </button>
    }
}

/// Code to paste elsewhere, with its copy button.
#[component]
pub fn Snippet(#[prop(into)] code: Signal<String>, #[prop(into)] label: Signal<String>) -> impl IntoView {
    view! {
        <div class="overflow-hidden rounded-field border border-line bg-base-200">
            <div class="flex items-center justify-between gap-2 border-b border-line py-1 ps-3 pe-1">
                <span class="truncate text-xs text-muted">{move || label.get()}</span>
                <CopyButton text=code />
            </div>
            <pre class="px-3 py-3 text-xs leading-5 whitespace-pre-wrap wrap-anywhere"><code>{move || code.get()}</code></pre>
        </div>
    }
}
