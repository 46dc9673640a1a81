//! What happens when one page follows another without a load.

use leptos::prelude::*;
use leptos_router::hooks::use_location;

/// Brings keyboard and reader aloud to the new page's content, as a load would.
#[component]
pub fn Arrival() -> impl IntoView {
    let path = use_location().pathname;
    Effect::new(move |before: Option<String>| {
        let path = path.get();
        if before.is_some_and(|before| before != path) {
            #[cfg(feature = "hydrate")]
            request_animation_frame(|| {
                use wasm_bindgen::JsCast;
                let main = document().get_element_by_id("main");
                if let Some(main) = main.and_then(|main| main.dyn_into::<web_sys::HtmlElement>().ok()) {
                    _ = main.focus();
                }
            });
        }
        path
    });
}

/// Stands in the bundle for a page that is at rest: loads it whole.
#[cfg(not(feature = "ssr"))]
#[component]
pub fn Elsewhere() -> impl IntoView {
    Effect::new(|_| _ = window().location().reload());
}
