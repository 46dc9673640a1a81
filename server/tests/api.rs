//! What programs are answered at `/v1`, and who.

use chrono::{DateTime, TimeDelta, Timelike as _, Utc};
use domain::{
    ProjectId, UserId,
    accounts::Actor,
    integrations::{ApiMode, Lifetime, Scopes},
};
use engine::integrations::{self, NewApiKey};
use reqwest::{Client, Response, header};
use serde_json::{Value, json};
use sqlx::{AssertSqlSafe, Connection as _, Executor as _, PgConnection};

use crate::world::{World, insistently};

const ADA: &str = "ada@example.com";
const SHOP: &str = "https://shop.example";

/// A key of somebody's personal team.
pub async fn key(world: &World, owner: UserId, mode: ApiMode, scopes: &[&str]) -> String {
    let actor = engine::accounts::actor(world.engine(), Some(owner)).await.unwrap();
    let team = actor.user().unwrap().memberships[0].team;
    let scopes = Scopes::parse(scopes.iter().copied()).unwrap();
    let new = NewApiKey { team, name: "CI".into(), mode, scopes, lifetime: Lifetime::Unlimited };
    integrations::create_api_key(world.engine(), &actor, &new).await.unwrap().expose().to_owned()
}

async fn ask(world: &World, key: &str, path: &str) -> Response {
    let client = Client::new();
    insistently(async || client.get(format!("{}{path}", world.url)).bearer_auth(key).send().await.unwrap()).await
}

async fn answer(world: &World, key: &str, path: &str) -> Value {
    let response = ask(world, key, path).await;
    let (status, text) = (response.status(), response.text().await.unwrap());
    assert_eq!(status, 200, "{path}: {text}");
    serde_json::from_str(&text).unwrap()
}

/// The status, and the problem in the form of RFC 9457.
async fn problem(response: Response) -> (u16, Value) {
    assert_eq!(response.headers()[header::CONTENT_TYPE], "application/problem+json");
    let status = response.status().as_u16();
    let body: Value = response.json().await.unwrap();
    assert_eq!(body["status"], status, "{body}");
    assert!(body["detail"].as_str().is_some_and(|words| words.ends_with('.')), "{body}");
    (status, body)
}

/// A number that a made-up query gives; `None` for null.
async fn number(world: &World, query: String) -> Option<f64> {
    let mut connection = PgConnection::connect(&world.database.url).await.unwrap();
    sqlx::query_scalar(AssertSqlSafe(query)).fetch_one(&mut connection).await.unwrap()
}

/// Sends page views through the beacon's door: LCP from 1,001 ms on, every second from a phone.
pub async fn send(world: &World, site_key: &str, views: std::ops::Range<u32>) {
    const PHONE: &str =
        "Mozilla/5.0 (Linux; Android 16) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/150.0.0.0 Mobile Safari/537.36";
    const DESKTOP: &str =
        "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/150.0.0.0 Safari/537.36";
    let client = Client::new();
    let sent = views.map(async |nr| {
        let phone = nr % 2 == 0;
        let beacon = json!({
            "v": 1, "key": site_key, "id": uuid::Uuid::now_v7(), "seq": 1, "url": format!("{SHOP}/product/{nr}"),
            "nav": "navigate", "w": 1, "dev": if phone { "mobile" } else { "desktop" }, "rel": "2026.11.3",
            "vitals": { "lcp": 1_001 + 31 * nr, "cls": 0.01 }, "metrics": { "cart_ready": 812 }, "tags": { "variant": "b" },
            "attr": { "lcp": { "target": "#hero", "ttfb": 400, "load_delay": 100, "load_time": 300, "render_delay": 200 } },
        });
        let answer = insistently(async || {
            let request = client.post(format!("{}/api/beacon", world.url)).header(header::ORIGIN, SHOP);
            let request = request.header(header::USER_AGENT, if phone { PHONE } else { DESKTOP });
            request.body(beacon.to_string()).send().await.unwrap()
        });
        assert_eq!(answer.await.status(), 202);
    });
    futures::future::join_all(sent).await;
}

pub async fn world_with_a_shop() -> (World, UserId, ProjectId, String) {
    let world = World::with(&[("PERFALLY_RATE_LIMITS", "off"), ("PERFALLY_PLAN", "agency")], |_| {}).await;
    let ada = world.user(ADA).await;
    let (shop, site_key) = world.project(ADA, SHOP).await;
    (world, ada, shop, site_key)
}

