//! What a plan keeps, and what goes when.

use std::time::{Duration, Instant};

use chrono::{DateTime, TimeDelta, Utc};
use domain::{
    ProjectId,
    accounts::Actor,
    billing::Plan,
    rum::{Dimension, Granularity},
};
use sqlx::{PgConnection, PgPool};

use super::batches::{id_at, received, view};
use crate::{
    billing,
    fakes::{World, start, team_of},
    jobs::Job as _,
    projects,
    rum::{
        ExpirePageViews, RollUpDays,
        batch::{self, Desk},
        expire_page_views::expire,
        fold, read_store, upkeep_store,
    },
};

async fn site(world: &World, email: &str, plan: Plan) -> ProjectId {
    let owner = world.user(email).await;
    billing::set_plan(&world.engine, &Actor::System, email, plan).await.unwrap();
    projects::create_project(&world.engine, &owner, team_of(&owner), "Shop", "https://shop.example").await.unwrap().id
}

/// Three page views on each of these days.
async fn fill(db: &mut PgConnection, project: ProjectId, days: impl Iterator<Item = i64>) {
    for day in days {
        let at = start() - TimeDelta::days(day);
        upkeep_store::ensure_partition(&mut *db, at.date_naive()).await.unwrap();
        let views: Vec<_> = (0..3).map(|nr| received(&view(project, id_at(at, nr), 1, at, 1_000.0))).collect();
        batch::commit(db, &mut Desk::new(Plan::Agency), &views, None).await.unwrap();
    }
    fold::fold(db).await.unwrap();
}

async fn oldest(db: &mut PgConnection, project: ProjectId) -> i64 {
    let at: Option<DateTime<Utc>> = sqlx::query_scalar("select min(at) from page_views where project_id = $1")
        .bind(project.0)
        .fetch_one(db)
        .await
        .unwrap();
    (start() - at.unwrap()).num_days()
}

async fn partitions(db: &mut PgConnection) -> i64 {
    sqlx::query_scalar("select count(*) from pg_class where relkind = 'r' and relname ~ '^page_views_[0-9]{8}$'")
        .fetch_one(db)
        .await
        .unwrap()
}

#[sqlx::test(migrator = "crate::db::MIGRATIONS")]
async fn each_plan_keeps_its_days_the_demo_ninety_and_days_that_nobody_keeps_go_whole(pool: PgPool) {
    let world = World::new(pool.clone());
    let demo = projects::ensure_demo_project(&world.engine).await.unwrap().id;
    let free = site(&world, "free@example.com", Plan::Free).await;
    let pro = site(&world, "pro@example.com", Plan::Pro).await;
    let mut db = pool.acquire().await.unwrap();
    let days = [0, 6, 7, 8, 9, 40, 89, 90, 91, 92, 120, 364, 370];
    for project in [demo, free, pro] {
        fill(&mut db, project, days.into_iter()).await;
    }
    // A change of plan deletes nothing for a week; the house has none.
    expire(&mut db, Plan::Free, start()).await.unwrap();
    assert_eq!((oldest(&mut db, free).await, oldest(&mut db, pro).await, oldest(&mut db, demo).await), (364, 364, 91));
    let after_the_grace = start() + TimeDelta::days(8);
    expire(&mut db, Plan::Free, after_the_grace).await.unwrap();
    assert_eq!((oldest(&mut db, free).await, oldest(&mut db, pro).await, oldest(&mut db, demo).await), (0, 40, 40));
    // Those of 0 to 40: the others are gone whole.
    assert_eq!(partitions(&mut db).await, 6);
    // Once more changes nothing.
    expire(&mut db, Plan::Free, after_the_grace).await.unwrap();
    assert_eq!(partitions(&mut db).await, 6);
}

#[sqlx::test(migrator = "crate::db::MIGRATIONS")]
async fn the_trend_of_four_weeks_outlives_the_raw_rows_of_a_week(pool: PgPool) {
    let world = World::new(pool.clone());
    let free = site(&world, "free@example.com", Plan::Free).await;
    let mut db = pool.acquire().await.unwrap();
    fill(&mut db, free, 0..60).await;
    world.advance(TimeDelta::days(8));
    RollUpDays::default().run(&world.engine).await.unwrap();
    ExpirePageViews::default().run(&world.engine).await.unwrap();
    let range = (Granularity::Day.floor(world.now() - TimeDelta::days(28)), world.now());
    let hours_from = read_store::hours_from(&mut db, free, Granularity::Day, range.0).await.unwrap();
    let rows = read_store::sketches(&mut db, free, Dimension::Device, None, None, hours_from, range).await.unwrap();
    assert_eq!(
        rows.iter().map(|row| row.read().unwrap().counted()).sum::<u64>(),
        3 * 21,
        "the days of the last four weeks that had any"
    );
    let raw: i64 = sqlx::query_scalar("select count(*) from page_views").fetch_one(&mut *db).await.unwrap();
    assert_eq!(raw, 3, "of eight days ago");
    let left: i64 = sqlx::query_scalar("select count(*) from page_view_keys").fetch_one(&mut *db).await.unwrap();
    assert_eq!(left, 0);
}

