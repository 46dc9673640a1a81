//! The document around the app. Rendered on the server only, and never hydrated.

use leptos::prelude::*;
use leptos_meta::MetaTags;
use leptos_router::location::RequestUrl;

use crate::{App, routes, ssr};

/// `<!DOCTYPE html>` and all below it.
pub fn shell() -> impl IntoView {
    let request = use_context::<ssr::Request>();
    let nonce = request.as_ref().map(|request| request.nonce.to_string());
    let site = request.map(|request| request.site);
    let assets = site.as_ref().map(|site| site.assets.clone()).unwrap_or_default();
    let theme = ssr::theme();
    let url = use_context::<RequestUrl>().and_then(|url| url.parse().ok());
    let path = url.as_ref().map_or("", |url| url.path());
    let (live, charts) = (routes::is_live(path), routes::has_charts(path));
    view! {
        <!DOCTYPE html>
        <html lang="en" data-theme=theme>
            <head>
                <meta charset="utf-8" />
                <meta name="viewport" content="width=device-width, initial-scale=1" />
                <meta name="color-scheme" content=theme.unwrap_or("light dark") />
                <link rel="stylesheet" href=format!("{assets}/style.css") />
                <link rel="icon" href="/favicon.svg" type="image/svg+xml" />
                <link rel="manifest" href="/site.webmanifest" />
                <MetaTags />
                <script async src=format!("{assets}/page.js")></script>
                {charts
                    .then(|| view! { <script type="module" src=format!("{assets}/chart-loader.js")></script> })}
                {live
                    .then(|| view! { <script type="module" src=format!("{assets}/served.js")></script> })}
                {live.then(|| view! { <Waking assets=assets.clone() nonce=nonce /> })}
                // The address of a shared view opens it: our own figures must not keep it.
                {site
                    .filter(|_| routes::share_token_in(path).is_none())
                    .and_then(|site| site.own_site_key)
                    .map(|key| view! { <script async src="/beacon.js" data-key=key></script> })}
            </head>
            <body>
                <App />
            </body>
        </html>
    }
}

/// What wakes a live page: the bundle. Fetched early, but after what the first paint needs; by a
/// script, so that a browser without scripts fetches nothing.
#[component]
fn Waking(assets: String, nonce: Option<String>) -> impl IntoView {
    let glue = format!("{assets}/pkg/frontend.js");
    let wasm = format!("{assets}/pkg/frontend_bg.wasm");
    let fetching = format!("bundle=fetch(\"{wasm}\",{{priority:\"low\"}})");
    let boot = format!("import init,{{hydrate}} from \"{glue}\";init({{module_or_path:bundle}}).then(hydrate)");
    view! {
        <link rel="modulepreload" href=glue fetchpriority="low" />
        <script nonce=nonce.clone()>{fetching}</script>
        <script type="module" nonce=nonce>
            {boot}
        </script>
    }
}
