//! The pages about segments and data health, as a browser without scripts gets them.

use reqwest::header;
use serde_json::{Value, json};

use crate::world::{Browser, World, beacon, insistently};

const SHOP: &str = "https://shop.example";
const AGENT: &str =
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/150.0.0.0 Safari/537.36";

pub async fn send(world: &World, beacon: &Value, origin: &str) -> u16 {
    let client = reqwest::Client::new();
    let answer = insistently(async || {
        let request = client.post(format!("{}/api/beacon", world.url)).header(header::ORIGIN, origin);
        request.header(header::USER_AGENT, AGENT).body(beacon.to_string()).send().await.expect("an answer")
    })
    .await;
    answer.status().as_u16()
}

async fn html(browser: &Browser, path: &str) -> String {
    let answer = browser.get(path).await;
    assert_eq!(answer.status(), 200, "{path}");
    let html = answer.text().await.unwrap();
    // What the server sends for the browser's eyes, without the data of scripts.
    html.split("<script").filter_map(|part| part.split_once("</script>")).map(|(_, rest)| rest).collect::<String>()
}

/// The names of a table's rows, in order.
fn rows(html: &str) -> Vec<&str> {
    let body =
        html.split_once("<tbody>").and_then(|(_, rest)| rest.split_once("</tbody>")).map_or("", |(body, _)| body);
    body.split("<th scope=\"row\"")
        .skip(1)
        .filter_map(|row| row.split_once("title=\"")?.1.split_once('"'))
        .map(|(name, _)| name)
        .collect()
}

#[tokio::test]
async fn the_table_of_segments_is_sorted_searched_paged_and_narrowed_by_links() {
    let world = World::new().await;
    world.user("ada@example.com").await;
    let (project, key) = world.project("ada@example.com", SHOP).await;
    let words = ["alpha", "bravo", "carol", "delta", "ember", "fjord", "gamma", "hotel"];
    let mut sent = 0;
    for first in words {
        for second in words {
            let mut view = beacon(&key, 1);
            view["url"] = json!(format!("{SHOP}/{first}/{second}"));
            view["vitals"] = json!({ "lcp": if first == "delta" { 9_000 } else { 1_000 } });
            view["tags"] = json!({ "variant": "b" });
            assert_eq!(send(&world, &view, SHOP).await, 202);
            sent += 1;
        }
    }
    assert_eq!(sent, 64);
    // Each path stays its own page: templates are learnt by a job, which has not run on so few.
    let browser = world.browser();
    browser.sign_in("ada@example.com").await;
    let base = format!("/projects/{project}/pages");

    let first = html(&browser, &base).await;
    assert_eq!(rows(&first).len(), 50, "{first}");
    assert!(rows(&first)[..8].iter().all(|name| name.starts_with("/delta/")), "most to gain first: {:?}", rows(&first));
    assert!(first.contains("aria-sort=\"descending\"") && first.contains("1 to 50 of 64"));
    assert!(first.contains("page=2"));
    let second = html(&browser, &format!("{base}?page=2")).await;
    assert_eq!(rows(&second).len(), 14);
    assert!(rows(&second).iter().all(|name| !rows(&first).contains(name)), "each row is shown once");

    let by_name = html(&browser, &format!("{base}?sort=name")).await;
    assert!(rows(&by_name).is_sorted() && by_name.contains("aria-sort=\"ascending\""));
    let found = html(&browser, &format!("{base}?q=FJORD")).await;
    assert_eq!(rows(&found).len(), 15);
    assert!(found.contains("value=\"FJORD\""));
    assert!(html(&browser, &format!("{base}?q=nowhere")).await.contains("Nothing is called so"));

    // One page group and one tag: no sketch knows that, and the page says so.
    let narrowed = html(&browser, &format!("{base}?page_group=/delta/hotel&by=tag:variant")).await;
    assert_eq!(rows(&narrowed), ["b"]);
    assert!(narrowed.contains("No summary is kept for this combination of filters"), "{narrowed}");
    assert!(narrowed.contains("Take the filter Page group: /delta/hotel away"));
    assert!(!by_name.contains("No summary is kept"));
    let nothing = html(&browser, &format!("{base}?country=NO")).await;
    assert!(nothing.contains("No page views in this view") && nothing.contains("Norway"), "{nothing}");
    world.stop().await;
}

#[tokio::test]
async fn an_address_that_is_not_on_the_list_is_allowed_from_data_health() {
    let world = World::new().await;
    world.user("ada@example.com").await;
    let (project, key) = world.project("ada@example.com", SHOP).await;
    let mut foreign = beacon(&key, 1);
    foreign["url"] = json!("https://blog.example/");
    assert_eq!(send(&world, &foreign, "https://blog.example").await, 403);
    let browser = world.browser();
    browser.sign_in("ada@example.com").await;
    let path = format!("/projects/{project}/health");
    let before = html(&browser, &path).await;
    assert!(
        before.contains("From an address that is not on the list") && before.contains("Allow https://blog.example")
    );

    let fields = [("project", project.to_string()), ("origin", "https://blog.example".to_owned())];
    let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let answer = browser.post("/api/ui/projects/allow-origin", &fields).await;
    assert_eq!(answer.headers()[header::LOCATION], format!("{path}#origins"), "{}", answer.status());
    let after = html(&browser, &path).await;
    assert!(after.contains("page views from there count from now on") && !after.contains("Allow https://blog.example"));
    // The gate hears of it.
    assert_eq!(send(&world, &foreign, "https://blog.example").await, 202);
    world.stop().await;
}

#[tokio::test]
async fn what_fails_leaves_the_rest_of_the_overview_alive() {
    let world = World::new().await;
    world.user("ada@example.com").await;
    let (project, key) = world.project("ada@example.com", SHOP).await;
    for _ in 0..12 {
        assert_eq!(send(&world, &beacon(&key, 1), SHOP).await, 202);
    }
    let browser = world.browser();
    browser.sign_in("ada@example.com").await;
    let page = format!("/projects/{project}");
    const FAILED: &str = "This part could not be read";
    assert!(!html(&browser, &page).await.contains(FAILED));
    // The trend alone reads what was deployed.
    let pool = &world.engine().db;
    sqlx::query("alter table deploys rename to deploys_away").execute(pool).await.unwrap();
    let failing = html(&browser, &page).await;
    assert_eq!(failing.matches(FAILED).count(), 1);
    for alive in ["Core Web Vitals", "Largest Contentful Paint", "id=\"distribution\"", "by Largest Contentful Paint"] {
        assert!(failing.contains(alive), "{alive}");
    }
    assert!(failing.contains("quote reference"), "what to quote stands there");
    sqlx::query("alter table deploys_away rename to deploys").execute(pool).await.unwrap();
    assert!(!html(&browser, &page).await.contains(FAILED));
    world.stop().await;
}
