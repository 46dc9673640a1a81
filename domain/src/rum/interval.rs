//! How sure a percentile is.

use serde::{Deserialize, Serialize};

/// A 95 % confidence interval, in the vital's unit; `low <= value <= high`.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Interval {
    pub low: f64,
    pub high: f64,
}
