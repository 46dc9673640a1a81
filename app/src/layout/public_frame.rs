//! The frame of pages that need no account.

use leptos::prelude::*;
use leptos_router::components::Outlet;

#[cfg(feature = "ssr")]
use super::public_bars::{PublicFooter, PublicHeader};
use super::still::still;

/// A slim header, the page, a footer.
#[component]
pub fn PublicFrame() -> impl IntoView {
    view! {
        <div class="flex min-h-dvh flex-col">
            <header class="border-b border-line bg-base-100 print:hidden" inner_html=still!(view! { <PublicHeader /> })></header>
            <main class="flex-1 outline-none" id="main" tabindex="-1">
                <Outlet />
            </main>
            <footer class="border-t border-line bg-base-100 print:hidden" inner_html=still!(view! { <PublicFooter /> })></footer>
        </div>
    }
}
