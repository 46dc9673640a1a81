//! The name and sign of the product.

use leptos::prelude::*;

/// As a link.
#[component]
pub fn Brand(href: &'static str) -> impl IntoView {
    view! {
        <a class="flex items-center gap-2 rounded-field font-semibold tracking-tight" href=href>
            <svg class="size-6 shrink-0" viewBox="0 0 24 24" aria-hidden="true">
                <rect class="fill-primary" width="24" height="24" rx="6" />
                <path
                    class="stroke-primary-content"
                    d="M5 16.5 9.2 10l3.6 3.6L19 6.5"
                    fill="none"
                    stroke-width="2.250"
                    stroke-linecap="round"
                    stroke-linejoin="round"
                />
            </svg>
            "PerfAlly"
        </a>
    }
}
