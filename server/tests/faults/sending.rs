//! Clients that do not give up: each beacon is sent again until it has an answer that settles it.

use std::{
    net::SocketAddr,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use bench::{
    client::{Answer, Connection, request},
    generator::Beacon,
};
use domain::rum::DropReason;
use rand::{SeedableRng as _, rngs::StdRng, seq::SliceRandom as _};

use crate::Result;

/// What became of one beacon.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Delivery {
    pub settled: Option<Settled>,
    /// Times that it was sent without an answer that settles it: 503, 429, or a connection that
    /// broke. Each of them may have been taken in all the same.
    pub unsettled: u32,
}

/// An answer that settles a beacon.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Settled {
    Accepted,
    Refused(DropReason),
}

/// Many clients on keep-alive connections, and what they have seen so far.
pub struct Senders {
    /// Beacons that are settled.
    progress: Arc<AtomicUsize>,
    tasks: Vec<tokio::task::JoinHandle<Result<()>>>,
    deliveries: Arc<Vec<Mutex<Delivery>>>,
}

/// How a client behaves.
#[derive(Debug, Clone, Copy)]
pub struct Manners {
    pub connections: usize,
    /// For all beacons together.
    pub within: Duration,
    /// Whether a client that finds nobody listening goes home.
    pub gives_up: bool,
}

impl Senders {
    /// Sends all, in an order that the seed shuffles.
    pub fn start(address: SocketAddr, beacons: &Arc<Vec<Beacon>>, seed: u64, manners: Manners) -> Self {
        let mut order: Vec<usize> = (0..beacons.len()).collect();
        order.shuffle(&mut StdRng::seed_from_u64(seed));
        let order = Arc::new(order);
        let deliveries: Arc<Vec<Mutex<Delivery>>> = Arc::new(beacons.iter().map(|_| Mutex::default()).collect());
        let (next, progress) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
        let until = Instant::now() + manners.within;
        let tasks = (0..manners.connections)
            .map(|_| {
                let mut sender = Sender {
                    address,
                    connection: None,
                    beacons: Arc::clone(beacons),
                    deliveries: Arc::clone(&deliveries),
                    progress: Arc::clone(&progress),
                    until,
                    gives_up: manners.gives_up,
                };
                let (order, next) = (Arc::clone(&order), Arc::clone(&next));
                tokio::spawn(async move {
                    while let Some(&nr) = order.get(next.fetch_add(1, Ordering::Relaxed)) {
                        if !sender.deliver(nr).await? {
                            break;
                        }
                    }
                    Ok(())
                })
            })
            .collect();
        Self { progress, tasks, deliveries }
    }

    pub fn progress(&self) -> Arc<AtomicUsize> {
        Arc::clone(&self.progress)
    }

    /// Waits for all clients, and tells what they saw, in the beacons' order.
    pub async fn end(self) -> Result<Vec<Delivery>> {
        for task in self.tasks {
            task.await??;
        }
        Ok(self
            .deliveries
            .iter()
            .map(|delivery| delivery.lock().map(|delivery| delivery.clone()).unwrap_or_default())
            .collect())
    }
}

struct Sender {
    address: SocketAddr,
    connection: Option<Connection>,
    beacons: Arc<Vec<Beacon>>,
    deliveries: Arc<Vec<Mutex<Delivery>>>,
    progress: Arc<AtomicUsize>,
    until: Instant,
    gives_up: bool,
}

impl Sender {
    /// `false`: the client went home.
    async fn deliver(&mut self, nr: usize) -> Result<bool> {
        let bytes = request(self.address, &self.beacons[nr]);
        let mut pause = Duration::from_millis(50);
        loop {
            let settled = match self.once(&bytes).await {
                Sent::Answered(answer) => settled(&answer)?,
                Sent::Nowhere if self.gives_up => return Ok(false),
                Sent::Nowhere => {
                    self.wait(&mut pause).await?;
                    continue;
                }
                Sent::NoAnswer => None,
            };
            {
                let mut delivery = self.deliveries[nr].lock().map_err(|_| "a client panicked")?;
                match settled {
                    Some(settled) => delivery.settled = Some(settled),
                    None => delivery.unsettled += 1,
                }
            }
            if settled.is_some() {
                self.progress.fetch_add(1, Ordering::Relaxed);
                return Ok(true);
            }
            self.wait(&mut pause).await?;
        }
    }

    async fn once(&mut self, bytes: &[u8]) -> Sent {
        let mut open = match self.connection.take() {
            Some(open) => open,
            None => match Connection::open(self.address).await {
                Ok(open) => open,
                Err(_) => return Sent::Nowhere,
            },
        };
        match open.send(bytes).await {
            Ok(answer) => {
                if !open.is_closing() {
                    self.connection = Some(open);
                }
                Sent::Answered(answer)
            }
            Err(_) => Sent::NoAnswer,
        }
    }

    async fn wait(&self, pause: &mut Duration) -> Result<()> {
        if Instant::now() > self.until {
            return Err("the beacons were not delivered in time".into());
        }
        tokio::time::sleep(*pause).await;
        *pause = (*pause * 2).min(Duration::from_millis(800));
        Ok(())
    }
}

enum Sent {
    Answered(Answer),
    /// The connection ended after at least a part of the request was given to it.
    NoAnswer,
    /// Nobody listened.
    Nowhere,
}

/// Whether an answer settles a beacon; `None` means to send it again. An answer that the wire
/// format does not know is an error.
pub fn settled(answer: &Answer) -> Result<Option<Settled>> {
    let words = || String::from_utf8_lossy(&answer.body).into_owned();
    match answer.status {
        202 if answer.body.is_empty() => Ok(Some(Settled::Accepted)),
        503 | 429 if answer.retry_after.is_some() => Ok(None),
        400 | 403 | 413 => {
            let body: serde_json::Value =
                serde_json::from_slice(&answer.body).map_err(|error| format!("{error}: {}", words()))?;
            let code = body["error"]["code"].as_str().unwrap_or_default();
            let reason =
                DropReason::parse(code).ok_or_else(|| format!("a refusal without a known code: {}", words()))?;
            Ok(Some(Settled::Refused(reason)))
        }
        status => Err(format!("answered {status}: {}", words()).into()),
    }
}
