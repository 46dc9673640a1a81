//! People: from the form to the mail to the session, with and without scripts.

use reqwest::{Response, header};
use serde_json::Value;

use crate::world::{Browser, PASSWORD, World};

const ADA: &str = "ada@example.com";

/// What our own scripts read.
async fn read(browser: &Browser, path: &str) -> Response {
    let request = browser.request(reqwest::Method::GET, &format!("/api/ui/{path}"));
    browser.send(request.header(header::ACCEPT, "application/json").header("sec-fetch-site", "same-origin")).await
}

async fn viewer(browser: &Browser) -> Value {
    let answer = read(browser, "accounts/profile").await;
    if answer.status() == 401 {
        return Value::Null;
    }
    assert_eq!(answer.status(), 200);
    answer.json().await.expect("JSON")
}

async fn sessions(browser: &Browser) -> Vec<Value> {
    let answer = read(browser, "accounts/sessions").await;
    assert_eq!(answer.status(), 200);
    answer.json().await.expect("a list")
}

/// The cookies that an answer sets, whole.
fn cookies(answer: &Response) -> Vec<String> {
    answer.headers().get_all(header::SET_COOKIE).iter().map(|line| line.to_str().unwrap().to_owned()).collect()
}

fn leads_to(answer: &Response) -> &str {
    assert_eq!(answer.status(), 302);
    answer.headers()[header::LOCATION].to_str().unwrap()
}

fn token_of(link: &str) -> String {
    let url = url::Url::parse(&format!("http://x{link}")).unwrap();
    url.query_pairs().find(|(name, _)| name == "token").unwrap().1.into_owned()
}

#[tokio::test]
async fn somebody_signs_up_confirms_by_mail_and_signs_out_without_scripts() {
    let world = World::new().await;
    let browser = world.browser();
    let fields = [("name", "Ada"), ("email", ADA), ("password", PASSWORD), ("time_zone", "Europe/London")];
    let answer = browser.post("/api/ui/accounts/sign-up", &fields).await;
    assert_eq!(leads_to(&answer), "/sign-up");
    assert!(browser.cookie("perfally").is_none(), "signed in before the address was confirmed");
    assert!(viewer(&browser).await.is_null());

    let link = world.link_for(ADA).await;
    assert!(link.starts_with("/confirm?token="), "{link}");
    // Mail scanners open links: twice, without an effect.
    for _ in 0..2 {
        let page = browser.get(&link).await;
        assert_eq!(page.status(), 200);
        assert!(cookies(&page).iter().all(|cookie| !cookie.starts_with("perfally=")));
    }
    assert!(viewer(&browser).await.is_null());
    let answer = browser.post("/api/ui/accounts/confirm", &[("token", &token_of(&link))]).await;
    assert_eq!(leads_to(&answer), "/projects");
    assert_eq!(viewer(&browser).await["email"], ADA);
    assert_eq!(browser.get("/projects").await.status(), 200);

    // The link works once.
    let other = world.browser();
    other.post("/api/ui/accounts/confirm", &[("token", &token_of(&link))]).await;
    assert!(viewer(&other).await.is_null());

    let answer = browser.post("/api/ui/accounts/sign-out", &[]).await;
    assert_eq!(leads_to(&answer), "/");
    assert!(browser.cookie("perfally").is_none());
    assert!(viewer(&browser).await.is_null());
    assert_eq!(world.database.number("select count(*) from sessions").await, 0);
    world.stop().await;
}

