//! A vital over time.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::{Basis, Granularity, Percentile, Shares, Vital};

/// A trend: one point a bucket, without gaps, the oldest first.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Series {
    pub vital: Vital,
    /// Which percentile `value` and `before` of the points are.
    pub percentile: Percentile,
    pub basis: Basis,
    pub granularity: Granularity,
    pub points: Vec<Point>,
}

/// One bucket of a trend.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Point {
    /// The bucket's start.
    pub at: DateTime<Utc>,
    /// Page views that reported the vital.
    pub count: u64,
    /// The query's percentile.
    pub value: Option<f64>,
    /// That percentile one length of the period earlier; `None` where there was none, or it is not known.
    pub before: Option<f64>,
    pub p50: Option<f64>,
    pub p75: Option<f64>,
    pub p95: Option<f64>,
    pub shares: Option<Shares>,
}
