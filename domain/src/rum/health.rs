//! What became of the beacons.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::{Bot, DropReason};

/// Counts of beacons over a period: `received = stored + left_out + the sum of rejected`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Health {
    pub received: u64,
    /// Answered 202: new page views, updates and repeats.
    pub stored: u64,
    /// Of `stored`: beacons that began a page view.
    pub page_views: u64,
    /// Of `stored`: beacons that changed a page view.
    pub updates: u64,
    /// Of `stored`: beacons that told nothing new.
    pub repeats: u64,
    /// Answered 202 and not stored: over the month's quota, one page view in ten is kept and stands for all of them.
    pub left_out: u64,
    pub rejected: BTreeMap<DropReason, u64>,
    /// Values refused while the rest of the beacon was kept, by `vital:fault`, such as
    /// `lcp:too_large`.
    pub refused_values: BTreeMap<String, u64>,
    /// Page views by class and reason, other than human.
    pub bots: BTreeMap<(Bot, String), u64>,
}

/// What the install screen waits for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FirstBeacon {
    /// Nothing came yet.
    Waiting,
    /// Beacons came, and all were refused; the latest reason and, for a refused origin, which.
    Refused {
        reason: DropReason,
        origin: Option<String>,
        at: DateTime<Utc>,
    },
    Received {
        at: DateTime<Utc>,
        path: String,
    },
}
