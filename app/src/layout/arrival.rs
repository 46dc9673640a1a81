//! What happens when one page follows another without a load.

use leptos::prelude::*;
use leptos_router::hooks::use_location;

use crate::ui::Flash;

/// Brings keyboard and reader aloud to the new page's content, as a load would, and lets go of
/// what the last form had to say.
#[component]
pub fn Arrival() -> impl IntoView {
    let path = use_location().pathname;
    let flash = use_context::<Flash>();
    Effect::new(move |before: Option<String>| {
        let path = path.get();
        let moved = before.is_some_and(|before| before != path);
        if moved && let Some(flash) = flash {
            flash.clear();
        }
        #[cfg(feature = "hydrate")]
        if moved {
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
