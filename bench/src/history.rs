//! Results: a table for the reader, and a line of JSON for whoever compares.

use std::{
    fs::File,
    io::Write as _,
    path::{Path, PathBuf},
};

use serde_json::{Map, Value, json};

use crate::{Result, processes};

/// One benchmark's result.
pub struct Report {
    name: &'static str,
    began_load: f64,
    fields: Map<String, Value>,
    lines: Vec<[String; 3]>,
}

/// Of the ratios of pairs that ran one after the other.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Spread {
    pub median: f64,
    pub min: f64,
    pub max: f64,
}

impl Spread {
    /// `None` without figures.
    pub fn of(figures: &[f64]) -> Option<Self> {
        let mut sorted = figures.to_vec();
        sorted.sort_by(f64::total_cmp);
        let (min, max) = (*sorted.first()?, *sorted.last()?);
        let middle = sorted.len() / 2;
        let median = if sorted.len().is_multiple_of(2) {
            f64::midpoint(sorted[middle - 1], sorted[middle])
        } else {
            sorted[middle]
        };
        Some(Self { median, min, max })
    }
}

impl Report {
    /// Notes how busy the machine is before the work begins.
    pub fn begin(name: &'static str) -> Self {
        Self { name, began_load: processes::load(), fields: Map::new(), lines: Vec::new() }
    }

    /// A figure with its unit, and its target where there is one.
    pub fn figure(&mut self, name: &str, value: f64, unit: &str, target: &str) {
        self.fields.insert(name.to_owned(), round(value));
        self.lines.push([name.to_owned(), format!("{} {unit}", show(value)), target.to_owned()]);
    }

    /// Median, lowest and highest.
    pub fn spread(&mut self, name: &str, figures: &[f64], unit: &str, target: &str) {
        let Some(Spread { median, min, max }) = Spread::of(figures) else { return };
        self.fields.insert(
            name.to_owned(),
            json!({ "median": round(median), "min": round(min), "max": round(max), "n": figures.len() }),
        );
        self.lines.push([
            name.to_owned(),
            format!("{} {unit} ({} – {}, n = {})", show(median), show(min), show(max), figures.len()),
            target.to_owned(),
        ]);
    }

    /// Words: what was skipped, or how it was run.
    pub fn note(&mut self, name: &str, words: impl Into<String>) {
        let words = words.into();
        self.fields.insert(name.to_owned(), words.clone().into());
        self.lines.push([name.to_owned(), words, String::new()]);
    }

    /// Prints the table and appends the line.
    pub fn end(self, history: &Path, profile: &str) -> Result<()> {
        let widths = [0, 1].map(|column| self.lines.iter().map(|line| line[column].chars().count()).max().unwrap_or(0));
        let mut out = std::io::stdout().lock();
        writeln!(
            out,
            "\n{}  (server: {profile}; load {:.1} → {:.1} on {} cores)",
            self.name,
            self.began_load,
            processes::load(),
            processes::cores()
        )?;
        for [name, value, target] in &self.lines {
            let target = if target.is_empty() { String::new() } else { format!("  target {target}") };
            writeln!(out, "  {name:<0$}  {value:<1$}{target}", widths[0], widths[1])?;
        }
        let line = json!({
            "bench": self.name,
            "at": chrono::Utc::now().to_rfc3339_opts(chrono::SecondsFormat::Secs, true),
            "commit": commit(),
            "profile": profile,
            "cores": processes::cores(),
            "load": [round(self.began_load), round(processes::load())],
            "figures": self.fields,
        });
        writeln!(File::options().create(true).append(true).open(history)?, "{line}")?;
        Ok(())
    }
}

/// Four digits that count.
fn round(value: f64) -> Value {
    if value == 0.0 || !value.is_finite() {
        return json!(if value == 0.0 { Some(0.0) } else { None });
    }
    let scale = 10f64.powi(3 - value.abs().log10().floor() as i32);
    json!((value * scale).round() / scale)
}

fn show(value: f64) -> String {
    match value.abs() {
        big if big >= 1_000.0 => format!("{value:.0}"),
        middle if middle >= 10.0 => format!("{value:.1}"),
        _ => format!("{value:.3}"),
    }
}

/// The commit that is checked out, with `+` where files differ from it.
fn commit() -> Option<String> {
    let git = |arguments: &[&str]| {
        let output =
            std::process::Command::new("git").args(arguments).current_dir(env!("CARGO_MANIFEST_DIR")).output().ok()?;
        output.status.success().then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
    };
    let commit = git(&["rev-parse", "--short", "HEAD"])?;
    let clean = git(&["status", "--porcelain", "--untracked-files=no"]).is_some_and(|changes| changes.is_empty());
    Some(if clean { commit } else { commit + "+" })
}

/// `bench/history.jsonl` of the checkout.
pub fn file() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("history.jsonl")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_spread_is_the_middle_and_the_ends() {
        assert_eq!(Spread::of(&[3.0, 1.0, 2.0]), Some(Spread { median: 2.0, min: 1.0, max: 3.0 }));
        assert_eq!(Spread::of(&[4.0, 1.0]), Some(Spread { median: 2.5, min: 1.0, max: 4.0 }));
        assert_eq!(Spread::of(&[]), None);
    }

    #[test]
    fn four_digits_stay() {
        assert_eq!(round(123_456.7), json!(123_500.0));
        assert_eq!(round(0.001_234_56), json!(0.001_235));
        assert_eq!(round(0.0), json!(0.0));
        assert_eq!(round(f64::NAN), json!(null));
    }
}
