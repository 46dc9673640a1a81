//! What stands above and below the pages that need no account.

use leptos::prelude::*;

use super::{brand::Brand, own_vitals::OwnVitals};
use crate::{routes, ui::ThemeToggle};

/// A link that keeps out of the way.
const LINK: &str = "rounded-field px-2.5 py-1.5 text-muted no-underline hover:bg-base-300 hover:text-base-content";

#[component]
pub fn PublicHeader() -> impl IntoView {
    let way_in = if crate::ssr::viewer().is_some() {
        view! {
            <a class="btn btn-primary btn-sm" href=routes::PROJECTS>
                "Your projects"
            </a>
        }
        .into_any()
    } else {
        view! {
            <a class=LINK href=routes::SIGN_IN>
                "Sign in"
            </a>
            <a class="btn btn-primary btn-sm" href=routes::SIGN_UP>
                "Sign up"
            </a>
        }
        .into_any()
    };
    view! {
        <div class="mx-auto flex h-14 max-w-6xl items-center gap-1 px-4">
            <Brand href=routes::LANDING />
            <nav class="ms-auto flex items-center gap-1" aria-label="Site">
                <a class=format!("{LINK} hidden sm:block") href=routes::DEMO>
                    "Live demo"
                </a>
                <a class=LINK href=routes::PRICING>
                    "Pricing"
                </a>
                {way_in}
            </nav>
        </div>
    }
}

#[component]
pub fn PublicFooter() -> impl IntoView {
    view! {
        <OwnVitals />
        <div class="mx-auto flex max-w-6xl flex-wrap items-center justify-between gap-x-6 gap-y-3 px-4 py-5 text-xs text-muted">
            <p>"PerfAlly measures how fast sites are for the people who visit them."</p>
            <div class="flex flex-wrap items-center gap-x-4 gap-y-2">
                <a class="link" href=routes::DEVELOPERS>
                    "API for developers"
                </a>
                <ThemeToggle />
            </div>
        </div>
    }
}
