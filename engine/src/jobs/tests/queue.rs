//! Claiming, settling, waiting and coming again.

use std::time::Duration;

use chrono::TimeDelta;
use sqlx::PgPool;

use super::*;
use crate::jobs::{
    claimed::{LEASE, Outcome},
    depth,
    slots::Slots,
    store,
};

fn lease() -> TimeDelta {
    TimeDelta::from_std(LEASE).unwrap()
}

#[sqlx::test(migrator = "crate::db::MIGRATIONS")]
async fn a_job_runs_once_and_leaves_the_queue(db: PgPool) {
    let desk = Desk::new(db);
    desk.enqueue("one", How::Well, None).await;
    assert_eq!(desk.run_due().await, 1);
    assert_eq!(desk.run_due().await, 0);
    assert_eq!(desk.runs(), ["one"]);
    assert!(desk.rows().await.is_empty());
}

#[sqlx::test(migrator = "crate::db::MIGRATIONS")]
async fn a_job_waits_for_its_time(db: PgPool) {
    let desk = Desk::new(db);
    let mut connection = desk.engine().db.acquire().await.unwrap();
    let later = desk.world.now() + TimeDelta::hours(1);
    enqueue(&mut connection, &desk.note("later", How::Well), None, later).await.unwrap();
    assert_eq!(desk.run_due().await, 0);
    desk.world.advance(TimeDelta::hours(1));
    assert_eq!(desk.run_due().await, 1);
}

#[sqlx::test(migrator = "crate::db::MIGRATIONS")]
async fn a_job_of_a_transaction_that_was_rolled_back_never_was(db: PgPool) {
    let desk = Desk::new(db);
    let mut transaction = desk.engine().db.begin().await.unwrap();
    enqueue(&mut transaction, &desk.note("undone", How::Well), None, desk.world.now()).await.unwrap();
    transaction.rollback().await.unwrap();
    assert_eq!(desk.run_due().await, 0);
}

#[sqlx::test(migrator = "crate::db::MIGRATIONS")]
async fn of_two_waiting_jobs_with_one_key_the_second_is_dropped(db: PgPool) {
    let desk = Desk::new(db);
    desk.enqueue("first", How::Well, Some("key")).await;
    desk.enqueue("second", How::Well, Some("key")).await;
    desk.enqueue("other", How::Well, Some("other key")).await;
    desk.enqueue("keyless", How::Well, None).await;
    desk.enqueue("keyless", How::Well, None).await;
    assert_eq!(desk.run_due().await, 4);
    assert!(!desk.runs().contains(&"second".to_owned()));
}

#[sqlx::test(migrator = "crate::db::MIGRATIONS")]
async fn what_changes_while_a_job_runs_is_worth_a_further_job(db: PgPool) {
    let desk = Desk::new(db);
    desk.enqueue("first", How::Away, Some("key")).await;
    let running = desk.claim().await.unwrap();
    desk.enqueue("second", How::Well, Some("key")).await;
    assert_eq!(desk.rows().await.len(), 2);
    // The first fails; the second, which waits already, does its work.
    assert_eq!(running.run(desk.engine()).await, Outcome::PutBack);
    assert_eq!(desk.rows().await.len(), 1);
    assert_eq!(desk.run_due().await, 1);
    assert_eq!(desk.runs(), ["first", "second"]);
}

#[sqlx::test(migrator = "crate::db::MIGRATIONS")]
async fn a_job_that_fails_is_tried_again_later_and_later_and_then_kept_as_failed(db: PgPool) {
    let desk = Desk::new(db);
    desk.enqueue("try", How::Away, None).await;
    for (attempt, (at_least, at_most)) in [(1, (5, 10)), (2, (10, 20))] {
        assert_eq!(desk.run_due().await, 1);
        let row = &desk.rows().await[0];
        assert_eq!((row.attempts, row.is_failed, row.is_leased), (attempt, false, false));
        desk.world.advance(TimeDelta::seconds(at_least) - TimeDelta::milliseconds(1));
        assert_eq!(desk.run_due().await, 0, "it comes back too early after attempt {attempt}");
        desk.world.advance(TimeDelta::seconds(at_most - at_least) + TimeDelta::milliseconds(1));
    }
    assert_eq!(desk.run_due().await, 1);
    let row = &desk.rows().await[0];
    assert_eq!((row.attempts, row.is_failed), (3, true));
    assert_eq!(row.last_error.as_deref(), Some("The moon cannot be reached: it is new"));
    assert_eq!(depth(desk.engine()).await.unwrap().failed, 1);
    desk.world.advance(TimeDelta::days(10));
    assert_eq!(desk.run_due().await, 0);
}

#[sqlx::test(migrator = "crate::db::MIGRATIONS")]
async fn what_trying_again_cannot_mend_fails_at_once(db: PgPool) {
    let desk = Desk::new(db);
    desk.enqueue("gone", How::InVain, None).await;
    assert_eq!(desk.run_due().await, 1);
    assert!(desk.rows().await[0].is_failed);
}

