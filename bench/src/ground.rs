//! What the benchmarks of ingestion have in common: a server with some projects, requests of
//! realistic visits to them, and what the database says of itself.

use std::{net::SocketAddr, path::Path, sync::Arc};

use chrono::Utc;
use sqlx::PgPool;

use crate::{
    Result,
    flood::Template,
    generator::{Beacon, Generator, Mix, Site},
    subject::Subject,
};

const PROJECTS: usize = 8;
/// Distinct bodies; ids are renewed with every request.
const TEMPLATES: usize = 20_000;

pub struct Ground {
    pub subject: Subject,
    pub database: PgPool,
    pub beacons: Vec<Beacon>,
}

impl Ground {
    pub async fn prepare(binary: &Path) -> Result<Self> {
        // Its PostgreSQL serves our references too, and engines of this process.
        let mut subject = Subject::new(binary)?.with("DATABASE_MAX_CONNECTIONS", "64");
        subject.begin().await?;
        let sites = subject.add_projects(PROJECTS)?.into_iter().map(|project| project.site).collect();
        let database = PgPool::connect(&subject.database_url()?).await?;
        Ok(Self { subject, database, beacons: beacons(sites) })
    }

    /// The requests, to the server or to somebody else.
    pub fn templates(&self, address: SocketAddr) -> Arc<Vec<Template>> {
        templates(&self.beacons, address)
    }
}

pub fn beacons(sites: Vec<Site>) -> Vec<Beacon> {
    Generator::new(1, sites, Mix::CLEAN).beacons(Utc::now()).take(TEMPLATES).collect()
}

pub fn templates(beacons: &[Beacon], address: SocketAddr) -> Arc<Vec<Template>> {
    Arc::new(beacons.iter().filter_map(|beacon| Template::new(address, beacon)).collect())
}

/// Bytes of WAL written so far.
pub async fn wal(database: &PgPool) -> Result<f64> {
    Ok(sqlx::query_scalar("select pg_wal_lsn_diff(pg_current_wal_lsn(), '0/0')::float8").fetch_one(database).await?)
}

/// Bytes of page views, and of their sketches, on disk, indexes and all.
pub async fn stored_bytes(database: &PgPool) -> Result<(f64, f64)> {
    Ok(sqlx::query_as(
        "select (select coalesce(sum(pg_total_relation_size(relid)), 0) from pg_partition_tree('page_views'))::float8,
                pg_total_relation_size('page_view_sketches')::float8",
    )
    .fetch_one(database)
    .await?)
}

pub async fn stored_page_views(database: &PgPool) -> Result<u64> {
    let stored: i64 = sqlx::query_scalar("select count(*) from page_views").fetch_one(database).await?;
    Ok(u64::try_from(stored)?)
}
