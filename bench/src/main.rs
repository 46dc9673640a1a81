//! `bench`: measures PerfAlly against references of the same run.

use std::{path::PathBuf, process::ExitCode};

use bench::{
    Result,
    benchmarks::{NAMES, NOT_BUILT, Run, run},
    history, subject,
};
use clap::Parser;

/// Benchmarks of PerfAlly, each as a ratio against a reference of the same run.
///
/// Without a name, all of them. `quick` runs small forms of all in under two minutes.
#[derive(Debug, Parser)]
#[command(name = "bench", after_help = format!("There are: {}.\nNot built yet: {}.", NAMES.join(", "), NOT_BUILT.join(", ")))]
struct Arguments {
    /// quick, or which benchmarks
    names: Vec<String>,
    /// The `perfally` to measure; the newest of the target folder otherwise
    #[arg(long)]
    binary: Option<PathBuf>,
    /// Connections that send at once
    #[arg(long, default_value_t = 128)]
    connections: usize,
    /// The file that results are appended to
    #[arg(long)]
    history: Option<PathBuf>,
}

#[tokio::main]
async fn main() -> ExitCode {
    match all(Arguments::parse()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("bench: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn all(arguments: Arguments) -> Result<()> {
    let quick = arguments.names.iter().any(|name| name == "quick");
    let mut names: Vec<&str> = arguments.names.iter().map(String::as_str).filter(|name| *name != "quick").collect();
    if names.is_empty() {
        names = NAMES.to_vec();
    }
    let how = Run {
        binary: arguments.binary.map_or_else(subject::newest_binary, Ok)?,
        history: arguments.history.unwrap_or_else(history::file),
        quick,
        connections: arguments.connections,
    };
    for name in names {
        run(name, &how).await?;
    }
    Ok(())
}
