//! A server's clock that is set forward or back: each beacon has one outcome all the same, and figures tell what is
//! stored.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use domain::{
    ProjectId,
    rum::{Dimension, DropReason, Granularity, ViewSketch, Vital},
};
use sqlx::{PgConnection, PgPool};

use super::batches::{commit, count, fresh_sketches, id_at, noon, outcome_counts, project, stored_sketches, view};
use crate::rum::{fold, page_view::PageView, read_store, roll_up_days, upkeep_store};

/// How far the clock is off.
const STEPS: [i64; 9] = [-20 * 24, -72, -25, -5, 1, 5, 20, 72, 20 * 24];

#[sqlx::test(migrator = "crate::db::MIGRATIONS")]
async fn a_page_view_that_straddles_a_step_is_counted_once(pool: PgPool) {
    let mut db = pool.acquire().await.unwrap();
    let project = project(&mut db).await;
    for day in -32..32 {
        upkeep_store::ensure_partition(&mut db, (noon() + TimeDelta::days(day)).date_naive()).await.unwrap();
    }
    let second = |n| noon() + TimeDelta::seconds(n);
    for (nr, hours) in (0..).zip(STEPS) {
        let off = TimeDelta::hours(hours);
        // The visitor's clock is right; the server's is wrong, and then set right; and the other way round.
        for (id, before, after) in
            [(id_at(noon(), nr), off, TimeDelta::zero()), (id_at(noon(), 100 + nr), TimeDelta::zero(), off)]
        {
            let first = commit(&mut db, &[view(project, id, 1, second(1) + before, 1_000.0)]).await;
            assert_eq!(first, [Ok(())]);
            let then = commit(
                &mut db,
                &[
                    view(project, id, 1, second(2) + after, 1_000.0),
                    view(project, id, 2, second(3) + after, 2_000.0),
                    view(project, id, 3, second(4) + after, 3_000.0),
                ],
            )
            .await;
            // By a clock that says that a day has passed, they come too late.
            let wanted = if after - before > TimeDelta::hours(24) { Err(DropReason::LateUpdate) } else { Ok(()) };
            assert_eq!(then, [wanted; 3], "{before} then {after}");
        }
    }
    assert_eq!(count(&mut db, "page_views").await, 2 * STEPS.len() as i64);
    let counts = outcome_counts(&mut db).await;
    assert_eq!(counts["page_view"], 2 * STEPS.len() as i64);
    assert_eq!(counts.values().sum::<i64>(), 2 * 4 * STEPS.len() as i64, "{counts:?}");
    let (stored, fresh) = (stored_sketches(&mut db, project).await, fresh_sketches(&mut db, project).await);
    assert!(stored == fresh, "{} sketches, {} of a fresh count", stored.len(), fresh.len());
}

/// What the days tell, as pages of long periods read them.
async fn days(db: &mut PgConnection, project: ProjectId) -> BTreeMap<(DateTime<Utc>, String), ViewSketch> {
    let range =
        (Granularity::Day.floor(noon() - TimeDelta::days(5)), Granularity::Day.floor(noon() + TimeDelta::days(5)));
    let mut days: BTreeMap<_, ViewSketch> = BTreeMap::new();
    let hours_from = read_store::hours_from(&mut *db, project, Granularity::Day, range.0).await.unwrap();
    for row in read_store::sketches(db, project, Dimension::PageGroup, None, None, hours_from, range).await.unwrap() {
        let day = days.entry((Granularity::Day.floor(row.at), row.key.to_string())).or_default();
        row.merge_into(day, &Vital::ALL).unwrap();
    }
    days.retain(|_, sketch| !sketch.is_empty());
    days
}

/// The same from the hours alone.
async fn hours(db: &mut PgConnection, project: ProjectId) -> BTreeMap<(DateTime<Utc>, String), ViewSketch> {
    let mut days: BTreeMap<_, ViewSketch> = BTreeMap::new();
    for (key, sketch) in stored_sketches(db, project).await {
        if key.dimension == Dimension::PageGroup {
            days.entry((Granularity::Day.floor(key.at), key.key)).or_default().merge(&sketch);
        }
    }
    days
}

#[sqlx::test(migrator = "crate::db::MIGRATIONS")]
async fn what_comes_for_a_day_that_is_rolled_up_counts_in_the_day(pool: PgPool) {
    let mut db = pool.acquire().await.unwrap();
    let project = project(&mut db).await;
    let views = |from: u64, seq: i32, at: DateTime<Utc>| -> Vec<PageView> {
        (from..from + 40)
            .map(|nr| {
                let mut view = view(project, id_at(noon(), nr), seq, at, 1_000.0 + (nr as f64) * f64::from(seq));
                view.page_group = format!("/{}", nr % 3);
                view
            })
            .collect()
    };
    commit(&mut db, &views(0, 1, noon())).await;
    // A clock that is three days ahead closes the day, and is set right; or a spool was read three days late.
    let roll_up = async |db: &mut PgConnection| {
        roll_up_days::roll_up(db, project, roll_up_days::closed_before(noon() + TimeDelta::days(3))).await.unwrap();
    };
    roll_up(&mut db).await;
    commit(&mut db, &views(100, 1, noon() + TimeDelta::hours(1))).await;
    // Updates take back what the day has counted.
    commit(&mut db, &views(20, 2, noon() + TimeDelta::hours(2))).await;
    let wanted = hours(&mut db, project).await;
    assert_eq!(wanted.values().map(ViewSketch::counted).sum::<u64>(), 100);
    // Before it is folded, and after; and however often the day is closed.
    assert_eq!(days(&mut db, project).await, wanted);
    fold::fold(&mut db).await.unwrap();
    assert_eq!(days(&mut db, project).await, wanted);
    roll_up(&mut db).await;
    assert_eq!(days(&mut db, project).await, wanted);
    assert_eq!(hours(&mut db, project).await, wanted);
}
