//! The way from a view to a link that shows it to anybody.

use leptos::prelude::*;

use crate::ui::icon::{Draw, Icon};

/// Leads to where the link is made ([`crate::routes::share`]); `public/page.js` opens that in place.
#[component]
pub fn ShareButton(#[prop(into)] href: Signal<String>) -> impl IntoView {
    view! {
        <a class="btn btn-sm gap-1.5 print:hidden" href=move || href.get() rel="external" data-dialog="share" aria-haspopup="dialog">
            <Draw icon=Icon::Share />
            "Share"
        </a>
    }
}
