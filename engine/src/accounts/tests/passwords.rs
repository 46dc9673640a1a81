//! A forgotten password, and a changed one.

use chrono::TimeDelta;
use sqlx::PgPool;

use super::{super::*, *};

#[sqlx::test(migrator = "crate::db::MIGRATIONS")]
async fn a_reset_sets_the_password_signs_out_everywhere_and_tells_the_owner(db: PgPool) {
    let world = World::new(db);
    let ada = world.user("ada@example.com").await;
    let bob = world.user("bob@example.com").await;
    let (phone, laptop) = (world.session(id(&ada), 1).await, world.session(id(&ada), 2).await);
    let bobs = world.session(id(&bob), 3).await;
    request_password_reset(&world.engine, "Ada@example.com", HERE).await.unwrap();
    let token = world.token_for("ada@example.com").await;

    assert_eq!(reset_password(&world.engine, &token, OTHER).await.unwrap(), id(&ada));
    assert_eq!(field(world.signs_in("ada@example.com", PASSWORD).await), "password");
    assert_eq!(world.signs_in("ada@example.com", OTHER).await.unwrap(), id(&ada));
    assert!(!world.is_open(&phone).await && !world.is_open(&laptop).await);
    assert!(world.is_open(&bobs).await);
    world.run_due().await;
    assert_eq!(world.letters_to("ada@example.com").last().unwrap().subject, "Your PerfAlly password was changed");
    assert!(world.queue().await.is_empty());
}

#[sqlx::test(migrator = "crate::db::MIGRATIONS")]
async fn asking_for_a_reset_tells_nothing_about_the_address(db: PgPool) {
    let world = World::new(db);
    world.user("ada@example.com").await;
    for _ in 0..5 {
        for email in ["ada@example.com", "eve@example.com"] {
            request_password_reset(&world.engine, email, HERE).await.unwrap();
        }
    }
    for email in ["ada@example.com", "eve@example.com"] {
        assert_eq!(seconds_to_wait(request_password_reset(&world.engine, email, HERE).await), 15 * 60);
    }
    world.run_due().await;
    assert_eq!(world.letters_to("ada@example.com").len(), 5);
    assert!(world.letters_to("eve@example.com").is_empty());
}

#[sqlx::test(migrator = "crate::db::MIGRATIONS")]
async fn a_reset_link_is_good_for_an_hour_and_once(db: PgPool) {
    let world = World::new(db);
    world.user("ada@example.com").await;
    request_password_reset(&world.engine, "ada@example.com", HERE).await.unwrap();
    let old = world.token_for("ada@example.com").await;
    world.advance(TimeDelta::hours(1));
    assert_eq!(field(reset_password(&world.engine, &old, OTHER).await), "token");

    request_password_reset(&world.engine, "ada@example.com", HERE).await.unwrap();
    let token = world.token_for("ada@example.com").await;
    let all = futures::future::join_all((0..6).map(|_| reset_password(&world.engine, &token, OTHER))).await;
    assert_eq!(all.iter().filter(|one| one.is_ok()).count(), 1);
    assert_eq!(field(reset_password(&world.engine, &token, PASSWORD).await), "token");
}

#[sqlx::test(migrator = "crate::db::MIGRATIONS")]
async fn a_reset_ends_all_other_links_of_the_account(db: PgPool) {
    let world = World::new(db);
    let ada = world.user("ada@example.com").await;
    request_password_reset(&world.engine, "ada@example.com", HERE).await.unwrap();
    let one = world.token_for("ada@example.com").await;
    request_password_reset(&world.engine, "ada@example.com", HERE).await.unwrap();
    let other = world.token_for("ada@example.com").await;
    request_email_change(&world.engine, &ada, PASSWORD, "eve@example.com").await.unwrap();
    let change = world.token_for("eve@example.com").await;
    // A second request whose letter is not written yet.
    request_email_change(&world.engine, &ada, PASSWORD, "eve2@example.com").await.unwrap();
    world.advance(TimeDelta::seconds(1));

    reset_password(&world.engine, &one, OTHER).await.unwrap();
    assert_eq!(field(reset_password(&world.engine, &other, OTHER).await), "token");
    assert_eq!(field(confirm_email(&world.engine, &change).await), "token");
    world.run_due().await;
    assert!(world.letters_to("eve2@example.com").is_empty());
}

#[sqlx::test(migrator = "crate::db::MIGRATIONS")]
async fn a_password_that_is_not_taken_leaves_the_link_good(db: PgPool) {
    let world = World::new(db);
    world.user("ada@example.com").await;
    request_password_reset(&world.engine, "ada@example.com", HERE).await.unwrap();
    let token = world.token_for("ada@example.com").await;
    assert_eq!(field(reset_password(&world.engine, &token, "password").await), "password");
    reset_password(&world.engine, &token, OTHER).await.unwrap();
}

