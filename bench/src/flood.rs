//! Load: closed loop, where each of so many connections has one request under way at any time; or
//! open loop, where so many requests a second are due, whether those before were answered or not.

use std::{
    collections::BTreeMap,
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use chrono::Utc;

use crate::{
    Result,
    client::{self, Connection},
    generator::{Beacon, Expected},
};

/// A request. That of a page view gets a new id each time it is sent.
pub struct Template {
    bytes: Vec<u8>,
    id_at: Option<usize>,
}

impl Template {
    /// `None` for a beacon that is not to be accepted.
    pub fn new(address: SocketAddr, beacon: &Beacon) -> Option<Self> {
        let Expected::Accepted(truth) = &beacon.expected else { return None };
        let bytes = client::request(address, beacon);
        let id = truth.id.to_string();
        let id_at = Some(bytes.windows(id.len()).position(|window| window == id.as_bytes())?);
        Some(Self { bytes, id_at })
    }

    /// Sent as it is, each time.
    pub const fn fixed(request: Vec<u8>) -> Self {
        Self { bytes: request, id_at: None }
    }

    fn renew(&self, into: &mut Vec<u8>, id: uuid::Uuid) {
        into.clear();
        into.extend_from_slice(&self.bytes);
        if let Some(at) = self.id_at {
            id.hyphenated().encode_lower(&mut into[at..at + uuid::fmt::Hyphenated::LENGTH]);
        }
    }
}

/// What became of the requests.
#[derive(Debug, Clone, Default)]
pub struct Outcome {
    pub by_status: BTreeMap<u16, u64>,
    /// Connections that broke.
    pub broken: u64,
    pub seconds: f64,
    /// Median and 99th percentile of the time from request to answer, ms. In an open loop the time counts from when
    /// the request was due, should all connections be taken then.
    pub p50_ms: f64,
    pub p99_ms: f64,
    /// The same to the first byte of the answer.
    pub first_p50_ms: f64,
    pub first_p99_ms: f64,
    /// The slowest answer that was not 202, ms; 0 without one.
    pub slowest_refusal_ms: f64,
}

impl Outcome {
    pub fn all(&self) -> u64 {
        self.by_status.values().sum::<u64>() + self.broken
    }

    /// Requests a second that were answered so.
    pub fn rate(&self, status: u16) -> f64 {
        self.answered(status) as f64 / self.seconds
    }

    pub fn answered(&self, status: u16) -> u64 {
        self.by_status.get(&status).copied().unwrap_or(0)
    }
}

/// Sends for `time` as fast as answers come. The templates are gone through in turn, by all connections together.
pub async fn flood(
    address: SocketAddr,
    templates: Arc<Vec<Template>>,
    connections: usize,
    time: Duration,
) -> Result<Outcome> {
    send_all(address, templates, connections, time, None, Duration::ZERO).await
}

/// The same by clients that do what `Retry-After` says: whoever is told to come again does so after a second.
pub async fn crowd(
    address: SocketAddr,
    templates: Arc<Vec<Template>>,
    connections: usize,
    time: Duration,
) -> Result<Outcome> {
    send_all(address, templates, connections, time, None, Duration::from_secs(1)).await
}

/// Sends so many requests a second for `time`.
pub async fn pace(
    address: SocketAddr,
    templates: Arc<Vec<Template>>,
    connections: usize,
    time: Duration,
    per_second: f64,
) -> Result<Outcome> {
    send_all(address, templates, connections, time, Some(per_second), Duration::ZERO).await
}

async fn send_all(
    address: SocketAddr,
    templates: Arc<Vec<Template>>,
    connections: usize,
    time: Duration,
    per_second: Option<f64>,
    rest: Duration,
) -> Result<Outcome> {
    let next = Arc::new(AtomicU64::new(0));
    let began = Instant::now();
    let sender = Sender { address, templates, next, began, until: began + time, per_second, rest };
    let tasks: Vec<_> = (0..connections).map(|_| tokio::spawn(sender.clone().run())).collect();
    let mut all = Outcome::default();
    let (mut took, mut first) = (Vec::new(), Vec::new());
    for task in tasks {
        let sent = task.await?;
        for (status, count) in sent.by_status {
            *all.by_status.entry(status).or_default() += count;
        }
        all.broken += sent.broken;
        all.slowest_refusal_ms = all.slowest_refusal_ms.max(sent.slowest_refusal.as_secs_f64() * 1e3);
        took.extend(sent.took);
        first.extend(sent.first);
    }
    all.seconds = began.elapsed().as_secs_f64();
    (all.p50_ms, all.p99_ms) = quantiles(took);
    (all.first_p50_ms, all.first_p99_ms) = quantiles(first);
    Ok(all)
}

fn quantiles(mut micros: Vec<u32>) -> (f64, f64) {
    micros.sort_unstable();
    let of = |q: f64| {
        micros.get(((micros.len() as f64 - 1.0) * q) as usize).map_or(f64::NAN, |micros| f64::from(*micros) / 1e3)
    };
    (of(0.5), of(0.99))
}

/// One connection's work.
#[derive(Clone)]
struct Sender {
    address: SocketAddr,
    templates: Arc<Vec<Template>>,
    /// Number of the next request of all connections.
    next: Arc<AtomicU64>,
    began: Instant,
    until: Instant,
    per_second: Option<f64>,
    /// After an answer that tells to come again.
    rest: Duration,
}

#[derive(Default)]
struct Sent {
    by_status: BTreeMap<u16, u64>,
    broken: u64,
    /// µs to the whole answer, and to its first byte.
    took: Vec<u32>,
    first: Vec<u32>,
    slowest_refusal: Duration,
}

impl Sender {
    async fn run(self) -> Sent {
        let mut sent = Sent::default();
        let mut request = Vec::with_capacity(2 << 10);
        let mut connection = None;
        while Instant::now() < self.until {
            let mut open = match connection.take() {
                Some(open) => open,
                None => match Connection::open(self.address).await {
                    Ok(open) => open,
                    Err(_) => {
                        sent.broken += 1;
                        tokio::time::sleep(Duration::from_millis(10)).await;
                        continue;
                    }
                },
            };
            let nr = self.next.fetch_add(1, Ordering::Relaxed);
            let Some(template) = self.templates.get((nr % self.templates.len() as u64) as usize) else { break };
            template.renew(&mut request, id(nr));
            let Some(late) = self.due(nr).await else { break };
            let began = Instant::now();
            match open.send(&request).await {
                Ok(answer) => {
                    let micros = |time: Duration| u32::try_from((late + time).as_micros()).unwrap_or(u32::MAX);
                    sent.took.push(micros(began.elapsed()));
                    sent.first.push(micros(answer.first_byte));
                    *sent.by_status.entry(answer.status).or_default() += 1;
                    if answer.status != 202 {
                        sent.slowest_refusal = sent.slowest_refusal.max(began.elapsed());
                    }
                    if !open.is_closing() {
                        connection = Some(open);
                    }
                    if matches!(answer.status, 429 | 503) && !self.rest.is_zero() {
                        tokio::time::sleep(self.rest).await;
                    }
                }
                Err(_) => sent.broken += 1,
            }
        }
        sent
    }

    /// Waits until a request is due, and tells how late it is because no connection was free. That our own sleep is
    /// longer than asked for is not the server's doing. `None`: time is up before.
    async fn due(&self, nr: u64) -> Option<Duration> {
        let Some(per_second) = self.per_second else { return Some(Duration::ZERO) };
        let due = self.began + Duration::from_secs_f64(nr as f64 / per_second);
        if due >= self.until {
            return None;
        }
        let now = Instant::now();
        if due > now {
            tokio::time::sleep(due - now).await;
            return Some(Duration::ZERO);
        }
        Some(now - due)
    }
}

/// Version 7, of now; unlike any other of this process.
fn id(nr: u64) -> uuid::Uuid {
    let mut rest = [0u8; 10];
    rest[2..].copy_from_slice(&(nr.wrapping_mul(0x9e37_79b9_7f4a_7c15)).to_be_bytes());
    uuid::Builder::from_unix_timestamp_millis(u64::try_from(Utc::now().timestamp_millis()).unwrap_or_default(), &rest)
        .into_uuid()
}
