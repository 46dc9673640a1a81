//! One page view, as lists of the newest show it.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::{Device, Part, Vital, Vitals};
use crate::PageViewId;

/// One page view and what its vitals are made of.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ViewLine {
    pub id: PageViewId,
    /// When its first beacon was received; never changes.
    pub at: DateTime<Utc>,
    /// The number of its newest beacon.
    pub seq: i32,
    pub path: String,
    pub page_group: String,
    pub device: Device,
    pub browser: String,
    /// ISO 3166-1 alpha-2, or empty.
    pub country: String,
    pub vitals: Vitals,
    /// In the order of [`Part::LCP`], ms.
    pub lcp_parts: [Option<f64>; 4],
    /// In the order of [`Part::INP`], ms.
    pub inp_parts: [Option<f64>; 3],
    pub lcp_target: Option<String>,
    pub inp_target: Option<String>,
    pub cls_target: Option<String>,
}

impl ViewLine {
    /// The parts of LCP or INP with their times; `None` unless all were told.
    pub fn parts(&self, vital: Vital) -> Option<Vec<(Part, f64)>> {
        match vital {
            Vital::Lcp => Part::LCP.into_iter().zip(self.lcp_parts).map(|(part, ms)| Some((part, ms?))).collect(),
            Vital::Inp => Part::INP.into_iter().zip(self.inp_parts).map(|(part, ms)| Some((part, ms?))).collect(),
            _ => None,
        }
    }
}

/// How far a live view has read: page views received up to this moment were sent.
///
/// Page views become visible in the order in which their batches are committed, by several
/// replicas, which is not the order in which they were received. So who reads on looks back a
/// little ([`LiveCursor::LOOK_BACK`]) and leaves out what it has sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct LiveCursor(pub DateTime<Utc>);

impl LiveCursor {
    /// Longer than a batch may take from the moment its beacons were received until it is
    /// committed, waiting included.
    pub const LOOK_BACK: chrono::TimeDelta = chrono::TimeDelta::seconds(20);

    /// Reads what [`std::fmt::Display`] wrote: microseconds since 1970.
    pub fn parse(text: &str) -> Option<Self> {
        DateTime::from_timestamp_micros(text.parse().ok()?).map(Self)
    }
}

impl std::fmt::Display for LiveCursor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}", self.0.timestamp_micros())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_survives_its_text() {
        let at = DateTime::from_timestamp_micros(1_795_341_600_123_456).unwrap();
        assert_eq!(LiveCursor::parse(&LiveCursor(at).to_string()), Some(LiveCursor(at)));
        for wrong in ["", "soon", "1e9", "99999999999999999999", "9223372036854775807"] {
            assert_eq!(LiveCursor::parse(wrong), None, "{wrong}");
        }
    }
}
