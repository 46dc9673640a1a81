//! What became of the beacons.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::{Basis, Bot, DropReason, Flow, Granularity, Vital};

/// Counts of beacons over a period: `received = stored + left_out + the sum of rejected`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Health {
    pub from: DateTime<Utc>,
    pub to: DateTime<Utc>,
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
    /// Page views of others than people, the most first.
    pub bots: Vec<BotCount>,
    pub flow: Flow,
    /// Stored and rejected beacons over the period.
    pub volume: Volume,
    /// Where refused beacons came from that were of no origin on the list, the newest first.
    pub refused_origins: Vec<RefusedOrigin>,
    pub sampling: Sampling,
    pub clocks: Clocks,
}

/// Page views of one class and reason.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BotCount {
    pub class: Bot,
    pub reason: String,
    pub page_views: u64,
}

/// What p75 of the core vitals would be if others than people counted.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct WithBots {
    pub basis: Basis,
    /// Page views of people, and of suspects and bots, that were read.
    pub people: u64,
    pub others: u64,
    /// Vital, p75 of people, p75 of all; `None` where too few reported it.
    pub p75: Vec<(Vital, Option<f64>, Option<f64>)>,
}

/// Beacons by time: one of each list a bucket, the oldest first.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Volume {
    pub granularity: Option<Granularity>,
    pub at: Vec<DateTime<Utc>>,
    pub stored: Vec<u64>,
    pub rejected: Vec<u64>,
}

/// An origin that is not on the project's list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RefusedOrigin {
    /// As it was sent: anything may stand here.
    pub origin: String,
    /// Beacons refused since it was first seen.
    pub beacons: u64,
    pub last_at: DateTime<Utc>,
    /// Whether it could be put on the list: it is the address of a site.
    pub can_be_allowed: bool,
}

/// How many page views the stored ones stand for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Sampling {
    /// Stored human page views.
    pub page_views: u64,
    /// What they stand for, in thousandths of a page view.
    pub stand_for: u64,
}

impl Sampling {
    /// The part of page views that is sent and stored, 0–1; `None` without any.
    pub fn rate(self) -> Option<f64> {
        (self.stand_for > 0).then(|| self.page_views as f64 * 1_000.0 / self.stand_for as f64)
    }
}

/// Page views whose id does not tell when they began, of those of the period.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Clocks {
    /// The visitor's clock was more than an hour ahead.
    pub ahead: u64,
    /// The visitor's clock was more than a day behind.
    pub behind: u64,
    /// The id is no UUID of version 7: a client of another make.
    pub untold: u64,
}

impl Clocks {
    pub const fn all(self) -> u64 {
        self.ahead + self.behind + self.untold
    }
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
