//! The loop that takes jobs, for as long as the process lives.

use std::{panic::AssertUnwindSafe, time::Duration};

use futures::FutureExt;
use tokio::task::{Id, JoinSet};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::{
    Registry,
    claimed::{Claimed, LEASE},
    slots::Slots,
    store,
};
use crate::{Engine, Error, Result};

/// Jobs that run at the same time in one process.
const PLACES: usize = 4;
/// Of these, jobs that wait for a service that is not ours.
const WAITING_PLACES: usize = 2;
/// How long a job that just became due may wait to be seen.
const POLL: Duration = Duration::from_millis(500);
/// How long to leave a database alone that did not answer.
const OUTAGE_POLL: Duration = Duration::from_secs(1);
/// A database that does not answer a claim for so long counts as away.
const CLAIM_LIMIT: Duration = Duration::from_secs(15);
/// How long running jobs may go on after the shutdown began. What is not done then is handed
/// back; the process has 10 s in all.
const GRACE: Duration = Duration::from_secs(6);
const HAND_BACK_LIMIT: Duration = Duration::from_secs(3);
/// How long a claim that is under way when the shutdown begins is waited for.
const LAST_CLAIM_LIMIT: Duration = Duration::from_millis(500);

/// Takes jobs and runs them.
pub struct Worker {
    registry: Registry,
}

/// A running job, by its task.
struct Place {
    task: Id,
    job: Uuid,
    token: Uuid,
    waits_for_others: bool,
}

impl Worker {
    pub fn new(registry: Registry) -> Self {
        Self { registry }
    }

    /// Works until `shutdown`, then lets running jobs end, or hands them back after 6 s.
    /// Never ends by itself: neither an error nor a database that is away stops it.
    pub async fn run_until(self, engine: &Engine, shutdown: CancellationToken) {
        let mut slots = Slots::default();
        let mut running = JoinSet::new();
        let mut places: Vec<Place> = Vec::new();
        let mut away = false;
        while !shutdown.is_cancelled() {
            let waiting = places.iter().filter(|place| place.waits_for_others).count();
            let free = PLACES - running.len();
            let taken = self.take(engine, &mut slots, free, WAITING_PLACES.saturating_sub(waiting), &shutdown);
            let mut taken = std::pin::pin!(tokio::time::timeout(CLAIM_LIMIT, AssertUnwindSafe(taken).catch_unwind()));
            let taken = tokio::select! {
                taken = &mut taken => taken,
                // What the database has handed out is ours: forgotten, it would wait for the end of its lease.
                () = shutdown.cancelled() => match tokio::time::timeout(LAST_CLAIM_LIMIT, taken).await {
                    Ok(taken) => taken,
                    Err(_) => break,
                },
            };
            let pause = match flatten(taken) {
                Ok(claims) => {
                    if std::mem::take(&mut away) {
                        tracing::info!("the worker takes jobs again");
                    }
                    let pause = if claims.is_empty() {
                        POLL.mul_f64(0.8 + 0.4 * rand::random::<f64>())
                    } else {
                        Duration::ZERO
                    };
                    for claimed in claims {
                        let (job, token, engine) = (claimed.row.id, claimed.token, engine.clone());
                        let waits_for_others = claimed.kind.waits_for_others;
                        let task = running.spawn(async move { claimed.run(&engine).await }).id();
                        places.push(Place { task, job, token, waits_for_others });
                    }
                    pause
                }
                Err(error) => {
                    if !std::mem::replace(&mut away, true) {
                        tracing::warn!(%error, "the worker cannot take jobs; it goes on trying");
                    }
                    OUTAGE_POLL
                }
            };
            let full = running.len() >= PLACES;
            metrics::gauge!("perfally_jobs_running").set(running.len() as f64);
            tokio::select! {
                () = shutdown.cancelled() => break,
                () = tokio::time::sleep(pause), if !full => {}
                Some(ended) = running.join_next_with_id() => forget(&mut places, &ended),
            }
            while let Some(ended) = running.try_join_next_with_id() {
                forget(&mut places, &ended);
            }
        }
        let ended = async {
            while let Some(ended) = running.join_next_with_id().await {
                forget(&mut places, &ended);
            }
        };
        if tokio::time::timeout(GRACE, ended).await.is_err() {
            running.abort_all();
            while running.join_next().await.is_some() {}
            let handed_back = places.iter().map(async |place| {
                let handed_back = Claimed::hand_back(engine, place.job, place.token);
                if !matches!(tokio::time::timeout(HAND_BACK_LIMIT, handed_back).await, Ok(Ok(()))) {
                    tracing::warn!(job = %place.job, "a job that was cut short waits for the end of its lease");
                }
            });
            futures::future::join_all(handed_back).await;
        }
    }

    /// Takes jobs for the free places, some of which may go to those that wait for others; none any more once `shutdown`
    /// has begun.
    async fn take(
        &self,
        engine: &Engine,
        slots: &mut Slots,
        free: usize,
        free_to_wait: usize,
        shutdown: &CancellationToken,
    ) -> Result<Vec<Claimed>> {
        slots.fill(engine, &self.registry).await?;
        let mut taken = Vec::new();
        for (waits, places) in [(true, free_to_wait), (false, free)] {
            let places = places.min(free - taken.len());
            if places > 0 && !shutdown.is_cancelled() {
                taken.extend(claim(engine, &self.registry.names(waits), &self.registry, places).await?);
            }
        }
        Ok(taken)
    }
}

pub(super) async fn claim(
    engine: &Engine,
    names: &[String],
    registry: &Registry,
    limit: usize,
) -> Result<Vec<Claimed>> {
    let token = Uuid::new_v4();
    let now = engine.now();
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let mut connection = engine.db.acquire().await?;
    let rows = store::claim(&mut connection, names, token, now, now + LEASE, limit).await?;
    Ok(rows.into_iter().filter_map(|row| registry.kind(&row.kind).map(|kind| Claimed { row, token, kind })).collect())
}

/// Runs what is due until nothing is, one after the other; for tests.
pub(super) async fn run_due_of(engine: &Engine, registry: &Registry) -> Result<u32> {
    let mut runs = 0;
    let names = [registry.names(false), registry.names(true)].concat();
    while let Some(claimed) = claim(engine, &names, registry, 1).await?.pop() {
        claimed.run(engine).await;
        runs += 1;
        if runs >= 10_000 {
            return Err(Error::internal("jobs beget jobs without end"));
        }
    }
    Ok(runs)
}

type Taken = std::result::Result<std::thread::Result<Result<Vec<Claimed>>>, tokio::time::error::Elapsed>;

fn flatten(taken: Taken) -> Result<Vec<Claimed>> {
    match taken {
        Ok(Ok(taken)) => taken,
        Ok(Err(_)) => Err(Error::internal("taking jobs panicked")),
        Err(_) => Err(Error::Upstream { service: "The database", detail: "no answer to a claim".into() }),
    }
}

fn forget<T>(places: &mut Vec<Place>, ended: &std::result::Result<(Id, T), tokio::task::JoinError>) {
    let task = match ended {
        Ok((task, _)) => *task,
        Err(error) => error.id(),
    };
    places.retain(|place| place.task != task);
}
