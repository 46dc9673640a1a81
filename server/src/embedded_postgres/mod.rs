//! A PostgreSQL of our own, for whoever has none: from the system's programs, in the data
//! folder, started and stopped with us, started again when it dies.
//!
//! Other people on the machine cannot use it: it listens on 127.0.0.1, and on a socket in its folder, which they cannot
//! enter, and asks for a password, which stands in `postgres.url` in the data folder, for us alone to read.

mod cluster;
mod programs;
mod supervise;
mod throw_away;

use std::path::PathBuf;

pub use cluster::{Cluster, Purpose};
pub use programs::{Account, Programs};
pub use supervise::EmbeddedPostgres;
pub use throw_away::with_postgres;

/// Why there is no PostgreSQL of our own; whole sentences, for the operator.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error(
        "There is no PostgreSQL here: neither PATH nor /usr/lib/postgresql has its programs initdb and postgres. \
         Install them (Debian, Ubuntu: apt-get install postgresql), name their folder in PERFALLY_POSTGRES_BIN, or \
         give the address of a server in DATABASE_URL."
    )]
    NoPrograms { named: Option<PathBuf> },
    #[error(
        "PostgreSQL {found} is too old. Install version {oldest} or newer, or give the address of a server in DATABASE_URL."
    )]
    TooOld { found: u32, oldest: u32 },
    #[error(
        "The data was written by PostgreSQL {wanted}, and its programs are not here{}. Install postgresql-{wanted}, or \
         move the data to a newer version with pg_upgrade.",
        found.map(|found| format!(" (only version {found})")).unwrap_or_default()
    )]
    OtherVersion { wanted: u32, found: Option<u32> },
    #[error(
        "PostgreSQL refuses to run as root, and /etc/passwd has neither a user postgres nor nobody. Start PerfAlly as another user, or give DATABASE_URL."
    )]
    NoAccount,
    #[error("The user {account} cannot enter {} and its PostgreSQL could not be put into /var/lib/perfally either. Choose another folder in PERFALLY_DATA.", folder.display())]
    NoEntry { account: String, folder: PathBuf },
    #[error("Another PerfAlly is using {}. Stop it first, or choose another folder in PERFALLY_DATA.", folder.display())]
    InUse { folder: PathBuf },
    #[error("{} is missing or cannot be read, and with it the password of the database. Put it back from a backup.", file.display())]
    Damaged { file: PathBuf },
    #[error("PostgreSQL's initdb failed:\n{output}")]
    InitDb { output: String },
    #[error("PostgreSQL did not start:\n{log}")]
    DidNotStart { log: String },
    #[error("{doing}: {source}")]
    Io { doing: String, source: std::io::Error },
}

fn io(doing: impl Into<String>) -> impl FnOnce(std::io::Error) -> Error {
    let doing = doing.into();
    move |source| Error::Io { doing, source }
}
