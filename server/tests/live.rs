//! Live views: page views as server-sent events, from any replica.

use std::time::{Duration, Instant};

use domain::ProjectId;
use reqwest::{Method, Response, header};
use server::serve::Running;

use crate::world::{Browser, Folder, World, beacon, config, insistently};

/// What a browser reads of one stream.
struct Events {
    answer: Response,
    text: String,
}

/// One event: its id, and its data.
#[derive(Debug, PartialEq)]
struct View {
    id: String,
    data: String,
}

impl Events {
    async fn open(browser: &Browser, project: ProjectId, last: Option<&str>) -> Self {
        let mut request = browser
            .request(Method::GET, &format!("/api/live/{project}"))
            .header(header::ACCEPT, "text/event-stream")
            .header(header::ACCEPT_ENCODING, "gzip, br");
        if let Some(last) = last {
            request = request.header("last-event-id", last);
        }
        let answer = browser.send(request).await;
        assert_eq!(answer.status(), 200);
        let text = |name| answer.headers().get(name).map(|value| value.to_str().unwrap().to_owned());
        assert_eq!(text(header::CONTENT_TYPE).as_deref(), Some("text/event-stream"));
        assert_eq!(text(header::CACHE_CONTROL).as_deref(), Some("no-store"));
        assert_eq!(text(header::CONTENT_ENCODING), None, "events must not wait for a block to fill");
        Self { answer, text: String::new() }
    }

    /// The next page view; what says that somebody is still there is passed over.
    async fn next(&mut self) -> View {
        let began = Instant::now();
        loop {
            while let Some((event, rest)) = self.text.split_once("\n\n") {
                let field = |name: &str| {
                    event
                        .lines()
                        .filter_map(|line| line.strip_prefix(name))
                        .map(str::trim)
                        .collect::<Vec<_>>()
                        .join("\n")
                };
                let view = View { id: field("id:"), data: field("data:") };
                let is_view = field("event:") == "view";
                self.text = rest.to_owned();
                if is_view {
                    return view;
                }
            }
            assert!(began.elapsed() < Duration::from_secs(15), "no page view came");
            let chunk = self.answer.chunk().await.expect("the stream goes on").expect("the stream is open");
            self.text.push_str(std::str::from_utf8(&chunk).unwrap());
        }
    }
}

/// A visit of a page, as our script reports it.
async fn visit(browser: &Browser, key: &str, path: &str) {
    let mut body = beacon(key, 1);
    body["url"] = format!("https://shop.example{path}").into();
    body["attr"] = serde_json::json!({
        "lcp": { "target": "main>h1", "ttfb": 420, "load_delay": 300, "load_time": 900, "render_delay": 690.5 }
    });
    let body = body.to_string();
    let answer = insistently(async || {
        let request = browser.request(Method::POST, "/api/beacon").header(header::ORIGIN, "https://shop.example");
        browser.send(request.body(body.clone())).await
    })
    .await;
    assert_eq!(answer.status(), 202);
}

#[tokio::test]
async fn a_page_view_shows_within_five_seconds_whichever_replica_took_it_and_none_is_lost_between_two_streams() {
    let world = World::new().await;
    world.user("ada@example.com").await;
    let (project, key) = world.project("ada@example.com", "https://shop.example").await;
    let folder = Folder::new();
    let other = Running::start(config(&folder, &[("DATABASE_URL", &world.database.url)])).await.unwrap();
    other.server.availability.open().await;
    let (browser, visitor) = (world.browser(), Browser::new(&format!("http://{}", other.address)));
    browser.sign_in("ada@example.com").await;

    let mut events = Events::open(&browser, project, None).await;
    let began = Instant::now();
    visit(&visitor, &key, "/product/7?secret=1").await;
    let view = events.next().await;
    assert!(began.elapsed() < Duration::from_secs(5), "{:?}", began.elapsed());
    assert!(view.data.contains("/product/7") && !view.data.contains("secret"), "{}", view.data);
    assert!(view.data.contains("load time 900"), "the waterfall is told in words: {}", view.data);
    visit(&world.browser(), &key, "/cart").await;
    let cart = events.next().await;
    assert!(cart.data.contains("/cart"));

    // The browser is away for a moment, and comes back with the last id that it has.
    drop(events);
    visit(&visitor, &key, "/missed").await;
    let mut events = Events::open(&browser, project, Some(&cart.id)).await;
    let mut seen = Vec::new();
    while !seen.iter().any(|view: &View| view.data.contains("/missed")) {
        seen.push(events.next().await);
    }
    let ids: Vec<i64> = seen.iter().map(|view| view.id.parse().unwrap()).collect();
    assert!(ids.is_sorted(), "an id never goes back: {ids:?}");
    drop(events);
    other.stop().await;
    world.stop().await;
}

#[tokio::test]
async fn what_visitors_send_is_text_in_a_live_view() {
    let world = World::new().await;
    world.user("ada@example.com").await;
    let (project, key) = world.project("ada@example.com", "https://shop.example").await;
    let browser = world.browser();
    browser.sign_in("ada@example.com").await;
    let mut events = Events::open(&browser, project, None).await;
    let mut body = beacon(&key, 1);
    body["attr"] = serde_json::json!({
        "lcp": { "target": "\"><img src=x onerror=alert(1)>\n\nevent: view", "ttfb": 1, "load_delay": 1, "load_time": 1, "render_delay": 1 }
    });
    let request = browser.request(Method::POST, "/api/beacon").header(header::ORIGIN, "https://shop.example");
    assert_eq!(browser.send(request.body(body.to_string())).await.status(), 202);
    let view = events.next().await;
    assert!(view.data.contains("/product/42") && !view.data.contains("<img"), "{}", view.data);
    // The page itself has the row too, without scripts.
    let page = browser.get(&format!("/projects/{project}/live")).await.text().await.unwrap();
    assert!(page.contains("/product/42") && !page.contains("<img src=x"));
    assert!(page.contains("/live.js"), "the page brings the script");
    drop(events);
    world.stop().await;
}

#[tokio::test]
async fn a_server_that_stops_ends_its_live_views_at_once() {
    let world = World::new().await;
    world.user("ada@example.com").await;
    let (project, _) = world.project("ada@example.com", "https://shop.example").await;
    let browser = world.browser();
    browser.sign_in("ada@example.com").await;
    let mut events = Events::open(&browser, project, None).await;
    let ended = tokio::spawn(async move { while let Ok(Some(_)) = events.answer.chunk().await {} });
    let began = Instant::now();
    world.running.stop().await;
    assert!(began.elapsed() < Duration::from_secs(4), "{:?}", began.elapsed());
    tokio::time::timeout(Duration::from_secs(2), ended).await.expect("the stream is over").unwrap();
    world.database.drop().await;
}