#[tokio::test]
async fn figures_of_what_was_sent_are_exact_counts_and_percentiles_within_a_hundredth() {
    let (world, ada, shop, site_key) = world_with_a_shop().await;
    send(&world, &site_key, 0..120).await;
    let key = key(&world, ada, ApiMode::Live, &["vitals:read"]).await;
    let path = format!("/v1/projects/{shop}/vitals");
    let now: DateTime<Utc> = world.engine().now();
    let time = |at: DateTime<Utc>| at.format("%Y-%m-%dT%H:%M:%S%.6fZ").to_string();
    let (from, to) = (time(now - TimeDelta::minutes(3)), time(now + TimeDelta::seconds(5)));
    for (percentile, quantile) in [(50, 0.5), (75, 0.75), (90, 0.9), (95, 0.95), (99, 0.99)] {
        for device in ["", "mobile", "desktop"] {
            let filter = if device.is_empty() { String::new() } else { format!("&filter[device]={device}") };
            let query = format!("?metric=lcp&percentile={percentile}&from={from}&to={to}&group_by=page_group{filter}");
            let told = answer(&world, &key, &format!("{path}{query}")).await;
            let rows = format!("from page_views where '{device}' in ('', device)");
            let exact =
                number(&world, format!("select percentile_disc({quantile}) within group (order by lcp) {rows}"));
            let (exact, value) = (exact.await.unwrap(), told["value"].as_f64().unwrap());
            assert!((value - exact).abs() <= 0.01 * exact, "{query}: {value} for {exact}");
            let count = number(&world, format!("select count(lcp)::float8 {rows}")).await.unwrap();
            assert_eq!(told["count"].as_f64(), Some(count), "{query}");
            let good =
                number(&world, format!("select count(*) filter (where lcp <= 2500)::float8 {rows}")).await.unwrap();
            assert!((told["shares"]["good"].as_f64().unwrap() - good / count).abs() < 1e-9, "{query}");
            // Of sixty, nobody can say where the 99th percentile ends.
            if let (Some(low), Some(high)) = (told["interval"]["low"].as_f64(), told["interval"]["high"].as_f64()) {
                assert!(low <= value && value <= high, "{told}");
            } else {
                assert!(percentile >= 95, "{told}");
            }
            assert_eq!(
                (&told["metric"], &told["unit"], &told["percentile"]),
                (&json!("lcp"), &json!("ms"), &json!(percentile))
            );
            assert_eq!(told["approximate"], json!(false));
            let sum = |list: &str| {
                told[list].as_array().unwrap().iter().map(|one| one["count"].as_f64().unwrap()).sum::<f64>()
            };
            assert_eq!((sum("series"), sum("groups")), (count, count), "{told}");
            assert_eq!(told["groups"][0]["key"], "/product/*", "{told}");
        }
    }
    // Whole hours, two dimensions at once, and the vital that nobody reported.
    let whole = answer(&world, &key, &format!("{path}?metric=lcp")).await;
    assert_eq!((&whole["count"], &whole["state"], &whole["groups"]), (&json!(120), &json!("stable"), &json!([])));
    // 28 days touch 29 of the calendar, unless this hour is the last of its day.
    let days = if now.hour() == 23 { 28 } else { 29 };
    assert_eq!(whole["series"].as_array().unwrap().len(), days);
    let two = answer(
        &world,
        &key,
        &format!("{path}?metric=lcp&filter%5Brelease%5D=2026.11.3&filter%5Bpage_group%5D=/product/*&group_by=device"),
    )
    .await;
    assert_eq!((&two["count"], &two["groups"][0]["count"]), (&json!(120), &json!(60)), "{two}");
    let silent = answer(&world, &key, &format!("{path}?metric=inp&group_by=device&granularity=hour")).await;
    for (field, expected) in [
        ("value", Value::Null),
        ("interval", Value::Null),
        ("shares", Value::Null),
        ("count", json!(0)),
        ("state", json!("no_data")),
    ] {
        assert_eq!(silent[field], expected, "{field} in {silent}");
    }
    assert!(silent["series"].as_array().unwrap().iter().all(|point| point["value"].is_null() && point["count"] == 0));
    world.stop().await;
}

