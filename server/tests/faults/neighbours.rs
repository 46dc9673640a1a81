//! One tenant that sends fifty times its share, and another that sends as ever.

use std::{sync::Arc, time::Duration};

use bench::{
    flood::{Template, flood, pace},
    folder::Folder,
    generator::{Generator, Mix},
    subject::{Project, Subject},
};
use chrono::Utc;
use rustix::process::Signal;
use sqlx::PgPool;

use crate::{Result, at_length, binary, outage::BACK, postgres::Postgres};

/// Page views a second of a tenant as ever: an unoptimised server can do fifty times that, too.
const SHARE: f64 = 10.0;
const TIMES: f64 = 50.0;

fn templates(subject: &Subject, project: &Project, seed: u64) -> Arc<Vec<Template>> {
    let mut generator = Generator::new(seed, vec![project.site.clone()], Mix::CLEAN);
    let beacons = generator.beacons(Utc::now()).take(512);
    Arc::new(beacons.filter_map(|beacon| Template::new(subject.address(), &beacon)).collect())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tenant_at_fifty_times_its_share_does_not_hold_up_another() -> Result<()> {
    let mut subject = Subject::new(&binary())?;
    subject.begin().await?;
    let (loud, quiet) = (subject.add_project("loud")?, subject.add_project("quiet")?);
    let (loud, quiet) = (templates(&subject, &loud, 71), templates(&subject, &quiet, 72));
    let time = at_length(Duration::from_secs(8), Duration::from_secs(60));
    let judges_times = at_length(false, true);
    let address = subject.address();
    let as_ever = async || pace(address, Arc::clone(&quiet), 16, time, SHARE).await;

    let alone = as_ever().await?;
    let noise = tokio::spawn(pace(address, Arc::clone(&loud), 256, time, TIMES * SHARE));
    let (beside_loud, noise) = (as_ever().await?, noise.await??);
    let flooding = tokio::spawn(flood(address, Arc::clone(&loud), 1_500, time));
    let (beside_flood, flood) = (as_ever().await?, flooding.await??);
    for (what, outcome) in [
        ("alone", &alone),
        ("beside fifty times as much", &beside_loud),
        ("beside a flood", &beside_flood),
        ("(fifty times as much)", &noise),
        ("(the flood)", &flood),
    ] {
        eprintln!(
            "{what}: p50 {:.0} ms, p99 {:.0} ms, {:.0}/s accepted, {:?}",
            outcome.p50_ms,
            outcome.p99_ms,
            outcome.rate(202),
            outcome.by_status
        );
    }
    assert_eq!(beside_loud.answered(202), beside_loud.all(), "{:?}", beside_loud.by_status);
    // More than the server can do at all takes turns from everybody, and who is refused is told to come again.
    assert!(beside_flood.by_status.keys().all(|status| matches!(status, 202 | 429)), "{:?}", beside_flood.by_status);
    // Times mean something only where nothing else runs: there, most of a quiet tenant's turns are left beside a flood,
    // and its slowest hundredth is what it was, but for what a busy machine moves by itself.
    if judges_times {
        let bound = (4.0 * alone.p99_ms).max(100.0);
        assert!(beside_loud.p99_ms < bound, "p99 went from {:.0} to {:.0} ms", alone.p99_ms, beside_loud.p99_ms);
        assert!(beside_flood.answered(202) * 4 > beside_flood.all() * 3, "{:?}", beside_flood.by_status);
        assert!(beside_flood.p99_ms < 1_500.0, "{:.0} ms beside a flood", beside_flood.p99_ms);
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tenant_that_fills_the_spool_leaves_room_in_it_for_another() -> Result<()> {
    let postgres = Postgres::start_new(Folder::new("neighbours")?).await?;
    let mut subject = Subject::new(&binary())?.on_database(&postgres.url()).with("PERFALLY_SPOOL_MIB", "4");
    subject.begin().await?;
    let address = subject.address();
    let projects = [subject.add_project("loud")?, subject.add_project("quiet")?];
    let [loud, quiet] = [0, 1].map(|nr| templates(&subject, &projects[nr], 73 + nr as u64));
    // Without the database, who may send is what the server remembers.
    let mut accepted = [0, 0];
    for (nr, templates) in [&loud, &quiet].into_iter().enumerate() {
        accepted[nr] += pace(address, Arc::clone(templates), 1, Duration::from_secs(1), 5.0).await?.answered(202);
    }
    postgres.all(Signal::STOP)?;
    let time = Duration::from_secs(12);
    let flooding = tokio::spawn(flood(address, Arc::clone(&loud), 64, time));
    // Until the spool is as full as one tenant can make it.
    tokio::time::sleep(time / 2).await;
    let beside = pace(address, Arc::clone(&quiet), 4, time / 3, 2.0 * SHARE).await?;
    let flooded = flooding.await??;
    eprintln!("quiet: {:?}; loud: {:?}; {:?} on disk", beside.by_status, flooded.by_status, subject.spooled().await);
    postgres.all(Signal::CONT)?;
    assert_eq!(beside.answered(202), beside.all(), "{:?}", beside.by_status);
    assert!(flooded.answered(202) > 0 && flooded.answered(429) > 0, "{:?}", flooded.by_status);
    accepted[0] += flooded.answered(202);
    accepted[1] += beside.answered(202);
    subject.settled(BACK).await?;
    let database = PgPool::connect(&postgres.url()).await?;
    for (project, accepted) in projects.iter().zip(accepted) {
        let stored: i64 = sqlx::query_scalar("select count(*) from page_views where project_id = $1")
            .bind(project.id)
            .fetch_one(&database)
            .await?;
        assert!(stored as u64 >= accepted, "{accepted} accepted, {stored} stored");
    }
    Ok(())
}
