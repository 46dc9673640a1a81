//! The write path: what is stored and counted, whatever comes in whatever order.

use std::{
    collections::{BTreeMap, HashMap},
    time::{Duration, Instant},
};

use bytes::Bytes;
use chrono::{DateTime, TimeDelta, Utc};
use domain::{
    PageViewId, ProjectId,
    billing::Plan,
    projects::{Origin, SiteKey},
    rum::{Bot, Device, Dimension, DropReason, Granularity, NavigationType, ViewSketch, Vital, Vitals, Weight},
};
use rand::{RngExt, SeedableRng, rngs::StdRng};
use sqlx::{PgConnection, PgPool, Row};
use url::Url;
use uuid::Uuid;

use crate::rum::{
    batch::{self, Desk, Outcome, Received},
    fold,
    page_view::{PageView, SketchKey, Window},
    read_store, roll_up_days, store, upkeep_store,
    wire::{Attribution, Beacon},
    writer::{Queue, Unwritten},
};

const NOON: &str = "2026-11-20T12:00:00Z";

pub fn noon() -> DateTime<Utc> {
    NOON.parse().unwrap()
}

pub async fn project(db: &mut PgConnection) -> ProjectId {
    let (team, id) = (Uuid::now_v7(), Uuid::now_v7());
    sqlx::query("insert into teams (id, name, created_at) values ($1, 'Acme', now())")
        .bind(team)
        .execute(&mut *db)
        .await
        .unwrap();
    sqlx::query("insert into projects (id, team_id, name, created_at) values ($1, $2, 'Shop', now())")
        .bind(id)
        .bind(team)
        .execute(&mut *db)
        .await
        .unwrap();
    for day in -3..3 {
        upkeep_store::ensure_partition(&mut *db, (noon() + TimeDelta::days(day)).date_naive()).await.unwrap();
    }
    ProjectId(id)
}

/// An id of version 7 whose page view began at `at`.
pub fn id_at(at: DateTime<Utc>, nr: u64) -> PageViewId {
    let mut rest = [0u8; 10];
    rest[2..].copy_from_slice(&nr.to_be_bytes());
    PageViewId(uuid::Builder::from_unix_timestamp_millis(at.timestamp_millis() as u64, &rest).into_uuid())
}

pub fn view(project: ProjectId, id: PageViewId, seq: i32, at: DateTime<Utc>, lcp: f64) -> PageView {
    PageView {
        project,
        at,
        page_group: "/product/*".into(),
        device: Device::Mobile,
        browser: "Chrome".into(),
        os: "Android".into(),
        country: "NO".into(),
        bot: Bot::Human,
        bot_reason: "".into(),
        body: Bytes::new(),
        beacon: Beacon {
            key: SiteKey::parse("pa_0123456789abcdefghij").unwrap(),
            id,
            seq,
            url_origin: Origin::of(&Url::parse("https://shop.example").unwrap()).unwrap(),
            path: "/product/42".into(),
            navigation_type: NavigationType::Navigate,
            weight: Weight::ONE,
            device_hint: None,
            connection: "4g".into(),
            device_memory: Some(8.0),
            viewport: Some((390, 844)),
            release: "1".into(),
            referrer: String::new(),
            vitals: Vitals::default().with(Vital::Lcp, lcp),
            attribution: Attribution { lcp_target: Some("#hero>img".into()), ..Attribution::default() },
            metrics: BTreeMap::from([("cart_ready".into(), 812.0)]),
            tags: BTreeMap::from([("variant".into(), "b".into())]),
            faults: Vec::new(),
        },
    }
}

pub fn received(view: &PageView) -> Received {
    Received::View(Box::new(view.clone()))
}

pub async fn commit(db: &mut PgConnection, views: &[PageView]) -> Vec<Outcome> {
    let batch: Vec<_> = views.iter().map(received).collect();
    batch::commit(db, &mut Desk::new(Plan::Agency), &batch, None).await.unwrap()
}

