//! What PerfAlly shows: pages, their parts, and the server functions behind them.
//!
//! Compiled twice: with `ssr` into the server, with `hydrate` into the browser's bundle. What
//! does I/O is fenced by `ssr`, and what tells time zones and draws charts too. Pages that only
//! have links and forms are at rest ([`routes`]): the browser gets their HTML and no bundle.

// Pages nest deep, and so do the types that the view macro makes of them.
#![recursion_limit = "512"]

pub mod accounts;
pub mod developers;
pub mod error;
pub mod integrations;
pub mod layout;
#[cfg(feature = "ssr")]
mod local_time;
pub mod marketing;
pub mod projects;
pub mod routes;
pub mod rum;
#[cfg(feature = "ssr")]
mod shell;
#[cfg(feature = "ssr")]
pub mod ssr;
pub mod ui;

pub use error::AppError;
#[cfg(feature = "ssr")]
pub use shell::shell;

use leptos::prelude::*;
use leptos_meta::{Title, provide_meta_context};
use serde::{Deserialize, Serialize};

/// Where things are on this server.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SiteUrls {
    /// Prefix of everything that is built, with the content's hash: `/_a/<hash>`.
    pub assets: String,
    /// Where browsers reach this server, without a slash at the end.
    pub public_url: String,
    /// The script's address that never changes its bytes: `/b/<hash>/beacon.js`.
    pub beacon_path: String,
    /// Its `integrity` attribute: `sha384-…`.
    pub beacon_integrity: String,
    /// The site key by which PerfAlly measures itself.
    pub own_site_key: Option<String>,
}

/// Everything inside `<body>`.
#[component]
pub fn App() -> impl IntoView {
    provide_meta_context();
    #[cfg(feature = "ssr")]
    provide_context(ui::Flash(ssr::take_flash()));
    view! {
        <Title text="PerfAlly" />
        <a class="skip-link" href="#main">
            "Skip to the content"
        </a>
        <routes::Pages />
        <ui::ToastRegion />
    }
}
