//! `own-lighthouse`: real Lighthouse on our own pages, as a phone on a slow network, the median of
//! its runs. The runner stands in `bench/lighthouse/`.

use std::{
    path::Path,
    process::{Command, Stdio},
    time::Duration,
};

use serde::Deserialize;
use serde_json::json;

use super::{Run, load};
use crate::{Result, history::Report, subject::Subject};

/// What the runner tells of one run; times in ms, sizes in bytes.
#[derive(Debug, Clone, Deserialize)]
struct Told {
    page: String,
    score: f64,
    accessibility: f64,
    best_practices: f64,
    lcp: f64,
    fcp: f64,
    tbt: f64,
    cls: f64,
    speed_index: f64,
    bytes: f64,
    version: String,
    benchmark: f64,
}

pub async fn run(run: &Run) -> Result<()> {
    let mut report = Report::begin("own-lighthouse");
    let runner = Path::new(env!("CARGO_MANIFEST_DIR")).join("lighthouse");
    let missing = [
        (!runner.join("node_modules/lighthouse").is_dir()).then_some("its packages: npm ci in bench/lighthouse"),
        std::env::var_os("CHROME_PATH")
            .is_none_or(|path| path.is_empty())
            .then_some("a browser: CHROME_PATH names none"),
    ];
    if let Some(what) = missing.into_iter().flatten().next() {
        report.note("skipped", format!("Lighthouse misses {what}"));
        return report.end(&run.history, run.profile());
    }
    // The demo is made while the server runs, and the project is filled after it: both make partitions.
    let mut subject = Subject::new(&run.binary)?.with("PERFALLY_DEMO", "on");
    subject.begin().await?;
    for _ in 0..600 {
        if String::from_utf8_lossy(&subject.get("/demo", &[("accept", "text/html")]).await?.body)
            .contains("<perf-chart")
        {
            break;
        }
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    let cookie = subject.sign_in().await?;
    let engine = load::engine(&subject).await?;
    let project = subject.add_project("shop")?;
    let page_views = if run.quick { 5_000 } else { 100_000 };
    load::fill(&engine, &project.site, page_views, engine.now(), 1).await?;
    let overview = format!("/projects/{}", project.id);
    let (segments, changes) = (format!("{overview}/pages"), format!("{overview}/changes"));
    let pages = [
        ("landing", "/", false),
        ("pricing", "/pricing", false),
        ("sign-in", "/sign-in", false),
        ("demo", "/demo", false),
        ("overview", &overview, true),
        ("breakdown", &segments, true),
        ("changes", &changes, true),
    ];
    let pages = if run.quick { &pages[..1] } else { &pages[..] };
    let asked = json!({
        "site": format!("http://{}", subject.address()),
        "runs": if run.quick { 1 } else { 5 },
        "pages": pages.iter().map(|(name, path, signed_in)| json!({
            "name": name, "path": path, "cookie": signed_in.then_some(&cookie),
        })).collect::<Vec<_>>(),
    });
    let told = tokio::task::spawn_blocking(move || measure(&runner, &asked.to_string())).await??;
    for (page, ..) in pages {
        let of = |figure: fn(&Told) -> f64| -> Vec<f64> {
            told.iter().filter(|told| told.page == *page).map(figure).collect()
        };
        report.spread(&format!("{page}: score"), &of(|told| told.score * 100.0), "", "≥ 98");
        report.spread(&format!("{page}: LCP"), &of(|told| told.lcp), "ms", "≤ 1,200 ms");
        report.spread(&format!("{page}: FCP"), &of(|told| told.fcp), "ms", "");
        report.spread(&format!("{page}: TBT"), &of(|told| told.tbt), "ms", "≤ 50 ms");
        report.spread(&format!("{page}: CLS"), &of(|told| told.cls), "", "0");
        report.spread(&format!("{page}: Speed Index"), &of(|told| told.speed_index), "ms", "");
        report.spread(&format!("{page}: accessibility"), &of(|told| told.accessibility * 100.0), "", "100");
        report.spread(&format!("{page}: best practices"), &of(|told| told.best_practices * 100.0), "", "100");
        report.spread(&format!("{page}: on the wire"), &of(|told| told.bytes), "B", "");
    }
    let benchmark: Vec<f64> = told.iter().map(|told| told.benchmark).collect();
    report.spread("the machine, by Lighthouse's own measure", &benchmark, "", "");
    report.note("Lighthouse", told.first().map(|told| told.version.clone()).unwrap_or_default());
    report.end(&run.history, run.profile())
}

/// One run a line.
fn measure(runner: &Path, asked: &str) -> Result<Vec<Told>> {
    let output = Command::new("node")
        .arg("run.mjs")
        .arg(asked)
        .current_dir(runner)
        .stdin(Stdio::null())
        .stderr(Stdio::inherit())
        .output()?;
    if !output.status.success() {
        return Err(format!("Lighthouse ended with {}", output.status).into());
    }
    Ok(String::from_utf8(output.stdout)?.lines().map(serde_json::from_str).collect::<std::result::Result<_, _>>()?)
}
