//! The frame of pages for people with an account.

use leptos::prelude::*;
use leptos_router::{components::Outlet, hooks::use_location};

use super::{
    rail::{BottomBar, Rail, TopBar},
    viewer::ViewerResource,
};
use crate::{
    AppError,
    ui::{ErrorState, Skeleton},
};

/// Rail or bars around the page. Whoever is not signed in is led to the sign-in page.
#[component]
pub fn SignedInFrame() -> impl IntoView {
    // What is made or deleted on a page leads to another, and shows in the switcher there.
    let path = use_location().pathname;
    let ViewerResource(viewer) = ViewerResource::provide(move || path.get());
    let signed_in = move || async move { viewer.await.and_then(|viewer| viewer.ok_or(AppError::Unauthenticated)) };
    view! {
        <div class="lg:grid lg:min-h-dvh lg:grid-cols-[14rem_minmax(0,1fr)]">
            <aside class="sticky top-0 hidden h-dvh border-e border-line bg-base-100 lg:block" aria-label="PerfAlly">
                <Transition fallback=|| {
                    view! { <Skeleton class="m-3 h-24" /> }
                }>
                    {move || Suspend::new(async move {
                        match signed_in().await {
                            Ok(viewer) => view! { <Rail viewer=viewer /> }.into_any(),
                            Err(error) => view! { <ErrorState error=error whole=true /> }.into_any(),
                        }
                    })}
                </Transition>
            </aside>
            <div class="h-14 lg:hidden">
                <Transition fallback=|| {
                    view! { <div class="h-14 border-b border-line bg-base-100"></div> }
                }>
                    {move || Suspend::new(async move {
                        signed_in().await.ok().map(|viewer| view! { <TopBar viewer=viewer /> })
                    })}
                </Transition>
            </div>
            <main class="mx-auto w-full max-w-6xl px-4 pt-5 pb-28 lg:px-8 lg:pt-7 outline-none lg:pb-12" id="main" tabindex="-1">
                <Outlet />
            </main>
            <BottomBar />
        </div>
    }
}
