//! What senders of beacons are answered.

use std::time::{Duration, Instant};

use reqwest::{Body, Response, header};
use serde_json::Value;

use crate::world::{World, beacon, insistently};

async fn send<B: Into<Body>>(world: &World, body: impl Fn() -> B, origin: &str) -> Response {
    send_as(world, "text/plain;charset=UTF-8", body, origin).await
}

async fn send_as<B: Into<Body>>(world: &World, content_type: &str, body: impl Fn() -> B, origin: &str) -> Response {
    let client = reqwest::Client::new();
    insistently(async || {
        let request = client.post(format!("{}/api/beacon", world.url));
        let request = request.header(header::CONTENT_TYPE, content_type).header(header::ORIGIN, origin);
        request.body(body()).send().await.expect("an answer")
    })
    .await
}

/// The status and the code of a refusal; words for its reader stand beside it.
async fn refusal(response: Response) -> (u16, String) {
    assert_eq!(response.headers()[header::ACCESS_CONTROL_ALLOW_ORIGIN], "*");
    assert_eq!(response.headers()[header::CONTENT_TYPE], "application/json");
    let status = response.status().as_u16();
    let body: Value = response.json().await.expect("JSON");
    assert!(body["error"]["message"].as_str().is_some_and(|message| message.ends_with('.')), "{body}");
    (status, body["error"]["code"].as_str().unwrap_or_default().to_owned())
}

const SHOP: &str = "https://shop.example";

#[tokio::test]
async fn a_beacon_is_accepted_once_it_is_stored() {
    let world = World::new().await;
    world.user("ada@example.com").await;
    let (_, key) = world.project("ada@example.com", SHOP).await;
    for content_type in ["text/plain", "application/json", "application/x-www-form-urlencoded", "nonsense"] {
        let body = beacon(&key, 1).to_string();
        let response = send_as(&world, content_type, || body.clone(), SHOP).await;
        assert_eq!(response.status(), 202, "{content_type}");
        assert_eq!(response.headers()[header::ACCESS_CONTROL_ALLOW_ORIGIN], "*");
        assert!(response.headers().get(header::ACCESS_CONTROL_ALLOW_CREDENTIALS).is_none());
        assert!(response.headers().get(header::SET_COOKIE).is_none());
        assert_eq!(response.text().await.unwrap(), "");
    }
    assert_eq!(world.database.number("select count(*) from page_views").await, 4);
    world.stop().await;
}

#[tokio::test]
async fn each_refusal_has_its_status_and_its_code() {
    let world = World::new().await;
    world.user("ada@example.com").await;
    let (_, key) = world.project("ada@example.com", SHOP).await;
    let with = |field: &str, value: Value| {
        let mut beacon = beacon(&key, 1);
        beacon[field] = value;
        beacon.to_string()
    };
    let cases = [
        (String::new(), SHOP, 400, "unreadable"),
        ("{".to_owned(), SHOP, 400, "unreadable"),
        ("[[[]]]".to_owned(), SHOP, 400, "unreadable"),
        (with("v", 2.into()), SHOP, 400, "unsupported_version"),
        (with("id", "42".into()), SHOP, 400, "bad_id"),
        (with("url", "ftp://shop.example/".into()), SHOP, 400, "bad_url"),
        (with("key", "pa_00000000000000000000".into()), SHOP, 403, "unknown_key"),
        (with("url", "https://evil.example/".into()), "https://evil.example", 403, "origin_not_allowed"),
        (format!("{{\"a\":\"{}\"}}", "x".repeat(64 * 1024)), SHOP, 413, "too_large"),
    ];
    for (body, origin, status, code) in cases {
        let start: String = body.chars().take(80).collect();
        assert_eq!(refusal(send(&world, || body.clone(), origin).await).await, (status, code.to_owned()), "{start}");
    }
    assert_eq!(world.database.number("select count(*) from page_views").await, 0);
    world.stop().await;
}

#[tokio::test]
async fn bytes_are_counted_also_when_their_number_was_not_told() {
    let world = World::new().await;
    world.user("ada@example.com").await;
    let (_, key) = world.project("ada@example.com", SHOP).await;
    let pieces = |text: &str| {
        let pieces: Vec<Result<Vec<u8>, std::io::Error>> =
            text.as_bytes().chunks(1_000).map(|piece| Ok(piece.to_vec())).collect();
        Body::wrap_stream(futures::stream::iter(pieces))
    };
    let large = format!("{{\"a\":\"{}\"}}", "x".repeat(70_000));
    assert_eq!(refusal(send(&world, || pieces(&large), SHOP).await).await, (413, "too_large".to_owned()));
    let exact = {
        let beacon = beacon(&key, 1).to_string();
        format!("{beacon}{}", " ".repeat(64 * 1024 - beacon.len()))
    };
    assert_eq!(send(&world, || pieces(&exact), SHOP).await.status(), 202);
    world.stop().await;
}

