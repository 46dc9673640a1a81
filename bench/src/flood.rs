//! Closed-loop load: so many connections, each with one request under way at any time.

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

/// A request whose page view gets a new id each time it is sent.
pub struct Template {
    bytes: Vec<u8>,
    id_at: usize,
}

impl Template {
    /// `None` for a beacon that is not to be accepted.
    pub fn new(address: SocketAddr, beacon: &Beacon) -> Option<Self> {
        let Expected::Accepted(truth) = &beacon.expected else { return None };
        let bytes = client::request(address, beacon);
        let id = truth.id.to_string();
        let id_at = bytes.windows(id.len()).position(|window| window == id.as_bytes())?;
        Some(Self { bytes, id_at })
    }

    fn renew(&self, into: &mut Vec<u8>, id: uuid::Uuid) {
        into.clear();
        into.extend_from_slice(&self.bytes);
        id.hyphenated().encode_lower(&mut into[self.id_at..self.id_at + uuid::fmt::Hyphenated::LENGTH]);
    }
}

/// What became of the requests.
#[derive(Debug, Clone, Default)]
pub struct Outcome {
    pub by_status: BTreeMap<u16, u64>,
    /// Connections that broke.
    pub broken: u64,
    pub seconds: f64,
    /// Median and 99th percentile of the time from request to answer, ms.
    pub p50_ms: f64,
    pub p99_ms: f64,
}

impl Outcome {
    pub fn answered(&self, status: u16) -> u64 {
        self.by_status.get(&status).copied().unwrap_or(0)
    }
}

/// Sends for `time`. The templates are gone through in turn, by all connections together.
pub async fn flood(
    address: SocketAddr,
    templates: Arc<Vec<Template>>,
    connections: usize,
    time: Duration,
) -> Result<Outcome> {
    let next = Arc::new(AtomicU64::new(0));
    let began = Instant::now();
    let tasks: Vec<_> = (0..connections)
        .map(|_| tokio::spawn(one(address, Arc::clone(&templates), Arc::clone(&next), began + time)))
        .collect();
    let mut all = Outcome::default();
    let mut took = Vec::new();
    for task in tasks {
        let (outcome, mine) = task.await?;
        for (status, count) in outcome.by_status {
            *all.by_status.entry(status).or_default() += count;
        }
        all.broken += outcome.broken;
        took.extend(mine);
    }
    all.seconds = began.elapsed().as_secs_f64();
    took.sort_unstable();
    let quantile =
        |q: f64| took.get(((took.len() as f64 - 1.0) * q) as usize).map_or(f64::NAN, |micros| f64::from(*micros) / 1e3);
    all.p50_ms = quantile(0.5);
    all.p99_ms = quantile(0.99);
    Ok(all)
}

/// One connection's work, with the time of each request in µs.
async fn one(
    address: SocketAddr,
    templates: Arc<Vec<Template>>,
    next: Arc<AtomicU64>,
    until: Instant,
) -> (Outcome, Vec<u32>) {
    let mut outcome = Outcome::default();
    let mut took = Vec::new();
    let mut request = Vec::with_capacity(2 << 10);
    let mut connection = None;
    while Instant::now() < until {
        let mut open = match connection.take() {
            Some(open) => open,
            None => match Connection::open(address).await {
                Ok(open) => open,
                Err(_) => {
                    outcome.broken += 1;
                    tokio::time::sleep(Duration::from_millis(10)).await;
                    continue;
                }
            },
        };
        let nr = next.fetch_add(1, Ordering::Relaxed);
        let Some(template) = templates.get((nr % templates.len() as u64) as usize) else { break };
        template.renew(&mut request, id(nr));
        let began = Instant::now();
        match open.send(&request).await {
            Ok(answer) => {
                took.push(u32::try_from(began.elapsed().as_micros()).unwrap_or(u32::MAX));
                *outcome.by_status.entry(answer.status).or_default() += 1;
                if !open.is_closing() {
                    connection = Some(open);
                }
            }
            Err(_) => outcome.broken += 1,
        }
    }
    (outcome, took)
}

/// Version 7, of now; unlike any other of this process.
fn id(nr: u64) -> uuid::Uuid {
    let mut rest = [0u8; 10];
    rest[2..].copy_from_slice(&(nr.wrapping_mul(0x9e37_79b9_7f4a_7c15)).to_be_bytes());
    uuid::Builder::from_unix_timestamp_millis(u64::try_from(Utc::now().timestamp_millis()).unwrap_or_default(), &rest)
        .into_uuid()
}
