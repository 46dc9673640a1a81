//! Stands in the bundle for a page that is at rest.

use leptos::prelude::*;
use leptos_router::hooks::use_location;

use crate::routes;

/// Loads the page whole. `public/page.js` lets the browser follow links between pages; this is
/// for the time before it runs.
#[component]
pub fn Elsewhere() -> impl IntoView {
    let to = use_location();
    Effect::new(move |_| {
        let address = routes::here(&to.pathname.get(), &to.search.get()) + &to.hash.get();
        _ = window().location().assign(&address);
    });
}
