//! `ingest-flat`: the rate of ingestion into a database that holds millions of page views,
//! against one that is empty.

use std::{sync::Arc, time::Duration};

use super::Run;
use crate::{
    Result, flood,
    flood::Template,
    ground::{self, Ground},
    history::Report,
    processes,
    subject::Subject,
};

pub async fn run(run: &Run) -> Result<()> {
    let mut report = Report::begin("ingest-flat");
    let size = if run.quick { 40_000 } else { run.rows };
    let mut stock = run.stock().await?;
    let (filled, _) = stock.project(size).await?;
    let full = &stock.subject;
    // The largest site of the visits is the one that is filled.
    let mut sites = vec![filled.site];
    for nr in 1..8 {
        sites.push(full.add_project(&format!("shop-{nr}"))?.site);
    }
    let to_full = ground::templates(&ground::beacons(sites), full.address());
    let empty = Ground::prepare(&run.binary).await?;
    let to_empty = empty.templates(empty.subject.address());
    let empty = &empty.subject;
    report.figure("page views stored before", size as f64, "", "10,000,000");
    report.figure("fdatasync", processes::fdatasync_ms(full.data())?, "ms", "");
    let time = Duration::from_secs(if run.quick { 1 } else { 10 });

    measure(full, &to_full, run.connections, time / 2).await?;
    measure(empty, &to_empty, run.connections, time / 2).await?;
    let [mut ratios, mut walls, mut ours, mut theirs] = [const { Vec::new() }; 4];
    for _ in 0..Run::PAIRS {
        let reference = measure(empty, &to_empty, run.connections, time).await?;
        let subject = measure(full, &to_full, run.connections, time).await?;
        ratios.push(subject.0 / reference.0);
        walls.push(subject.1 / reference.1);
        ours.push(subject.0);
        theirs.push(reference.0);
    }
    report.spread("ratio", &ratios, "", "≥ 0.95");
    report.spread("ratio of wall time", &walls, "", "≥ 0.95");
    report.spread("durable beacons per CPU second, full", &ours, "/s", "");
    report.spread("durable beacons per CPU second, empty", &theirs, "/s", "");
    report.end(&run.history, run.profile())
}

/// Durable beacons per CPU second, and a second.
async fn measure(
    subject: &Subject,
    templates: &Arc<Vec<Template>>,
    connections: usize,
    time: Duration,
) -> Result<(f64, f64)> {
    let before = subject.cpu_seconds();
    let outcome = flood::flood(subject.address(), Arc::clone(templates), connections, time).await?;
    let taken = outcome.answered(202) as f64;
    Ok((taken / (subject.cpu_seconds() - before), taken / outcome.seconds))
}
