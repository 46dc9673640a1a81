//! Pages behind share links: what they show, to whom, and what of them gets out.

use axum::http::Method;
use domain::{
    ProjectId,
    accounts::Actor,
    projects::{ShareLifetime, SharedRoom, SharedView},
};
use reqwest::header;

use crate::world::{Browser, World, beacon};

const OWNER: &str = "ada@example.com";
const SHOP: &str = "https://shop.example";

/// Ada's shop with some page views, and who she is.
async fn shop(world: &World) -> (ProjectId, Actor) {
    let ada = world.user(OWNER).await;
    let (project, key) = world.project(OWNER, SHOP).await;
    for nr in 0..12 {
        let mut view = beacon(&key, 1);
        view["url"] = serde_json::json!(format!("{SHOP}/product/{nr}"));
        assert_eq!(crate::segments::send(world, &view, SHOP).await, 202);
    }
    (project, engine::accounts::actor(world.engine(), Some(ada)).await.unwrap())
}

async fn link(world: &World, ada: &Actor, project: ProjectId, room: SharedRoom, search: &str) -> String {
    let new = engine::projects::NewShareLink {
        project,
        name: "Acme".to_owned(),
        view: SharedView::new(room, search).unwrap(),
        lifetime: ShareLifetime::Unlimited,
    };
    engine::projects::create_share_link(world.engine(), ada, &new).await.unwrap()
}

/// Status and text of a page, without what differs from answer to answer.
async fn read(browser: &Browser, path: &str) -> (u16, String) {
    let answer = browser.get(path).await;
    let status = answer.status().as_u16();
    let text = answer.text().await.unwrap();
    let nonce = text.split("nonce=\"").nth(1).and_then(|rest| rest.split('"').next()).unwrap_or("no nonce").to_owned();
    (status, text.replace(&nonce, "…"))
}

/// The addresses that a page leads to.
fn links(text: &str) -> Vec<String> {
    let mut found: Vec<_> = text
        .split(" href=\"")
        .skip(1)
        .filter_map(|rest| rest.split('"').next())
        .chain(text.split(" action=\"").skip(1).filter_map(|rest| rest.split('"').next()))
        .map(str::to_owned)
        .collect();
    found.sort();
    found.dedup();
    found
}

#[tokio::test]
async fn a_link_shows_each_room_to_anybody_and_leads_nowhere_else() {
    let world = World::new().await;
    let (project, ada) = shop(&world).await;
    let nobody = world.browser();
    // As the link opens, and as whoever has it chooses another period: an address without a split is by page group.
    for (room, search, opened, chosen) in [
        (SharedRoom::Overview, "", "Largest Contentful Paint", "Largest Contentful Paint"),
        (SharedRoom::Pages, "by=device", "Devices by Largest Contentful Paint", "Pages by Largest Contentful Paint"),
        (SharedRoom::PageGroup, "page_group=/product/*", "/product/*", "/product/*"),
        (SharedRoom::Fix, "", "Fix list", "Fix list"),
        (SharedRoom::Metrics, "", "Custom metrics", "Custom metrics"),
        (SharedRoom::Changes, "by=period&period=28d", "Changes", "Changes"),
    ] {
        let token = link(&world, &ada, project, room, search).await;
        for (path, words) in [(format!("/share/{token}"), opened), (format!("/share/{token}/view?period=90d"), chosen)]
        {
            let (status, text) = read(&nobody, &path).await;
            assert_eq!(status, 200, "{room:?}");
            assert!(text.contains(words) && text.contains("Shop"), "{room:?} shows {text}");
            assert!(!text.contains(OWNER) && !text.contains("/beacon.js"), "{room:?}");
            let (own, start) = (format!("/share/{token}/view"), ["/", "/api/ui/theme"]);
            let is_file =
                |href: &str| href.starts_with("/_a/") || href == "/favicon.svg" || href == "/site.webmanifest";
            for href in links(&text) {
                let allowed =
                    href.starts_with(&own) || start.contains(&&*href) || href.starts_with('#') || is_file(&href);
                assert!(allowed, "{room:?} leads to {href}");
            }
        }
    }
    world.stop().await;
}

#[tokio::test]
async fn a_shared_page_group_stays_that_page_group() {
    let world = World::new().await;
    let (project, ada) = shop(&world).await;
    let token = link(&world, &ada, project, SharedRoom::PageGroup, "page_group=/product/*").await;
    let (status, text) = read(&world.browser(), &format!("/share/{token}/view?page_group=/&period=7d")).await;
    assert_eq!(status, 200);
    assert!(text.contains("/product/*<!></h1>"), "{text}");
    world.stop().await;
}

#[tokio::test]
async fn what_opens_nothing_cannot_be_told_from_what_never_was() {
    let world = World::new().await;
    let (project, ada) = shop(&world).await;
    let revoked = link(&world, &ada, project, SharedRoom::Fix, "").await;
    let id = engine::projects::open_share_link(world.engine(), &revoked).await.unwrap().guest.link;
    engine::projects::revoke_share_link(world.engine(), &ada, project, id).await.unwrap();
    let never = "A".repeat(43);
    let browser = world.browser();
    let expected = read(&browser, &format!("/share/{never}")).await;
    assert_eq!(expected.0, 404);
    for path in [format!("/share/{revoked}"), format!("/share/{revoked}/view"), "/share/x".to_owned()] {
        assert_eq!(read(&browser, &path).await, expected, "{path}");
    }
    world.stop().await;
}

#[tokio::test]
async fn the_address_of_a_shared_page_stays_between_who_has_it() {
    let world = World::new().await;
    let (project, ada) = shop(&world).await;
    let token = link(&world, &ada, project, SharedRoom::Overview, "").await;
    let answer = world.browser().get(&format!("/share/{token}")).await;
    let header = |name: &str| answer.headers().get(name).map(|value| value.to_str().unwrap().to_owned());
    assert_eq!(header("x-robots-tag").as_deref(), Some("noindex, nofollow"));
    assert_eq!(header(header::CACHE_CONTROL.as_str()).as_deref(), Some("no-store"));
    assert_eq!(header(header::REFERRER_POLICY.as_str()).as_deref(), Some("same-origin"));
    assert!(answer.text().await.unwrap().contains("noindex"));
    world.stop().await;
}

#[tokio::test]
async fn a_link_opens_its_page_and_no_function_and_no_door() {
    let world = World::new().await;
    let (project, ada) = shop(&world).await;
    let token = link(&world, &ada, project, SharedRoom::Overview, "").await;
    let browser = world.browser();
    let page = format!("{}/share/{token}", world.url);
    for path in [
        format!("/api/ui/rum/figures?project={project}&demo=false&view=&unless="),
        format!("/api/ui/projects/settings?project={project}"),
        format!("/api/live/{project}"),
    ] {
        let request = browser.request(Method::GET, &path).header(header::REFERER, &page);
        let request = request.header("sec-fetch-site", "same-origin").header(header::ACCEPT, "application/json");
        assert_eq!(browser.send(request).await.status(), 401, "{path}");
    }
    assert_eq!(browser.get(&format!("/share/{token}/settings")).await.status(), 404);
    world.stop().await;
}
