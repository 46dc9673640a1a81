//! What a view shows when it has nothing to show: not yet, not at all, or not this time.

use leptos::prelude::*;
use leptos_router::{components::Redirect, hooks::use_location};

use crate::{AppError, routes};

/// A place held at its final size. `class` must give the height.
#[component]
pub fn Skeleton(class: &'static str) -> impl IntoView {
    view! { <div class=format!("skeleton rounded-box {class}") aria-hidden="true"></div> }
}

/// A sentence, and the next step as children.
#[component]
pub fn EmptyState(
    #[prop(into)] title: String,
    #[prop(into)] hint: String,
    #[prop(optional)] children: Option<Children>,
) -> impl IntoView {
    view! {
        <div class="empty">
            <p class="text-base font-semibold text-base-content">{title}</p>
            <p class="max-w-prose">{hint}</p>
            {children.map(|children| children())}
        </div>
    }
}

/// What happened, what to do, and the reference to quote. Who is not signed in is led to the
/// sign-in page and back; what is not there answers 404.
#[component]
pub fn ErrorState(
    error: AppError,
    /// Whether it is about the whole page, whose answer then has the error's status.
    #[prop(default = false)]
    whole: bool,
) -> impl IntoView {
    let location = use_location();
    #[cfg(feature = "ssr")]
    if whole {
        crate::ssr::set_status(&error);
    }
    #[cfg(not(feature = "ssr"))]
    let _ = whole;
    if error == AppError::Unauthenticated {
        let here = routes::here(&location.pathname.get_untracked(), &location.search.get_untracked());
        return view! { <Redirect path=routes::sign_in_and_back(&here) /> }.into_any();
    }
    let title = match &error {
        AppError::NotFound => "Not found",
        AppError::Forbidden => "Not allowed",
        AppError::Away | AppError::Unreachable => "Not available at the moment",
        _ => "That did not work",
    };
    let again = matches!(
        error,
        AppError::Away | AppError::Unreachable | AppError::Internal { .. } | AppError::Throttled { .. }
    );
    let here = move || routes::here(&location.pathname.get(), &location.search.get());
    view! {
        <div class="empty" role="alert">
            <p class="text-base font-semibold text-base-content">{title}</p>
            <p class="max-w-prose">{error.to_string()}</p>
            {again
                .then(|| {
                    view! {
                        // A whole load: what failed may be the page itself.
                        <a class="btn btn-sm" href=here rel="external">
                            "Try again"
                        </a>
                    }
                })}
        </div>
    }
    .into_any()
}
