//! How far a percentile can be trusted.

use serde::{Deserialize, Serialize};

use super::{Interval, Vital};

/// What a figure may claim.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// No page view reported the vital.
    NoData,
    /// Fewer than [`State::FEW`]: no percentile is shown.
    TooFew,
    /// Shown, without colour: the next views may well change the rating.
    Provisional,
    /// Shown with its rating.
    Stable,
}

impl State {
    /// Below this many page views no percentile is shown.
    pub const FEW: u64 = 10;

    /// Below this many, a percentile stays provisional, however narrow its interval looks.
    pub const STABLE_FROM: u64 = 50;

    /// Widest interval, relative to the value, that still counts as settled when it crosses a
    /// threshold.
    const SETTLED_WIDTH: f64 = 0.2;

    /// Judges a percentile by the page views behind it and its interval: stable when there are
    /// enough, and the whole interval has one rating or is narrow.
    pub fn of(vital: Vital, count: u64, value: f64, interval: Option<Interval>) -> Self {
        match (count, interval) {
            (0, _) => Self::NoData,
            (1..Self::FEW, _) => Self::TooFew,
            (Self::FEW..Self::STABLE_FROM, _) | (_, None) => Self::Provisional,
            (_, Some(Interval { low, high })) => {
                let one_rating = vital.rate(low) == vital.rate(high);
                let narrow = high - low <= Self::SETTLED_WIDTH * value;
                if one_rating || narrow { Self::Stable } else { Self::Provisional }
            }
        }
    }

    /// Judges a percentile of what has no thresholds: stable when there are enough page views and
    /// the values reach as far as its interval.
    pub const fn unrated(count: u64, interval: Option<Interval>) -> Self {
        match (count, interval) {
            (0, _) => Self::NoData,
            (1..Self::FEW, _) => Self::TooFew,
            (Self::FEW..Self::STABLE_FROM, _) | (_, None) => Self::Provisional,
            (_, Some(_)) => Self::Stable,
        }
    }

    /// Whether a figure is shown at all.
    pub const fn shows_value(self) -> bool {
        matches!(self, Self::Provisional | Self::Stable)
    }
}
