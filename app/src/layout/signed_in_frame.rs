//! The frame of pages for people with an account.

use leptos::prelude::*;
use leptos_router::components::Outlet;

use super::{
    rail::{BottomBar, Rail, TopBar},
    viewer::ReadViewer,
};
use crate::{
    AppError,
    ui::{ErrorState, Load, Skeleton, awaited},
};

/// Rail or bars around the page. Whoever is not signed in is led to the sign-in page.
#[component]
pub fn SignedInFrame() -> impl IntoView {
    let viewer = Load::new(|| ReadViewer {});
    let signed_in =
        move || async move { viewer.get().await.and_then(|viewer| viewer.ok_or(AppError::Unauthenticated)) };
    let rail = move || async move {
        match signed_in().await {
            Ok(viewer) => view! { <Rail viewer=viewer /> }.into_any(),
            Err(error) => view! { <ErrorState error=error whole=true /> }.into_any(),
        }
    };
    let top_bar =
        move || async move { signed_in().await.ok().map(|viewer| view! { <TopBar viewer=viewer /> }).into_any() };
    view! {
        <div class="lg:grid lg:min-h-dvh lg:grid-cols-[14rem_minmax(0,1fr)]">
            <aside class="sticky top-0 hidden h-dvh border-e border-line bg-base-100 lg:block" aria-label="PerfAlly">
                {awaited(|| view! { <Skeleton class="m-3 h-24" /> }.into_any(), rail)}
            </aside>
            <div class="h-14 lg:hidden">
                {awaited(|| view! { <div class="h-14 border-b border-line bg-base-100"></div> }.into_any(), top_bar)}
            </div>
            <main
                class="mx-auto w-full max-w-6xl px-4 pt-5 pb-28 outline-none lg:px-8 lg:pt-7 lg:pb-12"
                id="main"
                tabindex="-1"
            >
                <Outlet />
            </main>
            <BottomBar />
        </div>
    }
}
