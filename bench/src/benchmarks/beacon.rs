//! `beacon`: the size of the script that every visitor of every site loads.

use std::fs;

use super::Run;
use crate::{Result, history::Report, subject::built};

pub fn run(run: &Run) -> Result<()> {
    let mut report = Report::begin("beacon");
    let file = built("PERFALLY_SITE", "site").join("beacon.json");
    match fs::read(&file) {
        Ok(json) => {
            let made: serde_json::Value = serde_json::from_slice(&json)?;
            let size = |name: &str| made[name].as_f64().ok_or_else(|| format!("{} names no {name}", file.display()));
            report.figure(
                "brotli",
                size("brotli")?,
                "B",
                "≤ 5,120 (6,144 with the reason; web-vitals alone is 5.0 kB)",
            );
            report.figure("plain", size("bytes")?, "B", "");
        }
        Err(error) => report.note("skipped", format!("{}: {error}; scripts/site.sh makes it", file.display())),
    }
    report.end(&run.history, run.profile())
}
