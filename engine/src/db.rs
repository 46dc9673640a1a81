//! The pool of connections, and the migrations.

use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};
use sqlx::{
    ConnectOptions as _, Connection as _, Executor, PgPool,
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

/// For how long a connection that was given back counts as alive unasked: less than a database takes to start again.
const FRESH: Duration = Duration::from_millis(100);

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
        // A page borrows a connection some dozen times. One that was just given back lives, or nothing does.
        .test_before_acquire(false)
        .before_acquire(|connection, lent| {
            Box::pin(async move { Ok(lent.idle_for < FRESH || connection.ping().await.is_ok()) })
        })
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fakes::World;

    #[sqlx::test(migrator = "MIGRATIONS")]
    async fn what_is_written_after_a_cancelled_begin_is_kept(db: PgPool) {
        // Few meet the moment in which the database has begun, and nobody has heard of it.
        const CANCELLED: u32 = 600;
        let world = World::new(db.clone());
        let pool = pool(&DbConfig { max_connections: 1, ..world.engine.config.db.clone() }).unwrap();
        sqlx::query("create table probe (nr bigint primary key)").execute(&db).await.unwrap();
        let (mut cancelled, mut nr) = (0, 0_i64);
        while cancelled < CANCELLED {
            // A client hangs up somewhere between asking for the connection and hearing that its transaction began:
            // after so many looks at the network, because a clock is too coarse for that.
            let looks = async {
                for _ in 0..nr % 100 * 2 {
                    tokio::task::yield_now().await;
                }
            };
            tokio::select! {
                biased;
                begun = pool.begin() => drop(begun.unwrap()),
                () = looks => cancelled += 1,
            }
            // Told is what is true: one statement of its own, acknowledged.
            sqlx::query("insert into probe values ($1)").bind(nr).execute(&pool).await.unwrap();
            nr += 1;
            assert!(nr < 100_000, "{cancelled} of {nr} were cancelled");
        }
        pool.close().await;
        let kept: i64 = sqlx::query_scalar("select count(*) from probe").fetch_one(&db).await.unwrap();
        assert_eq!(kept, nr);
        // Nothing is left open that would hold its locks.
        let mut other = sqlx::PgConnection::connect_with(&db.connect_options()).await.unwrap();
        sqlx::query("lock table probe in access exclusive mode nowait")
            .execute(&mut *other.begin().await.unwrap())
            .await
            .unwrap();
    }

    /// On one node, whatever is distributed.
    const ON_ONE_NODE: [&str; 11] = [
        "_sqlx_migrations",
        "beacon_writers",
        "job_slots",
        "jobs",
        "mail_tokens",
        "projects",
        "retention_clock",
        "sessions",
        "teams",
        "throttle_hits",
        "users",
    ];
    /// What grows with visits, by project.
    const DISTRIBUTED: [&str; 10] = [
        "beacon_arrivals",
        "beacon_outcomes",
        "page_view_deltas",
        "page_view_folds",
        "page_view_keys",
        "page_view_roll_ups",
        "page_view_skews",
        "page_view_sketches",
        "page_views",
        "refused_origins",
    ];

    #[sqlx::test(migrator = "MIGRATIONS")]
    async fn every_unique_constraint_of_a_tenant_s_table_holds_its_tenant(db: PgPool) {
        let uniques: Vec<(String, String, Vec<String>)> = sqlx::query_as(
            "select relation.relname::text, key.relname::text,
                    array(select attname::text from pg_attribute where attrelid = key.oid order by attnum)
             from pg_index join pg_class relation on relation.oid = indrelid join pg_class key on key.oid = indexrelid
             where indisunique and relation.relnamespace = 'public'::regnamespace and not relation.relispartition",
        )
        .fetch_all(&db)
        .await
        .unwrap();
        let of_tenants: Vec<_> = uniques.iter().filter(|(table, ..)| !ON_ONE_NODE.contains(&table.as_str())).collect();
        assert!(of_tenants.len() > 12, "{of_tenants:?}");
        for (table, key, columns) in of_tenants {
            let tenant =
                if DISTRIBUTED.contains(&table.as_str()) { &["project_id"][..] } else { &["project_id", "team_id"] };
            assert!(columns.iter().any(|column| tenant.contains(&column.as_str())), "{key} of {table} has {columns:?}");
        }
    }

    #[sqlx::test(migrator = "MIGRATIONS")]
    async fn what_grows_with_visits_refers_to_nothing_on_another_node(db: PgPool) {
        let foreign: Vec<(String, String)> = sqlx::query_as(
            "select conrelid::regclass::text, pg_get_constraintdef(oid) from pg_constraint
             where contype = 'f' and conrelid::regclass::text = any($1)",
        )
        .bind(DISTRIBUTED.map(str::to_owned).to_vec())
        .fetch_all(&db)
        .await
        .unwrap();
        assert_eq!(foreign, []);
    }
}
