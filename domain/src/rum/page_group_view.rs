//! What single page views tell of one page group, beside its figures.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::{Device, Parts, State, ViewLine, Vital};

/// Read from the newest page views of the period, under the filter.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PageGroupView {
    /// Page views that were read.
    pub page_views: u64,
    /// The oldest of them where older ones of the period were left out.
    pub cut_at: Option<DateTime<Utc>>,
    /// By device, those with page views.
    pub parts: Vec<DeviceParts>,
    /// The vital that `paths` tell.
    pub vital: Vital,
    /// The addresses with most page views, at most 50.
    pub paths: Vec<PathRow>,
    pub total_paths: u32,
    /// The newest first.
    pub newest: Vec<ViewLine>,
}

/// What LCP and INP are made of on one kind of device.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DeviceParts {
    pub device: Device,
    pub lcp: Parts,
    pub inp: Parts,
}

/// One address of the group, as it came.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PathRow {
    pub path: String,
    pub page_views: u64,
    /// Page views that reported the vital.
    pub count: u64,
    /// The query's percentile, where enough page views are there to show it.
    pub value: Option<f64>,
    /// The share (0–1) of these that are good.
    pub good: Option<f64>,
    pub state: State,
}
