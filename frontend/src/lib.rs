//! Wakes the page that the server rendered. Nothing else lives here: what is shown is `app`.

// A page is one nested type; the layout of the largest is deeper than the compiler's default goes.
#![recursion_limit = "512"]

use wasm_bindgen::prelude::wasm_bindgen;

/// Called by the glue once the bundle is loaded.
#[wasm_bindgen]
pub fn hydrate() {
    console_error_panic_hook::set_once();
    leptos::mount::hydrate_body(app::App);
}
