//! `footprint`: how soon the server answers after its start, and the memory it takes, with
//! nothing to do and under load.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use super::Run;
use crate::{Result, flood, ground::Ground, history::Report, processes, subject::Subject};

const PER_SECOND: f64 = 10_000.0;

pub async fn run(run: &Run) -> Result<()> {
    let mut report = Report::begin("footprint");
    let mut ground = Ground::prepare(&run.binary).await?;

    // With a PostgreSQL that runs already, as one that is not ours does.
    let mut beside = Subject::new(&run.binary)?.on_database(&ground.subject.database_url()?);
    let cold = starts(&mut beside, Run::PAIRS).await?;
    report.spread("cold start to the first page, PostgreSQL running", &cold, "ms", "≤ 150 ms");
    tokio::time::sleep(Duration::from_secs(3)).await;
    report.figure("idle, after its first page", resident(&beside)?, "MiB", "≤ 40 MiB");
    drop(beside);

    // With its own, which is started too.
    let subject = &mut ground.subject;
    let mut cold = Vec::new();
    for _ in 0..Run::PAIRS {
        subject.terminate()?;
        subject.ended(Duration::from_secs(30)).await?;
        cold.extend(starts(subject, 1).await?);
    }
    report.spread("cold start to the first page, with PostgreSQL's", &cold, "ms", "");

    let time = Duration::from_secs(if run.quick { 2 } else { 20 });
    let templates = ground.templates(ground.subject.address());
    let subject = &ground.subject;
    let paced = flood::pace(subject.address(), Arc::clone(&templates), run.connections, time, PER_SECOND).await?;
    report.figure("beacons a second, of 10,000 that were due", paced.answered(202) as f64 / paced.seconds, "/s", "");
    report.figure("memory meanwhile", resident(subject)?, "MiB", "≤ 150 MiB");
    report.figure("the most that it ever took", peak(subject)?, "MiB", "");
    report.end(&run.history, run.profile())
}

/// Kills it and starts it again, so many times: ms to the first page.
async fn starts(subject: &mut Subject, times: usize) -> Result<Vec<f64>> {
    let mut took = Vec::with_capacity(times);
    for _ in 0..times {
        subject.kill()?;
        let began = Instant::now();
        subject.start()?;
        while subject.says("/").await != Some(200) {
            if began.elapsed() > Duration::from_secs(30) {
                return Err(format!("no page within 30 s:\n{}", subject.last_words()).into());
            }
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        took.push(began.elapsed().as_secs_f64() * 1e3);
    }
    Ok(took)
}

fn resident(subject: &Subject) -> Result<f64> {
    subject.pid().and_then(processes::resident_mib).ok_or_else(|| "the server is gone".into())
}

fn peak(subject: &Subject) -> Result<f64> {
    subject.pid().and_then(processes::peak_mib).ok_or_else(|| "the server is gone".into())
}