#[tokio::test]
async fn a_browser_that_asks_first_is_told_that_every_site_may_send() {
    let world = World::new().await;
    let client = reqwest::Client::new();
    let url = format!("{}/api/beacon", world.url);
    let response = client.request(reqwest::Method::OPTIONS, &url).header(header::ORIGIN, SHOP).send().await.unwrap();
    assert_eq!(response.status(), 204);
    assert_eq!(response.headers()[header::ACCESS_CONTROL_ALLOW_ORIGIN], "*");
    assert_eq!(response.headers()[header::ACCESS_CONTROL_ALLOW_METHODS], "POST");
    assert_eq!(response.headers()[header::ACCESS_CONTROL_ALLOW_HEADERS], "content-type");
    assert!(response.headers().get(header::ACCESS_CONTROL_ALLOW_CREDENTIALS).is_none());
    let wrong = client.get(&url).send().await.unwrap();
    assert_eq!(wrong.headers()[header::ALLOW], "POST, OPTIONS");
    assert_eq!(refusal(wrong).await, (405, "method_not_allowed".to_owned()));
    world.stop().await;
}

#[tokio::test]
async fn an_address_over_its_limit_is_told_when_to_come_again() {
    let world = World::new().await;
    let client = reqwest::Client::new();
    let url = format!("{}/api/beacon", world.url);
    let mut limited = None;
    let began = Instant::now();
    while limited.is_none() && began.elapsed() < Duration::from_secs(20) {
        let answers = (0..64).map(|_| client.post(&url).body("{").send());
        let answers = futures::future::join_all(answers).await;
        limited = answers.into_iter().filter_map(Result::ok).find(|answer| answer.status() == 429);
    }
    let limited = limited.expect("a limit");
    assert!(limited.headers()[header::RETRY_AFTER].to_str().unwrap().parse::<u32>().unwrap() >= 1);
    assert_eq!(refusal(limited).await, (429, "rate_limited".to_owned()));
    world.stop().await;
}

#[tokio::test]
async fn limits_by_address_can_be_lifted() {
    let world = World::with(&[("PERFALLY_RATE_LIMITS", "off")], |_| {}).await;
    let client = reqwest::Client::new();
    let url = format!("{}/api/beacon", world.url);
    for _ in 0..20 {
        let answers = futures::future::join_all((0..50).map(|_| client.post(&url).body("{").send())).await;
        assert!(answers.into_iter().all(|answer| answer.unwrap().status() != 429));
    }
    world.stop().await;
}

#[tokio::test]
async fn a_sender_who_hangs_up_does_not_stop_the_beacon() {
    use tokio::io::AsyncWriteExt as _;
    let world = World::new().await;
    world.user("ada@example.com").await;
    let (_, key) = world.project("ada@example.com", SHOP).await;
    for _ in 0..20 {
        let body = beacon(&key, 1).to_string();
        let head =
            format!("POST /api/beacon HTTP/1.1\r\nHost: x\r\nOrigin: {SHOP}\r\nContent-Length: {}\r\n\r\n", body.len());
        let mut stream = tokio::net::TcpStream::connect(world.running.address).await.unwrap();
        stream.write_all(format!("{head}{body}").as_bytes()).await.unwrap();
        // Some leave at once, some a moment later.
        tokio::time::sleep(Duration::from_millis(rand::random_range(0..4))).await;
        drop(stream);
    }
    // What was taken is stored whole; nothing is stored twice or half.
    let mut stored = 0;
    for _ in 0..50 {
        tokio::time::sleep(Duration::from_millis(200)).await;
        let now = world.database.number("select count(*) from page_views").await;
        if now > 0 && now == stored {
            break;
        }
        stored = now;
    }
    assert!((1..=20).contains(&stored), "{stored}");
    let one_more = beacon(&key, 1).to_string();
    assert_eq!(send(&world, || one_more.clone(), SHOP).await.status(), 202);
    assert_eq!(world.database.number("select count(*) from page_views").await, stored + 1);
    world.stop().await;
}
