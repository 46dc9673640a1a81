//! Benchmarks and load, and the tools that the tests of faults share with them: a generator of
//! realistic visits, a small client, and the server as a process that can be killed.
//!
//! Each benchmark runs its reference and its subject in turn, in one run; what a figure means
//! stands in `README.md`.

// Between measurements this program waits for processes; no runtime is kept waiting.
#![allow(clippy::disallowed_methods)]

pub mod benchmarks;
pub mod client;
pub mod flood;
pub mod folder;
pub mod generator;
pub mod ground;
pub mod history;
pub mod naive;
pub mod nginx;
pub mod processes;
pub mod reference_copy;
pub mod stock;
pub mod subject;

/// A benchmark that cannot go on says why in words.
pub type Result<T> = std::result::Result<T, Box<dyn std::error::Error + Send + Sync>>;
