//! The command line: what `perfally` can be told to do.

use std::{ffi::OsString, fmt::Display, io::Write as _, path::PathBuf, process::ExitCode};

use clap::{Parser, Subcommand};
use serde_json::Value;

use crate::{
    admin::{self, Admin},
    config::Config,
    embedded_postgres::with_postgres,
    serve, telemetry,
};

/// Real-user web performance monitoring in one program.
///
/// It is configured by the environment; `.env.example` lists every variable.
#[derive(Debug, Parser)]
#[command(name = "perfally", version, arg_required_else_help = true)]
pub struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run the server until SIGTERM or Ctrl-C
    Serve,
    /// Bring the database's schema up to date
    Migrate,
    /// Make the demo project and its data
    SeedDemo,
    /// Manage people, sites and plans; answers in JSON
    #[command(subcommand)]
    Admin(Admin),
    /// Run a command on a private PostgreSQL that is thrown away afterwards
    WithPostgres {
        /// Give up durability for speed: for tests
        #[arg(long)]
        fast: bool,
        /// The command; it finds the database in DATABASE_URL
        #[arg(required = true, last = true, value_name = "COMMAND")]
        command: Vec<OsString>,
    },
}

/// Does what the arguments say.
pub async fn run(arguments: Arguments) -> ExitCode {
    match arguments.command {
        Command::Serve => {
            telemetry::start_log();
            match Config::from_environment() {
                Ok(config) => match serve::serve(config).await {
                    Ok(()) => ExitCode::SUCCESS,
                    Err(failure) => failed(failure),
                },
                Err(faults) => failed(serve::Failure::from(faults)),
            }
        }
        Command::Migrate => answer(async |config| admin::migrate(config).await).await,
        Command::SeedDemo => answer(async |config| admin::seed_demo(config).await).await,
        Command::Admin(command) => answer(async |config| admin::run(config, command).await).await,
        Command::WithPostgres { fast, command } => {
            let named = std::env::var_os("PERFALLY_POSTGRES_BIN").map(PathBuf::from);
            match with_postgres(named.as_deref(), fast, &command).await {
                Ok(code) => ExitCode::from(u8::try_from(code).unwrap_or(1)),
                Err(error) => failed(error),
            }
        }
    }
}

/// Runs an operator's command; its answer alone goes to standard output.
async fn answer(command: impl AsyncFnOnce(Config) -> Result<Value, admin::Refused>) -> ExitCode {
    telemetry::start_quiet_log();
    let config = match Config::from_environment() {
        Ok(config) => config,
        Err(faults) => return failed(serve::Failure::from(faults)),
    };
    match command(config).await {
        Ok(value) => match writeln!(std::io::stdout(), "{value}") {
            Ok(()) => ExitCode::SUCCESS,
            Err(_) => ExitCode::FAILURE,
        },
        Err(refused) => failed(refused),
    }
}

fn failed(words: impl Display) -> ExitCode {
    eprintln!("perfally: {words}");
    ExitCode::FAILURE
}
