//! `ingest`: single beacons that are durable when answered, per CPU second of the server and its
//! PostgreSQL, against nginx that answers 204 to the same bytes.

use std::{sync::Arc, time::Duration};

use chrono::Utc;
use sqlx::PgPool;

use super::Run;
use crate::{
    Result,
    flood::{self, Template},
    generator::{Generator, Mix, Site},
    history::Report,
    nginx::Nginx,
    processes,
    subject::Subject,
};

const PROJECTS: usize = 8;
/// Distinct bodies; ids are renewed with every request.
const TEMPLATES: usize = 20_000;

pub async fn run(run: &Run) -> Result<()> {
    let mut report = Report::begin("ingest");
    let Some(nginx) = Nginx::start()? else {
        report.note("skipped", "nginx is not installed, and without a reference the figure means nothing (Debian, Ubuntu: apt-get install nginx-light)");
        return report.end(&run.history, run.profile());
    };
    let subject = Subject::start_new(&run.binary).await?;
    let sites: Vec<Site> = subject.add_projects(PROJECTS)?.into_iter().map(|project| project.site).collect();
    report.figure("fdatasync", processes::fdatasync_ms(subject.data())?, "ms", "");
    report.figure("connections", run.connections as f64, "", "");

    let beacons: Vec<_> = Generator::new(1, sites, Mix::CLEAN).beacons(Utc::now()).take(TEMPLATES).collect();
    let templates =
        |address| Arc::new(beacons.iter().filter_map(|beacon| Template::new(address, beacon)).collect::<Vec<_>>());
    let (ours, theirs) = (templates(subject.address()), templates(nginx.address()));
    report.figure(
        "body",
        beacons.iter().map(|beacon| beacon.body.len()).sum::<usize>() as f64 / beacons.len() as f64,
        "B",
        "",
    );
    let time = Duration::from_secs(if run.quick { 2 } else { 10 });

    // The first seconds make partitions and fill caches.
    let warm = flood::flood(subject.address(), Arc::clone(&ours), run.connections, Duration::from_secs(1)).await?;
    let database = PgPool::connect(&subject.database_url()?).await?;
    let wal_before = wal(&database).await?;
    let (mut accepted, mut others) = (0, 0);
    let (mut ratios, mut durable, mut reference, mut walls, mut p99) =
        (Vec::new(), Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for _ in 0..run.pairs() {
        let before = nginx.cpu_seconds();
        let outcome = flood::flood(nginx.address(), Arc::clone(&theirs), run.connections, time).await?;
        let theirs_per_second = outcome.answered(204) as f64 / (nginx.cpu_seconds() - before);

        let before = subject.cpu_seconds();
        let outcome = flood::flood(subject.address(), Arc::clone(&ours), run.connections, time).await?;
        let taken = outcome.answered(202);
        let ours_per_second = taken as f64 / (subject.cpu_seconds() - before);
        accepted += taken;
        others += outcome.broken
            + outcome.by_status.iter().filter(|(status, _)| **status != 202).map(|(_, count)| count).sum::<u64>();

        ratios.push(ours_per_second / theirs_per_second);
        durable.push(ours_per_second);
        reference.push(theirs_per_second);
        walls.push(taken as f64 / outcome.seconds);
        p99.push(outcome.p99_ms);
    }
    let wal_bytes = wal(&database).await? - wal_before;
    let warm_taken = warm.answered(202);
    let stored: i64 = sqlx::query_scalar("select count(*) from page_views").fetch_one(&database).await?;
    // What was answered otherwise may be stored all the same; what was answered 202 must be.
    let stored = u64::try_from(stored)?;
    if stored < accepted + warm_taken {
        return Err(format!("{} beacons were acknowledged, and {stored} are stored", accepted + warm_taken).into());
    }
    let size: i64 = sqlx::query_scalar(
        "select (select coalesce(sum(pg_total_relation_size(relid)), 0) from pg_partition_tree('page_views'))::bigint
              + pg_total_relation_size('page_view_sketches')",
    )
    .fetch_one(&database)
    .await?;

    report.spread("ratio", &ratios, "", "≥ 0.35");
    report.spread("durable beacons per CPU second", &durable, "/s", "");
    report.spread("nginx, answers per CPU second", &reference, "/s", "");
    report.spread("durable beacons a second of wall time", &walls, "/s", "");
    report.spread("p99 of an answer", &p99, "ms", "");
    report.figure("acknowledged", (accepted + warm_taken) as f64, "", "");
    report.figure("stored", stored as f64, "", "");
    report.figure("not acknowledged", others as f64, "", "0");
    report.figure("WAL a page view", wal_bytes / accepted.max(1) as f64, "B", "");
    report.figure(
        "stored bytes a page view, with sketches and indexes",
        size as f64 / stored.max(1) as f64,
        "B",
        "≤ 150 B",
    );
    if let Some(mib) = subject.pid().and_then(processes::resident_mib) {
        report.figure("resident memory of the server", mib, "MiB", "≤ 150 MiB");
    }
    report.end(&run.history, run.profile())
}

/// Bytes of WAL written so far.
async fn wal(database: &PgPool) -> Result<f64> {
    Ok(sqlx::query_scalar("select pg_wal_lsn_diff(pg_current_wal_lsn(), '0/0')::float8").fetch_one(database).await?)
}
