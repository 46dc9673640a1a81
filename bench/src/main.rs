//! `bench`: measures PerfAlly against references of the same run.

use std::{net::SocketAddr, path::PathBuf, process::ExitCode};

use bench::{
    Result,
    benchmarks::{NAMES, Run, load::load, run},
    history, naive, subject,
};
use clap::Parser;
use domain::ProjectId;

/// Benchmarks of PerfAlly, each as a ratio against a reference of the same run.
///
/// Without a name, all of them. `quick` runs small forms in under two minutes. `load` fills a project of a database
/// with page views.
#[derive(Debug, Parser)]
#[command(name = "bench", after_help = format!("There are: {}.", NAMES.join(", ")))]
struct Arguments {
    /// quick, or which benchmarks, or load
    names: Vec<String>,
    /// The `perfally` to measure; the newest of the target folder otherwise
    #[arg(long)]
    binary: Option<PathBuf>,
    /// Connections that send at once
    #[arg(long, default_value_t = 128)]
    connections: usize,
    /// Page views of the largest project, or those that `load` adds
    #[arg(long, default_value_t = 10_000_000)]
    rows: usize,
    /// The project that `load` fills
    #[arg(long)]
    project: Option<ProjectId>,
    /// The database of that project
    #[arg(long, env = "DATABASE_URL", hide_env_values = true)]
    database: Option<String>,
    /// The file that results are appended to
    #[arg(long)]
    history: Option<PathBuf>,
    /// Where the naive baseline listens: for ourselves
    #[arg(long, hide = true)]
    listen: Option<SocketAddr>,
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
    let names: Vec<&str> = arguments.names.iter().map(String::as_str).collect();
    let database = || arguments.database.as_deref().ok_or("--database, or DATABASE_URL, must name the database");
    match (&names[..], arguments.listen, arguments.project) {
        (["naive"], Some(listen), _) => return naive::serve(listen, database()?).await,
        (["load"], _, Some(project)) => return load(database()?, project, arguments.rows).await,
        (["load"], ..) => return Err("--project must name the project".into()),
        _ => {}
    }
    let quick = names.contains(&"quick");
    let mut names: Vec<&str> = names.into_iter().filter(|name| *name != "quick").collect();
    if names.is_empty() {
        names = NAMES.to_vec();
    }
    let how = Run {
        binary: arguments.binary.map_or_else(subject::newest_binary, Ok)?,
        history: arguments.history.unwrap_or_else(history::file),
        quick,
        connections: arguments.connections,
        rows: arguments.rows,
        stock: std::sync::Arc::default(),
    };
    for name in names {
        run(name, &how).await?;
    }
    Ok(())
}
