//! A vital over time.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::projects::{Deploy, Incident};

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
    /// Deploys of the period, the oldest first.
    pub deploys: Vec<Deploy>,
    /// Incidents that lasted at any time of the period, the oldest first.
    pub incidents: Vec<Incident>,
}

impl Series {
    /// Which point a moment falls into; `None` outside the trend.
    pub fn bucket_of(&self, at: DateTime<Utc>) -> Option<usize> {
        let at = self.granularity.floor(at);
        self.points.binary_search_by_key(&at, |point| point.at).ok()
    }

    /// The first and the last point that an incident touches; `None` outside the trend.
    pub fn buckets_of(&self, incident: &Incident) -> Option<(usize, usize)> {
        let (first, last) = (self.points.first()?.at, self.points.last()?.at);
        let until = self.granularity.floor(incident.until.unwrap_or(last)).min(last);
        let from = self.granularity.floor(incident.at).max(first);
        if from > until { None } else { self.bucket_of(from).zip(self.bucket_of(until)) }
    }
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
