//! One tenant that sends fifty times its share, and another that sends as ever.

use std::{sync::Arc, time::Duration};

use bench::{
    flood::{Template, flood, pace},
    generator::{Generator, Mix},
    subject::{Project, Subject},
};
use chrono::Utc;

use crate::{Result, at_length, binary};

/// Page views a second of a tenant as ever: an unoptimised server can do fifty times that, too.
const SHARE: f64 = 10.0;
const TIMES: f64 = 50.0;

fn templates(subject: &Subject, project: Project, seed: u64) -> Arc<Vec<Template>> {
    let mut generator = Generator::new(seed, vec![project.site], Mix::CLEAN);
    let beacons = generator.beacons(Utc::now()).take(512);
    Arc::new(beacons.filter_map(|beacon| Template::new(subject.address(), &beacon)).collect())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tenant_at_fifty_times_its_share_does_not_hold_up_another() -> Result<()> {
    let mut subject = Subject::new(&binary())?;
    subject.begin().await?;
    let (loud, quiet) = (subject.add_project("loud")?, subject.add_project("quiet")?);
    let (loud, quiet) = (templates(&subject, loud, 71), templates(&subject, quiet, 72));
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
