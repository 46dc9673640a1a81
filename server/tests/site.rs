//! Files: where they are, how long they may be kept, how they are compressed.

use reqwest::{Method, header};

use crate::world::World;

#[tokio::test]
async fn what_is_built_is_unchanging_under_its_hash_and_nowhere_else() {
    let world = World::new().await;
    let browser = world.browser();
    let file = browser.get("/_a/0123456789ab/pkg/frontend.js").await;
    assert_eq!(file.status(), 200);
    assert_eq!(file.headers()[header::CACHE_CONTROL], "public, max-age=31536000, immutable");
    assert_eq!(file.headers()[header::CONTENT_TYPE], "text/javascript; charset=utf-8");
    for path in [
        "/_a/ffffffffffff/pkg/frontend.js",
        "/_a/0123456789ab/site.json",
        "/_a/0123456789ab/style.css.br",
        "/_a/0123456789ab/../site.json",
        "/_a/0123456789ab/%2e%2e/data/secret",
        "/_a/0123456789ab//etc/passwd",
        "/site.json",
        "/style.css",
    ] {
        assert_eq!(browser.get(path).await.status(), 404, "{path}");
    }
    world.stop().await;
}

#[tokio::test]
async fn the_compressed_form_is_given_to_those_who_take_it() {
    let world = World::new().await;
    let browser = world.browser();
    for (accepts, encoding, body) in [
        ("gzip, deflate, br", Some("br"), "brotli of it"),
        ("gzip", Some("gzip"), "gzip of it"),
        ("gzip;q=0, identity", None, "body{margin:0}"),
    ] {
        let url = format!("{}/_a/0123456789ab/style.css", world.url);
        // Without reqwest's own unpacking.
        let client = reqwest::Client::builder().no_gzip().no_brotli().build().unwrap();
        let answer = client.get(url).header(header::ACCEPT_ENCODING, accepts).send().await.unwrap();
        assert_eq!(answer.headers().get(header::CONTENT_ENCODING).map(|value| value.to_str().unwrap()), encoding);
        assert_eq!(answer.headers()[header::VARY], "accept-encoding");
        assert_eq!(answer.text().await.unwrap(), body);
    }
    let page = browser
        .send(
            browser.request(Method::GET, "/").header(header::ACCEPT_ENCODING, "br").header(header::ACCEPT, "text/html"),
        )
        .await;
    assert!(page.headers().get(header::VARY).is_some());
    world.stop().await;
}

#[tokio::test]
async fn the_script_is_open_to_every_site_at_a_stable_and_at_an_unchanging_address() {
    let world = World::new().await;
    let browser = world.browser();
    let urls = world.running.server.site_urls();
    for (path, cache) in
        [("/beacon.js", "public, max-age=3600"), (urls.beacon_path.as_str(), "public, max-age=31536000, immutable")]
    {
        let answer = browser.get(path).await;
        assert_eq!(answer.status(), 200, "{path}");
        assert_eq!(answer.headers()[header::CACHE_CONTROL], cache);
        assert_eq!(answer.headers()[header::ACCESS_CONTROL_ALLOW_ORIGIN], "*");
        assert_eq!(answer.headers()["cross-origin-resource-policy"], "cross-origin");
        assert_eq!(answer.headers()[header::CONTENT_TYPE], "text/javascript; charset=utf-8");
        let etag = answer.headers()[header::ETAG].clone();
        let again = browser.send(browser.request(Method::GET, path).header(header::IF_NONE_MATCH, etag)).await;
        assert_eq!(again.status(), 304);
    }
    assert!(
        urls.beacon_integrity.starts_with("sha384-") && urls.beacon_integrity.len() == 71,
        "{}",
        urls.beacon_integrity
    );
    world.stop().await;
}

#[tokio::test]
async fn a_script_that_was_given_out_once_stays_at_its_address_after_an_upgrade() {
    let folder = crate::world::Folder::new();
    let database = crate::world::Database::new().await;
    let variables = [("DATABASE_URL", database.url.as_str())];
    let running = server::serve::Running::start(crate::world::config(&folder, &variables)).await.unwrap();
    let pinned = running.server.site_urls().beacon_path;
    running.stop().await;

    let config = crate::world::config(&folder, &variables);
    std::fs::write(config.site.join("beacon.js"), "/* a newer one */").unwrap();
    let running = server::serve::Running::start(config).await.unwrap();
    let browser = crate::world::Browser::new(&format!("http://{}", running.address));
    assert_ne!(running.server.site_urls().beacon_path, pinned);
    assert_eq!(browser.get(&pinned).await.text().await.unwrap(), "/* the script of this test */");
    assert_eq!(browser.get("/beacon.js").await.text().await.unwrap(), "/* a newer one */");
    running.stop().await;
    database.drop().await;
}
