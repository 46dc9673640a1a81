//! The frame of a table of figures.

use leptos::prelude::*;

/// A dense table that scrolls in its own box. The caption names it for readers aloud.
#[component]
pub fn DataTable(#[prop(into)] caption: Signal<String>, children: Children) -> impl IntoView {
    view! {
        <div class="scroll-x" tabindex="0" role="group" aria-label=move || caption.get()>
            <table class="data-table">
                <caption class="sr-only">{move || caption.get()}</caption>
                {children()}
            </table>
        </div>
    }
}
