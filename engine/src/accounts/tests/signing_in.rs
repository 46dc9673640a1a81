//! Getting in, and being kept out.

use std::{net::Ipv6Addr, time::Instant};

use chrono::TimeDelta;
use sqlx::PgPool;

use super::{super::*, *};

#[sqlx::test(migrator = "crate::db::MIGRATIONS")]
async fn the_right_password_opens_however_the_address_is_typed(db: PgPool) {
    let world = World::new(db);
    let ada = world.user("ada@example.com").await;
    for typed in ["ada@example.com", " ADA@Example.com"] {
        assert_eq!(world.signs_in(typed, PASSWORD).await.unwrap(), id(&ada));
    }
}

#[sqlx::test(migrator = "crate::db::MIGRATIONS")]
async fn a_wrong_password_and_an_unknown_address_get_the_same_answer(db: PgPool) {
    let world = World::new(db);
    world.user("ada@example.com").await;
    let wrong = refusal(world.signs_in("ada@example.com", OTHER).await);
    for (email, password) in
        [("eve@example.com", OTHER), ("eve@example.com", ""), ("ada@example.com", ""), ("not an address", OTHER)]
    {
        assert_eq!(refusal(world.signs_in(email, password).await), wrong);
    }
    assert_eq!(wrong.0, "password");
}

#[sqlx::test(migrator = "crate::db::MIGRATIONS")]
async fn a_wrong_password_and_an_unknown_address_take_the_same_time(db: PgPool) {
    let mut world = World::new(db);
    world.engine.passwords = Hasher::default();
    world.user("ada@example.com").await;
    // The shortest of some tries, in turn: what other processes take away does not count.
    let (mut known, mut unknown) = (f64::INFINITY, f64::INFINITY);
    for _ in 0..7 {
        for (email, shortest) in [("ada@example.com", &mut known), ("eve@example.com", &mut unknown)] {
            let begun = Instant::now();
            world.signs_in(email, OTHER).await.unwrap_err();
            *shortest = shortest.min(begun.elapsed().as_secs_f64());
        }
    }
    assert!((0.5..2.0).contains(&(unknown / known)), "{known} s and {unknown} s");
}

#[sqlx::test(migrator = "crate::db::MIGRATIONS")]
async fn the_eleventh_guess_is_refused_even_if_it_is_right(db: PgPool) {
    let world = World::new(db);
    let ada = world.user("ada@example.com").await;
    for _ in 0..10 {
        assert_eq!(field(world.signs_in("ada@example.com", OTHER).await), "password");
        world.advance(TimeDelta::seconds(10));
    }
    let wait = seconds_to_wait(world.signs_in("ada@example.com", PASSWORD).await);
    assert_eq!(wait, 15 * 60 - 100);
    // Refused tries do not put the end off.
    for _ in 0..20 {
        seconds_to_wait(world.signs_in("ada@example.com", PASSWORD).await);
    }
    world.advance(TimeDelta::seconds(wait.into()));
    assert_eq!(world.signs_in("ada@example.com", PASSWORD).await.unwrap(), id(&ada));
}

#[sqlx::test(migrator = "crate::db::MIGRATIONS")]
async fn guesses_by_a_clock_that_was_ahead_lock_nobody_out_once_it_is_right(db: PgPool) {
    let world = World::new(db);
    let ada = world.user("ada@example.com").await;
    world.advance(TimeDelta::days(365));
    for _ in 0..10 {
        assert_eq!(field(world.signs_in("ada@example.com", OTHER).await), "password");
    }
    seconds_to_wait(world.signs_in("ada@example.com", PASSWORD).await);
    world.advance(TimeDelta::days(-365));
    assert_eq!(world.signs_in("ada@example.com", PASSWORD).await.unwrap(), id(&ada));
    // From one replica to the next, clocks differ by moments: that opens nothing.
    for _ in 0..10 {
        assert_eq!(field(world.signs_in("ada@example.com", OTHER).await), "password");
    }
    world.advance(TimeDelta::seconds(-30));
    seconds_to_wait(world.signs_in("ada@example.com", PASSWORD).await);
}