#[sqlx::test(migrator = "crate::db::MIGRATIONS")]
async fn a_payload_that_cannot_be_read_fails_at_once(db: PgPool) {
    let desk = Desk::new(db);
    desk.enqueue("odd", How::Well, None).await;
    sqlx::query("update jobs set payload = '{}'").execute(&desk.engine().db).await.unwrap();
    assert_eq!(desk.run_due().await, 1);
    assert!(desk.rows().await[0].is_failed);
    assert!(desk.runs().is_empty());
}

#[sqlx::test(migrator = "crate::db::MIGRATIONS")]
async fn a_failed_job_frees_its_key_and_is_forgotten_after_a_month(db: PgPool) {
    let desk = Desk::new(db);
    desk.enqueue("gone", How::InVain, Some("key")).await;
    desk.run_due().await;
    desk.enqueue("fresh", How::Well, Some("key")).await;
    assert_eq!(desk.run_due().await, 1);
    for (days, left) in [(29, 1), (2, 0)] {
        desk.world.advance(TimeDelta::days(days));
        crate::jobs::PurgeFailedJobs {}.run(desk.engine()).await.unwrap();
        assert_eq!(desk.rows().await.len(), left);
    }
}

#[sqlx::test(migrator = "crate::db::MIGRATIONS")]
async fn a_panic_is_a_failed_attempt(db: PgPool) {
    let desk = Desk::new(db);
    desk.enqueue("ouch", How::Panicking, None).await;
    assert_eq!(desk.claim().await.unwrap().run(desk.engine()).await, Outcome::PutBack);
    assert!(desk.rows().await[0].last_error.as_deref().unwrap().contains("panicked"));
}

#[sqlx::test(migrator = "crate::db::MIGRATIONS")]
async fn a_job_that_hangs_is_ended_at_its_time_limit(db: PgPool) {
    let desk = Desk::new(db);
    let mut connection = desk.engine().db.acquire().await.unwrap();
    enqueue(&mut connection, &Endless {}, None, desk.world.now()).await.unwrap();
    assert_eq!(desk.claim().await.unwrap().run(desk.engine()).await, Outcome::Failed);
    assert_eq!(desk.rows().await[0].last_error.as_deref(), Some("internal error: not done within 0 s"));
}

#[sqlx::test(migrator = "crate::db::MIGRATIONS")]
async fn a_crashed_workers_job_is_taken_over_after_its_lease_and_the_old_worker_is_fenced(db: PgPool) {
    let desk = Desk::new(db);
    desk.enqueue("work", How::Well, None).await;
    let slow = desk.claim().await.unwrap();
    desk.world.advance(lease() - TimeDelta::milliseconds(1));
    assert!(desk.claim().await.is_none(), "the lease still holds");
    desk.world.advance(TimeDelta::milliseconds(1));
    let successor = desk.claim().await.unwrap();
    assert_eq!(successor.row.id, slow.row.id);

    // The old worker was slow, not dead: its end does not count, and takes nothing away.
    assert_eq!(slow.run(desk.engine()).await, Outcome::Fenced);
    let row = &desk.rows().await[0];
    assert_eq!((row.attempts, row.is_leased), (2, true));
    assert_eq!(successor.run(desk.engine()).await, Outcome::Done);
    assert!(desk.rows().await.is_empty());
}

#[sqlx::test(migrator = "crate::db::MIGRATIONS")]
async fn a_fenced_worker_can_neither_put_back_nor_fail_its_job(db: PgPool) {
    let desk = Desk::new(db);
    for how in [How::Away, How::InVain] {
        desk.enqueue("work", how, None).await;
        let slow = desk.claim().await.unwrap();
        desk.world.advance(lease());
        let successor = desk.claim().await.unwrap();
        assert_eq!(slow.run(desk.engine()).await, Outcome::Fenced);
        assert!(desk.rows().await[0].is_leased);
        let mut connection = desk.engine().db.acquire().await.unwrap();
        assert!(store::finish(&mut connection, successor.row.id, successor.token).await.unwrap());
    }
}

#[sqlx::test(migrator = "crate::db::MIGRATIONS")]
async fn a_lease_is_renewed_while_its_job_runs_and_a_run_that_lost_it_is_ended(db: PgPool) {
    let desk = Desk::new(db);
    desk.enqueue("long", How::Slowly(60_000), None).await;
    let claimed = desk.claim().await.unwrap();
    let renewed = async {
        for _ in 0..4 {
            desk.world.advance(lease() - TimeDelta::seconds(1));
            tokio::time::sleep(Duration::from_millis(200)).await;
            assert!(desk.claim().await.is_none(), "the lease was not renewed");
        }
        sqlx::query("update jobs set lease_token = gen_random_uuid()").execute(&desk.engine().db).await.unwrap();
    };
    let (ended, ()) = tokio::join!(claimed.work(desk.engine(), Duration::from_millis(50)), renewed);
    assert!(ended.is_none(), "{ended:?}");
    assert!(desk.runs().is_empty());
}

