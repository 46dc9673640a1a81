//! The pool of connections, and the migrations.

use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};
use sqlx::{
    ConnectOptions as _, Executor, PgPool,
    postgres::{PgConnectOptions, PgPoolOptions},
};

use crate::Result;

/// The schema, in order, compiled into the binary.
pub static MIGRATIONS: sqlx::migrate::Migrator = sqlx::migrate!("../migrations");

/// How a pool is opened.
#[derive(Debug, Clone)]
pub struct DbConfig {
    /// `DATABASE_URL`.
    pub url: SecretString,
    pub max_connections: u32,
}

/// A statement that takes longer goes into the log.
const SLOW: Duration = Duration::from_millis(100);

/// Options that every connection has, the collector's own included.
pub fn connect_options(config: &DbConfig) -> Result<PgConnectOptions> {
    let options: PgConnectOptions = config.url.expose_secret().parse()?;
    let options = options.log_slow_statements("warn".parse().map_err(crate::Error::internal)?, SLOW);
    Ok(options.application_name("perfally").options([
        ("statement_timeout", "10s"),
        ("lock_timeout", "5s"),
        // A transaction whose owner vanished must not hold its locks.
        ("idle_in_transaction_session_timeout", "10s"),
        ("timezone", "UTC"),
    ]))
}

/// Opens a pool lazily: the process starts, and says so, while the database is still away.
pub fn pool(config: &DbConfig) -> Result<PgPool> {
    Ok(PgPoolOptions::new()
        .max_connections(config.max_connections)
        .acquire_timeout(Duration::from_secs(2))
        .idle_timeout(Duration::from_secs(300))
        .after_release(|connection, _| {
            Box::pin(async move {
                // sqlx returns a connection whose `begin` was cancelled inside an open
                // transaction; the next borrower's writes would vanish with it.
                // `begin` first, so that the usual case draws no warning into the database's log.
                connection.execute("begin; rollback").await?;
                Ok(true)
            })
        })
        .connect_lazy_with(connect_options(config)?))
}

/// Brings the schema up to date; safe on several replicas at once (an advisory lock).
pub async fn migrate(pool: &PgPool) -> Result<()> {
    MIGRATIONS.run(pool).await.map_err(|error| match error {
        sqlx::migrate::MigrateError::Execute(error) => error.into(),
        other => crate::Error::internal(other),
    })
}

/// Whether the database answers; for `/readyz`.
pub async fn ping(pool: &PgPool) -> Result<()> {
    pool.execute("select 1").await?;
    Ok(())
}
