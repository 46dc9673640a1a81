//! `ingest-copy`: rows a second from single beacons over HTTP to durable rows, sketches and
//! counts, against psql's `\copy` of the same rows into the same tables.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use bytes::Bytes;
use chrono::Utc;
use engine::rum::{Arrival, Import, read_beacons};

use super::{Run, load};
use crate::{
    Result, flood,
    generator::{Generator, Mix},
    ground::Ground,
    history::Report,
    processes,
    reference_copy::{self, ReferenceCopy},
};

pub async fn run(run: &Run) -> Result<()> {
    let mut report = Report::begin("ingest-copy");
    let ground = Ground::prepare(&run.binary).await?;
    let subject = &ground.subject;
    let Some(copy) = ReferenceCopy::prepare(subject).await? else {
        report.note("skipped", reference_copy::MISSING);
        return report.end(&run.history, run.profile());
    };
    report.figure("fdatasync", processes::fdatasync_ms(subject.data())?, "ms", "");
    let templates = ground.templates(subject.address());
    let time = Duration::from_secs(if run.quick { 1 } else { 5 });
    flood::flood(subject.address(), Arc::clone(&templates), run.connections, time / 2).await?;

    let [mut wall, mut cpu, mut ours, mut theirs, mut theirs_cpu] = [const { Vec::new() }; 5];
    for _ in 0..Run::PAIRS {
        let (since, before) = (Utc::now(), subject.cpu_seconds());
        let outcome = flood::flood(subject.address(), Arc::clone(&templates), run.connections, time).await?;
        let (taken, took) = (outcome.answered(202) as f64, subject.cpu_seconds() - before);
        let copied = copy.all(since).await?;
        if copied.page_views < taken {
            return Err(format!("{taken} beacons were acknowledged, and {} are stored", copied.page_views).into());
        }
        wall.push(taken / outcome.seconds / (copied.page_views / copied.seconds));
        cpu.push(taken / took / (copied.page_views / copied.cpu_seconds));
        ours.push(taken / outcome.seconds);
        theirs.push(copied.page_views / copied.seconds);
        theirs_cpu.push(copied.page_views / copied.cpu_seconds);
    }
    report.spread("ratio of wall time, one beacon a request, sender on the same cores", &wall, "", "≥ 0.5");
    report.spread("ratio of CPU seconds, the sender's apart", &cpu, "", "≥ 0.5");
    report.spread("durable beacons a second", &ours, "/s", "");
    report.spread("\\copy, rows a second", &theirs, "/s", "");
    report.spread("\\copy, rows per CPU second", &theirs_cpu, "/s", "");
    if let Err(error) = in_bulk(&ground, &copy, &mut report).await {
        report.note("without HTTP: given up", error.to_string());
    }
    report.end(&run.history, run.profile())
}

/// The same without HTTP: beacons are read and stored by the same code, twenty thousand in a transaction.
async fn in_bulk(ground: &Ground, copy: &ReferenceCopy<'_>, report: &mut Report) -> Result<()> {
    let engine = load::engine(&ground.subject).await?;
    let project = ground.subject.add_project("in-bulk")?;
    let mut generator = Generator::new(2, vec![project.site], Mix::CLEAN);
    let mut import = Import::open(&engine).await.map_err(|error| format!("{error:?}"))?;
    let [mut wall, mut ours] = [const { Vec::new() }; 2];
    for _ in 0..Run::PAIRS {
        let since = Utc::now();
        let arrivals: Vec<Arrival> = generator
            .beacons(since)
            .take(20_000)
            .map(|beacon| Arrival {
                body: Bytes::from(beacon.body),
                origin: Some(beacon.origin),
                user_agent: beacon.user_agent.map(str::to_owned),
                address: [192, 0, 2, 1].into(),
                received_at: since,
            })
            .collect();
        let n = arrivals.len() as f64;
        let began = Instant::now();
        let sheaf = read_beacons(&engine, arrivals).await.map_err(|refusal| format!("{refusal:?}"))?;
        import.store(sheaf).await.map_err(|error| format!("{error:?}"))?;
        let rate = n / began.elapsed().as_secs_f64();
        let copied = copy.all(since).await?;
        wall.push(rate / (copied.page_views / copied.seconds));
        ours.push(rate);
    }
    report.spread("ratio of wall time, without HTTP, 20,000 in a transaction", &wall, "", "");
    report.spread("page views a second without HTTP", &ours, "/s", "");
    Ok(())
}
