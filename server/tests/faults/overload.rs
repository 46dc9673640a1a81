//! A crowd that sends more beacons than the server takes, and no spool to put them into: what it takes it goes on taking,
//! the rest is told at once to come again, and nothing that was acknowledged is lost.

use std::{sync::Arc, time::Duration};

use bench::{
    flood::{Template, crowd, flood},
    generator::{Generator, Mix},
    processes,
    subject::Subject,
};
use chrono::Utc;
use sqlx::PgPool;

use crate::{Result, at_length, binary};

/// Connections with a beacon under way each: as many as keep the server busy, and more than it can answer in the time
/// that a door waits.
const FIT: usize = 64;
const CROWD: usize = 4_000;

#[tokio::test(flavor = "multi_thread")]
async fn beacons_past_what_fits_are_refused_at_once_and_as_many_as_ever_are_stored() -> Result<()> {
    let mut subject = Subject::new(&binary())?.with("PERFALLY_SPOOL", "off");
    subject.begin().await?;
    let (pid, address) = (subject.pid().ok_or("no process")?, subject.address());
    let project = subject.add_project("shop")?;
    let mut generator = Generator::new(91, vec![project.site], Mix::CLEAN);
    let beacons = generator.beacons(Utc::now()).take(512);
    let templates: Arc<Vec<Template>> =
        Arc::new(beacons.filter_map(|beacon| Template::new(address, &beacon)).collect());
    let time = at_length(Duration::from_secs(8), Duration::from_secs(60));
    let judges_times = at_length(false, true);

    // A millisecond for each, on a machine of whatever speed: a database that is the narrowest place.
    let database = PgPool::connect(&subject.database_url()?).await?;
    sqlx::raw_sql(
        "create function dawdle() returns trigger language plpgsql as $$
         begin perform pg_sleep(0.001); return null; end $$;
         create trigger dawdle after insert on page_views for each row execute function dawdle();",
    )
    .execute(&database)
    .await?;

    let warm = flood(address, Arc::clone(&templates), FIT, Duration::from_secs(2)).await?;
    let fits = flood(address, Arc::clone(&templates), FIT, time).await?;
    let over = crowd(address, Arc::clone(&templates), CROWD, time).await?;
    let after = flood(address, Arc::clone(&templates), FIT, Duration::from_secs(2)).await?;
    for (what, outcome) in [("what fits", &fits), ("the crowd", &over), ("after it", &after)] {
        eprintln!(
            "{what}: {:.0}/s accepted of {:.0}/s, p50 {:.0} ms, p99 {:.0} ms, the slowest refusal {:.0} ms, {:?}, {} broken",
            outcome.rate(202),
            outcome.all() as f64 / outcome.seconds,
            outcome.p50_ms,
            outcome.p99_ms,
            outcome.slowest_refusal_ms,
            outcome.by_status,
            outcome.broken
        );
    }
    let (busy, late) = (over.answered(429), over.answered(503));
    assert_eq!(over.answered(202) + busy + late, over.all(), "{:?}", over.by_status);
    assert!(busy > 0, "no overload: {:?}", over.by_status);
    assert!(busy > 4 * late, "most of what is refused is refused at the door: {:?}", over.by_status);
    // What is taken does not collapse: without a bound by time it fell to a hundredth. Refusing takes time too, and so do so
    // many clients on the same machine; how much is left is the machine's to say, and judged where nothing else runs.
    let least = at_length(0.1, 0.4);
    assert!(over.rate(202) > least * fits.rate(202), "{:.0}/s of {:.0}/s", over.rate(202), fits.rate(202));
    assert!(after.rate(202) > 0.5 * fits.rate(202), "{:.0}/s of {:.0}/s", after.rate(202), fits.rate(202));
    if judges_times {
        assert!(over.slowest_refusal_ms < 1_500.0, "a refusal took {:.0} ms", over.slowest_refusal_ms);
    }
    let memory = processes::resident_mib(pid).unwrap_or(f64::MAX);
    assert!(memory < 512.0, "{memory} MiB");

    // Each had an id of its own. What was not told in time may be stored, too.
    let stored: i64 = sqlx::query_scalar("select count(*) from page_views").fetch_one(&database).await?;
    let all = [&warm, &fits, &over, &after];
    let accepted: u64 = all.iter().map(|outcome| outcome.answered(202)).sum();
    let late: u64 = all.iter().map(|outcome| outcome.answered(503) + outcome.broken).sum();
    assert!((accepted..=accepted + late).contains(&u64::try_from(stored)?), "{stored} stored, {accepted} accepted");
    Ok(())
}
