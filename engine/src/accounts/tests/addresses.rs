//! Another address, another name.

use chrono::TimeDelta;
use sqlx::PgPool;

use super::{super::*, *};

#[sqlx::test(migrator = "crate::db::MIGRATIONS")]
async fn an_address_changes_when_the_link_in_its_mail_is_opened(db: PgPool) {
    let world = World::new(db);
    let ada = world.user("ada@example.com").await;
    let session = world.session(id(&ada), 1).await;
    request_email_change(&world.engine, &ada, PASSWORD, "Ada@New.example").await.unwrap();
    assert_eq!(world.signs_in("ada@example.com", PASSWORD).await.unwrap(), id(&ada), "not changed yet");
    let token = world.token_for("ada@new.example").await;

    assert_eq!(confirm_email(&world.engine, &token).await.unwrap(), id(&ada));
    assert_eq!(field(world.signs_in("ada@example.com", PASSWORD).await), "password");
    assert_eq!(world.signs_in("ada@new.example", PASSWORD).await.unwrap(), id(&ada));
    assert!(!world.is_open(&session).await);
    world.run_due().await;
    let letter = world.letters_to("ada@example.com").pop().unwrap();
    assert_eq!(letter.subject, "Your PerfAlly address was changed");
    assert!(letter.text.contains("ada@new.example"));
    assert_eq!(field(confirm_email(&world.engine, &token).await), "token");
    assert!(world.queue().await.is_empty());
}

#[sqlx::test(migrator = "crate::db::MIGRATIONS")]
async fn an_address_that_has_an_account_gets_the_same_answer_and_its_owner_a_letter(db: PgPool) {
    let world = World::new(db);
    let ada = world.user("ada@example.com").await;
    world.user("bob@example.com").await;
    for email in ["bob@example.com", "free@example.com"] {
        request_email_change(&world.engine, &ada, PASSWORD, email).await.unwrap();
    }
    world.run_due().await;
    assert_eq!(world.letters_to("bob@example.com")[0].subject, "You have a PerfAlly account already");
    assert_eq!(world.letters_to("free@example.com")[0].subject, "Confirm your new address for PerfAlly");
}

#[sqlx::test(migrator = "crate::db::MIGRATIONS")]
async fn an_address_that_got_an_account_meanwhile_is_refused_and_nothing_changes(db: PgPool) {
    let world = World::new(db);
    let ada = world.user("ada@example.com").await;
    request_email_change(&world.engine, &ada, PASSWORD, "new@example.com").await.unwrap();
    let token = world.token_for("new@example.com").await;
    world.user("new@example.com").await;
    let (_, words) = refusal(confirm_email(&world.engine, &token).await);
    assert!(words.contains("account of its own"), "{words}");
    assert_eq!(world.signs_in("ada@example.com", PASSWORD).await.unwrap(), id(&ada));
}

#[sqlx::test(migrator = "crate::db::MIGRATIONS")]
async fn the_same_address_or_none_is_refused_by_its_field(db: PgPool) {
    let world = World::new(db);
    let ada = world.user("ada@example.com").await;
    for email in ["ADA@example.com", "ada"] {
        assert_eq!(field(request_email_change(&world.engine, &ada, PASSWORD, email).await), "email");
    }
}

#[sqlx::test(migrator = "crate::db::MIGRATIONS")]
async fn a_name_and_a_time_zone_change_from_the_next_request(db: PgPool) {
    let world = World::new(db);
    let ada = world.user("ada@example.com").await;
    assert_eq!(field(update_profile(&world.engine, &ada, "", "UTC").await), "name");
    assert_eq!(field(update_profile(&world.engine, &ada, "Ada", "Middle/Earth").await), "time_zone");
    update_profile(&world.engine, &ada, " Ada King ", "Europe/London").await.unwrap();
    let Actor::User(ada) = actor(&world.engine, Some(id(&ada))).await.unwrap() else { panic!("nobody") };
    assert_eq!((ada.name.as_str(), ada.time_zone.as_str()), ("Ada King", "Europe/London"));
}

#[sqlx::test(migrator = "crate::db::MIGRATIONS")]
async fn what_has_run_out_is_forgotten_and_the_rest_kept(db: PgPool) {
    let world = World::new(db);
    let ada = world.user("ada@example.com").await;
    let session = world.session(id(&ada), 1).await;
    request_password_reset(&world.engine, "ada@example.com", HERE).await.unwrap();
    let token = world.token_for("ada@example.com").await;
    let count = async |table: &'static str| {
        sqlx::query_scalar::<_, i64>(sqlx::AssertSqlSafe(format!("select count(*) from {table}")))
            .fetch_one(&world.engine.db)
            .await
            .unwrap()
    };
    let purge = async || crate::jobs::Job::run(PurgeAccounts {}, &world.engine).await.unwrap();
    purge().await;
    assert!(world.is_open(&session).await);
    assert!(peek_token(&world.engine, &[domain::accounts::TokenPurpose::ResetPassword], &token).await.unwrap());
    assert_eq!(count("throttle_hits").await, 2);

    world.advance(TimeDelta::days(60));
    purge().await;
    for table in ["throttle_hits", "mail_tokens", "sessions"] {
        assert_eq!(count(table).await, 0, "{table}");
    }
}
