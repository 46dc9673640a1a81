//! The queue between doors and Postgres, and the task that empties it.
//!
//! Bounded: a full queue refuses at once, and full is what is not committed before the doors lose patience, as far as
//! the batches before tell (`pace.rs`); with a spool, that much goes to disk instead. The last eighth of the room is kept for
//! projects that have little in it. Grouped: while one batch is being committed, the next one gathers, so that many
//! beacons share one wait for the disk. A waiter is told only what is committed, or what is synced in the spool; the
//! writing task never stops with its client, but what a door has given up is not written any more.
//!
//! While anything waits in the spool, what comes goes to its end: beacons are committed in the
//! order in which they were taken.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use domain::billing::Plan;
use sqlx::postgres::PgConnectOptions;
use tokio::sync::{mpsc, oneshot};
use uuid::Uuid;

use super::{
    batch::{Desk, Outcome, Received},
    committer::{BATCH, Batch, Committer, Request},
    pace::Pace,
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
    /// When its door loses patience; `None`: nobody waits.
    until: Option<Instant>,
    answer: oneshot::Sender<Result<Outcome, Unwritten>>,
    share: usize,
}

impl Waiting {
    /// Whether its door has told its sender to come again: written now, it would take the time of one that is still
    /// waited for. A visitor who merely left is not told anything, and was in time.
    fn is_given_up(&self) -> bool {
        self.answer.is_closed() && self.until.is_some_and(|until| Instant::now() >= until)
    }
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
    load: Arc<Load>,
    spool: Option<Arc<Spool>>,
}

/// What waits, and how fast it goes.
struct Load {
    /// Beacons that were taken and have no outcome yet.
    depth: AtomicUsize,
    /// The same of each project, by a part of its id: those that share a number share the room of one.
    shares: [AtomicUsize; SHARES],
    pace: Pace,
}

/// Projects told apart in the queue.
const SHARES: usize = 256;

impl Load {
    fn new() -> Self {
        let shares = std::array::from_fn(|_| AtomicUsize::new(0));
        Self { depth: AtomicUsize::new(0), shares, pace: Pace::default() }
    }

    fn depth(&self) -> usize {
        self.depth.load(Ordering::Relaxed)
    }

    /// Whether what comes now would not be committed in time.
    fn is_full(&self) -> bool {
        self.depth() >= self.pace.room()
    }

    /// Whether a project has so much in a queue that is filling up that the rest of it is for others.
    fn is_too_much_of(&self, share: usize) -> bool {
        let room = self.pace.room();
        self.depth() >= room / 8 * 7 && self.shares[share].load(Ordering::Relaxed) >= room / 8
    }

    fn enter(&self, share: usize) {
        self.depth.fetch_add(1, Ordering::Relaxed);
        self.shares[share].fetch_add(1, Ordering::Relaxed);
    }

    fn leave(&self, share: usize) {
        self.depth.fetch_sub(1, Ordering::Relaxed);
        self.shares[share].fetch_sub(1, Ordering::Relaxed);
    }
}

impl Queue {
    /// Starts the writing tasks. They end when the last `Queue` is dropped and all is written, here or on disk.
    pub fn start(options: PgConnectOptions, default_plan: Plan, spool: Option<Arc<Spool>>) -> Self {
        let (sender, receiver) = mpsc::channel(QUEUE);
        let load = Arc::new(Load::new());
        let (committer, requests) = mpsc::channel(1);
        tokio::spawn(Committer::new(options, Desk::new(default_plan), spool.clone()).run(requests));
        let writer = Writer { id: Uuid::now_v7(), next: 0, committer, spool: spool.clone(), load: Arc::clone(&load) };
        tokio::spawn(writer.run(receiver));
        Self { sender, load, spool }
    }

    /// What waits on disk; `None`: there is no spool.
    pub fn spooled(&self) -> Option<SpoolDepth> {
        self.spool.as_ref().map(|spool| spool.depth())
    }

    /// Hands a beacon over and waits until what became of it is durable; not for long, for
    /// somebody waits at the door. After `Away` it may become durable yet.
    pub async fn write(&self, received: Received) -> Result<Outcome, Unwritten> {
        let until = Instant::now() + PATIENCE;
        let outcome = self.hand_over(received, Some(until));
        tokio::time::timeout_at(until.into(), outcome).await.unwrap_or(Err(Unwritten::Away))
    }

    /// The same for a beacon that nobody waits for: what became of it is known in the end.
    pub async fn write_at_leisure(&self, received: Received) -> Result<Outcome, Unwritten> {
        self.hand_over(received, None).await
    }

    async fn hand_over(&self, received: Received, until: Option<Instant>) -> Result<Outcome, Unwritten> {
        let (answer, outcome) = oneshot::channel();
        let share = received.project().0.as_bytes()[15] as usize % SHARES;
        self.admit()?;
        if self.spool.is_none() && self.load.is_too_much_of(share) {
            count("busy", 1);
            return Err(Unwritten::Busy);
        }
        self.load.enter(share);
        if self.sender.try_send(Waiting { received, until, answer, share }).is_err() {
            self.load.leave(share);
            count("busy", 1);
            return Err(Unwritten::Busy);
        }
        outcome.await.unwrap_or(Err(Unwritten::Away))
    }

