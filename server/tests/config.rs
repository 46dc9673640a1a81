//! The variables: which there are, and what is said of bad ones.

use std::{cell::RefCell, collections::BTreeSet};

use server::config::Config;

use crate::world::run;

/// Every line of `.env.example` that sets something, with the `#` taken away.
fn example() -> Vec<(String, String)> {
    let text = include_str!("../../.env.example");
    text.lines()
        .map(|line| line.strip_prefix('#').unwrap_or(line))
        .filter_map(|line| line.split_once('='))
        .filter(|(name, _)| !name.is_empty() && name.chars().all(|c| c.is_ascii_uppercase() || c == '_'))
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect()
}

#[test]
fn the_example_can_be_used_with_every_line_of_it() {
    let mut lines = example();
    assert!(lines.len() >= 15, "{lines:?}");
    // The one that names a folder of this very machine.
    lines.retain(|(name, _)| name != "PERFALLY_POSTGRES_BIN");
    let get = |name: &str| lines.iter().find(|(known, _)| known == name).map(|(_, value)| value.clone());
    Config::read(&get).expect("the example's lines");
}

#[test]
fn the_example_lists_every_variable_that_is_read_and_no_other() {
    let read = RefCell::new(BTreeSet::from(["PERFALLY_LOG".to_owned()]));
    Config::read(&|name| {
        read.borrow_mut().insert(name.to_owned());
        None
    })
    .expect("defaults");
    let listed: BTreeSet<String> = example().into_iter().map(|(name, _)| name).collect();
    assert_eq!(listed, read.into_inner());
}

#[test]
fn an_example_line_that_shows_a_default_shows_the_real_one() {
    let lines = example();
    let with = Config::read(&|name| {
        let shown = [
            "PERFALLY_ADDR",
            "PUBLIC_URL",
            "PERFALLY_DATA",
            "DATABASE_MAX_CONNECTIONS",
            "PERFALLY_PLAN",
            "PERFALLY_RATE_LIMITS",
            "PERFALLY_MAX_CONNECTIONS",
            "PERFALLY_DEMO",
        ];
        lines.iter().find(|(known, _)| known == name && shown.contains(&name)).map(|(_, value)| value.clone())
    })
    .unwrap();
    let without = Config::read(&|_| None).unwrap();
    assert_eq!(format!("{with:?}"), format!("{without:?}"));
}

#[test]
fn faults_are_told_together_and_end_the_start() {
    let output = run(
        &["serve"],
        &[("PERFALLY_ADDR", "here"), ("PERFALLY_PLAN", "gold"), ("DATABASE_URL", "mysql://x:hunter2@y/z")],
    );
    let words = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1));
    for variable in ["PERFALLY_ADDR", "PERFALLY_PLAN", "DATABASE_URL"] {
        assert!(words.contains(variable), "{variable} is missing in:\n{words}");
    }
    assert!(!words.contains("hunter2") && !words.contains("panicked"), "{words}");
}
