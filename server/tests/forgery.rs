//! Changes that another site's page asks for.

use reqwest::{Method, header};

use crate::world::{PASSWORD, World};

#[tokio::test]
async fn a_form_of_another_site_changes_nothing() {
    let world = World::new().await;
    world.user("ada@example.com").await;
    let fields = [("email", "ada@example.com"), ("password", PASSWORD)];
    let foreign: [&[(&str, &str)]; 7] = [
        &[("sec-fetch-site", "cross-site")],
        &[("sec-fetch-site", "same-site")],
        &[("sec-fetch-site", "cross-site"), ("origin", "http://perfally.example")],
        &[("origin", "https://evil.example")],
        &[("origin", "null")],
        &[("referer", "http://127.0.0.1/sign-in")],
        &[],
    ];
    for headers in foreign {
        let browser = world.browser();
        let mut request = browser.request(Method::POST, "/api/ui/accounts/sign-in").form(&fields);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let answer = browser.send(request).await;
        assert_eq!(answer.status(), 403, "{headers:?}");
        assert_eq!(answer.headers()[header::CONTENT_TYPE], "application/problem+json", "{headers:?}");
        assert!(browser.cookie("perfally").is_none(), "{headers:?}");
    }
    assert_eq!(world.database.number("select count(*) from sessions").await, 0);
    world.stop().await;
}

#[tokio::test]
async fn forms_of_our_own_pages_pass_in_new_browsers_and_in_old_ones() {
    let world = World::new().await;
    world.user("ada@example.com").await;
    let fields = [("email", "ada@example.com"), ("password", PASSWORD)];
    let own = [("sec-fetch-site", "same-origin"), ("sec-fetch-site", "none"), ("origin", world.url.as_str())];
    for (name, value) in own {
        let browser = world.browser();
        let request = browser.request(Method::POST, "/api/ui/accounts/sign-in").header(name, value).form(&fields);
        let answer = browser.send(request).await;
        assert!(
            answer.status().is_success() || answer.status().is_redirection(),
            "{name}: {value}: {}",
            answer.status()
        );
        assert!(browser.cookie("perfally").is_some(), "{name}: {value}");
    }
    world.stop().await;
}

#[tokio::test]
async fn no_get_changes_anything() {
    let world = World::new().await;
    world.user("ada@example.com").await;
    let browser = world.browser();
    let query = format!("?email=ada%40example.com&password={}", PASSWORD.replace(' ', "+"));
    let answer = browser.get(&format!("/api/ui/accounts/sign-in{query}")).await;
    assert_eq!(answer.status(), 404);
    assert!(browser.cookie("perfally").is_none());
    assert_eq!(world.database.number("select count(*) from sessions").await, 0);
    world.stop().await;
}