#[tokio::test]
async fn sessions_are_listed_and_ended_from_another_browser() {
    let world = World::new().await;
    world.user(ADA).await;
    let (desk, phone, library) = (world.browser(), world.browser(), world.browser());
    for browser in [&desk, &phone, &library] {
        browser.sign_in(ADA).await;
    }
    let listed = sessions(&desk).await;
    assert_eq!(listed.len(), 3);
    assert_eq!(listed.iter().filter(|session| session["here"] == true).count(), 1);
    assert!(listed.iter().all(|session| session["browser"] == "Firefox on Linux"), "{listed:?}");

    let of_phone = sessions(&phone).await.into_iter().find(|session| session["here"] == true).unwrap();
    let hash = of_phone["hash_hex"].as_str().unwrap();
    assert_eq!(desk.call("/api/ui/accounts/revoke-session", &[("hash_hex", hash)]).await.status(), 200);
    assert!(viewer(&phone).await.is_null(), "a revoked session holds from the next request");
    assert_eq!(viewer(&library).await["email"], ADA);

    assert_eq!(desk.call("/api/ui/accounts/revoke-other-sessions", &[]).await.status(), 200);
    assert!(viewer(&library).await.is_null());
    assert_eq!(viewer(&desk).await["email"], ADA);
    assert_eq!(sessions(&desk).await.len(), 1);
    world.stop().await;
}

#[tokio::test]
async fn the_cookie_is_for_this_server_alone_and_its_id_is_in_no_table() {
    let world = World::new().await;
    world.user(ADA).await;
    let browser = world.browser();
    let answer = browser.call("/api/ui/accounts/sign-in", &[("email", ADA), ("password", PASSWORD)]).await;
    let cookie = cookies(&answer).into_iter().find(|cookie| cookie.starts_with("perfally=")).expect("a cookie");
    for part in ["HttpOnly", "SameSite=Lax", "Path=/", "Max-Age=2592000"] {
        assert!(cookie.contains(part), "{part} is missing in {cookie}");
    }
    assert!(!cookie.contains("Domain") && !cookie.contains("Secure"), "{cookie}");
    // A dump of the table opens nothing: the cookie is not in it, in any form.
    let id = browser.cookie("perfally").unwrap();
    let dump = {
        use sqlx::Connection as _;
        let mut connection = sqlx::PgConnection::connect(&world.database.url).await.unwrap();
        let row: String =
            sqlx::query_scalar("select sessions::text from sessions").fetch_one(&mut connection).await.unwrap();
        row
    };
    use base64::Engine as _;
    let bytes = base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(&id).unwrap();
    let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    assert!(bytes.len() >= 16 && !dump.contains(&id) && !dump.contains(&hex), "{dump}");
    world.stop().await;
}

#[tokio::test]
async fn with_https_the_cookie_is_bound_to_the_host() {
    let world = World::with(&[("PUBLIC_URL", "https://perfally.example")], |_| {}).await;
    world.user(ADA).await;
    let answer = world.browser().call("/api/ui/accounts/sign-in", &[("email", ADA), ("password", PASSWORD)]).await;
    let cookie = cookies(&answer).into_iter().find(|cookie| cookie.starts_with("__Host-perfally=")).expect("a cookie");
    assert!(
        cookie.contains("Secure")
            && cookie.contains("HttpOnly")
            && cookie.contains("Path=/")
            && !cookie.contains("Domain"),
        "{cookie}"
    );
    world.stop().await;
}

#[tokio::test]
async fn visitors_get_no_session_and_leave_no_row() {
    let world = World::new().await;
    let browser = world.browser();
    for path in ["/", "/pricing", "/demo", "/sign-in", "/sign-up", "/projects", "/nowhere"] {
        let answer = browser.get(path).await;
        assert!(cookies(&answer).iter().all(|cookie| !cookie.starts_with("perfally")), "{path}");
    }
    browser.call("/api/ui/accounts/sign-in", &[("email", ADA), ("password", "wrong password")]).await;
    assert!(browser.cookie("perfally").is_none());
    assert_eq!(world.database.number("select count(*) from sessions").await, 0);
    world.stop().await;
}

