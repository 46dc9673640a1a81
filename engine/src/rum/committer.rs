//! The database's end of the write path: a connection of its own, batches that are committed or
//! halved until the beacon to blame is alone, and what the spool holds, once the database is back.

use std::{collections::HashSet, sync::Arc, time::Duration};

use chrono::NaiveDate;
use domain::rum::DropReason;
use sqlx::{ConnectOptions, Connection, PgConnection, postgres::PgConnectOptions};
use tokio::{
    sync::{mpsc, oneshot},
    time::Instant,
};
use uuid::Uuid;

use super::{
    batch::{self, Desk, Outcome, Received},
    fold,
    frame::Frame,
    spool::Spool,
    store::{self, Mark},
    upkeep_store,
};
use crate::{Error, Result};

/// Beacons of one transaction at most.
pub const BATCH: usize = 2_000;
/// How long a transaction may take before its connection is given up.
const COMMIT_TIMEOUT: Duration = Duration::from_secs(8);
const CONNECT_TIMEOUT: Duration = Duration::from_secs(1);
/// Between two tries to reach a database that is away, while beacons wait on disk.
const AGAIN: Duration = Duration::from_millis(250);
/// How long what batches change may wait before it is counted into the sketches. Whoever reads sketches meanwhile reads
/// it too; the longer, the more changes share the rewriting of a row.
const FOLD_AFTER: Duration = Duration::from_secs(2);

/// Beacons of one writer, in a row, numbered from `first` on.
#[derive(Debug)]
pub struct Batch {
    pub writer: Uuid,
    pub first: i64,
    pub beacons: Vec<Received>,
}

/// What became of a batch: outcomes of the first ones, in order. Those that are missing may be committed or not: the
/// database, or the connection to it, went away meanwhile.
pub type Committed = Vec<Outcome>;

/// A batch, and who waits for what becomes of it.
pub struct Request {
    pub batch: Arc<Batch>,
    pub answer: oneshot::Sender<Committed>,
}

pub struct Committer {
    options: PgConnectOptions,
    connection: Option<PgConnection>,
    /// Days whose partition is known to be there.
    days: HashSet<NaiveDate>,
    desk: Desk,
    spool: Option<Arc<Spool>>,
    /// When the deltas are to be folded; at the start, those that an earlier process left.
    fold_at: Option<Instant>,
}

impl Committer {
    pub fn new(options: PgConnectOptions, desk: Desk, spool: Option<Arc<Spool>>) -> Self {
        let fold_at = Some(Instant::now() + FOLD_AFTER);
        Self { options, connection: None, days: HashSet::new(), desk, spool, fold_at }
    }

