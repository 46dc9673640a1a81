//! One claimed job: running it under its lease, and settling it.

use std::time::Duration;

use chrono::TimeDelta;
use futures::FutureExt;
use tokio::time::{Instant, MissedTickBehavior};
use tokio_util::task::AbortOnDropHandle;
use uuid::Uuid;

use super::{
    registry::Kind,
    store::{self, ClaimedRow},
};
use crate::{Engine, Error, Result};

/// How long a job is held after its worker was last heard of.
pub(super) const LEASE: Duration = Duration::from_secs(30);
const RENEW_EVERY: Duration = Duration::from_secs(10);

const FIRST_WAIT: Duration = Duration::from_secs(10);
const LONGEST_WAIT: Duration = Duration::from_secs(3_600);

/// A job that this worker holds.
pub(super) struct Claimed {
    pub row: ClaimedRow,
    pub token: Uuid,
    pub kind: Kind,
}

/// How a run ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Outcome {
    Done,
    /// Failed, and tried again later.
    PutBack,
    /// Failed for good.
    Failed,
    /// Somebody else holds the job now; whatever became of this run does not count.
    Fenced,
}

impl Outcome {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::PutBack => "put_back",
            Self::Failed => "failed",
            Self::Fenced => "fenced",
        }
    }
}

impl Claimed {
    /// Runs the job and settles it. Dropping the future ends the job; it is taken over when
    /// its lease ends.
    pub async fn run(self, engine: &Engine) -> Outcome {
        let started = Instant::now();
        let outcome = if self.row.attempts > self.kind.max_attempts {
            // Its last attempt ended with its worker.
            self.fail(engine, "the worker vanished during the last attempt").await
        } else {
            match self.work(engine, RENEW_EVERY).await {
                Some(Ok(())) => self.settle(engine, Settlement::Finish).await,
                Some(Err(error)) => self.settle_failure(engine, error).await,
                None => Outcome::Fenced,
            }
        };
        metrics::counter!("perfally_jobs_total", "kind" => self.row.kind.clone(), "outcome" => outcome.as_str())
            .increment(1);
        metrics::histogram!("perfally_job_seconds", "kind" => self.row.kind.clone())
            .record(started.elapsed().as_secs_f64());
        outcome
    }

    /// Runs the job while renewing its lease; `None` once the lease is lost.
    pub(super) async fn work(&self, engine: &Engine, renew_every: Duration) -> Option<Result<()>> {
        // A task of its own: a panic ends the job, not the worker.
        let mut run = AbortOnDropHandle::new(tokio::spawn((self.kind.run)(self.row.payload.clone(), engine.clone())));
        let limit = tokio::time::sleep(self.kind.time_limit);
        tokio::pin!(limit);
        let mut renewal = tokio::time::interval_at(Instant::now() + renew_every, renew_every);
        renewal.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut renewed_at = Instant::now();
        loop {
            tokio::select! {
                ended = &mut run => return Some(ended.unwrap_or_else(|error| Err(Error::internal(error)))),
                () = &mut limit => {
                    return Some(Err(Error::Internal(format!("not done within {} s", self.kind.time_limit.as_secs()))));
                }
                _ = renewal.tick() => {
                    let held = tokio::time::timeout(renew_every, self.renew(engine)).await;
                    match held {
                        Ok(Ok(true)) => renewed_at = Instant::now(),
                        Ok(Ok(false)) => return None,
                        // The database is away. Past the lease somebody else may have begun.
                        _ if renewed_at.elapsed() >= LEASE => return None,
                        _ => {}
                    }
                }
            }
        }
    }

    async fn renew(&self, engine: &Engine) -> Result<bool> {
        let mut connection = engine.db.acquire().await?;
        store::renew(&mut connection, self.row.id, self.token, engine.now() + LEASE).await
    }

    async fn settle_failure(&self, engine: &Engine, error: Error) -> Outcome {
        let wait = wait_after(self.row.attempts, rand::random());
        let wait = match &error {
            Error::Upstream { .. } | Error::Internal(_) | Error::Conflict(_) => wait,
            Error::Throttled { retry_after_seconds } => wait.max(Duration::from_secs((*retry_after_seconds).into())),
            // What was asked cannot be done; asking again does not change that.
            Error::NotFound | Error::Unauthenticated | Error::Forbidden | Error::Invalid(_) | Error::OverQuota(_) => {
                return self.fail(engine, &describe(&error)).await;
            }
        };
        if self.row.attempts >= self.kind.max_attempts {
            return self.fail(engine, &describe(&error)).await;
        }
        let last_error = describe(&error);
        tracing::warn!(job = %self.row.id, kind = self.row.kind, attempt = self.row.attempts,
            again_in_seconds = wait.as_secs(), error = last_error, "a job failed and is tried again");
        self.settle(engine, Settlement::PutBack { wait, last_error: &last_error }).await
    }