#[sqlx::test(migrator = "crate::db::MIGRATIONS")]
async fn a_job_that_kills_its_worker_each_time_does_not_come_back_for_ever(db: PgPool) {
    let desk = Desk::new(db);
    desk.enqueue("deadly", How::Well, None).await;
    for _ in 0..Note::MAX_ATTEMPTS {
        assert!(desk.claim().await.is_some());
        desk.world.advance(lease());
    }
    assert_eq!(desk.run_due().await, 1);
    assert!(desk.runs().is_empty());
    assert!(desk.rows().await[0].is_failed);
}

#[sqlx::test(migrator = "crate::db::MIGRATIONS")]
async fn a_worker_leaves_kinds_that_it_does_not_know_to_others(db: PgPool) {
    let desk = Desk::new(db);
    desk.enqueue("new kind", How::Well, None).await;
    let older = Registry::default().with::<Endless>();
    assert_eq!(crate::jobs::worker::run_due_of(desk.engine(), &older).await.unwrap(), 0);
    assert_eq!(desk.run_due().await, 1);
}

#[sqlx::test(migrator = "crate::db::MIGRATIONS")]
async fn a_slot_is_filled_once_by_however_many_replicas(db: PgPool) {
    let desk = Desk::new(db);
    let registry = Registry::default().every::<Tick>(Duration::from_secs(3_600));
    let mut replicas: Vec<Slots> = (0..4).map(|_| Slots::default()).collect();
    for runs in [1, 0, 1, 1] {
        let fills = replicas.iter_mut().map(|slots| slots.fill(desk.engine(), &registry));
        for filled in futures::future::join_all(fills).await {
            filled.unwrap();
        }
        assert_eq!(crate::jobs::worker::run_due_of(desk.engine(), &registry).await.unwrap(), runs);
        // 10:00 → 10:35 → 11:10 → 15:10: the same slot, the next, and one of several missed.
        let minutes = if desk.world.now() < crate::fakes::start() + TimeDelta::minutes(70) { 35 } else { 240 };
        desk.world.advance(TimeDelta::minutes(minutes));
    }
}

#[sqlx::test(migrator = "crate::db::MIGRATIONS")]
async fn a_clock_that_was_ahead_for_a_while_stops_no_periodic_job(db: PgPool) {
    let desk = Desk::new(db);
    let registry = Registry::default().every::<Tick>(Duration::from_secs(3_600));
    let mut slots = Slots::default();
    for (hours, runs) in [(0, 1), (24 * 365, 1), (-24 * 365, 1), (0, 0), (1, 1), (-1, 0), (1, 0), (1, 1)] {
        desk.world.advance(TimeDelta::hours(hours));
        slots.fill(desk.engine(), &registry).await.unwrap();
        let ran = crate::jobs::worker::run_due_of(desk.engine(), &registry).await.unwrap();
        assert_eq!(ran, runs, "after {hours} hours");
    }
}

#[sqlx::test(migrator = "crate::db::MIGRATIONS")]
async fn a_job_that_was_lost_while_the_clock_was_ahead_is_taken_over(db: PgPool) {
    let desk = Desk::new(db);
    desk.enqueue("once", How::Well, None).await;
    desk.world.advance(TimeDelta::days(365));
    let lost = desk.claim().await.unwrap();
    drop(lost);
    assert!(desk.claim().await.is_none());
    desk.world.advance(TimeDelta::days(-365));
    assert_eq!(desk.run_due().await, 1);
}

#[sqlx::test(migrator = "crate::db::MIGRATIONS")]
async fn a_slot_is_left_out_while_the_one_before_is_unfinished(db: PgPool) {
    let desk = Desk::new(db);
    let registry = Registry::default().every::<Tick>(Duration::from_secs(60));
    let mut slots = Slots::default();
    slots.fill(desk.engine(), &registry).await.unwrap();
    let running =
        crate::jobs::worker::claim(desk.engine(), &registry.names(false), &registry, 1).await.unwrap().pop().unwrap();
    for _ in 0..3 {
        desk.world.advance(TimeDelta::seconds(60));
        slots.fill(desk.engine(), &registry).await.unwrap();
    }
    assert_eq!(desk.rows().await.len(), 1);
    assert_eq!(running.run(desk.engine()).await, Outcome::Done);
    desk.world.advance(TimeDelta::seconds(60));
    slots.fill(desk.engine(), &registry).await.unwrap();
    assert_eq!(crate::jobs::worker::run_due_of(desk.engine(), &registry).await.unwrap(), 1);
}
