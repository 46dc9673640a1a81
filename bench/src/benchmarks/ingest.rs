//! `ingest`: single beacons that are durable when answered, per CPU second of the server and its
//! PostgreSQL, against nginx that answers 204 to the same bytes, and against one that inserts and
//! commits a row a request.

use std::{sync::Arc, time::Duration};

use super::Run;
use crate::{
    Result, flood,
    ground::{self, Ground},
    history::Report,
    naive::Naive,
    nginx::{self, Nginx},
    processes,
};

pub async fn run(run: &Run) -> Result<()> {
    let mut report = Report::begin("ingest");
    let Some(nginx) = Nginx::start()? else {
        report.note("skipped", nginx::MISSING);
        return report.end(&run.history, run.profile());
    };
    let ground = Ground::prepare(&run.binary).await?;
    let Ground { subject, database, beacons } = &ground;
    let naive = Naive::start(database, &subject.database_url()?).await?;
    report.figure("fdatasync", processes::fdatasync_ms(subject.data())?, "ms", "");
    report.figure("connections", run.connections as f64, "", "");
    let bytes = beacons.iter().map(|beacon| beacon.body.len()).sum::<usize>();
    report.figure("body", bytes as f64 / beacons.len() as f64, "B", "");
    let ours = ground.templates(subject.address());
    let (empty, inserted) = (ground.templates(nginx.address()), ground.templates(naive.address()));
    let time = Duration::from_secs(if run.quick { 1 } else { 10 });

    // The first seconds make partitions and fill caches.
    let warm = flood::flood(subject.address(), Arc::clone(&ours), run.connections, Duration::from_secs(1)).await?;
    let (mut accepted, mut others, mut wal) = (0, 0, 0.0);
    let [mut ratios, mut times_naive, mut durable, mut reference, mut naively] = [const { Vec::new() }; 5];
    let [mut walls, mut naive_walls, mut p50, mut p99] = [const { Vec::new() }; 4];
    for _ in 0..Run::PAIRS {
        let before = nginx.cpu_seconds();
        let outcome = flood::flood(nginx.address(), Arc::clone(&empty), run.connections, time).await?;
        let theirs_per_second = outcome.answered(204) as f64 / (nginx.cpu_seconds() - before);

        let (before, wal_before) = (subject.cpu_seconds(), ground::wal(database).await?);
        let outcome = flood::flood(subject.address(), Arc::clone(&ours), run.connections, time).await?;
        let taken = outcome.answered(202);
        let ours_per_second = taken as f64 / (subject.cpu_seconds() - before);
        wal += ground::wal(database).await? - wal_before;
        accepted += taken;
        others += outcome.broken
            + outcome.by_status.iter().filter(|(status, _)| **status != 202).map(|(_, count)| count).sum::<u64>();

        // Its PostgreSQL is ours, and our server has nothing to do meanwhile.
        let before = naive.cpu_seconds() + subject.cpu_seconds();
        let one_by_one = flood::flood(naive.address(), Arc::clone(&inserted), run.connections, time / 2).await?;
        let inserted = one_by_one.answered(202) as f64;
        let naive_per_second = inserted / (naive.cpu_seconds() + subject.cpu_seconds() - before);

        ratios.push(ours_per_second / theirs_per_second);
        times_naive.push(ours_per_second / naive_per_second);
        durable.push(ours_per_second);
        reference.push(theirs_per_second);
        naively.push(naive_per_second);
        walls.push(taken as f64 / outcome.seconds);
        naive_walls.push(inserted / one_by_one.seconds);
        p50.push(outcome.p50_ms);
        p99.push(outcome.p99_ms);
    }
    let warm_taken = warm.answered(202);
    let stored = ground::stored_page_views(database).await?;
    // What was answered otherwise may be stored all the same; what was answered 202 must be.
    if stored < accepted + warm_taken {
        return Err(format!("{} beacons were acknowledged, and {stored} are stored", accepted + warm_taken).into());
    }
    let (rows, sketches) = ground::stored_bytes(database).await?;

    report.spread("ratio", &ratios, "", "≥ 0.35");
    report.spread("durable beacons per CPU second", &durable, "/s", "");
    report.spread("nginx, answers per CPU second", &reference, "/s", "");
    report.spread("one insert and commit a request, per CPU second", &naively, "/s", "");
    report.spread("times that baseline", &times_naive, "", "");
    report.spread("durable beacons a second of wall time", &walls, "/s", "");
    report.spread("one insert and commit a request, of wall time", &naive_walls, "/s", "");
    report.spread("p50 of an answer", &p50, "ms", "");
    report.spread("p99 of an answer", &p99, "ms", "");
    report.figure("acknowledged", (accepted + warm_taken) as f64, "", "");
    report.figure("stored", stored as f64, "", "");
    report.figure("not acknowledged", others as f64, "", "0");
    report.figure("WAL a page view", wal / accepted.max(1) as f64, "B", "");
    report.figure(
        "stored bytes a page view, with sketches and indexes",
        (rows + sketches) / stored.max(1) as f64,
        "B",
        "≤ 150 B",
    );
    if let Some(mib) = subject.pid().and_then(processes::resident_mib) {
        report.figure("resident memory of the server", mib, "MiB", "≤ 150 MiB");
    }
    report.end(&run.history, run.profile())
}
