//! The gate that admits beacons: what it remembers, and how soon it forgets.

use std::time::{Duration, Instant};

use chrono::TimeDelta;
use domain::projects::{Grace, Origin};
use sqlx::PgPool;

use super::{current_key, owner_of_a_shop, shop};
use crate::{
    Error,
    fakes::World,
    projects::{self, SiteKeys},
};

async fn admits(gate: &SiteKeys, key: &str) -> bool {
    gate.admit(key).await.expect("the database").is_some()
}

/// Waits until it is so, as long as a notification may take on a busy machine.
async fn soon(what: &str, mut is_so: impl AsyncFnMut() -> bool) {
    let started = Instant::now();
    while !is_so().await {
        assert!(started.elapsed() < Duration::from_secs(10), "not in time: {what}");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

/// The gate of another replica, which hears of changes by the database alone.
async fn another_replica(world: &World) -> SiteKeys {
    let gate = SiteKeys::start(world.engine.db.clone(), world.engine.clock.clone());
    soon("listening", async || gate.is_listening()).await;
    gate
}

#[sqlx::test(migrator = "crate::db::MIGRATIONS")]
async fn a_key_tells_the_site(pool: PgPool) {
    let world = World::new(pool);
    let (ada, shop) = owner_of_a_shop(&world).await;
    projects::set_templates(&world.engine, &ada, shop.id, vec!["/news/*".into()]).await.unwrap();
    let site = world.engine.site_keys.admit(current_key(&shop)).await.unwrap().unwrap();
    assert_eq!((site.project, site.team), (shop.id, shop.team));
    assert_eq!(site.page_groups.group("/news/a-title"), "/news/*");
    let origin = |text: &str| Origin::of(&text.parse().unwrap()).unwrap();
    assert!(site.allows(&origin("https://shop.example/cart")));
    assert!(!site.allows(&origin("https://evil.example")));
    for unknown in ["", "pa_", "pa_00000000000000000000", "pr_live_x", "pa_' or true --", &"x".repeat(70_000)] {
        assert!(!admits(&world.engine.site_keys, unknown).await);
    }
}

#[sqlx::test(migrator = "crate::db::MIGRATIONS")]
async fn what_is_remembered_is_answered_without_the_database(pool: PgPool) {
    let world = World::new(pool.clone());
    let (_, shop) = owner_of_a_shop(&world).await;
    let gate = another_replica(&world).await;
    assert!(admits(&gate, current_key(&shop)).await);
    assert!(!admits(&gate, "pa_00000000000000000000").await);
    // No connection is left for a question.
    let mut taken = Vec::new();
    while let Some(connection) = pool.try_acquire() {
        taken.push(connection);
    }
    while let Ok(Ok(connection)) = tokio::time::timeout(Duration::from_millis(300), pool.acquire()).await {
        taken.push(connection);
    }
    assert!(admits(&gate, current_key(&shop)).await);
    assert!(!admits(&gate, "pa_00000000000000000000").await);
    let started = Instant::now();
    let new = gate.admit("pa_11111111111111111111").await;
    assert!(matches!(new, Err(Error::Upstream { .. })), "{new:?}");
    assert!(started.elapsed() < Duration::from_secs(2), "told soon that the database is away");
}

#[sqlx::test(migrator = "crate::db::MIGRATIONS")]
async fn after_a_rotation_the_key_before_is_valid_for_its_grace(pool: PgPool) {
    let world = World::with(pool, &[("PERFALLY_PLAN", "agency")]);
    let engine = &world.engine;
    let ada = world.user("ada@example.com").await;
    for grace in Grace::ALL {
        let made = shop(engine, &ada).await;
        let before = current_key(&made).to_owned();
        assert!(admits(&engine.site_keys, &before).await);
        let after = projects::rotate_site_key(engine, &ada, made.id, grace).await.unwrap();
        assert!(admits(&engine.site_keys, after.as_str()).await, "{grace:?}");
        assert_eq!(admits(&engine.site_keys, &before).await, grace != Grace::None, "{grace:?}");
        if grace == Grace::None {
            continue;
        }
        let keys = projects::project(engine, &ada, made.id).await.unwrap().site_keys;
        assert_eq!((keys[0].key.clone(), keys[0].expires_at), (after.clone(), None));
        assert_eq!((keys[1].key.as_str(), keys[1].expires_at), (before.as_str(), Some(world.now() + grace.duration())));

        world.advance(grace.duration() - TimeDelta::seconds(1));
        assert!(admits(&engine.site_keys, &before).await, "{grace:?}, a second before its end");
        world.advance(TimeDelta::seconds(1));
        assert!(!admits(&engine.site_keys, &before).await, "{grace:?}, at its end, though remembered");
        assert!(admits(&engine.site_keys, after.as_str()).await);
        assert_eq!(projects::project(engine, &ada, made.id).await.unwrap().site_keys.len(), 1);
    }
}

#[sqlx::test(migrator = "crate::db::MIGRATIONS")]
async fn a_second_rotation_prolongs_no_grace(pool: PgPool) {
    let world = World::new(pool);
    let engine = &world.engine;
    let (ada, shop) = owner_of_a_shop(&world).await;
    let first = current_key(&shop);
    let second = projects::rotate_site_key(engine, &ada, shop.id, Grace::Day).await.unwrap();
    projects::rotate_site_key(engine, &ada, shop.id, Grace::Month).await.unwrap();
    world.advance(TimeDelta::days(1));
    assert!(!admits(&engine.site_keys, first).await);
    assert!(admits(&engine.site_keys, second.as_str()).await);
    projects::rotate_site_key(engine, &ada, shop.id, Grace::None).await.unwrap();
    assert!(!admits(&engine.site_keys, second.as_str()).await, "without a grace, all before are dead");
}

#[sqlx::test(migrator = "crate::db::MIGRATIONS")]
async fn changes_hold_at_once_here_and_on_other_replicas(pool: PgPool) {
    let world = World::with(pool, &[("PERFALLY_PLAN", "agency")]);
    let engine = &world.engine;
    let (ada, bystander) = owner_of_a_shop(&world).await;
    let other = another_replica(&world).await;
    let here = &engine.site_keys;

    let made = shop(engine, &ada).await;
    let first = current_key(&made).to_owned();
    for gate in [here, &other] {
        assert!(admits(gate, &first).await && admits(gate, current_key(&bystander)).await);
    }

    let second = projects::rotate_site_key(engine, &ada, made.id, Grace::Week).await.unwrap();
    projects::revoke_site_key(engine, &ada, made.id, &first).await.unwrap();
    assert!(!admits(here, &first).await);
    soon("a revoked key", async || !admits(&other, &first).await).await;
    assert!(admits(here, second.as_str()).await && admits(&other, second.as_str()).await);

    projects::set_origins(engine, &ada, made.id, vec!["https://moved.example".into()]).await.unwrap();
    let moved = async |gate: &SiteKeys| {
        gate.admit(second.as_str()).await.unwrap().unwrap().origins[0].as_str() == "https://moved.example"
    };
    assert!(moved(here).await);
    soon("new origins", async || moved(&other).await).await;

    projects::set_templates(engine, &ada, made.id, vec!["/x/*".into()]).await.unwrap();
    let grouped =
        async |gate: &SiteKeys| gate.admit(second.as_str()).await.unwrap().unwrap().page_groups.group("/x/y") == "/x/*";
    assert!(grouped(here).await);
    soon("new templates", async || grouped(&other).await).await;

    projects::delete_project(engine, &ada, made.id, "Shop").await.unwrap();
    assert!(!admits(here, second.as_str()).await);
    soon("a deleted project", async || !admits(&other, second.as_str()).await).await;
    for gate in [here, &other] {
        assert!(admits(gate, current_key(&bystander)).await, "others are not touched");
    }
    world.run_due().await;
}

/// A made-up key was asked for before it became somebody's: no more likely than guessing it, but
/// a key is also asked for between its making and its commit.
#[sqlx::test(migrator = "crate::db::MIGRATIONS")]
async fn a_key_that_was_unknown_is_known_once_it_is_made(pool: PgPool) {
    let world = World::new(pool.clone());
    let (ada, shop) = owner_of_a_shop(&world).await;
    let key = "pa_abcdefghijABCDEFGHIJ";
    let other = another_replica(&world).await;
    assert!(!admits(&other, key).await && !admits(&world.engine.site_keys, key).await);
    sqlx::query("update site_keys set key = $1").bind(key).execute(&pool).await.unwrap();
    projects::rename_project(&world.engine, &ada, shop.id, "Any change").await.unwrap();
    assert!(admits(&world.engine.site_keys, key).await);
    soon("the new key", async || admits(&other, key).await).await;
}

#[sqlx::test(migrator = "crate::db::MIGRATIONS")]
async fn what_a_broken_connection_kept_from_the_gate_is_forgotten(pool: PgPool) {
    let world = World::new(pool.clone());
    let engine = &world.engine;
    let (ada, shop) = owner_of_a_shop(&world).await;
    let other = another_replica(&world).await;
    let key = current_key(&shop);
    assert!(admits(&other, key).await);
    for _ in 0..3 {
        sqlx::query("select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and query ilike 'listen%'")
            .execute(&pool)
            .await
            .unwrap();
        assert!(admits(&other, key).await, "the gate answers while it does not hear");
    }
    projects::rotate_site_key(engine, &ada, shop.id, Grace::None).await.unwrap();
    soon("the key that died unheard", async || !admits(&other, key).await).await;
    soon("listening again", async || other.is_listening()).await;
}

#[sqlx::test(migrator = "crate::db::MIGRATIONS")]
async fn the_listener_ends_with_the_gate(pool: PgPool) {
    let listeners = async || -> i64 {
        sqlx::query_scalar(
            "select count(*) from pg_stat_activity where datname = current_database() and query ilike 'listen%'",
        )
        .fetch_one(&pool)
        .await
        .unwrap()
    };
    let gate = SiteKeys::start(pool.clone(), crate::Clock::default());
    let clone = gate.clone();
    soon("listening", async || gate.is_listening()).await;
    assert_eq!(listeners().await, 1);
    drop(gate);
    assert!(clone.is_listening());
    drop(clone);
    soon("nobody listens", async || listeners().await == 0).await;
}
