//! Keys: made, used, shown, ended.

use chrono::TimeDelta;
use domain::{
    ApiKeyId,
    accounts::{Action, Actor, Membership, Role},
    integrations::{ApiKey, ApiMode, Lifetime, Scope, Scopes},
};
use sqlx::PgPool;
use uuid::Uuid;

use crate::{
    Error,
    fakes::{World, team_of},
    integrations::{self, NewApiKey},
};

fn new(of: &Actor, name: &str) -> NewApiKey {
    NewApiKey {
        team: team_of(of),
        name: name.into(),
        mode: ApiMode::Live,
        scopes: Scopes::all(),
        lifetime: Lifetime::Unlimited,
    }
}

async fn opens(world: &World, key: &ApiKey) -> bool {
    match integrations::authenticate(&world.engine, key.expose()).await {
        Ok(_) => true,
        Err(Error::Unauthenticated) => false,
        Err(error) => panic!("{error}"),
    }
}

#[sqlx::test(migrator = "crate::db::MIGRATIONS")]
async fn a_key_stands_for_its_team_and_its_scopes_and_is_stored_nowhere(pool: PgPool) {
    let world = World::new(pool.clone());
    let ada = world.user("ada@example.com").await;
    let scopes = Scopes::parse(["vitals:read"]).unwrap();
    let key =
        integrations::create_api_key(&world.engine, &ada, &NewApiKey { scopes: scopes.clone(), ..new(&ada, " CI ") })
            .await
            .unwrap();
    let Actor::Key(holder) = integrations::authenticate(&world.engine, key.expose()).await.unwrap() else {
        panic!("not a key")
    };
    assert_eq!((holder.team, holder.role, &holder.scopes), (team_of(&ada), Role::Owner, &scopes));
    let actor = Actor::Key(holder);
    assert!(actor.may(Action::ReadFieldData, team_of(&ada)));
    assert!(!actor.may(Action::ReadProjects, team_of(&ada)) && !actor.may(Action::ManageApiKeys, team_of(&ada)));

    let listed = integrations::api_keys(&world.engine, &ada, team_of(&ada)).await.unwrap();
    assert_eq!(listed.len(), 1);
    assert_eq!((listed[0].name.as_str(), listed[0].hint.to_string()), ("CI", key.hint().to_string()));
    assert_eq!(listed[0].last_used_at, Some(world.now()));
    let dump: Vec<String> = sqlx::query_scalar("select api_keys::text from api_keys").fetch_all(&pool).await.unwrap();
    assert!(dump.iter().all(|row| !row.contains(&key.expose()[12..40])), "{dump:?}");
}

#[sqlx::test(migrator = "crate::db::MIGRATIONS")]
async fn a_key_that_ended_opens_nothing_from_the_next_request_on(pool: PgPool) {
    let world = World::new(pool.clone());
    let engine = &world.engine;
    let (ada, eve) = (world.user("ada@example.com").await, world.user("eve@example.com").await);
    let team = team_of(&ada);
    let mut made = Vec::new();
    for (name, lifetime) in
        [("revoked", Lifetime::Unlimited), ("month", Lifetime::Month), ("kept", Lifetime::Unlimited)]
    {
        made.push(
            integrations::create_api_key(engine, &ada, &NewApiKey { lifetime, ..new(&ada, name) }).await.unwrap(),
        );
    }
    for key in &made {
        assert!(opens(&world, key).await);
    }
    let listed = integrations::api_keys(engine, &ada, team).await.unwrap();
    let id = |name: &str| listed.iter().find(|key| key.name == name).unwrap().id;

    // Not by another, nor by guessing the team, nor twice.
    for (actor, of) in [(&eve, team), (&eve, team_of(&eve)), (&ada, team_of(&eve))] {
        let refused = integrations::revoke_api_key(engine, actor, of, id("revoked")).await;
        assert!(matches!(refused, Err(Error::NotFound)), "{refused:?}");
    }
    assert!(opens(&world, &made[0]).await);
    integrations::revoke_api_key(engine, &ada, team, id("revoked")).await.unwrap();
    assert!(!opens(&world, &made[0]).await);
    let again = integrations::revoke_api_key(engine, &ada, team, id("revoked")).await;
    assert!(matches!(again, Err(Error::NotFound)), "{again:?}");

    world.advance(TimeDelta::days(30) - TimeDelta::seconds(1));
    assert!(opens(&world, &made[1]).await);
    world.advance(TimeDelta::seconds(1));
    assert!(!opens(&world, &made[1]).await);
    assert!(opens(&world, &made[2]).await);

    // Who made it leaves the team.
    sqlx::query("delete from members where team_id = $1").bind(team.0).execute(&pool).await.unwrap();
    assert!(!opens(&world, &made[2]).await);
}

#[sqlx::test(migrator = "crate::db::MIGRATIONS")]
async fn last_used_is_written_once_a_minute(pool: PgPool) {
    let world = World::new(pool);
    let ada = world.user("ada@example.com").await;
    let key = integrations::create_api_key(&world.engine, &ada, &new(&ada, "CI")).await.unwrap();
    let began = world.now();
    let mut seen = Vec::new();
    for _ in 0..5 {
        assert!(opens(&world, &key).await);
        let listed = integrations::api_keys(&world.engine, &ada, team_of(&ada)).await.unwrap();
        seen.push((listed[0].last_used_at.unwrap() - began).num_seconds());
        world.advance(TimeDelta::seconds(25));
    }
    assert_eq!(seen, [0, 0, 0, 75, 75]);
}

