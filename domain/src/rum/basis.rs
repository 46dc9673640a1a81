//! What an answer was computed from.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// What an answer was computed from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Basis {
    /// Sketches, which have counted every human page view.
    #[default]
    Sketches,
    /// Stored page views, one by one, because no sketch is kept for this combination of filters.
    RawRows {
        /// Page views that were read.
        rows: u64,
        /// What could not be read; `None` where the whole period was.
        left_out: Option<LeftOut>,
    },
}

/// The older part of a period, which an answer does not tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct LeftOut {
    /// Page views from before this are not in the answer.
    pub before: DateTime<Utc>,
    pub why: Bound,
}

/// Why the older part was left out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Bound {
    /// Single page views are not kept for longer on the team's plan.
    Kept,
    /// There are more page views than one answer reads.
    Rows,
    /// Reading took as long as one answer may.
    Time,
}

impl Basis {
    /// Whether the whole period is in the answer.
    pub const fn is_whole(self) -> bool {
        matches!(self, Self::Sketches | Self::RawRows { left_out: None, .. })
    }
}
