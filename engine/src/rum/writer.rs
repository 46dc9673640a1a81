//! The queue between doors and Postgres, and the task that empties it.
//!
//! Bounded: a full queue refuses at once. Grouped: while one batch is being committed, the next
//! one gathers, so that many beacons share one wait for the disk. A waiter is told only what is
//! committed; the writing task never stops with its client.

use std::{
    collections::HashSet,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use chrono::NaiveDate;
use domain::{billing::Plan, rum::DropReason};
use sqlx::{ConnectOptions, Connection, PgConnection, postgres::PgConnectOptions};
use tokio::sync::{mpsc, oneshot};

use super::{
    batch::{self, Desk, Outcome, Received},
    upkeep_store,
};
use crate::{Error, Result};

/// Beacons that may wait at once.
const QUEUE: usize = 20_000;
/// Beacons of one transaction at most.
const BATCH: usize = 2_000;
/// How long a batch gathers when the database is idle.
const GATHER: Duration = Duration::from_millis(2);
/// How long a transaction may take before its connection is given up.
const COMMIT_TIMEOUT: Duration = Duration::from_secs(8);
const CONNECT_TIMEOUT: Duration = Duration::from_secs(1);
/// How long a door waits for the outcome before it answers that the database is away. What is
/// committed after that was not promised, and a repeat of it counts once.
const PATIENCE: Duration = Duration::from_millis(900);

struct Waiting {
    received: Received,
    answer: oneshot::Sender<Result<Outcome, Unwritten>>,
}

/// Why a beacon has no outcome.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unwritten {
    /// The queue is full.
    Busy,
    /// The database cannot be reached, or does not answer in time.
    Away,
}

/// The door's end of the queue.
#[derive(Clone)]
pub struct Queue {
    sender: mpsc::Sender<Waiting>,
    /// Beacons that were taken and have no outcome yet.
    depth: Arc<AtomicUsize>,
}

impl Queue {
    /// Starts the writing task. It ends when the last `Queue` is dropped and all is written.
    pub fn start(options: PgConnectOptions, default_plan: Plan) -> Self {
        let (sender, receiver) = mpsc::channel(QUEUE);
        let depth = Arc::new(AtomicUsize::new(0));
        let writer = Writer { options, connection: None, days: HashSet::new(), depth: Arc::clone(&depth), desk: Desk::new(default_plan) };
        tokio::spawn(writer.run(receiver));
        Self { sender, depth }
    }

    /// Hands a beacon over and waits until what became of it is durable; not for long, for
    /// somebody waits at the door. After `Away` it may become durable yet.
    pub async fn write(&self, received: Received) -> Result<Outcome, Unwritten> {
        tokio::time::timeout(PATIENCE, self.write_at_leisure(received)).await.unwrap_or(Err(Unwritten::Away))
    }

    /// The same for a beacon that nobody waits for: what became of it is known in the end.
    pub async fn write_at_leisure(&self, received: Received) -> Result<Outcome, Unwritten> {
        let (answer, outcome) = oneshot::channel();
        self.depth.fetch_add(1, Ordering::Relaxed);
        if self.sender.try_send(Waiting { received, answer }).is_err() {
            self.depth.fetch_sub(1, Ordering::Relaxed);
            return Err(Unwritten::Busy);
        }
        outcome.await.unwrap_or(Err(Unwritten::Away))
    }

    pub fn depth(&self) -> usize {
        self.depth.load(Ordering::Relaxed)
    }

    /// Whether more than half of the queue is taken: `/readyz` says no then.
    pub fn is_crowded(&self) -> bool {
        self.depth() > QUEUE / 2
    }

    /// Waits until every beacon that was taken has its outcome.
    pub async fn drain(&self) {
        while self.depth() > 0 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }
}

/// Beacons of one transaction, and who waits for each.
struct Part {
    beacons: Vec<Received>,
    answers: Vec<oneshot::Sender<Result<Outcome, Unwritten>>>,
}

impl Part {
    fn of(waiting: impl Iterator<Item = Waiting>) -> Self {
        let (beacons, answers) = waiting.map(|waiting| (waiting.received, waiting.answer)).unzip();
        Self { beacons, answers }
    }

    /// Takes the later half away.
    fn split_off_half(&mut self) -> Self {
        let half = self.beacons.len() / 2;
        Self { beacons: self.beacons.split_off(half), answers: self.answers.split_off(half) }
    }
}