#[sqlx::test(migrator = "crate::db::MIGRATIONS")]
async fn guesses_at_an_unknown_address_are_throttled_just_so(db: PgPool) {
    let world = World::new(db);
    for _ in 0..10 {
        assert_eq!(field(world.signs_in("eve@example.com", OTHER).await), "password");
    }
    assert_eq!(seconds_to_wait(world.signs_in("eve@example.com", OTHER).await), 15 * 60);
    assert_eq!(field(world.signs_in("other@example.com", OTHER).await), "password", "each account by itself");
}

#[sqlx::test(migrator = "crate::db::MIGRATIONS")]
async fn parallel_guesses_are_ten_all_the_same(db: PgPool) {
    let world = World::new(db);
    world.user("ada@example.com").await;
    let guesses = (0..30).map(|_| world.signs_in("ada@example.com", OTHER));
    let answers = futures::future::join_all(guesses).await;
    assert_eq!(answers.iter().filter(|answer| matches!(answer, Err(Error::Invalid(_)))).count(), 10);
}

#[sqlx::test(migrator = "crate::db::MIGRATIONS")]
async fn signing_in_often_is_no_guessing(db: PgPool) {
    let world = World::new(db);
    world.user("ada@example.com").await;
    for _ in 0..25 {
        world.signs_in("ada@example.com", PASSWORD).await.unwrap();
    }
}

#[sqlx::test(migrator = "crate::db::MIGRATIONS")]
async fn one_client_guesses_at_many_accounts_a_hundred_times(db: PgPool) {
    let world = World::new(db);
    let guess = async |n: usize, from: IpAddr| {
        super::super::sign_in(&world.engine, &format!("{n}@example.com"), OTHER, from).await
    };
    for n in 0..100 {
        guess(n, HERE).await.unwrap_err();
    }
    seconds_to_wait(guess(100, HERE).await);
    assert_eq!(field(guess(100, IpAddr::V6(Ipv6Addr::LOCALHOST)).await), "password", "another client may");
}

#[sqlx::test(migrator = "crate::db::MIGRATIONS")]
async fn without_rate_limits_a_client_may_do_more_but_an_account_is_as_safe(db: PgPool) {
    let world = World::with(db, &[("PERFALLY_RATE_LIMITS", "off")]);
    for n in 0..110 {
        assert_eq!(field(world.signs_in(&format!("{n}@example.com"), OTHER).await), "password");
    }
    for _ in 0..10 {
        assert_eq!(field(world.signs_in("ada@example.com", OTHER).await), "password");
    }
    seconds_to_wait(world.signs_in("ada@example.com", OTHER).await);
}

#[sqlx::test(migrator = "crate::db::MIGRATIONS")]
async fn an_unconfirmed_address_is_sent_its_link_again_but_not_at_each_try(db: PgPool) {
    let world = World::new(db);
    let SignedUp::Created(ada) = world.signs_up("ada@example.com").await.unwrap() else { panic!("known") };
    let first = world.token_for("ada@example.com").await;
    for _ in 0..3 {
        let (field, words) = refusal(world.signs_in("ada@example.com", PASSWORD).await);
        assert_eq!(field, "email");
        assert!(words.contains("Open the link"), "{words}");
    }
    world.run_due().await;
    assert_eq!(world.letters_to("ada@example.com").len(), 2);
    world.advance(TimeDelta::minutes(5));
    field(world.signs_in("ada@example.com", PASSWORD).await);
    let third = world.token_for("ada@example.com").await;
    assert_eq!(world.letters_to("ada@example.com").len(), 3);
    // To who does not know the password, the account is like any other.
    assert_eq!(field(world.signs_in("ada@example.com", OTHER).await), "password");

    // Each of the links is good until one was opened.
    assert_eq!(confirm_email(&world.engine, &first).await.unwrap(), ada);
    assert_eq!(field(confirm_email(&world.engine, &third).await), "token");
}

#[sqlx::test(migrator = "crate::db::MIGRATIONS")]
async fn somebody_who_is_no_more_is_nobody(db: PgPool) {
    let world = World::new(db);
    let stranger = UserId(uuid::Uuid::now_v7());
    assert_eq!(actor(&world.engine, Some(stranger)).await.unwrap(), Actor::Nobody);
    assert_eq!(actor(&world.engine, None).await.unwrap(), Actor::Nobody);
}
