//! Templates: the team's own, and the learnt.

use domain::projects::{PageGroups, Template};
use sqlx::PgPool;

use super::{current_key, owner_of_a_shop};
use crate::{Error, fakes::World, projects};

fn lines(lines: &[&str]) -> Vec<String> {
    lines.iter().map(|line| (*line).to_owned()).collect()
}

fn texts(templates: &[Template]) -> Vec<&str> {
    templates.iter().map(Template::as_str).collect()
}

/// Paths of so many articles, which no built-in rule knows.
fn articles(below: &str) -> Vec<String> {
    let letter = |n: u8| char::from(b'a' + n);
    (0..40).map(|n| format!("{below}/{}{}", letter(n / 26), letter(n % 26))).collect()
}

#[sqlx::test(migrator = "crate::db::MIGRATIONS")]
async fn the_teams_templates_are_replaced_as_a_whole(pool: PgPool) {
    let world = World::new(pool);
    let engine = &world.engine;
    let (ada, shop) = owner_of_a_shop(&world).await;
    let set = async |typed: &[&str]| projects::set_templates(engine, &ada, shop.id, lines(typed)).await;
    set(&["/b/*", "", " /a//* ", "/b/*/"]).await.unwrap();
    assert_eq!(texts(&projects::templates(engine, &ada, shop.id).await.unwrap().user), ["/a/*", "/b/*"]);
    set(&["/c/**", "/b/*"]).await.unwrap();
    assert_eq!(texts(&projects::templates(engine, &ada, shop.id).await.unwrap().user), ["/b/*", "/c/**"]);
    let many: Vec<_> = (0..201).map(|n| format!("/{n}/*")).collect();
    for refused in [set(&["/fine", "/product/:id"]).await, projects::set_templates(engine, &ada, shop.id, many).await] {
        assert!(matches!(&refused, Err(Error::Invalid(invalid)) if invalid.field == "templates"), "{refused:?}");
    }
    assert_eq!(
        texts(&projects::templates(engine, &ada, shop.id).await.unwrap().user),
        ["/b/*", "/c/**"],
        "nothing changed"
    );
    set(&[]).await.unwrap();
    assert!(projects::templates(engine, &ada, shop.id).await.unwrap().user.is_empty());
}

#[sqlx::test(migrator = "crate::db::MIGRATIONS")]
async fn what_is_learnt_holds_from_the_next_beacon(pool: PgPool) {
    let world = World::new(pool.clone());
    let engine = &world.engine;
    let (ada, shop) = owner_of_a_shop(&world).await;
    let group =
        async |path: &str| engine.site_keys.admit(current_key(&shop)).await.unwrap().unwrap().page_groups.group(path);
    assert_eq!(group("/news/zz").await, "/news/zz");
    let paths = articles("/news");
    assert_eq!(projects::learn_templates(engine, shop.id, &paths).await.unwrap(), 1);
    assert_eq!(group("/news/zz").await, "/news/*");
    assert_eq!(projects::learn_templates(engine, shop.id, &paths).await.unwrap(), 0, "safe to run twice");
    let learnt = projects::templates(engine, &ada, shop.id).await.unwrap();
    assert_eq!((texts(&learnt.user), texts(&learnt.learnt)), (vec![], vec!["/news/*"]));
    let ready: PageGroups = projects::page_groups(&mut pool.acquire().await.unwrap(), shop.id).await.unwrap();
    assert_eq!(ready.group("/news/zz/comments"), "/news/*/comments");
}

#[sqlx::test(migrator = "crate::db::MIGRATIONS")]
async fn the_teams_own_templates_stay_the_teams(pool: PgPool) {
    let world = World::new(pool);
    let engine = &world.engine;
    let (ada, shop) = owner_of_a_shop(&world).await;
    let learn = async |paths: Vec<String>| projects::learn_templates(engine, shop.id, &paths).await.unwrap();
    learn([articles("/news"), articles("/blog")].concat()).await;
    projects::set_templates(engine, &ada, shop.id, lines(&["/news/*"])).await.unwrap();
    learn(articles("/help")).await;
    let templates = projects::templates(engine, &ada, shop.id).await.unwrap();
    assert_eq!((texts(&templates.user), texts(&templates.learnt)), (vec!["/news/*"], vec!["/blog/*", "/help/*"]));
}

#[sqlx::test(migrator = "crate::db::MIGRATIONS")]
async fn the_longest_learnt_template_is_read_back(pool: PgPool) {
    let world = World::new(pool);
    let engine = &world.engine;
    let (ada, shop) = owner_of_a_shop(&world).await;
    let deep: String = (0..6).map(|n| format!("/{}{}", "x".repeat(78), char::from(b'a' + n))).collect();
    assert_eq!(projects::learn_templates(engine, shop.id, &articles(&deep)).await.unwrap(), 1);
    assert_eq!(texts(&projects::templates(engine, &ada, shop.id).await.unwrap().learnt), [format!("{deep}/*")]);
}

#[sqlx::test(migrator = "crate::db::MIGRATIONS")]
async fn what_visitors_ask_for_never_makes_templates_that_cannot_be_read(pool: PgPool) {
    let world = World::new(pool);
    let engine = &world.engine;
    let (ada, shop) = owner_of_a_shop(&world).await;
    // Teams may not type these; nobody asks visitors.
    for odd in ["/:id", "/a/:%69d"] {
        assert_eq!(projects::learn_templates(engine, shop.id, &articles(odd)).await.unwrap(), 1, "{odd}");
    }
    assert_eq!(texts(&projects::templates(engine, &ada, shop.id).await.unwrap().learnt), ["/:id/*", "/a/:id/*"]);
    let site = engine.site_keys.admit(current_key(&shop)).await.unwrap().unwrap();
    assert_eq!(site.page_groups.group("/:id/zz"), "/:id/*");
}

#[sqlx::test(migrator = "crate::db::MIGRATIONS")]
async fn a_deleted_project_learns_nothing(pool: PgPool) {
    let world = World::new(pool);
    let (ada, shop) = owner_of_a_shop(&world).await;
    projects::delete_project(&world.engine, &ada, shop.id, "Shop").await.unwrap();
    assert_eq!(projects::learn_templates(&world.engine, shop.id, &articles("/news")).await.unwrap(), 0);
    world.run_due().await;
}
