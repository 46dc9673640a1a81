//! Light, dark, or as the system says. Kept in a cookie of ours, so that the server sends the
//! right colours with the first byte and nothing flashes.

use leptos::prelude::*;
use server_fn::ServerFn;

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

/// Remembers the choice in this browser, for whoever has no scripts.
#[server(prefix = "/api/ui", endpoint = "theme")]
pub async fn set_theme(theme: String) -> Result<(), AppError> {
    crate::ssr::remember_theme(parse(&theme));
    Ok(())
}

/// Three buttons in a row; `public/page.js` changes the colours in place.
#[component]
pub fn ThemeToggle() -> impl IntoView {
    let choices =
        [("light", "Light", Icon::Sun), ("system", "As the system", Icon::Screen), ("dark", "Dark", Icon::Moon)];
    view! {
        <form action=SetTheme::PATH method="post">
            <div class="inline-flex rounded-field border border-line p-0.5" role="group" aria-label="Colours">
                {choices
                    .map(|(value, words, icon)| {
                        view! {
                            <button
                                type="submit"
                                class="rounded-selector p-1.5 text-muted hover:bg-base-300 hover:text-base-content aria-pressed:bg-base-300 aria-pressed:text-base-content"
                                name="theme"
                                value=value
                                aria-label=words
                                aria-pressed=if chosen() == value { "true" } else { "false" }
                                title=words
                            >
                                <Draw icon=icon />
                            </button>
                        }
                    })
                    .into_iter()
                    .collect_view()}
            </div>
        </form>
    }
}

#[cfg(feature = "ssr")]
fn chosen() -> &'static str {
    crate::ssr::theme().unwrap_or("system")
}

/// The server has drawn it; waking the page changes no attribute.
#[cfg(not(feature = "ssr"))]
fn chosen() -> &'static str {
    "system"
}
