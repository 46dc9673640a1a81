//! Which percentile is read.

use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Percentile {
    P50,
    /// The one that Google judges by.
    #[default]
    P75,
    P90,
    P95,
    P99,
}

impl Percentile {
    pub const ALL: [Self; 5] = [Self::P50, Self::P75, Self::P90, Self::P95, Self::P99];

    /// 0–1.
    pub const fn quantile(self) -> f64 {
        match self {
            Self::P50 => 0.50,
            Self::P75 => 0.75,
            Self::P90 => 0.90,
            Self::P95 => 0.95,
            Self::P99 => 0.99,
        }
    }

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::P50 => "p50",
            Self::P75 => "p75",
            Self::P90 => "p90",
            Self::P95 => "p95",
            Self::P99 => "p99",
        }
    }

    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|percentile| percentile.as_str() == word)
    }
}