    /// Works until nobody can ask any more. What the spool holds then stays for the next start.
    pub async fn run(mut self, mut requests: mpsc::Receiver<Request>) {
        let mut pause = Duration::ZERO;
        loop {
            let spool = self.spool.clone();
            let filled = async {
                match &spool {
                    Some(spool) => {
                        spool.filled().await;
                        tokio::time::sleep(pause).await;
                    }
                    None => std::future::pending().await,
                }
            };
            let fold_at = self.fold_at;
            let fold_due = async move {
                match fold_at {
                    Some(at) => tokio::time::sleep_until(at).await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                biased;
                // First, or a flood of beacons would keep it from its turn.
                () = fold_due => self.fold().await,
                request = requests.recv() => {
                    let Some(Request { batch, answer }) = request else { return };
                    let done = self.commit(batch.writer, batch.first, &batch.beacons).await;
                    // Whoever lost patience has the batch on disk, or told its senders.
                    let _ = answer.send(done);
                }
                () = filled => {
                    pause = match self.replay().await {
                        Ok(()) => Duration::ZERO,
                        Err(error) => {
                            tracing::debug!(%error, "spooled beacons cannot be stored yet");
                            AGAIN
                        }
                    };
                }
            }
        }
    }

    /// Counts what batches changed into the sketches. What fails is tried again later: nothing is lost meanwhile.
    async fn fold(&mut self) {
        let folded = async {
            let mut connection = self.connect().await?;
            let folded = tokio::time::timeout(COMMIT_TIMEOUT, fold::fold(&mut connection)).await;
            let folded = folded.unwrap_or_else(|_| Err(away("counting into the sketches took too long")));
            self.settle(connection, folded.is_ok()).await;
            folded
        };
        let folded: Result<()> = folded.await;
        self.fold_at = match folded {
            Ok(()) => None,
            Err(error) => {
                match error {
                    Error::Internal(detail) => tracing::error!(detail, "sketches cannot be brought up to date"),
                    error => tracing::debug!(%error, "sketches cannot be brought up to date yet"),
                }
                Some(Instant::now() + FOLD_AFTER)
            }
        };
    }

    /// Commits the spool's next beacons, in order, each once.
    async fn replay(&mut self) -> Result<()> {
        let Some(spool) = self.spool.clone() else { return Ok(()) };
        let chunk = {
            let spool = Arc::clone(&spool);
            blocking(move || spool.read(BATCH)).await?
        };
        let mut frames = &chunk.frames[..];
        while let Some(Frame { writer, .. }) = frames.first() {
            let (own, rest) = frames.split_at(frames.iter().take_while(|frame| frame.writer == *writer).count());
            self.replay_writer(*writer, own).await?;
            frames = rest;
        }
        let beacons = chunk.frames.len();
        blocking(move || spool.advance(&chunk)).await?;
        metrics::counter!("perfally_spool_replayed_total").increment(beacons as u64);
        Ok(())
    }

    async fn replay_writer(&mut self, writer: Uuid, frames: &[Frame]) -> Result<()> {
        let done = self.done(writer).await?;
        let mut left = &frames[frames.partition_point(|frame| frame.nr < done)..];
        while let Some(first) = left.first().map(|frame| frame.nr) {
            // Numbers have gaps where beacons were not spooled, or are damaged.
            let row = (first..).zip(left).take_while(|(nr, frame)| frame.nr == *nr).count();
            let (row, rest) = left.split_at(row);
            let beacons: Vec<Received> = row.iter().map(|frame| frame.received.clone()).collect();
            if self.commit(writer, first, &beacons).await.len() < beacons.len() {
                return Err(away("it went away again"));
            }
            left = rest;
        }
        Ok(())
    }

    /// How many beacons of a writer are committed. Waits for a transaction of its that is still under way, as when a
    /// connection broke while it was ending.
    async fn done(&mut self, writer: Uuid) -> Result<i64> {
        let mut connection = self.connect().await?;
        let asked = tokio::time::timeout(COMMIT_TIMEOUT, store::writer_done(&mut connection, writer)).await;
        let done = asked.unwrap_or_else(|_| Err(away("a question took too long")));
        self.settle(connection, done.is_ok()).await;
        done
    }

    /// Commits beacons; where one of them cannot be stored, halves the batch until that one is alone, and refuses it
    /// when it fails once more: so it costs only itself, and a fault that passes costs nothing. In order: what is
    /// missing in the answer comes after what is there.
    async fn commit(&mut self, writer: Uuid, first: i64, beacons: &[Received]) -> Committed {
        let mut committed = Vec::with_capacity(beacons.len());
        let mut parts = vec![beacons];
        // Whether the beacon that is alone has failed before.
        let mut again = false;
        while let Some(part) = parts.pop() {
            let done = first + (committed.len() + part.len()) as i64;
            match self.try_commit(writer, done, part).await {
                Ok(outcomes) => {
                    committed.extend(outcomes);
                    again = false;
                }
                Err(Error::Internal(detail)) if part.len() > 1 => {
                    tracing::warn!(detail, beacons = part.len(), "a batch was refused; halving it");
                    let (one, other) = part.split_at(part.len() / 2);
                    parts.push(other);
                    parts.push(one);
                }
                Err(Error::Internal(detail)) if !again => {
                    tracing::warn!(detail, "a beacon was refused; trying once more");
                    parts.push(part);
                    again = true;
                }
                Err(Error::Internal(detail)) => {
                    again = false;
                    tracing::error!(detail, "a beacon cannot be stored");
                    match self.try_commit(writer, done, &refused(part)).await {
                        Ok(outcomes) => committed.extend(outcomes),
                        Err(_) => break,
                    }
                }
                Err(error) => {
                    tracing::debug!(%error, beacons = part.len(), "beacons could not be written");
                    break;
                }
            }
        }
        committed
    }

    /// One try. After a failure the connection is closed: it may stand inside a transaction.
    async fn try_commit(&mut self, writer: Uuid, done: i64, batch: &[Received]) -> Result<Vec<Outcome>> {
        let mut connection = self.connect().await?;
        let tried = tokio::time::timeout(COMMIT_TIMEOUT, self.commit_on(&mut connection, writer, done, batch)).await;
        let outcomes = tried.unwrap_or_else(|_| Err(away("a transaction took too long")));
        self.settle(connection, outcomes.is_ok()).await;
        outcomes
    }

    async fn connect(&mut self) -> Result<PgConnection> {
        match self.connection.take() {
            Some(connection) => Ok(connection),
            None => {
                let connecting = async {
                    let mut connection = self.options.connect().await?;
                    store::look_up_by_index(&mut connection).await?;
                    Ok::<_, Error>(connection)
                };
                tokio::time::timeout(CONNECT_TIMEOUT, connecting).await.map_err(|_| away("connecting took too long"))?
            }
        }
    }

    /// Keeps the connection, or closes it: politely where possible, so that the server need not find out by itself.
    async fn settle(&mut self, connection: PgConnection, is_sound: bool) {
        if is_sound {
            self.connection = Some(connection);
        } else {
            let _ = tokio::time::timeout(Duration::from_millis(100), connection.close()).await;
        }
    }

    async fn commit_on(
        &mut self,
        connection: &mut PgConnection,
        writer: Uuid,
        done: i64,
        batch: &[Received],
    ) -> Result<Vec<Outcome>> {
        for received in batch {
            // A job makes partitions ahead; this is for a machine that slept, or whose clock was set.
            if let Received::View(view) = received
                && !self.days.contains(&view.at.date_naive())
            {
                upkeep_store::ensure_partition(connection, view.at.date_naive()).await?;
                self.days.insert(view.at.date_naive());
            }
        }
        let outcomes = batch::commit(connection, &mut self.desk, batch, Some(Mark { writer, done })).await?;
        self.fold_at.get_or_insert_with(|| Instant::now() + FOLD_AFTER);
        Ok(outcomes)
    }
}

/// Beacons that are counted as not storable in place of these.
fn refused(part: &[Received]) -> Vec<Received> {
    part.iter()
        .map(|received| match received {
            Received::View(view) => Received::Refused {
                project: Some(view.project),
                reason: DropReason::NotStorable,
                origin: None,
                at: view.at,
            },
            refused => refused.clone(),
        })
        .collect()
}

fn away(detail: &str) -> Error {
    Error::Upstream { service: "The database", detail: detail.to_owned() }
}

/// Waits for the disk on a thread that may.
pub async fn blocking<T: Send + 'static>(work: impl FnOnce() -> std::io::Result<T> + Send + 'static) -> Result<T> {
    tokio::task::spawn_blocking(work)
        .await
        .map_err(Error::internal)?
        .map_err(|error| Error::Upstream { service: "The spool", detail: error.to_string() })
}
