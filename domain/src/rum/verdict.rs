//! Whether a site passes Core Web Vitals, by Google's rule.

use serde::{Deserialize, Serialize};

use super::{Device, Rating, State, Vital};

/// The judgement of one device class.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// p75 of LCP, INP (where there is one) and CLS are all good.
    Passes,
    /// These are not good at p75.
    Fails(Vec<Vital>),
    /// LCP or CLS has too few page views to judge.
    TooFew,
}

/// A verdict and whose it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeviceVerdict {
    pub device: Device,
    pub page_views: u64,
    pub verdict: Verdict,
    /// Whether every judged vital is stable; otherwise the verdict may still turn.
    pub settled: bool,
}

impl Verdict {
    /// Judges p75 and state of each core vital. INP is optional, as with Google: a page where
    /// nobody interacts has none.
    pub fn of(core: &[(Vital, Option<f64>, State)]) -> Self {
        let judged = |vital: Vital| {
            core.iter().find(|(of, ..)| *of == vital).and_then(|(_, p75, state)| p75.filter(|_| state.shows_value()))
        };
        if judged(Vital::Lcp).is_none() {
            return Self::TooFew;
        }
        let failing: Vec<_> = Vital::CORE
            .into_iter()
            .filter(|&vital| judged(vital).is_some_and(|p75| vital.rate(p75) != Rating::Good))
            .collect();
        if !failing.is_empty() {
            Self::Fails(failing)
        } else if judged(Vital::Cls).is_none() {
            // CLS is Chromium's alone, but without it nothing was shown to pass.
            Self::TooFew
        } else {
            Self::Passes
        }
    }
}
