//! Refuses changes that another site's page asks for.
//!
//! Browsers say where a request comes from: in `Sec-Fetch-Site`, older ones in `Origin`. What
//! says neither is no browser's form, and is refused too. Exempt is only the beacon's door,
//! which reads no cookie.

use axum::{
    extract::{Request, State},
    http::{HeaderMap, Method, StatusCode, header},
    middleware::Next,
    response::Response,
};
use url::Url;

use crate::{problem::Problem, state::Server};

pub async fn refuse_foreign(State(server): State<Server>, request: Request, next: Next) -> Response {
    let safe = matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS);
    if safe || is_own(request.headers(), &server.engine.config.public_url) {
        return next.run(request).await;
    }
    Problem::new(
        StatusCode::FORBIDDEN,
        "This request came from another site",
        "Changes are accepted from PerfAlly's own pages only. Open the page here and try again. If you opened it \
         here, PUBLIC_URL may not be the address in your browser.",
    )
    .answer(request.headers())
}

fn is_own(headers: &HeaderMap, public_url: &Url) -> bool {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    if let Some(site) = text("sec-fetch-site") {
        return matches!(site, "same-origin" | "none");
    }
    let Some(origin) = text(header::ORIGIN.as_str()) else { return false };
    if origin == public_url.origin().ascii_serialization() {
        return true;
    }
    // The host that the browser asked for; a page of another site cannot choose it.
    let asked = text(header::HOST.as_str());
    let from = origin.strip_prefix("http://").or_else(|| origin.strip_prefix("https://"));
    matches!((asked, from), (Some(asked), Some(from)) if asked.eq_ignore_ascii_case(from))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn own(headers: &[(&'static str, &str)]) -> bool {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.insert(*name, value.parse().unwrap());
        }
        is_own(&map, &Url::parse("https://perfally.example").unwrap())
    }

    #[test]
    fn what_the_browser_says_of_the_site_decides() {
        assert!(own(&[("sec-fetch-site", "same-origin")]));
        assert!(own(&[("sec-fetch-site", "none")]));
        for foreign in ["cross-site", "same-site", "", "SAME-ORIGIN"] {
            // Even with an origin that would do.
            assert!(!own(&[("sec-fetch-site", foreign), ("origin", "https://perfally.example")]), "{foreign}");
        }
    }

    #[test]
    fn an_older_browser_is_judged_by_its_origin() {
        assert!(own(&[("origin", "https://perfally.example")]));
        assert!(own(&[("origin", "http://127.0.0.1:3000"), ("host", "127.0.0.1:3000")]));
        for foreign in
            ["https://evil.example", "null", "https://perfally.example.evil.example", "https://perfally.example:444"]
        {
            assert!(!own(&[("origin", foreign), ("host", "perfally.example")]), "{foreign}");
        }
    }

    #[test]
    fn what_says_nothing_of_itself_is_refused() {
        assert!(!own(&[]));
        assert!(!own(&[("host", "perfally.example")]));
    }
}