pub async fn outcome_counts(db: &mut PgConnection) -> BTreeMap<String, i64> {
    sqlx::query("select outcome, sum(count)::bigint from beacon_outcomes group by outcome")
        .fetch_all(db)
        .await
        .unwrap()
        .into_iter()
        .map(|row| (row.get(0), row.get(1)))
        .collect()
}

/// Every hour sketch as it is stored, empty ones left out.
pub async fn stored_sketches(db: &mut PgConnection, project: ProjectId) -> BTreeMap<SketchKey, ViewSketch> {
    let mut all = BTreeMap::new();
    for dimension in Dimension::ALL {
        let range = (noon() - TimeDelta::days(30), noon() + TimeDelta::days(30));
        for row in read_store::sketches(&mut *db, project, dimension, None, None, range.0, range).await.unwrap() {
            let sketch = row.read().unwrap().into_owned();
            if !sketch.is_empty() {
                all.insert(
                    SketchKey { project, dimension, at: row.at, key: row.key.to_string(), device: row.device },
                    sketch,
                );
            }
        }
    }
    all
}

/// The sketches that a fresh count of the stored rows gives.
pub async fn fresh_sketches(db: &mut PgConnection, project: ProjectId) -> BTreeMap<SketchKey, ViewSketch> {
    let ids: Vec<(Uuid, DateTime<Utc>)> = sqlx::query("select id, at from page_views where project_id = $1")
        .bind(project.0)
        .fetch_all(&mut *db)
        .await
        .unwrap()
        .into_iter()
        .map(|row| (row.get(0), row.get(1)))
        .collect();
    let wanted: Vec<_> = ids
        .into_iter()
        .map(|(id, at)| ((project, PageViewId(id)), Window { from: at, to: at + TimeDelta::microseconds(1) }))
        .collect();
    let mut fresh: BTreeMap<SketchKey, ViewSketch> = BTreeMap::new();
    for stored in store::stored(db, noon(), &wanted).await.unwrap().into_values() {
        for key in stored.counted.sketch_keys(Granularity::Hour, project) {
            fresh.entry(key).or_default().add(&stored.counted.measured);
        }
    }
    fresh
}

pub async fn count(db: &mut PgConnection, table: &str) -> i64 {
    sqlx::query_scalar(sqlx::AssertSqlSafe(format!("select count(*) from {table}"))).fetch_one(db).await.unwrap()
}

