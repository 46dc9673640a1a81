//! Text to copy.

use std::time::Duration;

use leptos::prelude::*;

use super::{
    Toasts,
    icon::{Draw, Icon},
};

/// Copies `text`, and says so where the eye is.
#[component]
pub fn CopyButton(#[prop(into)] text: Signal<String>, #[prop(default = "Copy")] label: &'static str) -> impl IntoView {
    let copied = RwSignal::new(false);
    let toasts = Toasts::of_page();
    let copy = move |_| {
        let text = text.get_untracked();
        leptos::task::spawn_local(async move {
            if write_clipboard(&text).await {
                copied.set(true);
                set_timeout(move || _ = copied.try_set(false), Duration::from_secs(2));
            } else {
                toasts.show("The browser did not allow copying. Select the text and copy it by hand.");
            }
        });
    };
    view! {
        <button type="button" class="btn btn-sm gap-1.5" on:click=copy>
            <span class="contents" class:hidden=move || copied.get()>
                <Draw icon=Icon::Copy />
            </span>
            <span class="hidden" class:contents=move || copied.get() class:hidden=move || !copied.get()>
                <Draw icon=Icon::Check />
            </span>
            // Both words have their room, so that the button keeps its width.
            <span class="grid text-start" aria-live="polite">
                <span class="col-start-1 row-start-1" class:invisible=move || copied.get()>
                    {label}
                </span>
                <span class="col-start-1 row-start-1" class:invisible=move || !copied.get()>
                    "Copied"
                </span>
            </span>
        </button>
    }
}

#[cfg(feature = "hydrate")]
async fn write_clipboard(text: &str) -> bool {
    // Pages without TLS have no clipboard object at all.
    if !window().is_secure_context() {
        return false;
    }
    wasm_bindgen_futures::JsFuture::from(window().navigator().clipboard().write_text(text)).await.is_ok()
}

#[cfg(not(feature = "hydrate"))]
async fn write_clipboard(_: &str) -> bool {
    false
}

/// Code to paste elsewhere, with its copy button.
#[component]
pub fn Snippet(#[prop(into)] code: Signal<String>, #[prop(into)] label: String) -> impl IntoView {
    view! {
        <div class="overflow-hidden rounded-field border border-line bg-base-200">
            <div class="flex items-center justify-between gap-2 border-b border-line py-1 ps-3 pe-1">
                <span class="truncate text-xs text-muted">{label}</span>
                <CopyButton text=code />
            </div>
            <pre class="px-3 py-3 text-xs leading-5 whitespace-pre-wrap wrap-anywhere"><code>{move || code.get()}</code></pre>
        </div>
    }
}
