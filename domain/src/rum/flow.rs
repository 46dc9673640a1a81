//! Whether page views still come as they use to.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// New page views of the newest whole hour, and of the same hour a week before.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Flow {
    /// The hour's start.
    pub hour: DateTime<Utc>,
    pub now: u64,
    pub week_ago: u64,
}

/// What the two hours tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FlowState {
    /// Too few came in either hour to tell.
    TooFew,
    Usual,
    /// Less than half as many, and that is no chance.
    Fewer,
    /// None, where there were enough to expect some.
    Stopped,
}

impl Flow {
    /// So many a week ago, or now, are enough to compare.
    const ENOUGH: u64 = 10;

    /// Fewer than three standard deviations is taken as chance.
    const SURELY: f64 = 3.0;

    /// Compares the two as Poisson counts: were nothing changed, each page view of both hours
    /// would fall into either with probability ½, so that `(b − a)/√(a + b)` is about standard
    /// normal (Przyborowski and Wilenski, "Homogeneity of results in testing samples from Poisson
    /// series", Biometrika 1940).
    pub fn state(self) -> FlowState {
        let (now, before) = (self.now as f64, self.week_ago as f64);
        if self.now.max(self.week_ago) < Self::ENOUGH {
            FlowState::TooFew
        } else if self.now == 0 {
            FlowState::Stopped
        } else if now < before / 2.0 && (before - now) / (before + now).sqrt() > Self::SURELY {
            FlowState::Fewer
        } else {
            FlowState::Usual
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_silent_hour_is_a_stop_only_where_visitors_are_expected() {
        let state = |now, week_ago| Flow { now, week_ago, ..Flow::default() }.state();
        assert_eq!(state(0, 9), FlowState::TooFew);
        assert_eq!(state(0, 10), FlowState::Stopped);
        assert_eq!(state(10, 0), FlowState::Usual);
        assert_eq!(state(40, 100), FlowState::Fewer);
        assert_eq!(state(55, 100), FlowState::Usual);
        // A third of few may be chance.
        assert_eq!(state(4, 12), FlowState::Usual);
    }
}
