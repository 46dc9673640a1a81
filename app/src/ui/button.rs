//! The button that sends a form.

use leptos::prelude::*;

/// Sends the form it stands in. `public/page.js` marks it busy meanwhile, and takes no second
/// press.
#[component]
pub fn Submit(#[prop(default = "btn btn-primary")] class: &'static str, children: Children) -> impl IntoView {
    view! {
        <button type="submit" class=format!("group {class}")>
            <span class="spinner hidden group-aria-busy:inline-block" aria-hidden="true"></span>
            {children()}
        </button>
    }
}
