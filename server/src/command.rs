//! The command line: what `perfally` can be told to do.

use std::{ffi::OsString, path::PathBuf, process::ExitCode};

use clap::{Parser, Subcommand};

use crate::embedded_postgres::with_postgres;

/// Real-user web performance monitoring in one program.
#[derive(Debug, Parser)]
#[command(name = "perfally", version, arg_required_else_help = true)]
pub struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
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
        Command::WithPostgres { fast, command } => {
            let named = std::env::var_os("PERFALLY_POSTGRES_BIN").map(PathBuf::from);
            match with_postgres(named.as_deref(), fast, &command).await {
                Ok(code) => ExitCode::from(u8::try_from(code).unwrap_or(1)),
                Err(error) => {
                    eprintln!("perfally: {error}");
                    ExitCode::FAILURE
                }
            }
        }
    }
}