struct Writer {
    options: PgConnectOptions,
    connection: Option<PgConnection>,
    /// Days whose partition is known to be there.
    days: HashSet<NaiveDate>,
    depth: Arc<AtomicUsize>,
    desk: Desk,
}

impl Writer {
    async fn run(mut self, mut receiver: mpsc::Receiver<Waiting>) {
        let mut gathered = Vec::with_capacity(BATCH);
        while receiver.recv_many(&mut gathered, BATCH).await > 0 {
            if gathered.len() < BATCH {
                tokio::time::sleep(GATHER).await;
                while gathered.len() < BATCH
                    && let Ok(waiting) = receiver.try_recv()
                {
                    gathered.push(waiting);
                }
            }
            metrics::histogram!("perfally_beacon_batch_size").record(gathered.len() as f64);
            self.write(Part::of(gathered.drain(..))).await;
        }
    }

    /// Writes a batch; where a beacon in it cannot be stored, halves it until that one is alone
    /// and refused, so that it costs only itself. What is committed is told at once.
    async fn write(&mut self, batch: Part) {
        let mut parts = vec![batch];
        while let Some(mut part) = parts.pop() {
            match self.commit(&part.beacons).await {
                Ok(outcomes) => self.tell(part, outcomes.into_iter().map(Ok)),
                Err(Error::Internal(detail)) if part.beacons.len() > 1 => {
                    tracing::warn!(detail, beacons = part.beacons.len(), "a batch was refused; halving it");
                    parts.push(part.split_off_half());
                    parts.push(part);
                }
                Err(Error::Internal(detail)) => {
                    tracing::error!(detail, "a beacon cannot be stored");
                    let outcome = self.refuse(&part.beacons).await;
                    self.tell(part, [outcome]);
                }
                Err(error) => {
                    tracing::warn!(%error, beacons = part.beacons.len(), "beacons could not be written");
                    self.tell(part, std::iter::repeat(Err(Unwritten::Away)));
                }
            }
        }
    }

    fn tell(&self, part: Part, outcomes: impl IntoIterator<Item = Result<Outcome, Unwritten>>) {
        self.depth.fetch_sub(part.answers.len(), Ordering::Relaxed);
        for (answer, outcome) in part.answers.into_iter().zip(outcomes) {
            // A door that lost patience has answered already.
            let _ = answer.send(outcome);
        }
    }

    /// Counts the one beacon of `part` as not storable.
    async fn refuse(&mut self, part: &[Received]) -> Result<Outcome, Unwritten> {
        let refused: Vec<Received> = part
            .iter()
            .map(|received| match received {
                Received::View(view) => Received::Refused {
                    project: Some(view.project),
                    reason: DropReason::NotStorable,
                    origin: None,
                    at: view.updated_at,
                },
                refused => refused.clone(),
            })
            .collect();
        match self.commit(&refused).await {
            Ok(mut outcomes) => outcomes.pop().ok_or(Unwritten::Away),
            Err(_) => Err(Unwritten::Away),
        }
    }

    /// One try on the writer's own connection. After a failure the connection is closed: it
    /// may stand inside a transaction.
    async fn commit(&mut self, batch: &[Received]) -> Result<Vec<Outcome>> {
        let mut connection = match self.connection.take() {
            Some(connection) => connection,
            None => tokio::time::timeout(CONNECT_TIMEOUT, self.options.connect()).await.map_err(|_| {
                Error::Upstream { service: "The database", detail: "connecting took too long".into() }
            })??,
        };
        let outcome =
            tokio::time::timeout(COMMIT_TIMEOUT, self.commit_on(&mut connection, batch)).await.unwrap_or_else(|_| {
                Err(Error::Upstream { service: "The database", detail: "a transaction took too long".into() })
            });
        match outcome {
            Ok(outcomes) => {
                self.connection = Some(connection);
                Ok(outcomes)
            }
            Err(error) => {
                // Politely where possible, so that the server need not find out by itself.
                let _ = tokio::time::timeout(Duration::from_millis(100), connection.close()).await;
                Err(error)
            }
        }
    }

    async fn commit_on(&mut self, connection: &mut PgConnection, batch: &[Received]) -> Result<Vec<Outcome>> {
        for received in batch {
            // A job makes partitions ahead; this is for a machine that slept, or whose clock was set.
            if let Received::View(view) = received
                && !self.days.contains(&view.at.date_naive())
            {
                upkeep_store::ensure_partition(connection, view.at.date_naive()).await?;
                self.days.insert(view.at.date_naive());
            }
        }
        batch::commit(connection, &mut self.desk, batch, None).await
    }
}
