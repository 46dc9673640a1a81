//! The document around the app. Rendered on the server only, and never hydrated.

use leptos::prelude::*;
use leptos_meta::MetaTags;
use leptos_router::location::RequestUrl;

use crate::{App, routes, ssr};

/// The element at the page's end.
const WHOLE: &str = "whole";

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
                // Nothing is painted before all of the page is parsed: on slow ways, half a table or half a row of filters
                // would be moved by what comes after it.
                <link rel="expect" href=format!("#{WHOLE}") blocking="render" />
                <link rel="stylesheet" href=format!("{assets}/style.css") />
                <link rel="icon" href="/favicon.svg" type="image/svg+xml" />
                <link rel="manifest" href="/site.webmanifest" />
                <MetaTags />
                <script async src=format!("{assets}/page.js")></script>
                {(live || charts).then(|| view! { <Later assets=assets.clone() nonce=nonce live=live charts=charts /> })}
                // The address of a shared view opens it: our own figures must not keep it.
                {site
                    .filter(|_| routes::share_token_in(path).is_none())
                    .and_then(|site| site.own_site_key)
                    .map(|key| view! { <script async src="/beacon.js" data-key=key></script> })}
            </head>
            <body>
                <App />
                <i id=WHOLE hidden></i>
            </body>
        </html>
    }
}

/// What a page does without until it has been painted, so that the first paint shares its way with nothing: the element
/// that draws charts, and the bundle that wakes a live page. The page is complete without; and by a script, so that a
/// browser without scripts fetches nothing.
#[component]
fn Later(assets: String, nonce: Option<String>, live: bool, charts: bool) -> impl IntoView {
    let draw = format!("import(\"{assets}/chart-loader.js\");");
    let wake = format!(
        "const bundle=fetch(\"{assets}/pkg/frontend_bg.wasm\",{{priority:\"low\"}});\
         const [{{default:init,hydrate}}]=await Promise.all([import(\"{assets}/pkg/frontend.js\"),import(\"{assets}/served.js\")]);\
         await init({{module_or_path:bundle}});\
         await new Promise(next=>setTimeout(next));hydrate()"
    );
    let work = [(charts, draw), (live, wake)].into_iter().filter_map(|(wanted, work)| wanted.then_some(work));
    let later = format!(
        "const later=async()=>{{{}}};\
         document.hidden||!PerformanceObserver.supportedEntryTypes?.includes(\"paint\")?later():\
         new PerformanceObserver((_,paints)=>{{paints.disconnect();later()}}).observe({{type:\"paint\",buffered:true}})",
        work.collect::<String>()
    );
    view! {
        <script type="module" nonce=nonce data-wakes=live>
            {later}
        </script>
    }
}
