//! What every answer carries, whatever it answers.

use reqwest::{Method, Response, header};

use crate::world::World;

fn text<'a>(response: &'a Response, name: &str) -> &'a str {
    response.headers().get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
}

#[tokio::test]
async fn every_kind_of_answer_protects_its_reader() {
    let world = World::new().await;
    let browser = world.browser();
    let answers = [
        ("a page", browser.get("/").await),
        ("a page that needs somebody", browser.get("/projects").await),
        ("a page that is not there", browser.get("/nowhere").await),
        ("an API that is not there", browser.send(browser.request(Method::GET, "/api/nowhere")).await),
        ("a function that is not there", browser.call("/api/ui/nothing/<script>", &[]).await),
        ("a refused form", browser.send(browser.request(Method::POST, "/api/ui/accounts/sign-in")).await),
        (
            "a wrong method",
            browser.send(browser.request(Method::DELETE, "/").header("sec-fetch-site", "same-origin")).await,
        ),
        ("a beacon", browser.send(browser.request(Method::POST, "/api/beacon").body("{")).await),
        ("the script", browser.get("/beacon.js").await),
        ("a file", browser.get("/_a/0123456789ab/style.css").await),
        ("a file of another build", browser.get("/_a/ffffffffffff/style.css").await),
        ("a file for robots", browser.get("/robots.txt").await),
        ("health", browser.get("/healthz").await),
        ("readiness", browser.get("/readyz").await),
        ("figures", browser.get("/metrics").await),
    ];
    for (what, answer) in &answers {
        assert_eq!(text(answer, "x-content-type-options"), "nosniff", "{what}");
        assert_eq!(text(answer, "x-frame-options"), "DENY", "{what}");
        assert_eq!(text(answer, "referrer-policy"), "strict-origin-when-cross-origin", "{what}");
        assert!(text(answer, "permissions-policy").contains("geolocation=()"), "{what}");
        assert!(text(answer, "content-security-policy").contains("frame-ancestors 'none'"), "{what}");
        assert!(text(answer, "content-security-policy").starts_with("default-src 'none'"), "{what}");
        assert_eq!(text(answer, "x-request-id").len(), 16, "{what}");
        assert!(!text(answer, "cache-control").is_empty(), "{what}");
        assert!(text(answer, "strict-transport-security").is_empty(), "{what}: there is no HTTPS here");
        let empty = matches!(answer.status().as_u16(), 204 | 301..=308 | 405);
        assert!(empty || !text(answer, "content-type").is_empty(), "{what} has no content type");
    }
    world.stop().await;
}

#[tokio::test]
async fn a_page_runs_only_scripts_with_the_nonce_of_its_own_answer() {
    let world = World::new().await;
    let browser = world.browser();
    let mut nonces = Vec::new();
    for path in ["/", "/", "/sign-in", "/nowhere"] {
        let answer = browser.get(path).await;
        let policy = text(&answer, "content-security-policy").to_owned();
        let nonce =
            policy.split("'nonce-").nth(1).and_then(|rest| rest.split('\'').next()).expect("a nonce").to_owned();
        assert!(nonce.len() >= 22, "{nonce}");
        assert!(
            policy.contains("script-src 'self' 'nonce-")
                && policy.contains("object-src 'none'")
                && policy.contains("base-uri 'none'")
        );
        assert!(!policy.split("script-src").nth(1).unwrap().split(';').next().unwrap().contains("unsafe-inline"));
        let html = answer.text().await.unwrap();
        let scripts = html.matches("<script").count();
        let ours = html.split("<script").skip(1).filter(|tag| {
            let tag = tag.split('>').next().unwrap_or_default();
            tag.contains(&format!("nonce=\"{nonce}\"")) || tag.contains(" src=\"/")
        });
        assert!(scripts > 0 && ours.count() == scripts, "{path}:\n{html}");
        // In an attribute other than `nonce`, styles could read it.
        assert_eq!(html.matches(&nonce).count(), html.matches(&format!("nonce=\"{nonce}\"")).count(), "{path}");
        nonces.push(nonce);
    }
    nonces.sort();
    nonces.dedup();
    assert_eq!(nonces.len(), 4);
    world.stop().await;
}

#[tokio::test]
async fn with_https_browsers_are_told_to_stay_there() {
    let world = World::with(&[("PUBLIC_URL", "https://perfally.example")], |_| {}).await;
    for path in ["/", "/nowhere", "/healthz", "/beacon.js"] {
        assert_eq!(text(&world.browser().get(path).await, "strict-transport-security"), "max-age=31536000", "{path}");
    }
    world.stop().await;
}

#[tokio::test]
async fn what_is_not_there_never_echoes_the_address() {
    let world = World::new().await;
    let browser = world.browser();
    let evil = "%3Cscript%3Ealert(1)%3C/script%3E";
    for path in
        [format!("/api/ui/{evil}"), format!("/api/{evil}"), format!("/_a/{evil}/x"), format!("/b/{evil}/beacon.js")]
    {
        for accept in ["text/html", "application/json", "*/*"] {
            let request = browser.request(Method::GET, &path).header(header::ACCEPT, accept);
            let answer = browser.send(request).await;
            assert_eq!(answer.status(), 404, "{path}");
            let words = answer.text().await.unwrap();
            assert!(!words.contains("alert(1)"), "{path} as {accept}: {words}");
        }
    }
    world.stop().await;
}

#[tokio::test]
async fn figures_are_for_this_machine_and_for_those_who_know_the_token() {
    let world = World::new().await;
    let browser = world.browser();
    let answer = browser.get("/metrics").await;
    let figures = answer.text().await.unwrap();
    assert!(figures.contains("perfally_ready 1") && figures.contains("perfally_collector_depth"), "{figures}");
    // Through a proxy on this machine, somebody from elsewhere.
    let proxied =
        browser.send(browser.request(Method::GET, "/metrics").header("x-forwarded-for", "198.51.100.1")).await;
    assert_eq!(proxied.status(), 404);
    world.stop().await;

    let world = World::with(&[("PERFALLY_METRICS_TOKEN", "a token of the operator")], |_| {}).await;
    let browser = world.browser();
    assert_eq!(browser.get("/metrics").await.status(), 404);
    for (token, status) in [("a token of somebody", 404), ("a token of the operator", 200)] {
        let request = browser.request(Method::GET, "/metrics").bearer_auth(token);
        assert_eq!(browser.send(request).await.status(), status, "{token}");
    }
    world.stop().await;
}
