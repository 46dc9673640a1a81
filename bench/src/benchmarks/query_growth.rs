//! `query-growth`: everything that the overview asks the database, on projects of growing size.

use std::{collections::BTreeMap, time::Instant};

use domain::{
    ProjectId,
    accounts::Actor,
    rum::{Dimension, Listing, Query},
};
use engine::{Engine, rum};

use super::Run;
use crate::{Result, history::Report, processes};

pub async fn run(run: &Run) -> Result<()> {
    let mut report = Report::begin("query-growth");
    let sizes: Vec<usize> = if run.quick { vec![1_000, 10_000, 40_000] } else { vec![10_000, 1_000_000, run.rows] };
    let times = if run.quick { 60 } else { 300 };
    let mut stock = run.stock().await?;
    report.figure("fdatasync", processes::fdatasync_ms(stock.subject.data())?, "ms", "");
    let mut projects = Vec::new();
    for &size in &sizes {
        let (project, filled) = stock.project(size).await?;
        report.figure(&format!("loading {size}"), filled.page_views as f64 / filled.seconds, "page views/s", "");
        projects.push(ProjectId(project.id));
    }

    let mut took = vec![Vec::with_capacity(times); projects.len()];
    for time in 0..times + times / 10 {
        // In turn, so that a busy moment of the machine meets all sizes.
        for (of, &project) in took.iter_mut().zip(&projects) {
            let began = Instant::now();
            view(&stock.engine, project).await?;
            // The first tenth warms connections and caches.
            if time >= times / 10 {
                of.push(began.elapsed().as_secs_f64() * 1e3);
            }
        }
    }
    for (of, size) in took.iter().zip(&sizes) {
        let mut sorted = of.clone();
        sorted.sort_by(f64::total_cmp);
        report.spread(&format!("a view of {size}"), of, "ms", "");
        report.figure(&format!("p95 of a view of {size}"), sorted[(sorted.len() - 1) * 95 / 100], "ms", "≤ 5 ms");
    }
    if let (Some(smallest), Some(largest)) = (took.first(), took.last()) {
        let ratios: Vec<f64> = largest.iter().zip(smallest).map(|(largest, smallest)| largest / smallest).collect();
        report.spread("ratio of the largest to the smallest", &ratios, "", "≤ 1.5");
    }
    // What a view costs, whatever else the machine does: of this process and of PostgreSQL.
    let roots: Vec<u32> = stock.subject.postmaster().into_iter().chain([std::process::id()]).collect();
    let mut cpu = Vec::new();
    for (&project, size) in projects.iter().zip(&sizes) {
        let before = processes::cpu_seconds(&roots);
        for _ in 0..times {
            view(&stock.engine, project).await?;
        }
        let ms = (processes::cpu_seconds(&roots) - before) * 1e3 / times as f64;
        report.figure(&format!("CPU of a view of {size}"), ms, "ms", "");
        cpu.push(ms);
    }
    if let (Some(smallest), Some(largest)) = (cpu.first(), cpu.last()) {
        report.figure("ratio of their CPU", largest / smallest, "", "≤ 1.5");
    }
    // Of the largest, what each part takes by itself, what it shares with others included.
    if let Some(&largest) = projects.last() {
        let mut parts: BTreeMap<&str, Vec<f64>> = BTreeMap::new();
        for _ in 0..times / 10 {
            for (part, ms) in parts_of(&stock.engine, largest).await? {
                parts.entry(part).or_default().push(ms);
            }
        }
        for (part, ms) in &parts {
            report.spread(&format!("{part} alone"), ms, "ms", "");
        }
    }
    report.end(&run.history, run.profile_of_this())
}

/// All that the overview page asks, as it asks it.
async fn view(engine: &Engine, project: ProjectId) -> Result<()> {
    let (actor, query) = (Actor::system(), Query::default());
    let question = rum::Question::ask(engine, &actor, project, &query).await?;
    question.overview().await?;
    question.standings().await?;
    question.trend().await?;
    question.heat_map(chrono_tz::Tz::UTC).await?;
    question.distribution().await?;
    question.breakdown(&Listing::by(Dimension::PageGroup)).await?;
    question.breakdown(&Listing::by(Dimension::Device)).await?;
    Ok(())
}

/// How long each part of a view takes that nothing was read for, ms.
async fn parts_of(engine: &Engine, project: ProjectId) -> Result<Vec<(&'static str, f64)>> {
    let (actor, query) = (Actor::system(), Query::default());
    let ask = || rum::Question::ask(engine, &actor, project, &query);
    let mut took = Vec::new();
    macro_rules! part {
        ($name:literal, |$question:ident| $answer:expr) => {
            let $question = ask().await?;
            let began = Instant::now();
            $answer.await?;
            took.push(($name, began.elapsed().as_secs_f64() * 1e3));
        };
    }
    part!("overview", |question| question.overview());
    part!("standings", |question| question.standings());
    part!("trend", |question| question.trend());
    part!("heat map", |question| question.heat_map(chrono_tz::Tz::UTC));
    part!("distribution", |question| question.distribution());
    let (groups, devices) = (Listing::by(Dimension::PageGroup), Listing::by(Dimension::Device));
    part!("page groups", |question| question.breakdown(&groups));
    part!("devices", |question| question.breakdown(&devices));
    Ok(took)
}
