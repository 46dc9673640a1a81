//! The page at an address that is none of ours.

use leptos::prelude::*;

use super::PageTitle;
use crate::{routes, ui::EmptyState};

/// Answers 404.
#[component]
pub fn NotFoundPage() -> impl IntoView {
    #[cfg(feature = "ssr")]
    crate::ssr::set_status(&crate::AppError::NotFound);
    view! {
        <PageTitle title="Not found" />
        <main class="grid min-h-dvh place-items-center p-6" id="main">
            <div>
                <h1 class="sr-only">"Not found"</h1>
                <EmptyState
                    title="There is no page at this address"
                    hint="It may have moved, or the link was cut short on its way to you."
                >
                    <div class="flex flex-wrap justify-center gap-2">
                        <a class="btn btn-primary" href=routes::PROJECTS>
                            "Your projects"
                        </a>
                        <a class="btn" href=routes::LANDING>
                            "Start page"
                        </a>
                    </div>
                </EmptyState>
            </div>
        </main>
    }
}
