//! More beacons than the database takes: as many are stored as without the others, who is refused is refused at once,
//! and nothing that was acknowledged is lost.

use std::{
    collections::{BTreeSet, HashSet},
    sync::{
        Arc, Mutex,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use domain::{PageViewId, ProjectId, billing::Plan};
use sqlx::PgPool;
use uuid::Uuid;

use super::batches::{id_at, noon, project, received, somebody_waits_for_a_lock, view};
use crate::rum::writer::{Queue, Unwritten};

/// What a crowd was told.
#[derive(Debug, Default)]
struct Told {
    accepted: HashSet<PageViewId>,
    /// Refused at the door.
    busy: u64,
    /// Told, when patience had run out, that it may be stored or not.
    away: u64,
}

/// So many clients for `time` that send one new page view after the other. Who is turned away comes again later.
async fn crowd(queue: &Queue, projects: &[(ProjectId, usize)], from: u64, time: Duration) -> Vec<Told> {
    let next = Arc::new(AtomicU64::new(from));
    let until = Instant::now() + time;
    let mut all = Vec::new();
    for &(project, clients) in projects {
        let told = Arc::new(Mutex::new(Told::default()));
        let tasks = (0..clients).map(|_| {
            let (queue, next, told) = (queue.clone(), Arc::clone(&next), Arc::clone(&told));
            tokio::spawn(async move {
                while Instant::now() < until {
                    let view = view(project, id_at(noon(), next.fetch_add(1, Ordering::Relaxed)), 1, noon(), 1_000.0);
                    let answer = queue.write(received(&view)).await;
                    {
                        let mut told = told.lock().unwrap();
                        match answer {
                            Ok(outcome) => {
                                outcome.unwrap();
                                told.accepted.insert(view.id());
                            }
                            Err(Unwritten::Busy) => told.busy += 1,
                            Err(Unwritten::Away) => told.away += 1,
                        }
                    }
                    if answer == Err(Unwritten::Busy) {
                        tokio::time::sleep(Duration::from_millis(200)).await;
                    }
                }
            })
        });
        all.push((futures::future::join_all(tasks.collect::<Vec<_>>()), told));
    }
    let mut tolds = Vec::new();
    for (tasks, told) in all {
        for task in tasks.await {
            task.unwrap();
        }
        tolds.push(std::mem::take(&mut *told.lock().unwrap()));
    }
    queue.drain().await;
    tolds
}

/// Makes each page view take a millisecond to store, on a machine of whatever speed.
async fn slow_down(pool: &PgPool) {
    sqlx::raw_sql(
        "create function dawdle() returns trigger language plpgsql as $$
         begin perform pg_sleep(0.001); return null; end $$;
         create trigger dawdle after insert on page_views for each row execute function dawdle();",
    )
    .execute(pool)
    .await
    .unwrap();
}

async fn stored(pool: &PgPool) -> BTreeSet<Uuid> {
    sqlx::query_scalar("select id from page_views").fetch_all(pool).await.unwrap().into_iter().collect()
}

#[sqlx::test(migrator = "crate::db::MIGRATIONS")]
async fn a_crowd_that_is_too_large_gets_as_much_stored_as_one_that_is_not(pool: PgPool) {
    let project = project(&mut pool.acquire().await.unwrap()).await;
    slow_down(&pool).await;
    let queue = Queue::start((*pool.connect_options()).clone(), Plan::Agency, None);
    let time = Duration::from_secs(4);
    let [few] = &crowd(&queue, &[(project, 60)], 0, time).await[..] else { panic!("one crowd") };
    let [many] = &crowd(&queue, &[(project, 4_000)], 1 << 32, time).await[..] else { panic!("one crowd") };
    eprintln!(
        "60 clients: {} accepted; 4000 clients: {} accepted, {} turned away, {} given up",
        few.accepted.len(),
        many.accepted.len(),
        many.busy,
        many.away
    );
    assert!(few.accepted.len() > 200 && few.busy == 0, "{} accepted, {} turned away", few.accepted.len(), few.busy);
    assert!(
        many.accepted.len() * 2 > few.accepted.len(),
        "goodput fell to {} from {}",
        many.accepted.len(),
        few.accepted.len()
    );
    // Who is refused is refused before they have waited.
    assert!(many.busy > 4 * many.away, "{} turned away at once, {} after a while", many.busy, many.away);

    let stored = stored(&pool).await;
    for told in [few, many] {
        let lost = told.accepted.iter().filter(|id| !stored.contains(&id.0)).count();
        assert_eq!(lost, 0, "acknowledged, and not stored");
    }
    // And the time of the database went to those who were told so.
    let unwanted = stored.len() - few.accepted.len() - many.accepted.len();
    assert!(unwanted * 2 < stored.len(), "{unwanted} of {} were stored for nobody", stored.len());
}

#[sqlx::test(migrator = "crate::db::MIGRATIONS")]
async fn a_project_that_floods_the_queue_leaves_room_for_another(pool: PgPool) {
    let (loud, quiet) = {
        let mut db = pool.acquire().await.unwrap();
        (project(&mut db).await, project(&mut db).await)
    };
    // Of two that share a number, none is told from the other.
    assert_ne!(loud.0.as_bytes()[15], quiet.0.as_bytes()[15], "the test of a rare day: run it again");
    slow_down(&pool).await;
    let queue = Queue::start((*pool.connect_options()).clone(), Plan::Agency, None);
    crowd(&queue, &[(loud, 200)], 1 << 32, Duration::from_secs(1)).await;
    let told = crowd(&queue, &[(loud, 4_000), (quiet, 5)], 0, Duration::from_secs(5)).await;
    let [of_loud, of_quiet] = &told[..] else { panic!("two crowds") };
    eprintln!("the loud: {} accepted, {} turned away", of_loud.accepted.len(), of_loud.busy);
    eprintln!(
        "the quiet: {} accepted, {} turned away, {} given up",
        of_quiet.accepted.len(),
        of_quiet.busy,
        of_quiet.away
    );
    assert!(of_loud.busy > 0, "no flood");
    // Whether a batch is through before a door's patience ends is the machine's to say: on one that stalls, whoever waits
    // is given up. At the door nobody of the quiet is turned away, while the loud are by the hundred.
    assert_eq!(of_quiet.busy, 0, "turned away for another's flood");
    assert!(!of_quiet.accepted.is_empty());
    let share = |told: &Told| told.accepted.len() as f64 / (told.accepted.len() as u64 + told.busy + told.away) as f64;
    assert!(
        share(of_quiet) > 10.0 * share(of_loud),
        "{} of the quiet, {} of the loud",
        share(of_quiet),
        share(of_loud)
    );
}

#[sqlx::test(migrator = "crate::db::MIGRATIONS")]
async fn what_a_door_gave_up_is_not_written_and_what_a_visitor_left_is(pool: PgPool) {
    let project = project(&mut pool.acquire().await.unwrap()).await;
    let queue = Queue::start((*pool.connect_options()).clone(), Plan::Agency, None);
    let one = |nr| received(&view(project, id_at(noon(), nr), 1, noon(), 1_000.0));
    assert_eq!(queue.write(one(0)).await, Ok(Ok(())));
    let mut slow = pool.begin().await.unwrap();
    sqlx::query("lock table page_views in exclusive mode").execute(&mut *slow).await.unwrap();
    // The first is being committed, and may be in the end; those behind it wait.
    let first = tokio::spawn({
        let (queue, one) = (queue.clone(), one(1));
        async move { queue.write_at_leisure(one).await }
    });
    somebody_waits_for_a_lock(&pool).await;
    assert_eq!(queue.write(one(2)).await, Err(Unwritten::Away));
    let came = Instant::now();
    let mut left = Box::pin(queue.write(one(3)));
    assert!(futures::poll!(&mut left).is_pending());
    drop(left);
    slow.rollback().await.unwrap();
    assert_eq!(first.await.unwrap(), Ok(Ok(())));
    queue.drain().await;
    let (stored, is) = (stored(&pool).await, |nr| id_at(noon(), nr).0);
    assert!(stored.contains(&is(0)) && stored.contains(&is(1)) && !stored.contains(&is(2)), "{stored:?}");
    // On a machine that stood still meanwhile, it had waited too long as well.
    assert!(stored.contains(&is(3)) || came.elapsed() > Duration::from_millis(900));
}
