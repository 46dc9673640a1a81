//! One benchmark a file. What is not built yet is listed in [`NOT_BUILT`], and not faked.

mod beacon;
mod ingest;
mod load;
mod query_exact;
mod query_growth;
mod sketch;

use std::path::PathBuf;

pub use load::{Filled, engine, fill};

use crate::Result;

/// How a benchmark is run.
#[derive(Debug, Clone)]
pub struct Run {
    /// `perfally` to measure.
    pub binary: PathBuf,
    /// Where the line of JSON goes.
    pub history: PathBuf,
    /// Under two minutes for all together: fewer, shorter, smaller.
    pub quick: bool,
    /// Connections of the closed loop.
    pub connections: usize,
}

impl Run {
    /// Pairs of reference and subject.
    const fn pairs(&self) -> usize {
        if self.quick { 5 } else { 9 }
    }

    /// `release` or `debug`, as the path of the binary tells.
    fn profile(&self) -> &'static str {
        match self.binary.parent().and_then(|folder| folder.file_name()).and_then(|name| name.to_str()) {
            Some("debug") => "debug: figures mean nothing",
            _ => "release",
        }
    }
}

/// What [`run`] knows, in the order of a whole run.
pub const NAMES: [&str; 5] = ["beacon", "sketch", "ingest", "query-growth", "query-exact"];

/// Wanted, and not built yet.
pub const NOT_BUILT: [&str; 7] =
    ["ingest-copy", "ingest-cost against raw COPY", "ingest-flat", "page", "payload", "own-lighthouse", "footprint"];

pub async fn run(name: &str, run: &Run) -> Result<()> {
    match name {
        "beacon" => beacon::run(run),
        "sketch" => sketch::run(run),
        "ingest" => ingest::run(run).await,
        "query-growth" => query_growth::run(run).await,
        "query-exact" => query_exact::run(run).await,
        other => Err(format!("There is no benchmark {other}. There are: {}.", NAMES.join(", ")).into()),
    }
}