#[tokio::test]
async fn page_views_come_newest_first_and_each_once_while_more_arrive() {
    let (world, ada, shop, site_key) = world_with_a_shop().await;
    send(&world, &site_key, 0..120).await;
    let key = key(&world, ada, ApiMode::Live, &["vitals:read"]).await;
    let path = format!("/v1/projects/{shop}/pageviews");
    let mut seen: Vec<(String, String)> = Vec::new();
    let mut cursor = String::new();
    let mut sizes = Vec::new();
    loop {
        let page = answer(&world, &key, &format!("{path}{cursor}")).await;
        let views = page["data"].as_array().unwrap();
        sizes.push(views.len());
        seen.extend(
            views.iter().map(|view| (view["at"].as_str().unwrap().to_owned(), view["id"].as_str().unwrap().to_owned())),
        );
        let Some(next) = page["next_cursor"].as_str() else { break };
        cursor = format!("?cursor={next}");
        send(&world, &site_key, 200..203).await;
    }
    assert_eq!(sizes, [50, 50, 20]);
    let time = |at: &str| at.parse::<DateTime<Utc>>().unwrap();
    assert!(seen.is_sorted_by(|(a, _), (b, _)| time(a) >= time(b)));
    let distinct: std::collections::BTreeSet<_> = seen.iter().map(|(_, id)| id).collect();
    assert_eq!(distinct.len(), 120);

    let newest = &answer(&world, &key, &path).await["data"][0];
    assert_eq!(newest["vitals"]["inp"], Value::Null);
    assert_eq!((&newest["vitals"]["cls"], &newest["bot"]["class"]), (&json!(0.01), &json!("human")));
    assert_eq!((&newest["metrics"]["cart_ready"], &newest["tags"]["variant"]), (&json!(812.0), &json!("b")));
    assert_eq!((&newest["attribution"]["lcp"]["target"], &newest["release"]), (&json!("#hero"), &json!("2026.11.3")));
    assert!(newest["url"].as_str().unwrap().starts_with("https://shop.example/product/20"));
    world.stop().await;
}

#[tokio::test]
async fn projects_are_paged_from_the_oldest_on_and_new_ones_come_last() {
    let (world, ada, shop, _) = world_with_a_shop().await;
    for _ in 0..54 {
        world.project(ADA, SHOP).await;
    }
    let key = key(&world, ada, ApiMode::Live, &["projects:read"]).await;
    let first = answer(&world, &key, "/v1/projects").await;
    assert_eq!(first["data"].as_array().unwrap().len(), 50);
    assert_eq!(first["data"][0]["id"], shop.to_string());
    let (late, late_key) = world.project(ADA, SHOP).await;
    let next = format!("/v1/projects?cursor={}", first["next_cursor"].as_str().unwrap());
    let second = answer(&world, &key, &next).await;
    assert_eq!((second["data"].as_array().unwrap().len(), &second["next_cursor"]), (6, &Value::Null));
    assert_eq!(second["data"][5]["id"], late.to_string());
    let one = answer(&world, &key, &format!("/v1/projects/{late}")).await;
    assert_eq!(one, second["data"][5]);
    assert_eq!((&one["name"], &one["origins"], &one["site_key"]), (&json!("Shop"), &json!([SHOP]), &json!(late_key)));
    world.stop().await;
}

#[tokio::test]
async fn health_counts_every_beacon_by_its_outcome() {
    let (world, ada, shop, site_key) = world_with_a_shop().await;
    send(&world, &site_key, 0..5).await;
    let client = Client::new();
    let beacon = crate::world::beacon(&site_key, 1).to_string();
    for (origin, agent, status) in [
        ("https://evil.example", "Mozilla/5.0", 403),
        (SHOP, "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)", 202),
    ] {
        let sent = insistently(async || {
            let request = client.post(format!("{}/api/beacon", world.url)).header(header::ORIGIN, origin);
            request.header(header::USER_AGENT, agent).body(beacon.clone()).send().await.unwrap()
        });
        assert_eq!(sent.await.status(), status);
    }
    let key = key(&world, ada, ApiMode::Live, &["vitals:read"]).await;
    let health = answer(&world, &key, &format!("/v1/projects/{shop}/health")).await;
    assert_eq!((&health["received"], &health["stored"]), (&json!(7), &json!(6)));
    assert_eq!(health["rejected"], json!({ "origin_not_allowed": 1 }));
    assert_eq!((&health["limited"], &health["over_quota"]), (&json!(0), &json!(0)));
    assert_eq!(health["bots"].as_object().unwrap().values().map(|n| n.as_u64().unwrap()).sum::<u64>(), 1, "{health}");
    let before = format!("/v1/projects/{shop}/health?from=2020-01-01T00:00:00Z&to=2020-02-01T00:00:00Z");
    assert_eq!(answer(&world, &key, &before).await["received"], 0);
    world.stop().await;
}

