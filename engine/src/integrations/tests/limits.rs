//! How often a team's programs may ask.

use chrono::TimeDelta;
use domain::{
    accounts::Actor,
    billing::Plan,
    integrations::{ApiMode, Lifetime, Scopes},
};
use futures::future::join_all;
use sqlx::PgPool;

use crate::{
    billing,
    fakes::{World, team_of},
    integrations::{self, Allowance, NewApiKey},
};

async fn caller(world: &World, owner: &Actor, mode: ApiMode) -> Actor {
    let new = NewApiKey {
        team: team_of(owner),
        name: "CI".into(),
        mode,
        scopes: Scopes::all(),
        lifetime: Lifetime::Unlimited,
    };
    let key = integrations::create_api_key(&world.engine, owner, &new).await.unwrap();
    integrations::authenticate(&world.engine, key.expose()).await.unwrap()
}

#[sqlx::test(migrator = "crate::db::MIGRATIONS")]
async fn exactly_the_plans_requests_are_let_through_however_many_ask_at_once(pool: PgPool) {
    let world = World::new(pool.clone());
    // Another replica on the same database.
    let replica = World::new(pool);
    let ada = world.user("ada@example.com").await;
    let keys = [caller(&world, &ada, ApiMode::Live).await, caller(&world, &ada, ApiMode::Live).await];
    let asked = (0..100).map(|nr| {
        let (world, key) = (if nr % 2 == 0 { &world } else { &replica }, &keys[nr / 50]);
        integrations::count_request(&world.engine, key)
    });
    let mut left: Vec<u32> =
        join_all(asked).await.into_iter().filter_map(|allowance| allowance.unwrap().remaining).collect();
    left.sort_unstable();
    assert_eq!(left, (0..60).collect::<Vec<u32>>());
}

#[sqlx::test(migrator = "crate::db::MIGRATIONS")]
async fn the_limit_is_there_again_with_the_next_hour(pool: PgPool) {
    let world = World::new(pool);
    let engine = &world.engine;
    let ada = world.user("ada@example.com").await;
    let key = caller(&world, &ada, ApiMode::Live).await;
    world.advance(TimeDelta::minutes(59));
    for left in (0..60).rev() {
        let allowance = integrations::count_request(engine, &key).await.unwrap();
        assert_eq!(allowance, Allowance { limit: 60, remaining: Some(left), reset_seconds: 60 });
    }
    assert_eq!(integrations::count_request(engine, &key).await.unwrap().remaining, None);
    // A larger plan holds from the next request, and so does the smaller one.
    billing::set_plan(engine, &Actor::System, "ada@example.com", Plan::Pro).await.unwrap();
    let pro = integrations::count_request(engine, &key).await.unwrap();
    assert_eq!((pro.limit, pro.remaining), (6_000, Some(5_939)));
    billing::set_plan(engine, &Actor::System, "ada@example.com", Plan::Free).await.unwrap();
    assert_eq!(integrations::count_request(engine, &key).await.unwrap().remaining, None);
    world.advance(TimeDelta::minutes(1));
    let fresh = integrations::count_request(engine, &key).await.unwrap();
    assert_eq!(fresh, Allowance { limit: 60, remaining: Some(59), reset_seconds: 3_600 });
}

#[sqlx::test(migrator = "crate::db::MIGRATIONS")]
async fn test_keys_use_nothing_up_and_teams_do_not_share(pool: PgPool) {
    let world = World::new(pool);
    let (ada, bob) = (world.user("ada@example.com").await, world.user("bob@example.com").await);
    let (test, live) = (caller(&world, &ada, ApiMode::Test).await, caller(&world, &ada, ApiMode::Live).await);
    for _ in 0..70 {
        assert_eq!(integrations::count_request(&world.engine, &test).await.unwrap().remaining, Some(60));
    }
    while integrations::count_request(&world.engine, &live).await.unwrap().remaining.is_some() {}
    let other = caller(&world, &bob, ApiMode::Live).await;
    assert_eq!(integrations::count_request(&world.engine, &other).await.unwrap().remaining, Some(59));
}
