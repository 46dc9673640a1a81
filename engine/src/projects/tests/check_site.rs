//! Looking at a site, from the press to what is kept of it.

use std::sync::{Arc, Mutex};

use chrono::TimeDelta;
use domain::{
    accounts::{Actor, Role},
    projects::{Finding, Grace, Project, SiteCheck, Unreachable},
};
use sqlx::PgPool;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpListener,
};

use super::{as_member, current_key, owner_of_a_shop};
use crate::{Engine, Error, Result, fakes::World, projects};

/// A site on loopback whose page can be changed.
struct Site {
    origin: String,
    answer: Arc<Mutex<String>>,
}

impl Site {
    async fn new() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let origin = format!("http://{}", listener.local_addr().expect("an address"));
        let answer = Arc::new(Mutex::new(String::new()));
        let given = Arc::clone(&answer);
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                let answer = given.lock().expect("the answer").clone();
                let _ = stream.read(&mut [0; 2_048]).await;
                let _ = stream.write_all(answer.as_bytes()).await;
            }
        });
        Self { origin, answer }
    }

    fn shows(&self, headers: &str, html: &str) {
        let head =
            format!("HTTP/1.1 200 OK\r\ncontent-type: text/html\r\n{headers}content-length: {}\r\n\r\n", html.len());
        *self.answer.lock().expect("the answer") = head + html;
    }
}