#[tokio::test]
async fn whatever_is_wrong_is_told_at_once_and_by_name() {
    let (world, ada, shop, _) = world_with_a_shop().await;
    let key = key(&world, ada, ApiMode::Live, &["projects:read", "vitals:read"]).await;
    let names = async |path: String| {
        let (status, body) = problem(ask(&world, &key, &path).await).await;
        assert_eq!(status, 400, "{path}: {body}");
        let errors = body["errors"].as_array().unwrap().clone();
        assert!(
            errors.iter().all(|error| error["detail"].as_str().is_some_and(|words| words.ends_with('.'))),
            "{body}"
        );
        errors.iter().map(|error| error["parameter"].as_str().unwrap().to_owned()).collect::<Vec<_>>().join(" ")
    };
    let of = |rest: &str| format!("/v1/projects/{shop}/{rest}");
    for (path, expected) in [
        (of("vitals"), "metric"),
        (
            of("vitals?metric=speed&percentile=80&group_by=age&granularity=week"),
            "metric percentile granularity group_by",
        ),
        (of("vitals?metric=lcp&from=yesterday&to=tomorrow"), "from to"),
        (
            of("vitals?metric=lcp&filter[device]=watch&filter[colour]=red&filter[country]=%00"),
            "filter[colour] filter[device] filter[country]",
        ),
        (of("vitals?metric=lcp&metric=inp"), "metric"),
        (of("pageviews?cursor=x&limit=500"), "limit cursor"),
        (of("health?since=now"), "since"),
        (format!("/v1/projects/{shop}?include=all"), "include"),
        ("/v1/projects?cursor=..%2F..".to_owned(), "cursor"),
    ] {
        assert_eq!(names(path.clone()).await, expected, "{path}");
    }
    // Nothing of a hostile name runs or breaks out.
    let hostile = ask(&world, &key, &of("health?%3Cscript%3Ealert(1)%3C/script%3E%0d%0a=1")).await;
    assert_eq!(hostile.headers()["x-content-type-options"], "nosniff");
    assert_eq!(problem(hostile).await.0, 400);
    world.stop().await;
}

#[tokio::test]
async fn every_pair_of_times_has_an_answer() {
    let (world, ada, shop, site_key) = world_with_a_shop().await;
    send(&world, &site_key, 0..12).await;
    let live = key(&world, ada, ApiMode::Live, &["vitals:read"]).await;
    let test = key(&world, ada, ApiMode::Test, &["vitals:read"]).await;
    let told = async |key: &str, project: &str, times: &str| {
        let told = answer(&world, key, &format!("/v1/projects/{project}/vitals?metric=lcp{times}")).await;
        let points = told["series"].as_array().unwrap().len();
        let count = told["count"].as_u64().unwrap();
        (count, points, told["granularity"].as_str().unwrap().to_owned(), told["approximate"].as_bool().unwrap())
    };
    let tomorrow = (world.engine().now() + TimeDelta::days(1)).format("%Y-%m-%dT00:00:00Z").to_string();
    let days = |count, points, approximate| (count, points, "day".to_owned(), approximate);
    for (times, expected) in [
        // The wrong way round, at a moment, and longer than a series may be.
        (format!("&from={tomorrow}&to=2026-10-01T00:00:00Z"), None),
        ("&from=2026-01-01T00:00:00Z&to=2026-01-01T00:00:00Z".to_owned(), Some(days(0, 0, false))),
        (format!("&from=2000-01-01T00:00:00Z&to={tomorrow}"), Some(days(12, 400, false))),
        ("&from=2000-01-01T00:00:00Z&to=9999-12-31T23:59:59Z".to_owned(), Some(days(0, 400, true))),
        // Hours that are not kept any more.
        ("&granularity=hour&from=2026-01-01T00:00:00Z&to=2026-01-03T00:00:00Z".to_owned(), Some(days(0, 2, false))),
    ] {
        let live = told(&live, &shop.to_string(), &times).await;
        match expected {
            Some(expected) => assert_eq!(live, expected, "{times}"),
            None => assert_eq!((live.0, live.3), (12, false), "{times}"),
        }
        told(&test, "01990000-0000-7000-8000-000000000001", &times).await;
    }
    world.stop().await;
}

