//! More than the server can do: it goes on doing what it can, says at once what it cannot, and does not grow.

use std::{sync::Arc, time::Duration};

use bench::{
    flood::{Template, flood, pace},
    generator::{Generator, Mix},
    processes,
    subject::{Project, Subject},
};
use chrono::Utc;
use sqlx::PgPool;

use crate::{Result, at_length, binary};

/// How much more is asked than the server can do.
const TIMES: f64 = 5.0;
/// Clients at once; each waits for its answer.
const CLIENTS: usize = 2_500;
/// Resident memory at most, MiB.
const MEMORY: f64 = 512.0;

pub fn templates(subject: &Subject, projects: &[Project], seed: u64) -> Arc<Vec<Template>> {
    let sites = projects.iter().map(|project| project.site.clone()).collect();
    let mut generator = Generator::new(seed, sites, Mix::CLEAN);
    let beacons = generator.beacons(Utc::now()).take(512);
    Arc::new(beacons.filter_map(|beacon| Template::new(subject.address(), &beacon)).collect())
}

#[tokio::test(flavor = "multi_thread")]
async fn five_times_what_the_server_can_do_leaves_it_doing_what_it_can() -> Result<()> {
    // Waiting is measured here, not the disk on which beacons wait while the database is slow.
    let mut subject = Subject::new(&binary())?.with("PERFALLY_SPOOL", "off");
    subject.begin().await?;
    let projects = subject.add_projects(5)?;
    let templates = templates(&subject, &projects, 61);
    let time = at_length(Duration::from_secs(5), Duration::from_secs(30));
    let send = |clients, time| flood(subject.address(), Arc::clone(&templates), clients, time);

    // As many clients as the server can do with, and no more: it is busy, and nobody waits for long.
    send(256, Duration::from_secs(2)).await?;
    let can = send(256, time).await?;
    let rate = can.rate(202);
    let over = pace(subject.address(), Arc::clone(&templates), CLIENTS, time, TIMES * rate).await?;
    let pid = subject.pid().ok_or("the server does not run")?;
    let memory = processes::resident_mib(pid).ok_or("no memory is told")?;
    let asked = over.all() as f64 / over.seconds;
    eprintln!(
        "{rate:.0}/s in a closed loop; asked {asked:.0}/s: {:.0}/s accepted, p99 {:.0} ms, the slowest refusal after {:.0} ms, {memory:.0} MiB, {:?}, {} broken",
        over.rate(202),
        over.p99_ms,
        over.slowest_refusal_ms,
        over.by_status,
        over.broken
    );
    assert!(over.by_status.keys().all(|status| matches!(status, 202 | 429 | 503)), "{:?}", over.by_status);
    assert!(asked > rate * 1.5, "only {asked:.0}/s were asked: that is no overload");
    assert!(over.rate(202) >= 0.9 * rate, "{:.0}/s are left of {rate:.0}/s", over.rate(202));
    assert!(over.slowest_refusal_ms < 1_500.0, "a refusal took {:.0} ms", over.slowest_refusal_ms);
    assert!(memory < MEMORY, "{memory:.0} MiB");

    // And what was accepted is there.
    let accepted = can.answered(202) + over.answered(202);
    let database = PgPool::connect(&subject.database_url()?).await?;
    let stored: i64 = sqlx::query_scalar("select count(*) from page_views").fetch_one(&database).await?;
    assert!(u64::try_from(stored)? >= accepted, "{stored} of {accepted} are stored");
    Ok(())
}
