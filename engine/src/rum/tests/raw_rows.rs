//! The bounds of reading page views one by one.

use chrono::TimeDelta;
use domain::rum::{Bound, Filter};
use sqlx::PgPool;

use super::site::{shop, store, visitors};
use crate::{
    fakes::World,
    rum::raw_store::{self, BOUNDS, Bounds, RawFilter, Stopped},
};

#[sqlx::test(migrator = "crate::db::MIGRATIONS")]
async fn the_newest_rows_are_read_and_where_they_end_is_told(pool: PgPool) {
    let world = World::new(pool);
    let (_, shop) = shop(&world).await;
    let now = world.now();
    let views = visitors(shop.id, now, 5, 200, 11);
    store(&world, &views).await;
    let mut times: Vec<_> = views.iter().map(|view| view.at).collect();
    times.sort_unstable();
    times.reverse();

    let filter = Filter::default();
    let range = (now - TimeDelta::days(6), now + TimeDelta::hours(1));
    let which = RawFilter { filter: &filter, page_groups: None, range, only_human: false };
    let mut db = world.engine.db.acquire().await.unwrap();
    let mut read = Vec::new();
    let bounds = Bounds { rows: 40, ..BOUNDS };
    let stopped = raw_store::page_views(&mut db, shop.id, &which, None, bounds, |row| read.push(row.at)).await.unwrap();
    assert_eq!(stopped, Some(Stopped { at: times[39], why: Bound::Rows }));
    assert_eq!(read, times[..40]);

    let mut count = 0;
    let bounds = Bounds { rows: 200, ..BOUNDS };
    let stopped = raw_store::page_views(&mut db, shop.id, &which, None, bounds, |_| count += 1).await.unwrap();
    assert_eq!((stopped, count), (None, 200), "as many as may be read are all");
}

#[sqlx::test(migrator = "crate::db::MIGRATIONS")]
async fn what_takes_too_long_ends_and_says_so(pool: PgPool) {
    let world = World::new(pool);
    let (_, shop) = shop(&world).await;
    let now = world.now();
    store(&world, &visitors(shop.id, now, 1, 20, 12)).await;
    let filter = Filter::default();
    let range = (now - TimeDelta::days(6), now + TimeDelta::hours(1));
    let which = RawFilter { filter: &filter, page_groups: None, range, only_human: true };

    let mut holder = world.engine.db.begin().await.unwrap();
    sqlx::query("lock table page_views in access exclusive mode").execute(&mut *holder).await.unwrap();
    let mut db = world.engine.db.acquire().await.unwrap();
    let bounds = Bounds { milliseconds: 60, ..BOUNDS };
    let stopped = raw_store::page_views(&mut db, shop.id, &which, None, bounds, |_| {}).await.unwrap();
    assert_eq!(stopped, Some(Stopped { at: range.1, why: Bound::Time }));
    holder.rollback().await.unwrap();

    // The connection is as it was: nothing of the bound is left on it.
    let mut count = 0;
    let stopped = raw_store::page_views(&mut db, shop.id, &which, None, BOUNDS, |_| count += 1).await.unwrap();
    assert!(stopped.is_none() && count > 0);
    let timeout: String = sqlx::query_scalar("show statement_timeout").fetch_one(&mut *db).await.unwrap();
    assert_ne!(timeout, "60ms");
}
