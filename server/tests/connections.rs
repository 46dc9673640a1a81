//! How the door treats clients that are slow, silent or many.

use std::time::{Duration, Instant};

use server::config::Config;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};

use crate::world::World;

/// Impatient with all but the idle.
fn impatient(config: &mut Config) {
    config.patience.head = Duration::from_millis(600);
    config.patience.body = Duration::from_millis(600);
    config.patience.unread = Duration::from_millis(600);
}

async fn connect(world: &World) -> TcpStream {
    TcpStream::connect(world.running.address).await.unwrap()
}

/// What comes until the server closes, and how long that took.
async fn until_closed(stream: &mut TcpStream) -> (String, Duration) {
    let began = Instant::now();
    let mut text = Vec::new();
    let read = tokio::time::timeout(Duration::from_secs(8), stream.read_to_end(&mut text)).await;
    assert!(read.is_ok(), "the server kept the connection; it said {:?}", String::from_utf8_lossy(&text));
    (String::from_utf8_lossy(&text).into_owned(), began.elapsed())
}

#[tokio::test]
async fn a_head_that_does_not_end_is_given_up() {
    let world = World::with(&[], impatient).await;
    let mut stream = connect(&world).await;
    stream.write_all(b"GET /healthz HTTP/1.1\r\nHost: x\r\nX-Slow: ").await.unwrap();
    let (text, took) = until_closed(&mut stream).await;
    assert!(text.is_empty() || text.starts_with("HTTP/1.1 4"), "{text}");
    assert!(took > Duration::from_millis(500) && took < Duration::from_secs(5), "{took:?}");
    world.stop().await;
}

#[tokio::test]
async fn a_head_that_trickles_gains_no_time_by_each_byte() {
    let world = World::with(&[], impatient).await;
    let mut stream = connect(&world).await;
    let began = Instant::now();
    let mut ended = false;
    for byte in b"GET /healthz HTTP/1.1\r\nHost: xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx".iter().cycle().take(120) {
        tokio::time::sleep(Duration::from_millis(50)).await;
        let mut scrap = [0; 1];
        let closed = matches!(stream.try_read(&mut scrap), Ok(0));
        if closed || stream.write_all(&[*byte]).await.is_err() {
            ended = true;
            break;
        }
    }
    assert!(ended && began.elapsed() < Duration::from_secs(5), "{:?}", began.elapsed());
    world.stop().await;
}

#[tokio::test]
async fn a_silent_connection_may_wait_a_while_and_is_then_closed() {
    let world = World::with(&[], |config| {
        impatient(config);
        config.patience.idle = Duration::from_millis(2_000);
    })
    .await;
    let mut silent = connect(&world).await;
    let mut kept = connect(&world).await;
    kept.write_all(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n").await.unwrap();
    // Longer than a head may take, shorter than it may be idle.
    tokio::time::sleep(Duration::from_millis(1_000)).await;
    kept.write_all(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n").await.unwrap();
    let ((first, _), (second, took)) = tokio::join!(until_closed(&mut silent), until_closed(&mut kept));
    assert_eq!(first, "");
    assert_eq!(second.matches("HTTP/1.1 200 OK").count(), 2, "{second}");
    assert!(took > Duration::from_millis(1_500), "{took:?}");
    world.stop().await;
}

#[tokio::test]
async fn a_body_that_does_not_come_is_answered_in_time() {
    let world = World::with(&[], impatient).await;
    for path in ["/api/beacon", "/api/ui/accounts/sign-in"] {
        let mut stream = connect(&world).await;
        let head = format!(
            "POST {path} HTTP/1.1\r\nHost: x\r\nSec-Fetch-Site: same-origin\r\nContent-Length: 100\r\n\
             Content-Type: application/x-www-form-urlencoded\r\nConnection: close\r\n\r\nemail="
        );
        stream.write_all(head.as_bytes()).await.unwrap();
        let (text, took) = until_closed(&mut stream).await;
        assert!(text.starts_with("HTTP/1.1 408 "), "{path}: {text}");
        assert!(took < Duration::from_secs(6), "{path}: {took:?}");
    }
    world.stop().await;
}

#[tokio::test]
async fn a_client_that_does_not_read_its_answer_is_given_up() {
    let world = World::with(&[("PERFALLY_RATE_LIMITS", "off")], impatient).await;
    let mut stream = connect(&world).await;
    // Requests without end, of which no answer is ever read: the socket fills up.
    let request = b"GET /_a/0123456789ab/pkg/large.js HTTP/1.1\r\nHost: x\r\n\r\n".repeat(2_000);
    let gone =
        tokio::time::timeout(Duration::from_secs(10), async { while stream.write_all(&request).await.is_ok() {} });
    assert!(gone.await.is_ok(), "the server holds a connection that nobody reads");
    world.stop().await;
}

#[tokio::test]
async fn one_address_has_its_share_of_connections_and_gets_it_back() {
    let world = World::new().await;
    let mut held = Vec::new();
    for _ in 0..256 {
        let mut stream = connect(&world).await;
        stream.write_all(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n").await.unwrap();
        let mut start = [0; 12];
        stream.read_exact(&mut start).await.unwrap();
        assert_eq!(&start, b"HTTP/1.1 200");
        held.push(stream);
    }
    let mut one_more = connect(&world).await;
    one_more.write_all(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n").await.unwrap();
    let (text, _) = until_closed(&mut one_more).await;
    assert!(text.starts_with("HTTP/1.1 429 ") && text.contains("Retry-After: 1"), "{text}");
    drop(held);
    tokio::time::sleep(Duration::from_millis(200)).await;
    assert_eq!(crate::world::status(&format!("{}/healthz", world.url)).await, Some(200));
    world.stop().await;
}

#[tokio::test]
async fn a_form_too_large_is_refused_with_words() {
    let world = World::new().await;
    let large = "x".repeat(300_000);
    let response = world.browser().call("/api/ui/accounts/sign-in", &[("email", &large), ("password", "x")]).await;
    assert_eq!(response.status(), 413);
    assert!(response.text().await.unwrap().contains("256 KiB"));
    world.stop().await;
}

#[tokio::test]
async fn http_2_is_spoken_too() {
    let world = World::new().await;
    let _ = rustls::crypto::ring::default_provider().install_default();
    let client = reqwest::Client::builder().http2_prior_knowledge().build().unwrap();
    for _ in 0..3 {
        let response = client.get(format!("{}/healthz", world.url)).send().await.unwrap();
        assert_eq!((response.version(), response.status().as_u16()), (http::Version::HTTP_2, 200));
    }
    world.stop().await;
}