    /// `Busy`: what comes now is refused, whatever it is. Asked before anything is read, it costs little.
    pub fn admit(&self) -> Result<(), Unwritten> {
        if self.spool.is_none() && self.load.is_full() {
            count("busy", 1);
            return Err(Unwritten::Busy);
        }
        Ok(())
    }

    pub fn depth(&self) -> usize {
        self.load.depth()
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
    answers: Vec<Answer>,
}

struct Answer {
    door: oneshot::Sender<Result<Outcome, Unwritten>>,
    share: usize,
}

struct Writer {
    /// New at each start.
    id: Uuid,
    /// The number of the next beacon.
    next: i64,
    committer: mpsc::Sender<Request>,
    spool: Option<Arc<Spool>>,
    load: Arc<Load>,
}

impl Writer {
    async fn run(mut self, mut receiver: mpsc::Receiver<Waiting>) {
        let mut gathered = Vec::with_capacity(BATCH);
        loop {
            let most = self.batch();
            if receiver.recv_many(&mut gathered, most).await == 0 {
                return;
            }
            if gathered.len() < most {
                tokio::time::sleep(GATHER).await;
                while gathered.len() < most
                    && let Ok(waiting) = receiver.try_recv()
                {
                    gathered.push(waiting);
                }
            }
            gathered.retain(|waiting| {
                let given_up = waiting.is_given_up();
                if given_up {
                    self.load.leave(waiting.share);
                    count("away", 1);
                }
                !given_up
            });
            if gathered.is_empty() {
                continue;
            }
            metrics::histogram!("perfally_beacon_batch_size").record(gathered.len() as f64);
            let (beacons, answers) = gathered
                .drain(..)
                .map(|waiting| (waiting.received, Answer { door: waiting.answer, share: waiting.share }))
                .unzip();
            self.write(Part { beacons, answers }).await;
        }
    }

    /// Beacons of the next batch at most. A disk takes many as fast as few.
    fn batch(&self) -> usize {
        if self.spool.as_ref().is_some_and(|spool| !spool.is_empty()) { BATCH } else { self.load.pace.batch() }
    }

    async fn write(&mut self, Part { beacons, mut answers }: Part) {
        let batch = Arc::new(Batch { writer: self.id, first: self.next, beacons });
        self.next += batch.beacons.len() as i64;
        let Some(spool) = self.spool.clone() else {
            let committed = self.commit(&batch).await;
            self.tell(answers, committed.into_iter().map(Ok));
            return;
        };
        let mut committed = Vec::new();
        // More than is committed in time goes to disk: there, it waits as safely, and its senders need not.
        if spool.is_empty() && !self.load.is_full() {
            let mut asked = std::pin::pin!(self.commit(&batch));
            match tokio::time::timeout(TOO_LONG, &mut asked).await {
                Ok(done) => committed = done,
                Err(_) if put(&spool, &batch, 0).await => {
                    self.load.pace.learn(batch.beacons.len(), TOO_LONG);
                    self.tell(answers, batch.beacons.iter().map(|received| Ok(promised(received))));
                    return;
                }
                Err(_) => committed = asked.await,
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

    /// Has a batch committed, and learns from it. Whoever drops this does not take the batch back.
    async fn commit(&self, batch: &Arc<Batch>) -> Vec<Outcome> {
        let began = Instant::now();
        let committed = self.ask(batch).await.await.unwrap_or_default();
        if committed.len() == batch.beacons.len() {
            self.load.pace.learn(committed.len(), began.elapsed());
        }
        committed
    }

    /// Has a batch committed. The answer may come late.
    async fn ask(&self, batch: &Arc<Batch>) -> oneshot::Receiver<Vec<Outcome>> {
        let (answer, asked) = oneshot::channel();
        // The committer ends after us; if it panicked, no answer comes, and the batch counts as not written.
        let _ = self.committer.send(Request { batch: Arc::clone(batch), answer }).await;
        asked
    }

    /// Those beyond the outcomes are told that the database is away.
    fn tell(&self, answers: Vec<Answer>, outcomes: impl Iterator<Item = Result<Outcome, Unwritten>>) {
        let outcomes = outcomes.chain(std::iter::repeat(Err(Unwritten::Away)));
        let mut stored = 0;
        for (Answer { door, share }, outcome) in answers.into_iter().zip(outcomes) {
            self.load.leave(share);
            match outcome {
                Ok(Ok(())) => stored += 1,
                Ok(Err(reason)) => count(reason.as_str(), 1),
                Err(_) => count("away", 1),
            }
            // A door that lost patience has answered already.
            let _ = door.send(outcome);
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
