//! Getting an account, and confirming its address.

use chrono::TimeDelta;
use domain::accounts::{Role, TokenPurpose};
use sqlx::PgPool;

use super::{super::*, *};

#[sqlx::test(migrator = "crate::db::MIGRATIONS")]
async fn a_sign_up_makes_a_person_with_a_team_of_their_own_and_mails_a_link(db: PgPool) {
    let world = World::new(db);
    let SignedUp::Created(id) = world.signs_up(" Ada@Example.com ").await.unwrap() else { panic!("known already") };

    let Actor::User(ada) = actor(&world.engine, Some(id)).await.unwrap() else { panic!("nobody") };
    assert_eq!((ada.name.as_str(), ada.email.as_str()), ("Ada Lovelace", "ada@example.com"));
    assert_eq!(ada.time_zone, "Europe/Berlin");
    assert!(!ada.email_verified);
    let [team] = &ada.memberships[..] else { panic!("{:?}", ada.memberships) };
    assert!(team.personal && team.role == Role::Owner);

    let token = world.token_for("ada@example.com").await;
    assert!(peek_token(&world.engine, &[TokenPurpose::VerifyEmail], &token).await.unwrap());
    assert_eq!(confirm_email(&world.engine, &token).await.unwrap(), id);
    assert_eq!(world.signs_in("ada@example.com", PASSWORD).await.unwrap(), id);
    assert!(actor(&world.engine, Some(id)).await.unwrap().user().unwrap().email_verified);
    assert!(world.queue().await.is_empty());
}

#[sqlx::test(migrator = "crate::db::MIGRATIONS")]
async fn what_is_typed_wrong_is_named_by_its_field(db: PgPool) {
    let world = World::new(db);
    let with = |change: fn(&mut SignUp)| {
        let mut form = form("ada@example.com");
        change(&mut form);
        sign_up(&world.engine, form, HERE)
    };
    assert_eq!(field(with(|form| form.name = "  ".into()).await), "name");
    assert_eq!(field(with(|form| form.name = "Ada\r\nBcc: eve@example.com".into()).await), "name");
    assert_eq!(field(with(|form| form.email = "ada".into()).await), "email");
    assert_eq!(field(with(|form| form.password = "short".into()).await), "password");
    assert_eq!(field(with(|form| form.password = "password1".into()).await), "password");
    assert_eq!(field(with(|form| form.password = "ada@example.com".into()).await), "password");
    assert!(world.queue().await.is_empty());
}

#[sqlx::test(migrator = "crate::db::MIGRATIONS")]
async fn an_unknown_time_zone_is_utc(db: PgPool) {
    let world = World::new(db);
    for (email, zone) in [("a@example.com", Some("Middle/Earth")), ("b@example.com", None)] {
        let form = SignUp { time_zone: zone.map(Into::into), ..form(email) };
        let SignedUp::Created(id) = sign_up(&world.engine, form, HERE).await.unwrap() else { panic!("known") };
        assert_eq!(actor(&world.engine, Some(id)).await.unwrap().user().unwrap().time_zone, "UTC");
    }
}

#[sqlx::test(migrator = "crate::db::MIGRATIONS")]
async fn a_known_address_gets_a_letter_instead_of_a_second_account(db: PgPool) {
    let world = World::new(db);
    let ada = world.user("ada@example.com").await;
    let again = SignUp { password: OTHER.into(), ..form("ADA@example.com") };
    assert_eq!(sign_up(&world.engine, again, HERE).await.unwrap(), SignedUp::MailSent);
    assert_eq!(world.signs_in("ada@example.com", PASSWORD).await.unwrap(), id(&ada), "nothing has changed");

    world.run_due().await;
    let [letter] = &world.letters_to("ada@example.com")[..] else { panic!("not one letter") };
    assert_eq!(letter.subject, "You have a PerfAlly account already");
    assert!(!letter.text.contains("Lovelace"), "a stranger's words are not passed on");
}

#[sqlx::test(migrator = "crate::db::MIGRATIONS")]
async fn of_two_sign_ups_at_the_same_time_one_makes_the_account(db: PgPool) {
    let world = World::new(db);
    let (one, other) = tokio::join!(world.signs_up("ada@example.com"), world.signs_up("ada@example.com"));
    let created = [one.unwrap(), other.unwrap()].iter().filter(|made| matches!(made, SignedUp::Created(_))).count();
    assert_eq!(created, 1);
}

#[sqlx::test(migrator = "crate::db::MIGRATIONS")]
async fn who_typed_a_strangers_address_first_does_not_share_the_account_later(db: PgPool) {
    let world = World::new(db);
    // Eve takes Ada's address with a password of her own …
    sign_up(&world.engine, SignUp { password: OTHER.into(), ..form("ada@example.com") }, HERE).await.unwrap();
    let eves_link = world.token_for("ada@example.com").await;
    // … then Ada signs up. The link that Eve caused, which lies in Ada's box, is dead.
    assert_eq!(world.signs_up("ada@example.com").await.unwrap(), SignedUp::MailSent);
    assert_eq!(field(confirm_email(&world.engine, &eves_link).await), "token");
    // Ada gets in by choosing a password, and Eve's opens nothing.
    let adas_link = world.token_for("ada@example.com").await;
    let ada = reset_password(&world.engine, &adas_link, PASSWORD).await.unwrap();
    assert_eq!(world.signs_in("ada@example.com", PASSWORD).await.unwrap(), ada);
    assert_eq!(field(world.signs_in("ada@example.com", OTHER).await), "password");
}