#[tokio::test]
async fn who_shows_no_open_key_is_told_how_to() {
    let (world, ada, shop, site_key) = world_with_a_shop().await;
    let good = key(&world, ada, ApiMode::Live, &["projects:read"]).await;
    let client = Client::new();
    let url = format!("{}/v1/projects", world.url);
    let bare = insistently(async || client.get(&url).send().await.unwrap()).await;
    assert_eq!(bare.headers()[header::WWW_AUTHENTICATE], "Bearer realm=\"PerfAlly\"");
    assert_eq!(problem(bare).await.0, 401);

    let mut mistyped = good.clone();
    mistyped.replace_range(20..21, if &good[20..21] == "x" { "y" } else { "x" });
    let mut words = Vec::new();
    for token in [mistyped.as_str(), "pr_live_", &site_key, "null"] {
        let refused = ask(&world, token, "/v1/projects").await;
        assert!(refused.headers()[header::WWW_AUTHENTICATE].to_str().unwrap().contains("invalid_token"), "{token}");
        assert!(refused.headers().get("ratelimit-limit").is_none());
        let (status, body) = problem(refused).await;
        assert_eq!(status, 401, "{token}");
        words.push(body);
    }
    words.dedup();
    assert_eq!(words.len(), 1, "all are told the same");

    // A session opens nothing here, and a key opens nothing elsewhere.
    let browser = world.browser();
    browser.sign_in(ADA).await;
    let with_cookie = browser.get("/v1/projects").await;
    assert_eq!(with_cookie.status(), 401);
    let stranger = world.browser();
    let request = stranger.request(reqwest::Method::GET, &format!("/projects/{shop}")).bearer_auth(&good);
    assert_eq!(stranger.send(request.header(header::ACCEPT, "text/html")).await.status(), 302);
    // What is no operation is no operation for anybody, in JSON also for browsers.
    assert_eq!(problem(browser.get("/v1/nothing").await).await.0, 404);
    let posted = client.post(&url).bearer_auth(&good).send().await.unwrap();
    assert!(posted.headers()[header::ALLOW].to_str().unwrap().contains("GET"));
    assert_eq!(problem(posted).await.0, 405);
    world.stop().await;
}

#[tokio::test]
async fn a_plans_requests_are_counted_down_and_then_refused_until_the_hour_is_over() {
    let world = World::new().await;
    let ada = world.user(ADA).await;
    let keys = [
        key(&world, ada, ApiMode::Live, &["projects:read"]).await,
        key(&world, ada, ApiMode::Live, &["projects:read"]).await,
    ];
    let header = |response: &Response, name: &str| response.headers()[name].to_str().unwrap().parse::<u32>().unwrap();
    // An hour may end while this runs.
    let mut left = Vec::new();
    let refused = loop {
        let response = ask(&world, &keys[left.len() % 2], "/v1/projects").await;
        assert_eq!(header(&response, "ratelimit-limit"), 60);
        assert!((1..=3_600).contains(&header(&response, "ratelimit-reset")));
        if response.status() == 429 {
            break response;
        }
        left.push(header(&response, "ratelimit-remaining"));
        assert!(left.len() <= 120, "{left:?}");
    };
    assert_eq!(left[left.len() - 60..], (0..60).rev().collect::<Vec<u32>>());
    assert_eq!(header(&refused, "retry-after"), header(&refused, "ratelimit-reset"));
    assert_eq!(header(&refused, "ratelimit-remaining"), 0);
    assert_eq!(problem(refused).await.0, 429);
    // A test key costs nothing.
    let test = key(&world, ada, ApiMode::Test, &["projects:read"]).await;
    assert_eq!(ask(&world, &test, "/v1/projects").await.status(), 200);
    // A larger plan holds from the next request.
    engine::billing::set_plan(world.engine(), &Actor::System, ADA, domain::billing::Plan::Pro).await.unwrap();
    assert_eq!(ask(&world, &keys[0], "/v1/projects").await.status(), 200);
    world.stop().await;
}