#[sqlx::test(migrator = "crate::db::MIGRATIONS")]
async fn what_was_never_made_opens_nothing_and_a_wrong_checksum_asks_no_database(pool: PgPool) {
    let world = World::new(pool.clone());
    let stranger = ApiKey::from_random(ApiMode::Live, || 7);
    assert!(!opens(&world, &stranger).await);
    pool.close().await;
    let mut mistyped = stranger.expose().to_owned();
    mistyped.replace_range(20..21, "x");
    for text in ["", "pr_live_", mistyped.as_str(), "pa_00000000000000000000"] {
        let refused = integrations::authenticate(&world.engine, text).await;
        assert!(matches!(refused, Err(Error::Unauthenticated)), "{text}: {refused:?}");
    }
    assert!(matches!(integrations::authenticate(&world.engine, stranger.expose()).await, Err(Error::Upstream { .. })));
}

#[sqlx::test(migrator = "crate::db::MIGRATIONS")]
async fn keys_are_made_by_owners_and_admins_and_never_by_keys(pool: PgPool) {
    let world = World::new(pool);
    let engine = &world.engine;
    let (ada, bob) = (world.user("ada@example.com").await, world.user("bob@example.com").await);
    let as_role = |role| {
        let Actor::User(mut user) = bob.clone() else { panic!("not a person") };
        user.memberships.push(Membership { team: team_of(&ada), team_name: "Team".into(), role, personal: false });
        Actor::User(user)
    };
    for role in [Role::Member, Role::Viewer] {
        let refused = integrations::create_api_key(engine, &as_role(role), &new(&ada, "CI")).await;
        assert!(matches!(refused, Err(Error::Forbidden)), "{role:?}: {refused:?}");
        let refused = integrations::api_keys(engine, &as_role(role), team_of(&ada)).await;
        assert!(matches!(refused, Err(Error::Forbidden)), "{role:?}: {refused:?}");
    }
    let key = integrations::create_api_key(engine, &ada, &new(&ada, "CI")).await.unwrap();
    let holder = integrations::authenticate(engine, key.expose()).await.unwrap();
    assert!(matches!(integrations::create_api_key(engine, &holder, &new(&ada, "x")).await, Err(Error::Forbidden)));
    assert!(matches!(integrations::api_keys(engine, &holder, team_of(&ada)).await, Err(Error::Forbidden)));
    let one = integrations::api_keys(engine, &ada, team_of(&ada)).await.unwrap()[0].id;
    for (actor, refusal) in [(&bob, "not found"), (&Actor::Nobody, "sign in first"), (&holder, "not allowed")] {
        let refused = integrations::revoke_api_key(engine, actor, team_of(&ada), one).await.unwrap_err();
        assert_eq!(refused.to_string(), refusal);
    }
    let unknown = integrations::revoke_api_key(engine, &ada, team_of(&ada), ApiKeyId(Uuid::now_v7())).await;
    assert!(matches!(unknown, Err(Error::NotFound)));
    for (owner, actor) in [("ada@example.com", &ada), ("nobody@example.com", &Actor::System)] {
        assert!(integrations::add_api_key(engine, actor, owner, "CI").await.is_err(), "{owner}");
    }
    let operators = integrations::add_api_key(engine, &Actor::System, "Ada@example.com", "CI").await.unwrap();
    let Actor::Key(holder) = integrations::authenticate(engine, operators.expose()).await.unwrap() else { panic!() };
    assert!(Scope::ALL.into_iter().all(|scope| holder.scopes.contains(scope)) && holder.team == team_of(&ada));
}

#[sqlx::test(migrator = "crate::db::MIGRATIONS")]
async fn a_team_has_so_many_keys_and_ended_ones_are_forgotten(pool: PgPool) {
    let world = World::new(pool.clone());
    let engine = &world.engine;
    let ada = world.user("ada@example.com").await;
    for nr in 0..50 {
        integrations::create_api_key(engine, &ada, &new(&ada, &format!("key {nr}"))).await.unwrap();
    }
    let over = integrations::create_api_key(engine, &ada, &new(&ada, "one more")).await;
    assert!(matches!(over, Err(Error::Conflict(_))), "{over:?}");
    let newest = integrations::api_keys(engine, &ada, team_of(&ada)).await.unwrap()[0].id;
    integrations::revoke_api_key(engine, &ada, team_of(&ada), newest).await.unwrap();
    integrations::create_api_key(engine, &ada, &new(&ada, "one more")).await.unwrap();

    let stored =
        async || -> i64 { sqlx::query_scalar("select count(*) from api_keys").fetch_one(&pool).await.unwrap() };
    world.advance(TimeDelta::days(89));
    crate::jobs::Job::run(integrations::PurgeApiKeys {}, engine).await.unwrap();
    assert_eq!(stored().await, 51);
    world.advance(TimeDelta::days(2));
    crate::jobs::Job::run(integrations::PurgeApiKeys {}, engine).await.unwrap();
    assert_eq!(stored().await, 50);
}
