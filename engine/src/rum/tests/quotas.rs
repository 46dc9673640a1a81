//! A team's month: what is kept, sampled, left out, refused, and told to its owners.

use std::collections::{BTreeMap, HashSet};

use chrono::{DateTime, TimeDelta, Utc};
use domain::{
    PageViewId, ProjectId,
    accounts::Actor,
    billing::{Month, Plan, Quota, QuotaMark, Ruling},
    rum::{DropReason, Period, Query},
};
use sqlx::{PgConnection, PgPool};
use uuid::Uuid;

use super::batches::{count, fresh_sketches, id_at, received, stored_sketches, view};
use crate::{
    billing,
    fakes::{World, start, team_of},
    projects,
    rum::{
        self,
        batch::{self, Desk, Outcome},
        page_view::PageView,
    },
};

const QUOTA: u64 = 5_000;

/// A team on the Free plan with a site.
async fn shop(world: &World) -> (Actor, ProjectId) {
    let ada = world.user("ada@example.com").await;
    let shop = projects::create_project(&world.engine, &ada, team_of(&ada), "Shop", "https://shop.example");
    let id = shop.await.unwrap().id;
    rum::make_partitions::make(&mut world.engine.db.acquire().await.unwrap(), start().date_naive()).await.unwrap();
    (ada, id)
}

fn views(project: ProjectId, nrs: std::ops::Range<u64>, at: DateTime<Utc>) -> Vec<PageView> {
    nrs.map(|nr| view(project, id_at(at, nr), 1, at, 1_000.0 + nr as f64)).collect()
}

async fn commit(db: &mut PgConnection, views: &[PageView]) -> Vec<Outcome> {
    let mut all = Vec::new();
    for batch in views.chunks(2_000) {
        let batch: Vec<_> = batch.iter().map(received).collect();
        all.extend(batch::commit(db, &mut Desk::new(Plan::Free), &batch, None).await.unwrap());
    }
    all
}

async fn used(db: &mut PgConnection) -> i64 {
    sqlx::query_scalar("select coalesce(sum(used), 0)::bigint from page_view_months").fetch_one(db).await.unwrap()
}

fn is_sampled(id: PageViewId) -> bool {
    Quota::of(Plan::Free).unwrap().ruling(QUOTA, id) == Ruling::Sampled
}

#[sqlx::test(migrator = "crate::db::MIGRATIONS")]
async fn beyond_the_quota_one_in_ten_is_kept_for_all_of_them_and_at_three_times_it_collection_stops(pool: PgPool) {
    let world = World::new(pool.clone());
    let (ada, shop) = shop(&world).await;
    let mut db = pool.acquire().await.unwrap();
    let sent = views(shop, 0..16_000, start());
    let outcomes = commit(&mut db, &sent).await;

    let taken = outcomes.iter().filter(|outcome| outcome.is_ok()).count();
    assert_eq!(taken, 15_000, "the hard stop is exact");
    assert!(outcomes[15_000..].iter().all(|outcome| *outcome == Err(DropReason::OverQuota)));
    assert_eq!(used(&mut db).await, 15_000);
    let sampled = sent[5_000..15_000].iter().filter(|view| is_sampled(view.id())).count();
    let rows: Vec<(Uuid, i16, i32)> =
        sqlx::query_as("select id, sample_factor, weight from page_views").fetch_all(&mut *db).await.unwrap();
    let factors = |wanted: i16| {
        rows.iter().filter(move |(_, factor, weight)| *factor == wanted && *weight == i32::from(wanted) * 1_000)
    };
    assert_eq!((factors(1).count(), factors(10).count()), (5_000, sampled));
    assert!(factors(10).all(|(id, ..)| is_sampled(PageViewId(*id))));
    assert_eq!(stored_sketches(&mut db, shop).await, fresh_sketches(&mut db, shop).await);

    let query = Query { period: Period::Day, ..Query::default() };
    let overview = rum::overview(&world.engine, &ada, shop, &query).await.unwrap();
    assert_eq!(overview.page_views, 5_000 + 10 * sampled as u64, "figures are weighted");
    assert_eq!(overview.counted, 5_000 + sampled as u64);
    let month = overview.month.unwrap();
    assert_eq!((month.used, month.mark(), month.is_stopped()), (15_000, Some(QuotaMark::All), true));
    let health = rum::health(&world.engine, &ada, shop, Period::Day).await.unwrap();
    assert_eq!(health.left_out, 10_000 - sampled as u64);
    assert_eq!(health.rejected[&DropReason::OverQuota], 1_000);
    assert_eq!(health.received, 16_000);
    assert_eq!(health.received, health.stored + health.left_out + health.rejected.values().sum::<u64>());
}

