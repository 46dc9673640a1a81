//! One benchmark a file.

mod beacon;
mod footprint;
mod ingest;
mod ingest_copy;
mod ingest_cost;
mod ingest_flat;
pub mod load;
mod own_lighthouse;
mod page;
mod payload;
mod query_exact;
mod query_growth;
mod retention;
mod sketch;

use std::{path::PathBuf, sync::Arc};

pub use load::engine;
use tokio::sync::{MappedMutexGuard, Mutex, MutexGuard};

use crate::{Result, stock::Stock};

/// How a benchmark is run.
#[derive(Clone)]
pub struct Run {
    /// `perfally` to measure.
    pub binary: PathBuf,
    /// Where the line of JSON goes.
    pub history: PathBuf,
    /// Under two minutes for all together: fewer, shorter, smaller.
    pub quick: bool,
    /// Connections of the closed loop.
    pub connections: usize,
    /// Page views of the largest project.
    pub rows: usize,
    pub stock: Arc<Mutex<Option<Stock>>>,
}

impl Run {
    /// Pairs of reference and subject. A whole run's are longer, not more.
    const PAIRS: usize = 5;

    /// The projects that benchmarks of one run share.
    async fn stock(&self) -> Result<MappedMutexGuard<'_, Stock>> {
        let mut stock = self.stock.lock().await;
        if stock.is_none() {
            *stock = Some(Stock::open(&self.binary).await?);
        }
        MutexGuard::try_map(stock, Option::as_mut).map_err(|_| "the stock is gone".into())
    }

    /// `release` or `debug`, as the path of the binary tells.
    fn profile(&self) -> &'static str {
        let profile = self.binary.parent().and_then(|folder| folder.file_name()).and_then(|name| name.to_str());
        self.told(profile == Some("debug"))
    }

    /// The profile of what is measured in this process.
    const fn profile_of_this(&self) -> &'static str {
        self.told(cfg!(debug_assertions))
    }

    const fn told(&self, is_debug: bool) -> &'static str {
        match (is_debug, self.quick) {
            (true, _) => "debug: figures mean nothing",
            (false, true) => "release, quick form",
            (false, false) => "release",
        }
    }
}

/// What [`run`] knows, in the order of a whole run: what writes into the shared projects comes last.
pub const NAMES: [&str; 13] = [
    "beacon",
    "sketch",
    "payload",
    "footprint",
    "ingest",
    "ingest-copy",
    "ingest-cost",
    "retention",
    "query-growth",
    "query-exact",
    "page",
    "own-lighthouse",
    "ingest-flat",
];

pub async fn run(name: &str, run: &Run) -> Result<()> {
    match name {
        "beacon" => beacon::run(run),
        "sketch" => sketch::run(run),
        "payload" => payload::run(run).await,
        "footprint" => footprint::run(run).await,
        "ingest" => ingest::run(run).await,
        "ingest-copy" => ingest_copy::run(run).await,
        "ingest-cost" => ingest_cost::run(run).await,
        "ingest-flat" => ingest_flat::run(run).await,
        "retention" => retention::run(run).await,
        "query-growth" => query_growth::run(run).await,
        "query-exact" => query_exact::run(run).await,
        "page" => page::run(run).await,
        "own-lighthouse" => own_lighthouse::run(run).await,
        other => Err(format!("There is no benchmark {other}. There are: {}.", NAMES.join(", ")).into()),
    }
}
