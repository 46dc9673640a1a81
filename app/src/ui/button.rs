//! The button that sends a form.

use leptos::prelude::*;

use super::FormState;

/// Sends the form it stands in, says so while the answer is awaited, and takes no second
/// press meanwhile. It stays focusable all the while.
#[component]
pub fn Submit(
    form: FormState,
    #[prop(default = "btn btn-primary")] class: &'static str,
    children: Children,
) -> impl IntoView {
    let pending = form.pending;
    view! {
        <button
            type="submit"
            class=class
            aria-disabled=move || pending.get().then_some("true")
            aria-busy=move || pending.get().then_some("true")
            on:click=move |event| {
                if pending.get_untracked() {
                    event.prevent_default();
                }
            }
        >
            <span
                class="loading loading-spinner loading-xs"
                class:hidden=move || !pending.get()
                aria-hidden="true"
            ></span>
            {children()}
        </button>
    }
}