#[tokio::test]
async fn an_id_that_somebody_planted_is_worth_nothing_after_signing_in() {
    let world = World::new().await;
    world.user(ADA).await;
    let planted = "AAAAAAAAAAAAAAAAAAAAAA";
    let browser = world.browser();
    browser.set_cookie("perfally", planted);
    browser.sign_in(ADA).await;
    let first = browser.cookie("perfally").unwrap();
    assert_ne!(first, planted);
    // Also one's own id of before is over.
    browser.sign_in(ADA).await;
    assert_ne!(browser.cookie("perfally").unwrap(), first);
    for old in [planted, &first] {
        let thief = world.browser();
        thief.set_cookie("perfally", old);
        assert!(viewer(&thief).await.is_null(), "{old}");
    }
    assert_eq!(viewer(&browser).await["email"], ADA);
    world.stop().await;
}

#[tokio::test]
async fn a_known_and_an_unknown_address_are_answered_alike() {
    let world = World::new().await;
    world.user(ADA).await;
    let mut answers = Vec::new();
    for email in [ADA, "nobody@example.com"] {
        let answer =
            world.browser().call("/api/ui/accounts/sign-in", &[("email", email), ("password", "wrong password")]).await;
        answers.push((answer.status(), answer.text().await.unwrap()));
        let answer = world.browser().call("/api/ui/accounts/forgot-password", &[("email", email)]).await;
        answers.push((answer.status(), answer.text().await.unwrap()));
        let fields = [("name", "Ada"), ("email", email), ("password", PASSWORD)];
        let answer = world.browser().call("/api/ui/accounts/sign-up", &fields).await;
        answers.push((answer.status(), answer.text().await.unwrap()));
    }
    let unknown = answers.split_off(3);
    assert_eq!(answers, unknown);
    world.stop().await;
}

#[tokio::test]
async fn a_new_password_by_mail_ends_every_session_of_before() {
    let world = World::new().await;
    world.user(ADA).await;
    let thief = world.browser();
    thief.sign_in(ADA).await;
    let browser = world.browser();
    assert_eq!(browser.call("/api/ui/accounts/forgot-password", &[("email", ADA)]).await.status(), 200);
    let link = world.link_for(ADA).await;
    assert!(link.starts_with("/reset-password?token="), "{link}");
    assert_eq!(browser.get(&link).await.status(), 200);
    let new = "eleven loud bells in the valley";
    let answer =
        browser.post("/api/ui/accounts/reset-password", &[("token", &token_of(&link)), ("password", new)]).await;
    assert_eq!(leads_to(&answer), "/projects");
    assert_eq!(viewer(&browser).await["email"], ADA);
    assert!(viewer(&thief).await.is_null());
    let old = world.browser().call("/api/ui/accounts/sign-in", &[("email", ADA), ("password", PASSWORD)]).await;
    assert_eq!(old.status(), 422);
    world.stop().await;
}

#[tokio::test]
async fn a_form_without_scripts_comes_back_with_what_is_wrong_and_never_to_another_site() {
    let world = World::new().await;
    let browser = world.browser();
    let request = browser
        .request(reqwest::Method::POST, "/api/ui/accounts/sign-in")
        .header("sec-fetch-site", "same-origin")
        .header(header::ACCEPT, "text/html")
        .header(header::REFERER, "https://evil.example/phish")
        .form(&[("email", ADA), ("password", "wrong password")]);
    let answer = browser.send(request).await;
    assert_eq!(leads_to(&answer), "/sign-in");
    let page = browser.get("/sign-in").await.text().await.unwrap();
    assert!(page.contains(ADA) && !page.contains("wrong password"), "{page}");
    world.user(ADA).await;
    for next in ["https://evil.example", "//evil.example", "/\\evil.example"] {
        let fields = [("email", ADA), ("password", PASSWORD), ("next", next)];
        let answer = world.browser().post("/api/ui/accounts/sign-in", &fields).await;
        assert_eq!(leads_to(&answer), "/projects", "{next}");
    }
    world.stop().await;
}
