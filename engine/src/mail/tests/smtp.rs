//! The way by SMTP, from the job that sends.

use std::net::{IpAddr, Ipv4Addr};

use chrono::TimeDelta;
use sqlx::PgPool;

use super::{
    stand_in::{Answer, StandIn},
    *,
};
use crate::{accounts, fakes::World, jobs};

/// A world that sends by `server`, with a letter in the queue.
async fn world_of(db: PgPool, server: &StandIn) -> World {
    let mut world = World::new(db);
    world.engine.mail = post_to(&server.url());
    world.user("ada@example.com").await;
    let here = IpAddr::V4(Ipv4Addr::LOCALHOST);
    accounts::request_password_reset(&world.engine, "ada@example.com", here).await.unwrap();
    world
}

fn post_to(url: &str) -> Post {
    Post::new(&MailConfig { transport: Transport::Smtp(url.into()), from: from() }).unwrap()
}

async fn failed(world: &World) -> i64 {
    jobs::depth(&world.engine).await.unwrap().failed
}

fn message_id(data: &str) -> String {
    headers(data).into_iter().find(|header| header.starts_with("Message-ID")).unwrap()
}

#[sqlx::test(migrator = "crate::db::MIGRATIONS")]
async fn a_letter_reaches_the_server_and_leaves_the_queue(db: PgPool) {
    let server = StandIn::start(&[]).await;
    let world = world_of(db, &server).await;
    assert_eq!(world.run_due().await, 1);
    let [received] = &server.received()[..] else { panic!("{:?}", server.received()) };
    assert_eq!(received.to, ["RCPT TO:<ada@example.com>"]);
    assert!(received.data.contains("Subject: Choose a new password for PerfAlly\r\n"));
    assert!(world.queue().await.is_empty());
}

#[sqlx::test(migrator = "crate::db::MIGRATIONS")]
async fn a_temporary_refusal_is_tried_again_until_it_is_taken(db: PgPool) {
    let refusals = [Answer::Receiver(450), Answer::Data(451), Answer::Greeting(421)];
    let server = StandIn::start(&refusals).await;
    let world = world_of(db, &server).await;
    for tries in 1..=3 {
        assert_eq!(world.run_due().await, 1);
        assert_eq!((server.tries(), server.received().len()), (tries, 0));
        assert_eq!(world.run_due().await, 0, "not at once");
        world.advance(TimeDelta::minutes(2));
    }
    assert_eq!(world.run_due().await, 1);
    assert_eq!(server.received().len(), 1);
    assert!(world.queue().await.is_empty());
}

#[sqlx::test(migrator = "crate::db::MIGRATIONS")]
async fn a_refusal_for_good_is_not_tried_again_and_is_kept_for_the_operator(db: PgPool) {
    for answer in [Answer::Receiver(550), Answer::Data(554)] {
        let server = StandIn::start(&[answer]).await;
        let mut world = world_of_shared(&db, &server).await;
        assert_eq!(world.run_due().await, 1);
        world.engine.mail = post_to(&server.url());
        world.advance(TimeDelta::minutes(50));
        assert_eq!(world.run_due().await, 0);
        assert_eq!((server.tries(), server.received().len()), (1, 0));
    }
    assert_eq!(failed(&World::new(db)).await, 2);
}

/// Like [`world_of`], for a database that has Ada already or not.
async fn world_of_shared(db: &PgPool, server: &StandIn) -> World {
    let mut world = World::new(db.clone());
    world.engine.mail = post_to(&server.url());
    let here = IpAddr::V4(Ipv4Addr::LOCALHOST);
    let _ =
        accounts::add_user(&world.engine, &domain::accounts::Actor::System, "ada@example.com", fakes::PASSWORD).await;
    accounts::request_password_reset(&world.engine, "ada@example.com", here).await.unwrap();
    world
}

#[sqlx::test(migrator = "crate::db::MIGRATIONS")]
async fn a_line_cut_after_the_letter_is_tried_again_with_the_same_message_id(db: PgPool) {
    let server = StandIn::start(&[Answer::HangUp]).await;
    let world = world_of(db, &server).await;
    world.run_due().await;
    world.advance(TimeDelta::minutes(1));
    world.run_due().await;
    let received = server.received();
    assert_eq!(received.len(), 2);
    assert_eq!(message_id(&received[0].data), message_id(&received[1].data));
    assert!(world.queue().await.is_empty());
}

#[sqlx::test(migrator = "crate::db::MIGRATIONS")]
async fn a_server_that_is_away_keeps_the_letter_waiting(db: PgPool) {
    let address = {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        listener.local_addr().unwrap()
    };
    let server = StandIn::start(&[]).await;
    let mut world = world_of(db, &server).await;
    world.engine.mail = post_to(&format!("smtp://{address}"));
    assert_eq!(world.run_due().await, 1);
    assert_eq!((world.queue().await.len(), failed(&world).await), (1, 0));
    world.engine.mail = post_to(&server.url());
    world.advance(TimeDelta::minutes(1));
    world.run_due().await;
    assert_eq!(server.received().len(), 1);
}

#[tokio::test]
async fn a_letter_never_goes_unencrypted_where_encryption_is_required() {
    // The stand-in offers no STARTTLS.
    let server = StandIn::start(&[]).await;
    let post = post_to(&format!("{}?tls=required", server.url()));
    let sent = post.send(&letter("ada@example.com", &words("Hello", "Hello."))).await;
    assert!(matches!(sent, Err(Error::Upstream { .. })), "{sent:?}");
    assert!(server.received().is_empty());
}

#[tokio::test]
async fn refused_credentials_are_the_operators_to_mend_and_the_letter_waits() {
    let server = StandIn::start(&[Answer::Receiver(530), Answer::Receiver(550)]).await;
    let post = post_to(&server.url());
    let send = async || -> Result<()> { post.send(&letter("ada@example.com", &words("Hello", "Hello."))).await };
    assert!(matches!(send().await, Err(Error::Upstream { .. })));
    assert!(matches!(send().await, Err(Error::Invalid(_))));
}