#[sqlx::test(migrator = "crate::db::MIGRATIONS")]
async fn an_update_follows_its_page_view_whatever_the_month_has_come_to(pool: PgPool) {
    let world = World::new(pool.clone());
    let (_, shop) = shop(&world).await;
    let mut db = pool.acquire().await.unwrap();
    let last_hour = "2026-11-30T23:30:00Z".parse().unwrap();
    rum::make_partitions::make(&mut db, DateTime::<Utc>::date_naive(&last_hour)).await.unwrap();
    commit(&mut db, &views(shop, 0..5_000, last_hour)).await;
    // Of both kinds of ids: those that tell when they began, and those that do not.
    let over: Vec<PageView> = (0..200u64)
        .map(|nr| match nr % 2 {
            0 => id_at(last_hour, 9_000 + nr),
            _ => PageViewId(Uuid::from_u128((4 << 76) | u128::from(nr))),
        })
        .map(|id| view(shop, id, 1, last_hour, 2_000.0))
        .collect();
    commit(&mut db, &over).await;
    let kept: HashSet<Uuid> = over.iter().map(PageView::id).filter(|id| is_sampled(*id)).map(|id| id.0).collect();
    assert!((5..50).contains(&kept.len()), "{}", kept.len());
    assert_eq!(used(&mut db).await, 5_200);

    // Sent again with more known: in the same batch, in the next month, and over the hard stop.
    let december = last_hour + TimeDelta::hours(1);
    let again: Vec<PageView> = over
        .iter()
        .flat_map(|view| [2, 3].map(|seq| super::batches::view(shop, view.id(), seq, december, 3_000.0)))
        .collect();
    assert!(commit(&mut db, &again).await.iter().all(Result::is_ok));
    assert_eq!(used(&mut db).await, 5_200, "an update is no new page view, in any month");
    let rows: Vec<(Uuid, i32, i16)> = sqlx::query_as("select id, seq, sample_factor from page_views where seq > 1")
        .fetch_all(&mut *db)
        .await
        .unwrap();
    assert_eq!(rows.iter().map(|(id, ..)| *id).collect::<HashSet<_>>(), kept);
    assert!(rows.iter().all(|(_, seq, factor)| (*seq, *factor) == (3, 10)));
    assert_eq!(stored_sketches(&mut db, shop).await, fresh_sketches(&mut db, shop).await);
    let outcomes = super::batches::outcome_counts(&mut db).await;
    let kept = kept.len() as i64;
    let wanted = BTreeMap::from([
        ("page_view".to_owned(), 5_000 + kept),
        ("update".to_owned(), 2 * kept),
        ("left_out".to_owned(), 3 * (200 - kept)),
    ]);
    assert_eq!(outcomes, wanted);

    // A new month keeps everything again.
    commit(&mut db, &views(shop, 20_000..20_010, december)).await;
    assert_eq!(count(&mut db, "page_views").await, 5_010 + kept);
    // A day later, what was left out takes no more updates, as what was kept.
    let late = super::batches::view(shop, over[0].id(), 9, last_hour + TimeDelta::hours(25), 1.0);
    assert_eq!(commit(&mut db, &[late]).await, [Err(DropReason::LateUpdate)]);
}

#[sqlx::test(migrator = "crate::db::MIGRATIONS")]
async fn sixty_four_senders_on_two_replicas_cannot_pass_the_hard_stop_by_one(pool: PgPool) {
    let world = World::new(pool.clone());
    let (ada, shop) = shop(&world).await;
    // Another site of the same team: the month is the team's.
    billing::set_plan(&world.engine, &Actor::System, "ada@example.com", Plan::Pro).await.unwrap();
    let blog = projects::create_project(&world.engine, &ada, team_of(&ada), "Blog", "https://blog.example");
    let blog = blog.await.unwrap().id;
    billing::set_plan(&world.engine, &Actor::System, "ada@example.com", Plan::Free).await.unwrap();
    let options = (*pool.connect_options()).clone();
    let replicas = [0, 1].map(|_| rum::writer::Queue::start(options.clone(), Plan::Free, None));
    let senders = (0..64u64).map(|sender| {
        let queue = replicas[sender as usize % 2].clone();
        let project = if sender % 3 == 0 { blog } else { shop };
        tokio::spawn(async move {
            let mut outcomes = Vec::new();
            for view in views(project, sender * 1_000..sender * 1_000 + 260, start()) {
                outcomes.push(queue.write_at_leisure(received(&view)).await.unwrap());
            }
            outcomes
        })
    });
    let outcomes: Vec<Outcome> =
        futures::future::join_all(senders).await.into_iter().flat_map(Result::unwrap).collect();
    let taken = outcomes.iter().filter(|outcome| outcome.is_ok()).count();
    assert_eq!((outcomes.len(), taken), (64 * 260, 15_000));
    let mut db = pool.acquire().await.unwrap();
    assert_eq!(used(&mut db).await, 15_000);
    let whole: i64 = sqlx::query_scalar("select count(*) from page_views where sample_factor = 1")
        .fetch_one(&mut *db)
        .await
        .unwrap();
    assert_eq!(whole, 5_000);
    assert_eq!(count(&mut db, "page_views").await + count(&mut db, "page_view_skews").await, 15_000);
    let counts = super::batches::outcome_counts(&mut db).await;
    assert_eq!(counts.values().sum::<i64>(), 64 * 260, "every beacon has one outcome: {counts:?}");
    assert_eq!(counts["rejected:over_quota"], 64 * 260 - 15_000);
    for project in [shop, blog] {
        assert_eq!(stored_sketches(&mut db, project).await, fresh_sketches(&mut db, project).await);
    }
}

