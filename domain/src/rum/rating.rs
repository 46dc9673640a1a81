//! Good, needs improvement, poor.

use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Rating {
    Good,
    NeedsImprovement,
    Poor,
}

impl Rating {
    /// The word beside every colour.
    pub const fn words(self) -> &'static str {
        match self {
            Self::Good => "Good",
            Self::NeedsImprovement => "Needs improvement",
            Self::Poor => "Poor",
        }
    }
}

/// Which part of the page views that reported a vital was rated how; each 0–1, together 1.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Shares {
    pub good: f64,
    pub needs_improvement: f64,
    pub poor: f64,
}
