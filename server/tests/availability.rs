//! The database goes away and comes back; the process stays.

use std::{
    process::Command,
    time::{Duration, Instant},
};

use domain::accounts::Actor;
use engine::accounts;
use reqwest::header;
use server::serve::Running;

use crate::world::{Browser, Folder, PASSWORD, config};

const ADA: &str = "ada@example.com";

/// A server with a PostgreSQL of its own, ready, and the browser of somebody who is signed in.
async fn own() -> (Running, Folder, Browser) {
    let folder = Folder::new();
    let running = Running::start(config(&folder, &[])).await.expect("a server");
    running.server.availability.open().await;
    let browser = Browser::new(&format!("http://{}", running.address));
    accounts::add_user(&running.server.engine, &Actor::System, ADA, PASSWORD).await.expect("a user");
    browser.sign_in(ADA).await;
    (running, folder, browser)
}

fn postmaster(folder: &Folder) -> String {
    let file = folder.path("data/postgres/postmaster.pid");
    std::fs::read_to_string(file).expect("a running PostgreSQL").lines().next().unwrap().to_owned()
}

fn signal(signal: &str, process: &str) {
    assert!(Command::new("kill").args([signal, process]).status().unwrap().success());
}

async fn everything_says_503(browser: &Browser) {
    for (path, accept, content_type) in [
        ("/", "text/html", "text/html; charset=utf-8"),
        ("/projects", "text/html", "text/html; charset=utf-8"),
        ("/demo", "text/html", "text/html; charset=utf-8"),
        ("/api/ui/accounts/profile", "application/json", "application/problem+json"),
    ] {
        let began = Instant::now();
        let answer = browser.send(browser.request(reqwest::Method::GET, path).header(header::ACCEPT, accept)).await;
        assert_eq!(answer.status(), 503, "{path}");
        assert!(began.elapsed() < Duration::from_secs(2), "{path} took {:?}", began.elapsed());
        assert_eq!(answer.headers()[header::CONTENT_TYPE], content_type, "{path}");
        assert!(answer.headers().get(header::RETRY_AFTER).is_some(), "{path}");
        assert!(answer.headers().get(header::CONTENT_SECURITY_POLICY).is_some(), "{path}");
        assert!(answer.text().await.unwrap().contains("database"), "{path}");
    }
    let began = Instant::now();
    let beacon = crate::world::beacon("pa_00000000000000000000", 1).to_string();
    let answer = browser.send(browser.request(reqwest::Method::POST, "/api/beacon").body(beacon)).await;
    assert_eq!(answer.status(), 503);
    assert!(began.elapsed() < Duration::from_secs(2), "a beacon took {:?}", began.elapsed());
    assert!(answer.headers().get(header::RETRY_AFTER).is_some());
    let body: serde_json::Value = answer.json().await.unwrap();
    assert_eq!(body["error"]["code"], "away");
    let ready = browser.get("/readyz").await;
    assert_eq!(ready.status(), 503);
    assert_eq!(browser.get("/healthz").await.status(), 200);
    // The outage is known by now: nobody is led on to a sign-in that could not work either.
    assert_eq!(Browser::new(browser.base()).get("/projects").await.status(), 503);
}

async fn works_again(browser: &Browser, within: Duration) {
    let began = Instant::now();
    while browser.get("/").await.status() != 200 {
        assert!(began.elapsed() < within, "not back after {:?}", began.elapsed());
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let beacon = crate::world::beacon("pa_00000000000000000000", 1).to_string();
    let answer = loop {
        let answer = browser.send(browser.request(reqwest::Method::POST, "/api/beacon").body(beacon.clone())).await;
        if answer.status() != 503 || began.elapsed() > within {
            break answer;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    };
    assert_eq!(answer.status(), 403, "an unknown key is told only by a database that answers");
    assert_eq!(browser.get("/readyz").await.status(), 200);
}

#[tokio::test]
async fn a_frozen_database_is_answered_for_within_a_second_and_comes_back() {
    let (running, folder, browser) = own().await;
    works_again(&browser, Duration::from_secs(1)).await;
    let process = postmaster(&folder);
    let all = || {
        // The postmaster and every process of it.
        let children = Command::new("pgrep").args(["-P", &process]).output().unwrap();
        let children = String::from_utf8_lossy(&children.stdout).into_owned();
        std::iter::once(process.clone()).chain(children.lines().map(ToOwned::to_owned)).collect::<Vec<_>>()
    };
    let frozen = all();
    frozen.iter().for_each(|process| signal("-STOP", process));
    tokio::time::sleep(Duration::from_millis(1_100)).await;
    everything_says_503(&browser).await;
    frozen.iter().for_each(|process| signal("-CONT", process));
    works_again(&browser, Duration::from_secs(5)).await;
    running.stop().await;
}

#[tokio::test]
async fn a_request_that_the_outage_catches_is_answered_too() {
    let (running, folder, browser) = own().await;
    let process = postmaster(&folder);
    let children = Command::new("pgrep").args(["-P", &process]).output().unwrap();
    let children = String::from_utf8_lossy(&children.stdout).into_owned();
    children.lines().chain([process.as_str()]).for_each(|process| signal("-STOP", process));
    // At once: the watch has not noticed yet, and the beacon waits for the database.
    let began = Instant::now();
    let beacon = crate::world::beacon("pa_00000000000000000001", 1).to_string();
    let answer = browser.send(browser.request(reqwest::Method::POST, "/api/beacon").body(beacon)).await;
    assert_eq!(answer.status(), 503);
    assert!(began.elapsed() < Duration::from_secs(2), "{:?}", began.elapsed());
    children.lines().chain([process.as_str()]).for_each(|process| signal("-CONT", process));
    works_again(&browser, Duration::from_secs(5)).await;
    running.stop().await;
}

#[tokio::test]
async fn a_database_that_is_killed_is_started_again_and_the_process_stays() {
    let (running, folder, browser) = own().await;
    for _ in 0..3 {
        let process = postmaster(&folder);
        signal("-KILL", &process);
        let began = Instant::now();
        while running.server.availability.now().database && began.elapsed() < Duration::from_secs(2) {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        works_again(&browser, Duration::from_secs(8)).await;
        assert_ne!(postmaster(&folder), process);
    }
    running.stop().await;
    assert!(!folder.path("data/postgres/postmaster.pid").exists(), "PostgreSQL outlived its server");
}