#[tokio::test]
async fn a_test_key_is_answered_the_same_on_every_server() {
    let mut answers = Vec::new();
    for _ in 0..2 {
        let world = World::new().await;
        let ada = world.user(ADA).await;
        let key = key(&world, ada, ApiMode::Test, &["projects:read", "vitals:read"]).await;
        let projects = answer(&world, &key, "/v1/projects").await;
        let id = projects["data"][0]["id"].as_str().unwrap();
        let mut all = vec![projects.clone()];
        for rest in ["", "/vitals?metric=lcp&group_by=device", "/pageviews", "/health"] {
            all.push(answer(&world, &key, &format!("/v1/projects/{id}{rest}")).await);
        }
        answers.push(all);
        world.stop().await;
    }
    assert_eq!(answers[0], answers[1]);
    assert!(answers[0][2]["count"].as_u64().unwrap() > 3_000);
}

#[tokio::test]
async fn the_page_for_developers_tells_every_operation_of_the_document() {
    let world = World::new().await;
    let document = Client::new().get(format!("{}/v1/openapi.json", world.url)).send().await.unwrap();
    assert_eq!(document.headers()[header::CONTENT_TYPE], "application/json");
    assert_eq!(document.text().await.unwrap(), server::api::document().to_string());
    let document = server::api::document();
    let page = world.browser().get("/developers").await;
    assert_eq!(page.status(), 200);
    let html = page.text().await.unwrap();
    for (path, item) in document["paths"].as_object().unwrap() {
        let operation = &item["get"];
        let id = operation["operationId"].as_str().unwrap();
        assert!(html.contains(&format!("id=\"{id}\"")) && html.contains(path.as_str()), "{path}");
        for parameter in operation["parameters"].as_array().into_iter().flatten() {
            assert!(html.contains(&format!(">{}<", parameter["name"].as_str().unwrap())), "{path} {parameter}");
        }
    }
    assert!(html.contains("/v1/openapi.json") && html.contains("/settings/api-keys"));
    world.stop().await;
}

#[tokio::test]
async fn a_key_is_shown_once_on_the_page_that_made_it() {
    let (world, ..) = world_with_a_shop().await;
    let browser = world.browser();
    browser.sign_in(ADA).await;
    let page = browser.get("/settings/api-keys").await.text().await.unwrap();
    let team = page.split("name=\"team\" value=\"").nth(1).and_then(|rest| rest.split('"').next()).unwrap().to_owned();
    let fields = [
        ("team", team.as_str()),
        ("name", "CI <b>"),
        ("mode", "live"),
        ("lifetime", "month"),
        ("scopes[]", "projects:read"),
        ("scopes[]", "vitals:read"),
    ];
    let made = browser.post("/api/ui/integrations/create-api-key", &fields).await;
    assert_eq!(made.headers()[header::LOCATION], "/settings/api-keys#new");
    let shown = browser.get("/settings/api-keys").await;
    assert_eq!(shown.headers()[header::CACHE_CONTROL], "no-store");
    let shown = shown.text().await.unwrap();
    let at = shown.find("pr_live_").unwrap();
    let key = shown[at..at + 44].to_owned();
    assert_eq!(ask(&world, &key, "/v1/projects").await.status(), 200);
    let again = browser.get("/settings/api-keys").await.text().await.unwrap();
    assert!(!again.contains(&key) && again.contains(&format!("{}…{}", &key[..12], &key[40..])), "{again}");
    assert!(again.contains("CI &lt;b&gt;") && !again.contains("CI <b>"));

    // It is asked once more, and then the key is dead.
    let id = again.split("?revoke=").nth(1).and_then(|rest| rest.split(['#', '"', '&']).next()).unwrap().to_owned();
    let sure = browser.get(&format!("/settings/api-keys?revoke={id}")).await.text().await.unwrap();
    assert!(sure.contains("Revoke CI") && sure.contains(&format!("value=\"{id}\"")), "{sure}");
    assert_eq!(ask(&world, &key, "/v1/projects").await.status(), 200);
    browser.post("/api/ui/integrations/revoke-api-key", &[("team", &team), ("key", &id)]).await;
    assert_eq!(ask(&world, &key, "/v1/projects").await.status(), 401);
    assert!(
        browser.get("/settings/api-keys").await.text().await.unwrap().contains("Revoked: it opens nothing any more")
    );

    // Without any scope nothing is made, and the form says so.
    browser.post("/api/ui/integrations/create-api-key", &fields[..4]).await;
    let refused = browser.get("/settings/api-keys").await.text().await.unwrap();
    assert!(refused.contains("Choose at least one"), "{refused}");
    let mut connection = PgConnection::connect(&world.database.url).await.unwrap();
    let rows = connection.execute("select from api_keys").await.unwrap();
    assert_eq!(rows.rows_affected(), 1);
    world.stop().await;
}