#[sqlx::test(migrator = "crate::db::MIGRATIONS")]
async fn of_two_confirmations_at_the_same_time_one_wins(db: PgPool) {
    let world = World::new(db);
    world.signs_up("ada@example.com").await.unwrap();
    let token = world.token_for("ada@example.com").await;
    let all = futures::future::join_all((0..8).map(|_| confirm_email(&world.engine, &token))).await;
    assert_eq!(all.iter().filter(|one| one.is_ok()).count(), 1);
    for lost in all.into_iter().filter(Result::is_err) {
        assert_eq!(field(lost), "token");
    }
}

#[sqlx::test(migrator = "crate::db::MIGRATIONS")]
async fn a_verification_link_is_good_for_a_day(db: PgPool) {
    let world = World::new(db);
    world.signs_up("ada@example.com").await.unwrap();
    let token = world.token_for("ada@example.com").await;
    world.advance(TimeDelta::hours(24) - TimeDelta::seconds(1));
    assert!(peek_token(&world.engine, &[TokenPurpose::VerifyEmail], &token).await.unwrap());
    world.advance(TimeDelta::seconds(1));
    assert!(!peek_token(&world.engine, &[TokenPurpose::VerifyEmail], &token).await.unwrap());
    assert_eq!(field(confirm_email(&world.engine, &token).await), "token");
}

#[sqlx::test(migrator = "crate::db::MIGRATIONS")]
async fn a_link_is_bound_to_its_purpose_and_looking_changes_nothing(db: PgPool) {
    let world = World::new(db);
    world.signs_up("ada@example.com").await.unwrap();
    let token = world.token_for("ada@example.com").await;
    assert!(!peek_token(&world.engine, &[TokenPurpose::ResetPassword], &token).await.unwrap());
    assert_eq!(field(reset_password(&world.engine, &token, OTHER).await), "token");
    for _ in 0..3 {
        assert!(peek_token(&world.engine, &[TokenPurpose::VerifyEmail], &token).await.unwrap());
    }
    for made_up in ["", "x", &"A".repeat(43), "' or 1=1 --"] {
        assert_eq!(field(confirm_email(&world.engine, made_up).await), "token");
        assert!(!peek_token(&world.engine, &[TokenPurpose::VerifyEmail], made_up).await.unwrap());
    }
    confirm_email(&world.engine, &token).await.unwrap();
}

#[sqlx::test(migrator = "crate::db::MIGRATIONS")]
async fn a_letter_that_cannot_be_sent_in_time_is_not_sent_late(db: PgPool) {
    let world = World::new(db);
    world.signs_up("ada@example.com").await.unwrap();
    world.advance(TimeDelta::hours(24) + TimeDelta::seconds(1));
    world.run_due().await;
    assert!(world.letters_to("ada@example.com").is_empty());
    assert!(world.queue().await.is_empty());
}

#[sqlx::test(migrator = "crate::db::MIGRATIONS")]
async fn only_the_operator_adds_users_unasked(db: PgPool) {
    let world = World::new(db);
    let ada = world.user("ada@example.com").await;
    for caller in [&ada, &Actor::Nobody] {
        let added = add_user(&world.engine, caller, "eve@example.com", PASSWORD).await;
        assert!(matches!(added, Err(Error::Forbidden)));
        assert!(matches!(personal_team(&world.engine, caller, "ada@example.com").await, Err(Error::Forbidden)));
    }
    let again = add_user(&world.engine, &Actor::System, "ada@example.com", PASSWORD).await;
    assert!(matches!(again, Err(Error::Conflict(_))));
    let weak = add_user(&world.engine, &Actor::System, "bob@example.com", "password").await;
    assert_eq!(field(weak), "password");
    assert_eq!(
        personal_team(&world.engine, &Actor::System, "ada@example.com").await.unwrap(),
        crate::fakes::team_of(&ada)
    );
}

#[sqlx::test(migrator = "crate::db::MIGRATIONS")]
async fn the_house_has_one_team_that_only_guests_may_look_into(db: PgPool) {
    let world = World::new(db);
    let ada = world.user("ada@example.com").await;
    let mut connection = world.engine.db.acquire().await.unwrap();
    let house = house_team(&mut connection, world.now()).await.unwrap();
    assert_eq!(house_team(&mut connection, world.now()).await.unwrap(), house);
    assert!(!ada.may(domain::accounts::Action::Read, house));

    assert!(matches!(show_house(&world.engine, &ada, "ada@example.com").await, Err(Error::Forbidden)));
    for _ in 0..2 {
        show_house(&world.engine, &Actor::System, "ada@example.com").await.unwrap();
    }
    let Actor::User(user) = &ada else { panic!("no person") };
    let guest = actor(&world.engine, Some(user.id)).await.unwrap();
    assert!(guest.may(domain::accounts::Action::Read, house));
    assert!(!guest.may(domain::accounts::Action::ManageProjects, house));
}