#[sqlx::test(migrator = "crate::db::MIGRATIONS")]
async fn a_clock_that_leaps_deletes_nothing_until_it_has_gone_on_for_a_day(pool: PgPool) {
    let world = World::new(pool.clone());
    let free = site(&world, "free@example.com", Plan::Free).await;
    let mut db = pool.acquire().await.unwrap();
    fill(&mut db, free, 0..3).await;
    let stored = async |db: &mut PgConnection| -> i64 {
        sqlx::query_scalar("select count(*) from page_views").fetch_one(db).await.unwrap()
    };
    let run = async || ExpirePageViews::default().run(&world.engine).await.unwrap();
    run().await;
    // Months ahead, for hours; then it is set right. What came before is all there.
    world.advance(TimeDelta::days(200));
    run().await;
    world.advance(TimeDelta::hours(20));
    run().await;
    world.advance(TimeDelta::days(-200));
    run().await;
    assert_eq!(stored(&mut db).await, 9);
    // A server that was off for long goes on by itself a day later.
    world.advance(TimeDelta::days(30));
    for _ in 0..24 {
        run().await;
        assert_eq!(stored(&mut db).await, 9);
        world.advance(TimeDelta::hours(1));
    }
    run().await;
    assert_eq!(stored(&mut db).await, 0);
}

#[sqlx::test(migrator = "crate::db::MIGRATIONS")]
async fn hours_that_are_in_no_day_yet_are_kept(pool: PgPool) {
    let world = World::new(pool.clone());
    let free = site(&world, "free@example.com", Plan::Free).await;
    let mut db = pool.acquire().await.unwrap();
    fill(&mut db, free, 0..2).await;
    expire(&mut db, Plan::Free, start() + TimeDelta::days(40)).await.unwrap();
    let hours: i64 = sqlx::query_scalar("select count(*) from page_view_sketches where dimension = 'device'")
        .fetch_one(&mut *db)
        .await
        .unwrap();
    assert_eq!(hours, 2);
}

#[sqlx::test(migrator = "crate::db::MIGRATIONS")]
async fn a_partition_that_is_being_read_is_dropped_later_and_nobody_waits_for_that(pool: PgPool) {
    let world = World::new(pool.clone());
    let free = site(&world, "free@example.com", Plan::Free).await;
    let mut db = pool.acquire().await.unwrap();
    fill(&mut db, free, [0, 30].into_iter()).await;
    let later = start() + TimeDelta::days(8);
    // A long question of somebody's.
    let mut reader = pool.begin().await.unwrap();
    sqlx::query("select count(*) from page_views").execute(&mut *reader).await.unwrap();
    let expiring = tokio::spawn({
        let pool = pool.clone();
        async move {
            let mut db = pool.acquire().await.unwrap();
            upkeep_store::wait_briefly(&mut db).await.unwrap();
            let outcome = expire(&mut db, Plan::Free, later).await;
            upkeep_store::wait_as_usual(&mut db).await.unwrap();
            outcome
        }
    });
    tokio::time::sleep(Duration::from_millis(100)).await;
    let began = Instant::now();
    fill(&mut db, free, [0].into_iter()).await;
    assert!(began.elapsed() < Duration::from_millis(400), "a batch waited {:?}", began.elapsed());
    assert!(matches!(expiring.await.unwrap(), Err(crate::Error::Upstream { .. })), "it gave up, and is tried again");
    reader.rollback().await.unwrap();
    expire(&mut db, Plan::Free, later).await.unwrap();
    let days: i64 = sqlx::query_scalar("select count(*) from pg_inherits where inhparent = 'page_views'::regclass")
        .fetch_one(&mut *db)
        .await
        .unwrap();
    assert_eq!((days, partitions(&mut db).await), (1, 1));
}
