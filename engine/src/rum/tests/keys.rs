//! How many values a day's sketches tell apart, whatever visitors make up.

use chrono::TimeDelta;
use domain::{
    ProjectId,
    billing::Plan,
    rum::{Bot, Device, Dimension},
};
use sqlx::{PgConnection, PgPool};

use super::batches::{fresh_sketches, id_at, noon, project, received, stored_sketches, view};
use crate::rum::{
    batch::{self, Desk},
    fold,
    page_view::PageView,
};

async fn commit(db: &mut PgConnection, desk: &mut Desk, views: &[PageView]) {
    for batch in views.chunks(700) {
        let batch: Vec<_> = batch.iter().map(received).collect();
        assert!(batch::commit(db, desk, &batch, None).await.unwrap().iter().all(Result::is_ok));
    }
}

/// Made-up page groups and releases, a new one each.
fn hostile(project: ProjectId, nrs: std::ops::Range<u64>, seq: i32) -> Vec<PageView> {
    nrs.map(|nr| {
        let mut view = view(project, id_at(noon(), nr), seq, noon() + TimeDelta::seconds(i64::from(seq)), 1_000.0);
        view.page_group = format!("/made-up-{nr}-{seq}");
        view.beacon.release = format!("release {nr}");
        view.device = Device::ALL[nr as usize % 3];
        view
    })
    .collect()
}

async fn distinct(db: &mut PgConnection, dimension: Dimension) -> i64 {
    fold::fold(&mut *db).await.unwrap();
    sqlx::query_scalar("select count(distinct key) from page_view_sketches where dimension = $1")
        .bind(dimension.as_str())
        .fetch_one(db)
        .await
        .unwrap()
}

async fn total(db: &mut PgConnection, project: ProjectId, dimension: Dimension) -> u64 {
    stored_sketches(db, project)
        .await
        .into_iter()
        .filter(|(key, _)| key.dimension == dimension)
        .map(|(_, sketch)| sketch.counted())
        .sum()
}

#[sqlx::test(migrator = "crate::db::MIGRATIONS")]
async fn a_hostile_visitor_makes_no_more_keys_than_a_day_may_have_and_totals_stay_exact(pool: PgPool) {
    let mut db = pool.acquire().await.unwrap();
    let project = project(&mut db).await;
    let mut desk = Desk::new(Plan::Agency);
    commit(&mut db, &mut desk, &hostile(project, 0..3_000, 1)).await;
    for dimension in [Dimension::PageGroup, Dimension::Release] {
        assert_eq!(distinct(&mut db, dimension).await, dimension.most_keys() as i64 + 1, "{dimension:?}");
    }
    for dimension in Dimension::ALL {
        assert_eq!(total(&mut db, project, dimension).await, 3_000, "{dimension:?}");
    }
    assert_eq!(stored_sketches(&mut db, project).await, fresh_sketches(&mut db, project).await);

    // Corrections, of rows under a key of their own and of others: every one under another key now.
    commit(&mut db, &mut desk, &hostile(project, 0..3_000, 2)).await;
    // By a writer that remembers nothing, too.
    commit(&mut db, &mut Desk::new(Plan::Agency), &hostile(project, 500..1_500, 3)).await;
    for dimension in Dimension::ALL {
        assert_eq!(total(&mut db, project, dimension).await, 3_000, "{dimension:?}");
    }
    let sketches = stored_sketches(&mut db, project).await;
    assert_eq!(sketches, fresh_sketches(&mut db, project).await);
    let own = |key: &str| key.starts_with("/made-up-") && !key.ends_with("-1");
    assert!(!sketches.keys().any(|key| own(&key.key)), "a full day takes no new key");
    // The row keeps what came.
    let raw: i64 =
        sqlx::query_scalar("select count(distinct page_group) from page_views").fetch_one(&mut *db).await.unwrap();
    assert_eq!(raw, 3_000);
}

#[sqlx::test(migrator = "crate::db::MIGRATIONS")]
async fn two_writers_agree_on_a_day_s_keys_and_another_day_begins_anew(pool: PgPool) {
    let mut db = pool.acquire().await.unwrap();
    let project = project(&mut db).await;
    let (mut one, mut two) = (Desk::new(Plan::Agency), Desk::new(Plan::Agency));
    for nr in 0..6 {
        let desk = if nr % 2 == 0 { &mut one } else { &mut two };
        commit(&mut db, desk, &hostile(project, nr * 250..(nr + 1) * 250, 1)).await;
    }
    assert_eq!(distinct(&mut db, Dimension::PageGroup).await, Dimension::PageGroup.most_keys() as i64 + 1);
    // What one admitted, the other counts under its own key, full day or not.
    let known = |seq| {
        let mut known = view(project, id_at(noon(), 9_000), seq, noon(), 1_000.0);
        known.page_group = "/made-up-10-1".into();
        known
    };
    commit(&mut db, &mut two, &[known(1)]).await;
    let other: i16 =
        sqlx::query_scalar("select other_keys from page_views where page_group = '/made-up-10-1' and release = '1'")
            .fetch_one(&mut *db)
            .await
            .unwrap();
    assert_eq!(other & 1, 0);
    let mut tomorrow = view(project, id_at(noon() + TimeDelta::days(1), 1), 1, noon() + TimeDelta::days(1), 1_000.0);
    tomorrow.page_group = "/new".into();
    commit(&mut db, &mut one, &[tomorrow]).await;
    assert!(stored_sketches(&mut db, project).await.keys().any(|key| key.key == "/new"));
    assert_eq!(stored_sketches(&mut db, project).await, fresh_sketches(&mut db, project).await);
}

#[sqlx::test(migrator = "crate::db::MIGRATIONS")]
async fn machines_take_no_place_and_a_failed_batch_is_not_remembered(pool: PgPool) {
    let mut db = pool.acquire().await.unwrap();
    let project = project(&mut db).await;
    let mut desk = Desk::new(Plan::Agency);
    let mut bots = hostile(project, 0..2_000, 1);
    bots.iter_mut().for_each(|view| view.bot = Bot::Bot);
    commit(&mut db, &mut desk, &bots).await;
    let keys: i64 = sqlx::query_scalar("select count(*) from page_view_keys").fetch_one(&mut *db).await.unwrap();
    assert_eq!(keys, 0);

    let mut poisoned = hostile(project, 5_000..5_010, 1);
    poisoned[3].beacon.path = "\0".into();
    let batch: Vec<_> = poisoned.iter().map(received).collect();
    assert!(batch::commit(&mut db, &mut desk, &batch, None).await.is_err());
    drop(db);
    let mut db = pool.acquire().await.unwrap();
    commit(&mut db, &mut desk, &hostile(project, 5_000..5_010, 1)).await;
    let keys: i64 = sqlx::query_scalar("select count(*) from page_view_keys where dimension = 'page_group'")
        .fetch_one(&mut *db)
        .await
        .unwrap();
    assert_eq!(keys, 10);
}
