//! Projects from their making to their end.

use domain::{accounts::Actor, billing::Plan, projects::Grace};
use futures::future::join_all;
use sqlx::PgPool;

use super::{SHOP, current_key, owner_of_a_shop, shop};
use crate::{
    Error, billing,
    fakes::{World, team_of},
    projects,
};

#[sqlx::test(migrator = "crate::db::MIGRATIONS")]
async fn a_project_is_made_of_what_was_typed(pool: PgPool) {
    let world = World::new(pool);
    let ada = world.user("ada@example.com").await;
    let made = projects::create_project(&world.engine, &ada, team_of(&ada), "  My shop ", "Shop.example/cart?x=1")
        .await
        .unwrap();
    assert_eq!((made.name.as_str(), made.origins[0].as_str(), made.public), ("My shop", SHOP, false));
    assert_eq!((made.created_at, made.site_keys.len(), made.site_keys[0].expires_at), (world.now(), 1, None));
    assert_eq!(projects::project(&world.engine, &ada, made.id).await.unwrap(), made);
}

#[sqlx::test(migrator = "crate::db::MIGRATIONS")]
async fn what_cannot_be_used_is_refused_by_its_field(pool: PgPool) {
    let world = World::new(pool);
    let engine = &world.engine;
    let (ada, shop) = owner_of_a_shop(&world).await;
    let field = |error: Error| match error {
        Error::Invalid(invalid) => invalid.field.into_owned(),
        other => panic!("{other:?}"),
    };
    let lines = |lines: &[&str]| lines.iter().map(|line| (*line).to_owned()).collect::<Vec<_>>();
    let many = |n: usize| (0..n).map(|n| format!("https://{n}.example.com")).collect::<Vec<_>>();
    let team = team_of(&ada);
    for (name, origin, wrong) in
        [(" ", SHOP, "name"), (&"x".repeat(81), SHOP, "name"), ("Shop", "ftp://x", "origin"), ("Shop", "", "origin")]
    {
        assert_eq!(field(projects::create_project(engine, &ada, team, name, origin).await.unwrap_err()), wrong);
    }
    assert_eq!(field(projects::rename_project(engine, &ada, shop.id, "a\u{0}b").await.unwrap_err()), "name");
    for origins in [lines(&[]), lines(&[" ", ""]), lines(&[SHOP, "java script"]), many(51)] {
        assert_eq!(field(projects::set_origins(engine, &ada, shop.id, origins).await.unwrap_err()), "origins");
    }
    assert_eq!(projects::project(engine, &ada, shop.id).await.unwrap(), shop, "nothing changed");

    let typed = lines(&["*.shop.example", "", "https://SHOP.example/", "shop.example", "http://localhost:8080"]);
    projects::set_origins(engine, &ada, shop.id, typed).await.unwrap();
    let origins = projects::project(engine, &ada, shop.id).await.unwrap().origins;
    let mut origins: Vec<_> = origins.iter().map(|origin| origin.as_str()).collect();
    origins.sort_unstable();
    assert_eq!(origins, ["http://localhost:8080", "https://*.shop.example", "https://shop.example"]);
    projects::set_origins(engine, &ada, shop.id, many(50)).await.unwrap();
}

#[sqlx::test(migrator = "crate::db::MIGRATIONS")]
async fn the_free_plan_has_room_for_one_project_however_many_ask_at_once(pool: PgPool) {
    let world = World::new(pool);
    let engine = &world.engine;
    let ada = world.user("ada@example.com").await;
    let team = team_of(&ada);
    let made = join_all((0..64).map(|_| projects::create_project(engine, &ada, team, "Shop", SHOP))).await;
    assert_eq!(made.iter().filter(|made| made.is_ok()).count(), 1);
    // Whoever waited too long for a connection was told so; all others were told the limit.
    for refused in made.iter().filter_map(|made| made.as_ref().err()) {
        assert!(
            matches!(refused, Error::OverQuota(words) if words.contains("The Free plan has room for 1 project,"))
                || matches!(refused, Error::Upstream { .. }),
            "{refused:?}"
        );
    }
    let shop = made.into_iter().find_map(Result::ok).unwrap();
    assert_eq!(projects::projects(engine, &ada).await.unwrap().len(), 1);

    billing::set_plan(engine, &Actor::System, "ada@example.com", Plan::Pro).await.unwrap();
    projects::create_project(engine, &ada, team, "Second", SHOP).await.unwrap();
    billing::set_plan(engine, &Actor::System, "ada@example.com", Plan::Free).await.unwrap();
    for project in projects::projects(engine, &ada).await.unwrap() {
        assert!(projects::create_project(engine, &ada, team, "Third", SHOP).await.is_err());
        projects::delete_project(engine, &ada, project.id, &project.name).await.unwrap();
    }
    let new = projects::create_project(engine, &ada, team, "Third", SHOP).await.unwrap();
    assert_ne!(new.id, shop.id, "a deleted project makes room at once");
    world.run_due().await;
}

