//! Signed-in browsers.

use chrono::TimeDelta;
use sqlx::PgPool;

use super::{super::*, *};

#[sqlx::test(migrator = "crate::db::MIGRATIONS")]
async fn a_session_is_read_back_as_it_was_written(db: PgPool) {
    let world = World::new(db);
    let ada = world.user("ada@example.com").await;
    let hash = world.session(id(&ada), -7).await;
    let written = record(&world, Some(id(&ada)));
    assert_eq!(session_load(&world.engine, &hash).await.unwrap(), Some(written.clone()));
    assert!(!session_create(&world.engine, &hash, &written).await.unwrap(), "the id is taken");

    let mut changed = written;
    changed.data.insert("flash".into(), "Saved.".into());
    session_save(&world.engine, &hash, &changed).await.unwrap();
    assert_eq!(session_load(&world.engine, &hash).await.unwrap(), Some(changed));
    session_delete(&world.engine, &hash).await.unwrap();
    assert_eq!(session_load(&world.engine, &hash).await.unwrap(), None);
}

#[sqlx::test(migrator = "crate::db::MIGRATIONS")]
async fn a_session_ends_thirty_days_after_its_last_use(db: PgPool) {
    let world = World::new(db);
    let ada = world.user("ada@example.com").await;
    let hash = world.session(id(&ada), 1).await;
    for _ in 0..3 {
        world.advance(TimeDelta::days(29));
        assert!(world.is_open(&hash).await);
    }
    world.advance(TimeDelta::days(30));
    assert!(!world.is_open(&hash).await);
    assert!(sessions(&world.engine, &ada).await.unwrap().is_empty());
}

#[sqlx::test(migrator = "crate::db::MIGRATIONS")]
async fn a_revoked_session_stays_revoked_whatever_a_late_request_saves(db: PgPool) {
    let world = World::new(db);
    let ada = world.user("ada@example.com").await;
    let hash = world.session(id(&ada), 1).await;
    let loaded = session_load(&world.engine, &hash).await.unwrap().unwrap();
    revoke_session(&world.engine, &ada, &hash.to_hex()).await.unwrap();
    session_save(&world.engine, &hash, &loaded).await.unwrap();
    assert!(!world.is_open(&hash).await);
}

#[sqlx::test(migrator = "crate::db::MIGRATIONS")]
async fn somebody_sees_and_ends_their_own_sessions_alone(db: PgPool) {
    let world = World::new(db);
    let (ada, bob) = (world.user("ada@example.com").await, world.user("bob@example.com").await);
    let old = world.session(id(&ada), 1).await;
    world.advance(TimeDelta::minutes(10));
    let new = world.session(id(&ada), 2).await;
    let bobs = world.session(id(&bob), 3).await;

    let listed = sessions(&world.engine, &ada).await.unwrap();
    assert_eq!(listed.iter().map(|one| one.hash_hex.clone()).collect::<Vec<_>>(), [new.to_hex(), old.to_hex()]);
    assert_eq!(listed[0].browser, "Firefox on Linux");
    assert_eq!(listed[1].last_seen_at, crate::fakes::start());
    // Being used, the old one comes first.
    world.advance(TimeDelta::minutes(10));
    assert!(world.is_open(&old).await);
    assert_eq!(sessions(&world.engine, &ada).await.unwrap()[0].hash_hex, old.to_hex());

    for others in [bobs.to_hex(), SessionHash::of(99).to_hex(), "xyz".into(), String::new()] {
        assert!(matches!(revoke_session(&world.engine, &ada, &others).await, Err(Error::NotFound)));
    }
    revoke_other_sessions(&world.engine, &ada, &new).await.unwrap();
    assert!(world.is_open(&new).await && world.is_open(&bobs).await && !world.is_open(&old).await);
}