    async fn fail(&self, engine: &Engine, last_error: &str) -> Outcome {
        tracing::error!(job = %self.row.id, kind = self.row.kind, attempt = self.row.attempts,
            error = last_error, "a job failed for good");
        self.settle(engine, Settlement::Fail { last_error }).await
    }

    /// Records how the job ended. Tried for as long as the lease: a job that is done and not
    /// recorded would run again.
    async fn settle(&self, engine: &Engine, settlement: Settlement<'_>) -> Outcome {
        let until = Instant::now() + LEASE;
        loop {
            let written = tokio::time::timeout(Duration::from_secs(5), self.write(engine, &settlement)).await;
            match written {
                Ok(Ok(true)) => return settlement.outcome(),
                Ok(Ok(false)) => {
                    tracing::warn!(job = %self.row.id, kind = self.row.kind, "a job was taken over by another worker");
                    return Outcome::Fenced;
                }
                Ok(Err(error)) if Instant::now() >= until => {
                    tracing::error!(job = %self.row.id, kind = self.row.kind, %error, "the end of a job could not be recorded");
                    return Outcome::Fenced;
                }
                Err(_) if Instant::now() >= until => return Outcome::Fenced,
                _ => tokio::time::sleep(Duration::from_millis(500)).await,
            }
        }
    }

    async fn write(&self, engine: &Engine, settlement: &Settlement<'_>) -> Result<bool> {
        let mut connection = engine.db.acquire().await?;
        let (id, token) = (self.row.id, self.token);
        match settlement {
            Settlement::Finish => store::finish(&mut connection, id, token).boxed().await,
            Settlement::PutBack { wait, last_error } => {
                let wait = TimeDelta::from_std(*wait).unwrap_or(TimeDelta::hours(1));
                store::put_back(&mut connection, id, token, engine.now() + wait, last_error).boxed().await
            }
            Settlement::Fail { last_error } => {
                store::fail(&mut connection, id, token, engine.now(), last_error).boxed().await
            }
        }
    }

    /// Gives a job that a shutdown cut short to the next worker, at once.
    pub async fn hand_back(engine: &Engine, id: Uuid, token: Uuid) -> Result<()> {
        store::hand_back(&mut *engine.db.acquire().await?, id, token).await
    }
}

enum Settlement<'a> {
    Finish,
    PutBack { wait: Duration, last_error: &'a str },
    Fail { last_error: &'a str },
}

impl Settlement<'_> {
    const fn outcome(&self) -> Outcome {
        match self {
            Self::Finish => Outcome::Done,
            Self::PutBack { .. } => Outcome::PutBack,
            Self::Fail { .. } => Outcome::Failed,
        }
    }
}

/// The whole error, for the operator. The table takes no NUL, and a page of it is enough.
fn describe(error: &Error) -> String {
    let text = match error {
        Error::Upstream { service, detail } => format!("{service} cannot be reached: {detail}"),
        other => other.to_string(),
    };
    text.replace('\0', "").chars().take(2_000).collect()
}

/// 10 s after the first attempt, twice as long after each further one, an hour at most; less
/// up to its half by `jitter` (0 to 1), so that jobs that failed together come back apart.
fn wait_after(attempts: i32, jitter: f64) -> Duration {
    let doublings = u32::try_from(attempts - 1).unwrap_or(0).min(16);
    let whole = FIRST_WAIT.saturating_mul(1 << doublings).min(LONGEST_WAIT);
    whole.mul_f64(1.0 - jitter / 2.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_from_ten_seconds_to_an_hour() {
        let seconds: Vec<u64> = (1..=12).map(|attempt| wait_after(attempt, 0.0).as_secs()).collect();
        assert_eq!(seconds, [10, 20, 40, 80, 160, 320, 640, 1_280, 2_560, 3_600, 3_600, 3_600]);
        assert_eq!(wait_after(i32::MAX, 0.0), LONGEST_WAIT);
    }

    #[test]
    fn jitter_takes_off_up_to_half() {
        assert_eq!(wait_after(1, 1.0), FIRST_WAIT / 2);
        assert!(wait_after(1, 0.5) > FIRST_WAIT / 2 && wait_after(1, 0.5) < FIRST_WAIT);
    }
}
