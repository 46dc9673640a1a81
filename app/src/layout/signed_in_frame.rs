//! The frame of pages for people with an account.

use leptos::prelude::*;
use leptos_router::components::Outlet;

use super::still::still;
#[cfg(feature = "ssr")]
use super::{
    rail::{BottomBar, Rail, TopBar},
    signed_out::SignedOut,
};

/// Rail or bars around the page. Whoever is not signed in is led to the sign-in page.
#[component]
pub fn SignedInFrame() -> impl IntoView {
    #[cfg(feature = "ssr")]
    let Some(viewer) = crate::ssr::viewer() else { return SignedOut().into_any() };
    view! {
        <div class="lg:grid lg:min-h-dvh lg:grid-cols-[14rem_minmax(0,1fr)]">
            <aside
                class="sticky top-0 hidden h-dvh border-e border-line bg-base-100 lg:block"
                aria-label="PerfAlly"
                inner_html=still!(view! { <Rail viewer=viewer.clone() /> })
            ></aside>
            <header class="h-14 lg:hidden print:hidden" inner_html=still!(view! { <TopBar viewer=viewer /> })></header>
            <main
                class="mx-auto w-full max-w-6xl px-4 pt-5 pb-28 outline-none lg:px-8 lg:pt-7 lg:pb-12"
                id="main"
                tabindex="-1"
            >
                <Outlet />
            </main>
            <div class="contents" inner_html=still!(view! { <BottomBar /> })></div>
        </div>
    }
    .into_any()
}