/// Waits until a statement of this database's waits for another's lock.
pub async fn somebody_waits_for_a_lock(pool: &PgPool) {
    let began = Instant::now();
    loop {
        let waiting: i64 = sqlx::query_scalar(
            "select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'",
        )
        .fetch_one(pool)
        .await
        .unwrap();
        if waiting > 0 {
            return;
        }
        assert!(began.elapsed() < Duration::from_secs(20), "nobody waits");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

#[sqlx::test(migrator = "crate::db::MIGRATIONS")]
async fn a_repeat_changes_nothing_and_a_higher_number_replaces(pool: PgPool) {
    let mut db = pool.acquire().await.unwrap();
    let project = project(&mut db).await;
    let id = id_at(noon(), 1);
    let second = |n| noon() + TimeDelta::seconds(n);
    commit(&mut db, &[view(project, id, 1, noon(), 2_000.0)]).await;
    commit(&mut db, &[view(project, id, 1, second(1), 9_000.0)]).await;
    commit(&mut db, &[view(project, id, 0, second(2), 9_000.0)]).await;
    commit(&mut db, &[view(project, id, 5, second(3), 3_000.0)]).await;

    let row = sqlx::query("select seq, lcp, at, updated_at, metrics->>'cart_ready', lcp_target from page_views")
        .fetch_one(&mut *db)
        .await
        .unwrap();
    assert_eq!((row.get::<i32, _>(0), row.get::<f64, _>(1)), (5, 3_000.0));
    assert_eq!((row.get::<DateTime<Utc>, _>(2), row.get::<DateTime<Utc>, _>(3)), (noon(), second(3)));
    assert_eq!((row.get::<String, _>(4), row.get::<String, _>(5)), ("812.0".into(), "#hero>img".into()));
    assert_eq!(
        outcome_counts(&mut db).await,
        BTreeMap::from([("page_view".into(), 1), ("repeat".into(), 2), ("update".into(), 1)])
    );
    assert_eq!(stored_sketches(&mut db, project).await, fresh_sketches(&mut db, project).await);
}

#[sqlx::test(migrator = "crate::db::MIGRATIONS")]
async fn whatever_comes_in_whatever_batches_sketches_equal_a_fresh_count(pool: PgPool) {
    let mut db = pool.acquire().await.unwrap();
    let project = project(&mut db).await;
    let mut random = StdRng::seed_from_u64(7);
    let mut views = Vec::new();
    let mut expected: HashMap<PageViewId, i32> = HashMap::new();
    for n in 0..3_000i64 {
        let at = noon() - TimeDelta::hours(10) + TimeDelta::seconds(n * 20);
        let nr = random.random_range(0..1_500u64);
        // A few ids do not tell when they began, or lie.
        let id = match nr % 50 {
            0 => PageViewId(Uuid::from_u128(u128::from(nr) | (4 << 76))),
            1 => id_at(noon() + TimeDelta::days(400), nr),
            2 => id_at(noon() - TimeDelta::days(4_000), nr),
            _ => id_at(noon() - TimeDelta::hours(9), nr),
        };
        let seq = random.random_range(0..6);
        let mut view = view(project, id, seq, at, random.random_range(100.0..9_000.0));
        view.device = Device::ALL[random.random_range(0..3)];
        view.page_group = format!("/{}", random.random_range(0..5));
        view.country = ["NO", "DE", ""][random.random_range(0..3)].into();
        view.bot = if nr % 17 == 0 { Bot::Bot } else { Bot::Human };
        view.beacon.weight = Weight::new([1.0, 10.0, 3.333][random.random_range(0..3)]).unwrap();
        if random.random::<f64>() < 0.5 {
            view.beacon.vitals.set(Vital::Inp, Some(random.random_range(8.0..900.0)));
        }
        let newest = expected.entry(id).or_insert(seq);
        *newest = (*newest).max(seq);
        views.push(view);
    }
    let mut rest = &views[..];
    while !rest.is_empty() {
        let (batch, after) = rest.split_at(random.random_range(1..=200).min(rest.len()));
        assert!(commit(&mut db, batch).await.iter().all(Result::is_ok));
        rest = after;
    }

    assert_eq!(count(&mut db, "page_views").await, expected.len() as i64);
    for row in sqlx::query("select id, seq from page_views").fetch_all(&mut *db).await.unwrap() {
        assert_eq!(expected[&PageViewId(row.get(0))], row.get::<i32, _>(1));
    }
    let outcomes = outcome_counts(&mut db).await;
    assert_eq!(outcomes["page_view"], expected.len() as i64);
    assert_eq!(outcomes["page_view"] + outcomes["update"] + outcomes["repeat"], views.len() as i64);
    let fresh = fresh_sketches(&mut db, project).await;
    assert!(fresh.len() > 100);
    assert_eq!(stored_sketches(&mut db, project).await, fresh);
    // Whether or not they are folded.
    assert!(count(&mut db, "page_view_deltas").await > 0);
    fold::fold(&mut db).await.unwrap();
    assert_eq!(count(&mut db, "page_view_deltas").await, 0);
    assert_eq!(stored_sketches(&mut db, project).await, fresh);
}

#[sqlx::test(migrator = "crate::db::MIGRATIONS")]
async fn sketches_tell_the_same_while_others_fold_and_write(pool: PgPool) {
    let mut db = pool.acquire().await.unwrap();
    let (one, two) = (project(&mut db).await, project(&mut db).await);
    let range = (noon() - TimeDelta::hours(1), noon() + TimeDelta::hours(1));
    let folding = tokio::spawn({
        let pool = pool.clone();
        async move {
            for _ in 0..60 {
                let (mut a, mut b) = (pool.acquire().await.unwrap(), pool.acquire().await.unwrap());
                let (a, b) = tokio::join!(fold::fold(&mut a), fold::fold(&mut b));
                a.and(b).unwrap();
            }
        }
    });
    for seq in 1..=40 {
        let views: Vec<_> = (0..20)
            .map(|nr| view([one, two][nr % 2], id_at(noon(), nr as u64), seq, noon(), 1_000.0 + f64::from(seq)))
            .collect();
        commit(&mut db, &views).await;
        for project in [one, two] {
            let read = read_store::sketches(&mut db, project, Dimension::Device, None, None, range.0, range);
            let read = read.await.unwrap();
            assert_eq!(read.iter().map(|row| row.read().unwrap().counted()).sum::<u64>(), 10, "after {seq}");
        }
    }
    folding.await.unwrap();
    for project in [one, two] {
        assert_eq!(stored_sketches(&mut db, project).await, fresh_sketches(&mut db, project).await);
    }
}

#[sqlx::test(migrator = "crate::db::MIGRATIONS")]
async fn the_writer_folds_by_itself_and_what_an_earlier_one_left(pool: PgPool) {
    let mut db = pool.acquire().await.unwrap();
    let project = project(&mut db).await;
    commit(&mut db, &[view(project, id_at(noon(), 1), 1, noon(), 1_000.0)]).await;
    let queue = Queue::start((*pool.connect_options()).clone(), Plan::Agency, None);
    for nr in [2, 3] {
        let began = Instant::now();
        while count(&mut db, "page_view_deltas").await > 0 {
            assert!(began.elapsed() < Duration::from_secs(20), "nothing was folded");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        queue.write(received(&view(project, id_at(noon(), nr), 1, noon(), 1_000.0))).await.unwrap().unwrap();
        assert_eq!(count(&mut db, "page_view_deltas").await, 1);
    }
    assert_eq!(stored_sketches(&mut db, project).await, fresh_sketches(&mut db, project).await);
}

#[sqlx::test(migrator = "crate::db::MIGRATIONS")]
async fn an_update_after_midnight_reaches_the_hour_that_counted_first_and_a_late_one_is_dropped(pool: PgPool) {
    let mut db = pool.acquire().await.unwrap();
    let project = project(&mut db).await;
    let evening: DateTime<Utc> = "2026-11-19T23:59:00Z".parse().unwrap();
    for id in [id_at(evening, 1), PageViewId(Uuid::from_u128(4 << 76)), id_at(evening + TimeDelta::days(300), 2)] {
        commit(&mut db, &[view(project, id, 1, evening, 1_000.0)]).await;
        commit(&mut db, &[view(project, id, 2, evening + TimeDelta::minutes(2), 2_000.0)]).await;
        commit(&mut db, &[view(project, id, 3, evening + TimeDelta::hours(24), 3_000.0)]).await;
        let late =
            commit(&mut db, &[view(project, id, 4, evening + TimeDelta::hours(24) + TimeDelta::seconds(1), 4_000.0)])
                .await;
        assert_eq!(late, [Err(DropReason::LateUpdate)]);
        // Far beyond its window too, it is known and not counted anew.
        let later = commit(&mut db, &[view(project, id, 5, evening + TimeDelta::days(2), 5_000.0)]).await;
        assert_eq!(later, [Err(DropReason::LateUpdate)]);
    }
    assert_eq!(count(&mut db, "page_views").await, 3);
    assert_eq!(count(&mut db, "page_view_skews").await, 2);
    let sketches = stored_sketches(&mut db, project).await;
    assert!(sketches.keys().all(|key| key.at == Granularity::Hour.floor(evening)));
    assert_eq!(sketches, fresh_sketches(&mut db, project).await);
    assert_eq!(outcome_counts(&mut db).await["rejected:late_update"], 6);
}

#[sqlx::test(migrator = "crate::db::MIGRATIONS")]
async fn the_same_id_in_two_projects_is_two_page_views(pool: PgPool) {
    let mut db = pool.acquire().await.unwrap();
    let (one, two) = (project(&mut db).await, project(&mut db).await);
    let id = id_at(noon(), 1);
    commit(&mut db, &[view(one, id, 1, noon(), 1.0), view(two, id, 1, noon(), 1.0)]).await;
    assert_eq!(count(&mut db, "page_views").await, 2);
}

#[sqlx::test(migrator = "crate::db::MIGRATIONS")]
async fn a_project_deleted_meanwhile_takes_nothing_and_the_refusal_is_counted(pool: PgPool) {
    let mut db = pool.acquire().await.unwrap();
    let project = project(&mut db).await;
    sqlx::query("update projects set deleted_at = now()").execute(&mut *db).await.unwrap();
    let outcomes = commit(&mut db, &[view(project, id_at(noon(), 1), 1, noon(), 1.0)]).await;
    assert_eq!(outcomes, [Err(DropReason::UnknownKey)]);
    assert_eq!(count(&mut db, "page_views").await, 0);
    assert_eq!(outcome_counts(&mut db).await, BTreeMap::from([("rejected:unknown_key".into(), 1)]));
}

#[sqlx::test(migrator = "crate::db::MIGRATIONS")]
async fn one_poisoned_beacon_costs_only_itself(pool: PgPool) {
    let mut db = pool.acquire().await.unwrap();
    let project = project(&mut db).await;
    let queue = Queue::start((*pool.connect_options()).clone(), Plan::Agency, None);
    let writes = (0..1_000u64).map(|nr| {
        let mut view = view(project, id_at(noon(), nr), 1, noon(), 1_000.0);
        if nr == 617 {
            // The decoder takes NULs out; Postgres must be the second fence.
            view.beacon.release = "\0".into();
        }
        let queue = queue.clone();
        async move { queue.write_at_leisure(received(&view)).await.unwrap() }
    });
    let outcomes = futures::future::join_all(writes).await;
    let refused: Vec<usize> = (0..1_000).filter(|&nr| outcomes[nr] == Err(DropReason::NotStorable)).collect();
    assert_eq!(refused, [617]);
    assert_eq!(count(&mut db, "page_views").await, 999);
    assert_eq!(stored_sketches(&mut db, project).await, fresh_sketches(&mut db, project).await);
}

#[sqlx::test(migrator = "crate::db::MIGRATIONS")]
async fn a_beacon_that_meets_a_fault_which_passes_is_stored(pool: PgPool) {
    let mut db = pool.acquire().await.unwrap();
    let project = project(&mut db).await;
    // As when the database ended a session, or its plans, under the writer: once, and of nobody's doing. A sequence is
    // not rolled back.
    sqlx::raw_sql(
        "create sequence tries;
         create function fail_once() returns trigger language plpgsql as $$
         begin
             if nextval('tries') = 1 then raise exception 'once' using errcode = '0A000'; end if;
             return null;
         end $$;
         create trigger fail_once after insert on page_views for each statement execute function fail_once();",
    )
    .execute(&mut *db)
    .await
    .unwrap();
    let queue = Queue::start((*pool.connect_options()).clone(), Plan::Agency, None);
    let view = view(project, id_at(noon(), 1), 1, noon(), 1_000.0);
    assert_eq!(queue.write_at_leisure(received(&view)).await, Ok(Ok(())));
    assert_eq!(count(&mut db, "page_views").await, 1);
    assert_eq!(outcome_counts(&mut db).await, BTreeMap::from([("page_view".into(), 1)]));
}

#[sqlx::test(migrator = "crate::db::MIGRATIONS")]
async fn a_refusal_that_nobody_waits_for_is_counted_once_however_slow_the_database_is(pool: PgPool) {
    let queue = Queue::start((*pool.connect_options()).clone(), Plan::Agency, None);
    let refused = || Received::Refused { project: None, reason: DropReason::TooLarge, origin: None, at: noon() };
    let mut slow = pool.begin().await.unwrap();
    sqlx::query("lock table beacon_outcomes in exclusive mode").execute(&mut *slow).await.unwrap();
    let counted = tokio::spawn({
        let queue = queue.clone();
        async move { queue.write_at_leisure(refused()).await }
    });
    somebody_waits_for_a_lock(&pool).await;
    // At a door, somebody waits, and is told that it may not be counted: it is not.
    assert_eq!(queue.write(refused()).await, Err(Unwritten::Away));
    slow.rollback().await.unwrap();
    assert_eq!(counted.await.unwrap(), Ok(Err(DropReason::TooLarge)));
    queue.drain().await;
    let mut db = pool.acquire().await.unwrap();
    assert_eq!(outcome_counts(&mut db).await["rejected:too_large"], 1);
}

#[sqlx::test(migrator = "crate::db::MIGRATIONS")]
async fn a_missing_partition_is_made_on_the_way(pool: PgPool) {
    let mut db = pool.acquire().await.unwrap();
    let project = project(&mut db).await;
    let queue = Queue::start((*pool.connect_options()).clone(), Plan::Agency, None);
    let far = noon() + TimeDelta::days(90);
    let outcome = queue.write(received(&view(project, id_at(far, 1), 1, far, 1.0))).await;
    assert_eq!(outcome, Ok(Ok(())));
    assert_eq!(count(&mut db, "page_views_20270218").await, 1);
}

#[sqlx::test(migrator = "crate::db::MIGRATIONS")]
async fn rolled_up_days_tell_what_their_hours_told(pool: PgPool) {
    let mut db = pool.acquire().await.unwrap();
    let project = project(&mut db).await;
    let mut random = StdRng::seed_from_u64(3);
    let views: Vec<PageView> = (0..600u64)
        .map(|nr| {
            let at = noon() - TimeDelta::hours(random.random_range(0..60));
            let mut view = view(project, id_at(at, nr), 1, at, random.random_range(100.0..9_000.0));
            view.page_group = format!("/{}", nr % 4);
            view
        })
        .collect();
    commit(&mut db, &views).await;
    let range = (noon() - TimeDelta::days(5), noon() + TimeDelta::days(1));
    let by_day = async |db: &mut PgConnection| {
        let mut days: BTreeMap<(DateTime<Utc>, String), ViewSketch> = BTreeMap::new();
        let hours_from = read_store::hours_from(&mut *db, project, Granularity::Day, range.0).await.unwrap();
        let rows =
            read_store::sketches(db, project, Dimension::PageGroup, None, None, hours_from, range).await.unwrap();
        for row in &rows {
            let day = days.entry((Granularity::Day.floor(row.at), row.key.to_string())).or_default();
            row.merge_into(day, &Vital::ALL).unwrap();
        }
        (days, rows.len())
    };
    let (before, rows_before) = by_day(&mut db).await;
    let now = noon() + TimeDelta::hours(3);
    assert_eq!(roll_up_days::closed_before(now), "2026-11-19T00:00:00Z".parse::<DateTime<Utc>>().unwrap());
    for _ in 0..2 {
        roll_up_days::roll_up(&mut db, project, roll_up_days::closed_before(now)).await.unwrap();
    }
    let (after, rows_after) = by_day(&mut db).await;
    assert_eq!(after, before);
    assert!(rows_after < rows_before);
}

#[sqlx::test(migrator = "crate::db::MIGRATIONS")]
async fn partitions_are_made_once_and_dropped_whole(pool: PgPool) {
    let mut db = pool.acquire().await.unwrap();
    let day = noon().date_naive();
    for _ in 0..2 {
        crate::rum::make_partitions::make(&mut db, day).await.unwrap();
    }
    assert_eq!(upkeep_store::drop_partitions_before(&mut db, day + chrono::Days::new(2)).await.unwrap(), 2);
    assert_eq!(upkeep_store::drop_partitions_before(&mut db, day + chrono::Days::new(2)).await.unwrap(), 0);
}

#[sqlx::test(migrator = "crate::db::MIGRATIONS")]
async fn who_makes_the_same_partitions_meanwhile_finds_them_made(pool: PgPool) {
    let makers = (0..4).map(|_| {
        let pool = pool.clone();
        tokio::spawn(async move {
            let mut db = pool.acquire().await.unwrap();
            for day in noon().date_naive().iter_days().skip(3).take(25) {
                upkeep_store::ensure_partition(&mut db, day).await.unwrap();
            }
        })
    });
    for maker in futures::future::join_all(makers).await {
        maker.unwrap();
    }
}
