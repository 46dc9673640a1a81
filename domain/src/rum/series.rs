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
    pub fn timeline(&self) -> Timeline {
        Timeline::new(self.granularity, self.points.first().map(|point| point.at), self.points.len())
    }

    /// Which point a moment falls into; `None` outside the trend.
    pub fn bucket_of(&self, at: DateTime<Utc>) -> Option<usize> {
        self.timeline().bucket_of(at)
    }

    /// The first and the last point that an incident touches; `None` outside the trend.
    pub fn buckets_of(&self, incident: &Incident) -> Option<(usize, usize)> {
        self.timeline().buckets_of(incident)
    }
}

/// The buckets of a trend: equally wide, without gaps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Timeline {
    granularity: Granularity,
    /// The starts of the first and of the last; `None` where there are none.
    ends: Option<(DateTime<Utc>, DateTime<Utc>)>,
}

impl Timeline {
    pub fn new(granularity: Granularity, first: Option<DateTime<Utc>>, buckets: usize) -> Self {
        let last = i32::try_from(buckets).unwrap_or(i32::MAX).saturating_sub(1);
        let ends = first.filter(|_| buckets > 0).map(|first| (first, first + granularity.width() * last));
        Self { granularity, ends }
    }

    /// Which bucket a moment falls into; `None` outside.
    pub fn bucket_of(&self, at: DateTime<Utc>) -> Option<usize> {
        let (first, last) = self.ends?;
        let at = self.granularity.floor(at);
        if at < first || at > last {
            return None;
        }
        usize::try_from((at - first).num_seconds() / self.granularity.width().num_seconds()).ok()
    }

    /// The first and the last bucket that an incident touches; `None` outside.
    pub fn buckets_of(&self, incident: &Incident) -> Option<(usize, usize)> {
        let (first, last) = self.ends?;
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