fn tag(key: &str) -> String {
    format!(r#"<!doctype html><head><script async src="https://perfally.example/beacon.js" data-key="{key}"></script>"#)
}

/// A world that may look at loopback, with a shop there.
async fn shop_at(site: &Site, pool: PgPool) -> (World, Actor, Project) {
    let world = World::with(pool, &[("PERFALLY_EGRESS_ALLOW", "127.0.0.1:*"), ("PERFALLY_PLAN", "agency")]);
    let (ada, shop) = owner_of_a_shop(&world).await;
    projects::set_origins(&world.engine, &ada, shop.id, vec![site.origin.clone()]).await.unwrap();
    (world, ada, shop)
}

async fn look(world: &World, actor: &Actor, shop: &Project, page: &str) -> SiteCheck {
    world.advance(TimeDelta::seconds(11));
    projects::check_site(&world.engine, actor, shop.id, page).await.unwrap();
    projects::site_check(&world.engine, actor, shop.id).await.unwrap().expect("a look")
}

#[sqlx::test(migrator = "crate::db::MIGRATIONS")]
async fn a_look_tells_what_the_page_shows_and_is_kept(pool: PgPool) {
    let site = Site::new().await;
    let (world, ada, shop) = shop_at(&site, pool).await;
    assert_eq!(projects::site_check(&world.engine, &ada, shop.id).await.unwrap(), None);

    site.shows("", "<h1>Shop</h1>");
    let check = look(&world, &ada, &shop, "").await;
    assert_eq!(check.findings, [Finding::NoTag { tag_manager: false }]);
    assert_eq!((check.page, check.at), (format!("{}/", site.origin), world.now()));

    site.shows("", &tag(current_key(&shop)));
    assert_eq!(look(&world, &ada, &shop, "").await.findings, [Finding::TagIsRight]);

    // The site of this test answers everything with its page.
    let own = tag(current_key(&shop)).replace("https://perfally.example", "");
    site.shows("", &own);
    let script = format!("{}/beacon.js", site.origin);
    assert_eq!(look(&world, &ada, &shop, "").await.findings, [Finding::ScriptNotServed { script }]);

    site.shows("content-security-policy: default-src 'self' https:; connect-src 'self'\r\n", &tag(current_key(&shop)));
    let forbidden = Finding::PolicyForbidsBeacons { directive: "connect-src".into() };
    assert_eq!(look(&world, &ada, &shop, "").await.findings, [forbidden]);
}

#[sqlx::test(migrator = "crate::db::MIGRATIONS")]
async fn a_key_is_told_by_whose_it_is(pool: PgPool) {
    let site = Site::new().await;
    let (world, ada, shop) = shop_at(&site, pool).await;
    let other = super::shop(&world.engine, &ada).await;
    site.shows("", &tag(current_key(&other)));
    let key = current_key(&other).to_owned();
    assert_eq!(look(&world, &ada, &shop, "").await.findings, [Finding::OtherProjectsKey { key }]);
    let made_up = "pa_00000000000000000000";
    site.shows("", &tag(made_up));
    assert_eq!(look(&world, &ada, &shop, "").await.findings, [Finding::UnknownKey { key: made_up.into() }]);

    projects::rotate_site_key(&world.engine, &ada, shop.id, Grace::Day).await.unwrap();
    site.shows("", &tag(current_key(&shop)));
    assert_eq!(look(&world, &ada, &shop, "").await.findings, [Finding::TagIsRight], "in its grace");
    world.advance(TimeDelta::days(2));
    let key = current_key(&shop).to_owned();
    assert_eq!(look(&world, &ada, &shop, "").await.findings, [Finding::EndedKey { key }]);
}

#[sqlx::test(migrator = "crate::db::MIGRATIONS")]
async fn what_a_page_says_can_be_kept_whatever_it_is(pool: PgPool) {
    let site = Site::new().await;
    let (world, ada, shop) = shop_at(&site, pool).await;
    site.shows("", &tag(&format!("pa_&#0;&#x1;\u{0}\u{1F600}<{}", "x".repeat(5_000))));
    let check = look(&world, &ada, &shop, &format!("{}/%00?{}", site.origin, "x".repeat(1_500))).await;
    assert!(matches!(check.findings.as_slice(), [Finding::UnknownKey { .. }]), "{check:?}");
}

#[sqlx::test(migrator = "crate::db::MIGRATIONS")]
async fn a_site_is_looked_at_once_in_ten_seconds(pool: PgPool) {
    let site = Site::new().await;
    let (world, ada, shop) = shop_at(&site, pool).await;
    site.shows("", "");
    look(&world, &ada, &shop, "").await;
    world.advance(TimeDelta::seconds(4));
    let again = projects::check_site(&world.engine, &ada, shop.id, "").await;
    assert!(matches!(again, Err(Error::Throttled { retry_after_seconds: 6 })), "{again:?}");
    look(&world, &ada, &shop, "").await;
}

#[sqlx::test(migrator = "crate::db::MIGRATIONS")]
async fn only_pages_on_the_projects_list_are_looked_at(pool: PgPool) {
    let site = Site::new().await;
    let (world, ada, shop) = shop_at(&site, pool).await;
    for page in [
        "http://127.0.0.1:1/",
        "https://other.example",
        "file:///etc/passwd",
        "://",
        "x y",
        &format!("{}@evil.example/", site.origin),
    ] {
        let refused = projects::check_site(&world.engine, &ada, shop.id, page).await;
        assert!(matches!(refused, Err(Error::Invalid(ref invalid)) if invalid.field == "page"), "{page}: {refused:?}");
    }
}

#[sqlx::test(migrator = "crate::db::MIGRATIONS")]
async fn a_server_without_leave_does_not_look_at_its_own_network(pool: PgPool) {
    let site = Site::new().await;
    let world = World::new(pool);
    let (ada, shop) = owner_of_a_shop(&world).await;
    projects::set_origins(&world.engine, &ada, shop.id, vec![site.origin.clone()]).await.unwrap();
    let check = look(&world, &ada, &shop, "").await;
    assert_eq!(check.findings, [Finding::Unreachable(Unreachable::NotAllowed)]);
}

#[sqlx::test(migrator = "crate::db::MIGRATIONS")]
async fn who_may_not_manage_the_project_may_not_have_its_site_looked_at(pool: PgPool) {
    let site = Site::new().await;
    let (world, ada, shop) = shop_at(&site, pool).await;
    let eve = world.user("eve@example.com").await;
    let engine: &Engine = &world.engine;
    let refused = |result: Result<()>| result.expect_err("a refusal");
    assert!(matches!(refused(projects::check_site(engine, &Actor::Nobody, shop.id, "").await), Error::Unauthenticated));
    assert!(matches!(refused(projects::check_site(engine, &eve, shop.id, "").await), Error::NotFound));
    let viewer = as_member(&eve, &ada, Role::Viewer);
    assert!(matches!(refused(projects::check_site(engine, &viewer, shop.id, "").await), Error::Forbidden));
    assert!(matches!(projects::site_check(engine, &eve, shop.id).await, Err(Error::NotFound)));
    assert_eq!(projects::site_check(engine, &viewer, shop.id).await.unwrap(), None);
}
