//! What PerfAlly shows: pages, their parts, and the server functions behind them.
//!
//! Compiled twice: with `ssr` into the server, with `hydrate` into the browser's bundle. What
//! does I/O is fenced by `ssr`.

pub mod error;
pub mod routes;
#[cfg(feature = "ssr")]
pub mod ssr;

pub use error::AppError;

use leptos::prelude::*;
use leptos_meta::{Title, provide_meta_context};
use leptos_router::{
    components::{Route, Router, Routes},
    path,
};
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

/// The document around the app. Rendered on the server only.
#[cfg(feature = "ssr")]
pub fn shell() -> impl IntoView {
    use leptos_meta::MetaTags;
    let request = use_context::<ssr::Request>();
    let site = request.as_ref().map(|request| request.site.clone());
    let nonce = request.map(|request| request.nonce.to_string());
    let assets = site.as_ref().map(|site| site.assets.clone()).unwrap_or_default();
    let boot = format!(
        "import init, {{hydrate}} from \"{assets}/pkg/frontend.js\"; init({{module_or_path: \"{assets}/pkg/frontend_bg.wasm\"}}).then(hydrate)"
    );
    view! {
        <!DOCTYPE html>
        <html lang="en">
            <head>
                <meta charset="utf-8" />
                <meta name="viewport" content="width=device-width, initial-scale=1" />
                <link rel="stylesheet" href=format!("{assets}/style.css") />
                <MetaTags />
                <script type="module" nonce=nonce>
                    {boot}
                </script>
            </head>
            <body>
                <App />
            </body>
        </html>
    }
}

/// Everything inside `<body>`.
#[component]
pub fn App() -> impl IntoView {
    provide_meta_context();
    view! {
        <Title text="PerfAlly" />
        <Router>
            <Routes fallback=|| view! { <p>"Nothing here."</p> }>
                <Route path=path!("/") view=|| view! { <h1>"PerfAlly"</h1> } />
            </Routes>
        </Router>
    }
}
