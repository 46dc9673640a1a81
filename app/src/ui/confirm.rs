//! Asks once more before something is destroyed.

use leptos::prelude::*;

use super::{Dialog, Submit};

/// A link that opens the question, and the question: what would be gone, as children, then a
/// button that does it and a way back. Works without scripts too, as [`Dialog`] does.
#[component]
pub fn Confirm(
    #[prop(into)] id: String,
    #[prop(into)] title: String,
    /// The words on the opener, and the longer ones for readers aloud.
    opener: &'static str,
    #[prop(into)] label: String,
    #[prop(into)] href: String,
    open: bool,
    #[prop(into)] closed_href: String,
    /// The server function's path.
    action: &'static str,
    /// What is sent, by name.
    fields: Vec<(&'static str, String)>,
    /// The words on the button that does it.
    yes: &'static str,
    children: Children,
) -> impl IntoView {
    let keep = closed_href.clone();
    let closes = id.clone();
    view! {
        <Dialog id=id title=title opener=opener label=label href=href open=open closed_href=closed_href>
            <form action=action method="post" class="grid gap-4 text-start whitespace-normal">
                <p class="text-muted">{children()}</p>
                {fields
                    .into_iter()
                    .map(|(name, value)| view! { <input type="hidden" name=name value=value /> })
                    .collect_view()}
                <div class="flex flex-wrap gap-2">
                    <Submit class="btn btn-error btn-sm">{yes}</Submit>
                    <a class="btn btn-sm" href=keep data-closes=closes autofocus>
                        "Keep it"
                    </a>
                </div>
            </form>
        </Dialog>
    }
}
