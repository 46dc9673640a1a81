//! Light, dark, or as the system says. Kept in a cookie of ours, so that the server sends the
//! right colours with the first byte and nothing flashes.

use leptos::{form::ActionForm, prelude::*};

use super::icon::{Draw, Icon};
use crate::AppError;

/// The cookie's name.
pub const COOKIE: &str = "theme";

/// What the cookie may say; anything else is the system's wish.
pub fn parse(word: &str) -> Option<&'static str> {
    match word {
        "light" => Some("light"),
        "dark" => Some("dark"),
        _ => None,
    }
}

/// Remembers the choice in this browser.
#[server(prefix = "/api/ui", endpoint = "theme")]
pub async fn set_theme(theme: String) -> Result<(), AppError> {
    crate::ssr::remember_theme(parse(&theme));
    Ok(())
}

/// Three buttons in a row.
#[component]
pub fn ThemeToggle() -> impl IntoView {
    let action = ServerAction::<SetTheme>::new();
    let choices =
        [("light", "Light", Icon::Sun), ("system", "As the system", Icon::Screen), ("dark", "Dark", Icon::Moon)];
    view! {
        <ActionForm action=action attr:class="contents">
            <div class="inline-flex rounded-field border border-line p-0.5" role="group" aria-label="Colours">
                {choices
                    .map(|(value, words, icon)| {
                        view! {
                            <button
                                type="submit"
                                class="rounded-selector p-1.5 text-muted hover:bg-base-300 hover:text-base-content"
                                name="theme"
                                value=value
                                aria-label=words
                                title=words
                                on:click=move |_| show(value)
                            >
                                <Draw icon=icon />
                            </button>
                        }
                    })
                    .into_iter()
                    .collect_view()}
            </div>
        </ActionForm>
    }
}

/// Shows the choice at once; the server hears of it meanwhile.
fn show(theme: &str) {
    if let Some(root) = document().document_element() {
        _ = match parse(theme) {
            Some(theme) => root.set_attribute("data-theme", theme),
            None => root.remove_attribute("data-theme"),
        };
    }
}
