//! The first view of a project.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::billing::MonthUsage;

use super::{Basis, DeviceVerdict, Interval, Query, Shares, State, Vital};

/// The verdict and one summary a vital.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Overview {
    pub query: Query,
    pub from: DateTime<Utc>,
    pub to: DateTime<Utc>,
    /// What the figures of the period were computed from.
    pub basis: Basis,
    /// Human page views in the period, under the filter: those that were counted, each as many as it stands for.
    pub page_views: u64,
    /// How many of them were counted; fewer where the script or the quota took a sample.
    pub counted: u64,
    /// The team's month, for its members, once 80 % of the quota is used.
    pub month: Option<MonthUsage>,
    /// Whether the project ever received a beacon, in any period.
    pub ever_received: bool,
    /// One for each device class with page views; Google judges them apart.
    pub verdicts: Vec<DeviceVerdict>,
    /// LCP, INP, CLS, FCP, TTFB, and FID where old clients sent it.
    pub vitals: Vec<VitalSummary>,
}

/// What one card says.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct VitalSummary {
    pub vital: Vital,
    /// Page views that reported it.
    pub count: u64,
    /// The query's percentile; `None` where there is no data, never 0 in its place.
    pub value: Option<f64>,
    /// Where the percentile is provisional and another than the median: that, which few page views
    /// tell better.
    pub median: Option<f64>,
    pub interval: Option<Interval>,
    pub shares: Option<Shares>,
    pub state: State,
    /// That percentile over the same length of time just before; `None` unless that one was to be shown too.
    pub before: Option<f64>,
    /// That percentile a bucket of the trend, for the sparkline.
    pub sparkline: Vec<Option<f64>>,
}
