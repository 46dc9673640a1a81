//! The queue between doors and Postgres, and the task that empties it.
//!
//! Bounded: a full queue refuses at once, and full is what is not committed before the doors lose patience, as far as
//! the batches before tell (`pace.rs`); with a spool, that much goes to disk instead. The last eighth of the room, in memory
//! and on disk, is kept for projects that have little in it (`shares.rs`). Grouped: while one batch is being committed, the next one gathers, so that many
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
    shares::{Share, Shares},
    spool::{NoRoom, Spool, SpoolDepth},
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
    share: Share,
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
    /// There is no room, or none for more of this project.
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
    /// The same of each project.
    shares: Shares,
    pace: Pace,
}

impl Load {
    fn new() -> Self {
        Self { depth: AtomicUsize::new(0), shares: Shares::new(), pace: Pace::default() }
    }

    fn depth(&self) -> usize {
        self.depth.load(Ordering::Relaxed)
    }

    /// Whether what comes now would not be committed in time.
    fn is_full(&self) -> bool {
        self.depth() >= self.pace.room()
    }

    fn is_too_much_of(&self, share: Share) -> bool {
        self.shares.is_too_much_of(share, self.depth() as u64, self.pace.room() as u64)
    }

    fn enter(&self, share: Share) {
        self.depth.fetch_add(1, Ordering::Relaxed);
        self.shares.enter(share, 1);
    }

    fn leave(&self, share: Share) {
        self.depth.fetch_sub(1, Ordering::Relaxed);
        self.shares.leave(share, 1);
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
        let share = Share::of(received.project());
        self.admit()?;
        let is_too_much = match &self.spool {
            Some(spool) => spool.is_too_much_of(share),
            None => self.load.is_too_much_of(share),
        };
        if is_too_much {
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
    share: Share,
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
                Err(_) => match put(&spool, &batch, 0).await {
                    Some(promised) => {
                        self.load.pace.learn(batch.beacons.len(), TOO_LONG);
                        self.tell(answers, promised.into_iter());
                        return;
                    }
                    None => committed = asked.await,
                },
            }
        }
        let done = committed.len();
        let rest = answers.split_off(done);
        self.tell(answers, committed.into_iter().map(Ok));
        if rest.is_empty() {
            return;
        }
        self.tell(rest, put(&spool, &batch, done).await.into_iter().flatten());
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
                Err(Unwritten::Busy) => count("busy", 1),
                Err(Unwritten::Away) => count("away", 1),
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

/// Puts what is not done of a batch on disk, as far as there is room, and says what senders are told. `None`: none of it
/// is there.
async fn put(spool: &Arc<Spool>, batch: &Arc<Batch>, done: usize) -> Option<Vec<Result<Outcome, Unwritten>>> {
    let (on, of) = (Arc::clone(spool), Arc::clone(batch));
    let work = move || on.append(of.writer, of.first + done as i64, &of.beacons[done..]);
    let written = tokio::task::spawn_blocking(work).await.map_err(std::io::Error::other).flatten();
    let taken = written.inspect_err(|error| tracing::error!(%error, "beacons cannot be put on disk")).ok()?;
    if taken.contains(&Err(NoRoom::Full)) {
        metrics::counter!("perfally_spool_full_total").increment(1);
    }
    let told = batch.beacons[done..].iter().zip(taken).map(|(received, taken)| match taken {
        Ok(()) => Ok(promised(received)),
        Err(NoRoom::TooMuch) => Err(Unwritten::Busy),
        Err(NoRoom::Full) => Err(Unwritten::Away),
    });
    Some(told.collect())
}

/// What a sender is told of a beacon that will be committed later: a page view is taken.
const fn promised(received: &Received) -> Outcome {
    match received {
        Received::View(_) => Ok(()),
        Received::Refused { reason, .. } => Err(*reason),
    }
}
