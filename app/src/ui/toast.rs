//! Short messages about what has no place of its own on the page.

use std::time::Duration;

use leptos::prelude::*;

/// The page's messages. At most three at a time; each goes by itself.
#[derive(Debug, Clone, Copy)]
pub struct Toasts(RwSignal<Vec<(u32, String)>>);

impl Toasts {
    const STAYS: Duration = Duration::from_secs(6);

    /// Made once, by the app.
    pub fn provide() {
        provide_context(Self(RwSignal::new(Vec::new())));
    }

    pub fn of_page() -> Self {
        use_context().unwrap_or_else(|| Self(RwSignal::new(Vec::new())))
    }

    pub fn show(self, words: impl Into<String>) {
        let id = self.0.with_untracked(|toasts| toasts.last().map_or(0, |(id, _)| id.wrapping_add(1)));
        self.0.update(|toasts| {
            if toasts.len() == 3 {
                toasts.remove(0);
            }
            toasts.push((id, words.into()));
        });
        set_timeout(move || self.0.update(|toasts| toasts.retain(|(other, _)| *other != id)), Self::STAYS);
    }
}

/// Where they appear, and where screen readers hear of them.
#[component]
pub fn ToastRegion() -> impl IntoView {
    let Toasts(toasts) = Toasts::of_page();
    view! {
        <div
            class="pointer-events-none fixed inset-x-0 bottom-20 z-40 grid justify-items-center gap-2 px-4 lg:bottom-6"
            role="status"
        >
            <For each=move || toasts.get() key=|(id, _)| *id let((_, words))>
                <p class="rounded-box bg-neutral px-4 py-2 text-neutral-content shadow-lg">{words}</p>
            </For>
        </div>
    }
}