#[sqlx::test(migrator = "crate::db::MIGRATIONS")]
async fn a_reset_link_to_an_address_that_the_account_left_opens_nothing(db: PgPool) {
    let world = World::new(db);
    let ada = world.user("ada@example.com").await;
    request_password_reset(&world.engine, "ada@example.com", HERE).await.unwrap();
    let reset = world.token_for("ada@example.com").await;
    // This one's letter is written only after the change.
    request_password_reset(&world.engine, "ada@example.com", HERE).await.unwrap();
    request_email_change(&world.engine, &ada, PASSWORD, "new@example.com").await.unwrap();
    let change = {
        world.run_due().await;
        world.token_for("new@example.com").await
    };
    request_password_reset(&world.engine, "ada@example.com", HERE).await.unwrap();
    confirm_email(&world.engine, &change).await.unwrap();
    let letters = world.letters_to("ada@example.com").len();
    world.run_due().await;
    assert_eq!(field(reset_password(&world.engine, &reset, OTHER).await), "token");
    let later = &world.letters_to("ada@example.com")[letters..];
    assert!(later.iter().all(|letter| letter.subject == "Your PerfAlly address was changed"), "{later:?}");
}

#[sqlx::test(migrator = "crate::db::MIGRATIONS")]
async fn changing_the_password_needs_the_current_one_and_keeps_this_browser_alone(db: PgPool) {
    let world = World::new(db);
    let ada = world.user("ada@example.com").await;
    let (here, elsewhere) = (world.session(id(&ada), 1).await, world.session(id(&ada), 2).await);
    assert_eq!(field(change_password(&world.engine, &ada, OTHER, OTHER, &here).await), "current_password");
    assert_eq!(field(change_password(&world.engine, &ada, PASSWORD, "12345678", &here).await), "new_password");
    assert!(world.is_open(&elsewhere).await);

    change_password(&world.engine, &ada, PASSWORD, OTHER, &here).await.unwrap();
    assert_eq!(world.signs_in("ada@example.com", OTHER).await.unwrap(), id(&ada));
    assert!(world.is_open(&here).await && !world.is_open(&elsewhere).await);
    world.run_due().await;
    assert_eq!(world.letters_to("ada@example.com").last().unwrap().subject, "Your PerfAlly password was changed");
}

#[sqlx::test(migrator = "crate::db::MIGRATIONS")]
async fn of_two_changes_from_one_password_one_wins(db: PgPool) {
    let world = World::new(db);
    let ada = world.user("ada@example.com").await;
    let here = SessionHash::of(1);
    let changes = ["five green doors beside the mill", OTHER]
        .map(|new| change_password(&world.engine, &ada, PASSWORD, new, &here));
    let done = futures::future::join_all(changes).await;
    assert!(done.iter().any(Result::is_ok), "{done:?}");
    assert_eq!(done.iter().filter(|change| change.is_ok()).count(), 1, "{done:?}");
}

#[sqlx::test(migrator = "crate::db::MIGRATIONS")]
async fn guesses_in_the_settings_count_like_guesses_at_the_door(db: PgPool) {
    let world = World::new(db);
    let ada = world.user("ada@example.com").await;
    let here = SessionHash::of(1);
    for _ in 0..5 {
        assert_eq!(field(change_password(&world.engine, &ada, OTHER, OTHER, &here).await), "current_password");
        assert_eq!(
            field(request_email_change(&world.engine, &ada, OTHER, "new@example.com").await),
            "current_password"
        );
    }
    seconds_to_wait(change_password(&world.engine, &ada, PASSWORD, OTHER, &here).await);
    seconds_to_wait(world.signs_in("ada@example.com", PASSWORD).await);
}

#[sqlx::test(migrator = "crate::db::MIGRATIONS")]
async fn nobody_changes_anything(db: PgPool) {
    let world = World::new(db);
    let here = SessionHash::of(1);
    for caller in [Actor::Nobody, Actor::System] {
        let engine = &world.engine;
        for refused in [
            change_password(engine, &caller, PASSWORD, OTHER, &here).await,
            request_email_change(engine, &caller, PASSWORD, "new@example.com").await,
            update_profile(engine, &caller, "Eve", "UTC").await,
            revoke_session(engine, &caller, &here.to_hex()).await,
            revoke_other_sessions(engine, &caller, &here).await,
            sessions(engine, &caller).await.map(drop),
        ] {
            assert!(matches!(refused, Err(Error::Unauthenticated)), "{refused:?}");
        }
    }
}
