//! `query-exact`: the overview from sketches against PostgreSQL's exact percentiles over the same
//! rows. The reference does less than the subject: one percentile a vital, without devices,
//! trend, shares and comparison.

use std::time::Instant;

use domain::{
    ProjectId,
    accounts::Actor,
    rum::{Query, Vital},
};
use engine::rum;
use sqlx::Row as _;

use super::Run;
use crate::{Result, history::Report, processes, stock};

pub async fn run(run: &Run) -> Result<()> {
    let mut report = Report::begin("query-exact");
    let size = if run.quick { 40_000 } else { 1_000_000 };
    let mut stock = run.stock().await?;
    report.figure("fdatasync", processes::fdatasync_ms(stock.subject.data())?, "ms", "");
    report.figure("page views", size as f64, "", "1,000,000");
    let project = ProjectId(stock.project(size).await?.0.id);
    let engine = &stock.engine;
    let (actor, query) = (Actor::system(), Query::default());
    let (from, to) = query.period.range(engine.now());

    let percentiles: Vec<String> = Vital::ALL
        .iter()
        .map(|vital| format!("percentile_cont(0.75) within group (order by {})", vital.as_str()))
        .collect();
    let exact = format!(
        "select {} from page_views where project_id = $1 and at >= $2 and at < $3 and bot = 'human'",
        percentiles.join(", ")
    );
    let (mut ratios, mut ours, mut theirs) = (Vec::new(), Vec::new(), Vec::new());
    let mut error: f64 = 0.0;
    // The longest that the reference may take is not the engine's ten seconds.
    let database = stock::patient(engine).await?;
    for pair in 0..=Run::PAIRS {
        let began = Instant::now();
        let row = sqlx::query(sqlx::AssertSqlSafe(exact.clone()))
            .bind(project.0)
            .bind(from)
            .bind(to)
            .fetch_one(&database)
            .await?;
        let reference = began.elapsed().as_secs_f64() * 1e3;
        let began = Instant::now();
        let overview = rum::overview(engine, &actor, project, &query).await?;
        let subject = began.elapsed().as_secs_f64() * 1e3;
        for summary in &overview.vitals {
            let exact: Option<f64> = row.try_get(summary.vital as usize)?;
            if let (Some(exact), Some(p75)) = (exact, summary.value)
                && exact > 0.0
            {
                error = error.max((p75 - exact).abs() / exact);
            }
        }
        // The first pair warms connections and caches.
        if pair > 0 {
            ratios.push(reference / subject);
            ours.push(subject);
            theirs.push(reference);
        }
    }
    report.spread("times as fast", &ratios, "", "≥ 200");
    report.spread("overview from sketches", &ours, "ms", "");
    report.spread("exact percentiles", &theirs, "ms", "");
    report.figure("largest error of a p75", error * 100.0, "%", "≤ 1 %");
    report.end(&run.history, run.profile_of_this())
}
