//! One page view, as programs read it.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::{Bot, Device, NavigationType, Vitals};
use crate::PageViewId;

/// A stored page view. What a visitor's browser did not tell is empty or `None`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PageViewRecord {
    pub id: PageViewId,
    /// When its first beacon was received.
    pub at: DateTime<Utc>,
    /// When its newest beacon was received.
    pub updated_at: DateTime<Utc>,
    /// Origin and path, as they came.
    pub url: String,
    pub page_group: String,
    pub navigation_type: NavigationType,
    pub device: Device,
    pub browser: String,
    pub os: String,
    /// ISO 3166-1 alpha-2.
    pub country: String,
    pub connection: String,
    pub release: String,
    pub referrer: String,
    pub bot: Bot,
    pub bot_reason: String,
    /// Page views that it stands for: 1/sampling rate.
    pub weight: f64,
    pub vitals: Vitals,
    pub attribution: AttributionRecord,
    /// Custom metrics by name.
    pub metrics: BTreeMap<String, f64>,
    pub tags: BTreeMap<String, String>,
}

/// What made the vitals what they are. Times in milliseconds.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct AttributionRecord {
    pub lcp_target: Option<String>,
    pub lcp_url: Option<String>,
    pub lcp_ttfb: Option<f64>,
    pub lcp_load_delay: Option<f64>,
    pub lcp_load_time: Option<f64>,
    pub lcp_render_delay: Option<f64>,
    pub inp_target: Option<String>,
    pub inp_type: Option<String>,
    pub inp_input_delay: Option<f64>,
    pub inp_processing: Option<f64>,
    pub inp_presentation: Option<f64>,
    pub inp_script: Option<String>,
    pub inp_function: Option<String>,
    pub cls_target: Option<String>,
    pub cls_value: Option<f64>,
}

/// A page view's place among the newest: where the next page of a list goes on. What comes
/// meanwhile stands before it, and changes nothing that follows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PageViewPlace {
    pub at: DateTime<Utc>,
    pub id: PageViewId,
}