#[sqlx::test(migrator = "crate::db::MIGRATIONS")]
async fn the_owner_is_told_once_at_eighty_percent_and_once_at_the_quota(pool: PgPool) {
    let world = World::new(pool.clone());
    let (_, shop) = shop(&world).await;
    let mut db = pool.acquire().await.unwrap();
    let subjects = async || -> Vec<String> {
        world.run_due().await;
        world.letters_to("ada@example.com").into_iter().map(|letter| letter.subject).collect()
    };
    commit(&mut db, &views(shop, 0..3_999, start())).await;
    assert_eq!(subjects().await, Vec::<String>::new());
    commit(&mut db, &views(shop, 3_999..4_000, start())).await;
    assert_eq!(subjects().await, ["80 % of your page views of November are used"]);
    commit(&mut db, &views(shop, 4_000..4_999, start())).await;
    assert_eq!(subjects().await.len(), 1);
    commit(&mut db, &views(shop, 4_999..5_000, start())).await;
    commit(&mut db, &views(shop, 5_000..9_000, start())).await;
    let told = subjects().await;
    assert_eq!(told.len(), 2);
    assert_eq!(told[1], "All page views of November are used; collection goes on as a sample");
    let letter = world.letters_to("ada@example.com").pop().unwrap();
    for said in ["5,000 page views", "one page view in 10", "At 15,000 page views", "until 1 December"] {
        assert!(letter.text.contains(said) && letter.html.contains(said), "{said}: {}", letter.text);
    }
    assert_eq!(letter.link.unwrap().as_str(), "https://perfally.example/pricing");

    // A larger plan is a new quota, a new month too.
    billing::set_plan(&world.engine, &Actor::System, "ada@example.com", Plan::Pro).await.unwrap();
    commit(&mut db, &views(shop, 9_000..12_000, start())).await;
    assert_eq!(subjects().await.len(), 2);
    billing::set_plan(&world.engine, &Actor::System, "ada@example.com", Plan::Free).await.unwrap();
    commit(&mut db, &views(shop, 12_000..12_100, start())).await;
    assert_eq!(subjects().await.len(), 2, "not told again of what was told");
    world.advance(Month::of(start()).end() - start());
    rum::make_partitions::make(&mut db, Month::of(start()).end().date_naive()).await.unwrap();
    commit(&mut db, &views(shop, 20_000..24_000, Month::of(start()).end())).await;
    assert_eq!(subjects().await.len(), 3);
}

#[sqlx::test(migrator = "crate::db::MIGRATIONS")]
async fn a_batch_that_fails_counts_nothing_and_tells_nobody(pool: PgPool) {
    let world = World::new(pool.clone());
    let (_, shop) = shop(&world).await;
    let mut db = pool.acquire().await.unwrap();
    let mut batch: Vec<_> = views(shop, 0..2_000, start());
    commit(&mut db, &views(shop, 10_000..13_500, start())).await;
    batch[10].beacon.release = "\0".into();
    let batch: Vec<_> = batch.iter().map(received).collect();
    assert!(batch::commit(&mut db, &mut Desk::new(Plan::Free), &batch, None).await.is_err());
    drop(db);
    let mut db = pool.acquire().await.unwrap();
    assert_eq!(used(&mut db).await, 3_500);
    world.run_due().await;
    assert!(world.letters_to("ada@example.com").is_empty());
}

#[sqlx::test(migrator = "crate::db::MIGRATIONS")]
async fn the_demo_and_an_unbounded_plan_have_no_quota_and_members_alone_see_usage(pool: PgPool) {
    let world = World::new(pool.clone());
    let demo = projects::ensure_demo_project(&world.engine).await.unwrap().id;
    let (ada, shop) = shop(&world).await;
    let mut db = pool.acquire().await.unwrap();
    assert!(commit(&mut db, &views(demo, 0..5_200, start())).await.iter().all(Result::is_ok));
    assert_eq!((count(&mut db, "page_views").await, used(&mut db).await), (5_200, 0));
    billing::set_plan(&world.engine, &Actor::System, "ada@example.com", Plan::Agency).await.unwrap();
    commit(&mut db, &views(shop, 0..5_200, start())).await;
    assert_eq!((count(&mut db, "page_views").await, used(&mut db).await), (10_400, 5_200), "counted all the same");

    let usage = rum::month_usage(&world.engine, &ada, shop).await.unwrap().unwrap();
    assert_eq!((usage.used, usage.quota, usage.mark()), (5_200, None, None));
    assert_eq!(rum::month_usage(&world.engine, &ada, demo).await.unwrap(), None);
    assert_eq!(rum::month_usage(&world.engine, &Actor::Nobody, demo).await.unwrap(), None);
    let eve = world.user("eve@example.com").await;
    assert!(matches!(rum::month_usage(&world.engine, &eve, shop).await, Err(crate::Error::NotFound)));
}
