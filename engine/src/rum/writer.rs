//! The queue between doors and Postgres, and the task that empties it.
//!
//! Bounded: a full queue refuses at once. Grouped: while one batch is being committed, the next
//! one gathers, so that many beacons share one wait for the disk. A waiter is told only what is
//! committed, or what is synced in the spool while the database is away; the writing task never
//! stops with its client.
//!
//! While anything waits in the spool, what comes goes to its end: beacons are committed in the
//! order in which they were taken.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use domain::billing::Plan;
use sqlx::postgres::PgConnectOptions;
use tokio::sync::{mpsc, oneshot};
use uuid::Uuid;

use super::{
    batch::{Desk, Outcome, Received},
    committer::{BATCH, Batch, Committer, Request},
    spool::{Refused, Spool, SpoolDepth},
};

/// Beacons that may wait at once.
const QUEUE: usize = 20_000;
/// How long a batch gathers when the database is idle.
const GATHER: Duration = Duration::from_millis(2);
/// How long a commit may take before its beacons are put on disk too, for their senders wait. It goes on, and what it
/// commits is skipped when the spool is read.
const TOO_LONG: Duration = Duration::from_millis(500);
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
    spool: Option<Arc<Spool>>,
}

impl Queue {
    /// Starts the writing tasks. They end when the last `Queue` is dropped and all is written, here or on disk.
    pub fn start(options: PgConnectOptions, default_plan: Plan, spool: Option<Arc<Spool>>) -> Self {
        let (sender, receiver) = mpsc::channel(QUEUE);
        let depth = Arc::new(AtomicUsize::new(0));
        let (committer, requests) = mpsc::channel(1);
        tokio::spawn(Committer::new(options, Desk::new(default_plan), spool.clone()).run(requests));
        let writer = Writer { id: Uuid::now_v7(), next: 0, committer, spool: spool.clone(), depth: Arc::clone(&depth) };
        tokio::spawn(writer.run(receiver));
        Self { sender, depth, spool }
    }

    /// What waits on disk; `None`: there is no spool.
    pub fn spooled(&self) -> Option<SpoolDepth> {
        self.spool.as_ref().map(|spool| spool.depth())
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
            count("busy", 1);
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

/// Beacons, and who waits for each.
struct Part {
    beacons: Vec<Received>,
    answers: Vec<oneshot::Sender<Result<Outcome, Unwritten>>>,
}

struct Writer {
    /// New at each start.
    id: Uuid,
    /// The number of the next beacon.
    next: i64,
    committer: mpsc::Sender<Request>,
    spool: Option<Arc<Spool>>,
    depth: Arc<AtomicUsize>,
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
            let (beacons, answers) = gathered.drain(..).map(|waiting| (waiting.received, waiting.answer)).unzip();
            self.write(Part { beacons, answers }).await;
        }
    }

    async fn write(&mut self, Part { beacons, mut answers }: Part) {
        let batch = Arc::new(Batch { writer: self.id, first: self.next, beacons });
        self.next += batch.beacons.len() as i64;
        let Some(spool) = self.spool.clone() else {
            let committed = self.ask(&batch).await.await.unwrap_or_default();
            self.tell(answers, committed.into_iter().map(Ok));
            return;
        };
        let mut committed = Vec::new();
        if spool.is_empty() {
            let mut asked = self.ask(&batch).await;
            match tokio::time::timeout(TOO_LONG, &mut asked).await {
                Ok(done) => committed = done.unwrap_or_default(),
                Err(_) if put(&spool, &batch, 0).await => {
                    self.tell(answers, batch.beacons.iter().map(|received| Ok(promised(received))));
                    return;
                }
                Err(_) => committed = asked.await.unwrap_or_default(),
            }
        }
        let done = committed.len();
        let rest = answers.split_off(done);
        self.tell(answers, committed.into_iter().map(Ok));
        if rest.is_empty() {
            return;
        }
        if put(&spool, &batch, done).await {
            self.tell(rest, batch.beacons[done..].iter().map(|received| Ok(promised(received))));
        } else {
            self.tell(rest, std::iter::empty());
        }
    }

    /// Has a batch committed. The answer may come late.
    async fn ask(&self, batch: &Arc<Batch>) -> oneshot::Receiver<Vec<Outcome>> {
        let (answer, asked) = oneshot::channel();
        // The committer ends after us; if it panicked, no answer comes, and the batch counts as not written.
        let _ = self.committer.send(Request { batch: Arc::clone(batch), answer }).await;
        asked
    }

    /// Those beyond the outcomes are told that the database is away.
    fn tell(
        &self,
        answers: Vec<oneshot::Sender<Result<Outcome, Unwritten>>>,
        outcomes: impl Iterator<Item = Result<Outcome, Unwritten>>,
    ) {
        self.depth.fetch_sub(answers.len(), Ordering::Relaxed);
        let outcomes = outcomes.chain(std::iter::repeat(Err(Unwritten::Away)));
        let mut stored = 0;
        for (answer, outcome) in answers.into_iter().zip(outcomes) {
            match outcome {
                Ok(Ok(())) => stored += 1,
                Ok(Err(reason)) => count(reason.as_str(), 1),
                Err(_) => count("away", 1),
            }
            // A door that lost patience has answered already.
            let _ = answer.send(outcome);
        }
        count("stored", stored);
    }
}

/// Counted for the operator.
fn count(outcome: &'static str, beacons: u64) {
    metrics::counter!("perfally_beacons_total", "outcome" => outcome).increment(beacons);
}

/// Puts what is not done of a batch on disk; `false`: it is not there.
async fn put(spool: &Arc<Spool>, batch: &Arc<Batch>, done: usize) -> bool {
    let (spool, batch) = (Arc::clone(spool), Arc::clone(batch));
    let work = move || spool.append(batch.writer, batch.first + done as i64, &batch.beacons[done..]);
    match tokio::task::spawn_blocking(work).await {
        Ok(Ok(())) => true,
        Ok(Err(Refused::Full)) => {
            metrics::counter!("perfally_spool_full_total").increment(1);
            false
        }
        Ok(Err(Refused::Io(error))) => {
            tracing::error!(%error, "beacons cannot be put on disk");
            false
        }
        Err(error) => {
            tracing::error!(%error, "the spool failed");
            false
        }
    }
}

/// What a sender is told of a beacon that will be committed later: a page view is taken.
const fn promised(received: &Received) -> Outcome {
    match received {
        Received::View(_) => Ok(()),
        Received::Refused { reason, .. } => Err(*reason),
    }
}