#[sqlx::test(migrator = "crate::db::MIGRATIONS")]
async fn a_deleted_project_is_gone_at_once_and_its_rows_soon_after(pool: PgPool) {
    let world = World::new(pool.clone());
    let engine = &world.engine;
    let (ada, shop) = owner_of_a_shop(&world).await;
    let key = current_key(&shop);
    assert!(engine.site_keys.admit(key).await.unwrap().is_some());
    let mistyped = projects::delete_project(engine, &ada, shop.id, "shop").await.unwrap_err();
    assert!(matches!(&mistyped, Error::Invalid(invalid) if invalid.field == "name"), "{mistyped:?}");
    assert!(engine.site_keys.admit(key).await.unwrap().is_some());

    projects::delete_project(engine, &ada, shop.id, " Shop ").await.unwrap();
    assert!(engine.site_keys.admit(key).await.unwrap().is_none());
    assert!(projects::projects(engine, &ada).await.unwrap().is_empty());
    for actor in [&ada, &Actor::System] {
        assert!(matches!(projects::project(engine, actor, shop.id).await, Err(Error::NotFound)));
        assert!(matches!(projects::delete_project(engine, actor, shop.id, "Shop").await, Err(Error::NotFound)));
    }
    assert_eq!(world.queue().await, ["delete_project_data"]);
    world.run_due().await;
    assert!(world.queue().await.is_empty());
    let left: i64 =
        sqlx::query_scalar("select count(*) from projects where id = $1").bind(shop.id).fetch_one(&pool).await.unwrap();
    assert_eq!(left, 0);
}

#[sqlx::test(migrator = "crate::db::MIGRATIONS")]
async fn a_project_that_is_not_deleted_is_not_removed(pool: PgPool) {
    let world = World::new(pool.clone());
    let (ada, shop) = owner_of_a_shop(&world).await;
    projects::remove_deleted(&mut pool.acquire().await.unwrap(), shop.id).await.unwrap();
    assert_eq!(projects::project(&world.engine, &ada, shop.id).await.unwrap(), shop);
}

#[sqlx::test(migrator = "crate::db::MIGRATIONS")]
async fn a_project_has_one_current_key_and_at_most_ten_in_all(pool: PgPool) {
    let world = World::with(pool, &[("PERFALLY_PLAN", "agency")]);
    let engine = &world.engine;
    let ada = world.user("ada@example.com").await;
    let made = shop(engine, &ada).await;
    let current = projects::revoke_site_key(engine, &ada, made.id, current_key(&made)).await.unwrap_err();
    assert!(matches!(&current, Error::Invalid(invalid) if invalid.field == "key"), "{current:?}");
    let another = shop(engine, &ada).await;
    for key in ["", "pa_00000000000000000000", current_key(&another)] {
        let foreign = projects::revoke_site_key(engine, &ada, made.id, key).await;
        assert!(matches!(foreign, Err(Error::NotFound)), "{foreign:?}");
    }
    for _ in 0..9 {
        projects::rotate_site_key(engine, &ada, made.id, Grace::Month).await.unwrap();
    }
    let eleventh = projects::rotate_site_key(engine, &ada, made.id, Grace::Month).await;
    assert!(matches!(eleventh, Err(Error::Conflict(_))), "{eleventh:?}");
    let keys = projects::project(engine, &ada, made.id).await.unwrap().site_keys;
    assert_eq!(keys.iter().filter(|key| key.expires_at.is_none()).count(), 1, "the refused rotation ended nothing");
    assert_eq!((keys.len(), keys[0].expires_at), (10, None));
    projects::revoke_site_key(engine, &ada, made.id, keys[9].key.as_str()).await.unwrap();
    let newest = projects::rotate_site_key(engine, &ada, made.id, Grace::None).await.unwrap();
    let keys = projects::project(engine, &ada, made.id).await.unwrap().site_keys;
    assert_eq!(keys.iter().map(|key| &key.key).collect::<Vec<_>>(), [&newest]);
}
