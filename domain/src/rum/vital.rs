//! The six vitals and their thresholds.

use serde::{Deserialize, Serialize};

use super::Rating;

/// A vital that the script measures.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Vital {
    /// Largest Contentful Paint, ms.
    Lcp,
    /// Interaction to Next Paint, ms.
    Inp,
    /// Cumulative Layout Shift, unitless.
    Cls,
    /// First Contentful Paint, ms.
    Fcp,
    /// Time to First Byte, ms.
    Ttfb,
    /// First Input Delay, ms. Legacy: INP replaced it on 12 March 2024.
    Fid,
}

impl Vital {
    pub const ALL: [Self; 6] = [Self::Lcp, Self::Inp, Self::Cls, Self::Fcp, Self::Ttfb, Self::Fid];

    /// The three that Google's verdict is made of.
    pub const CORE: [Self; 3] = [Self::Lcp, Self::Inp, Self::Cls];

    /// The word on the wire and in addresses.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Lcp => "lcp",
            Self::Inp => "inp",
            Self::Cls => "cls",
            Self::Fcp => "fcp",
            Self::Ttfb => "ttfb",
            Self::Fid => "fid",
        }
    }

    /// The abbreviation that people know.
    pub const fn title(self) -> &'static str {
        match self {
            Self::Lcp => "LCP",
            Self::Inp => "INP",
            Self::Cls => "CLS",
            Self::Fcp => "FCP",
            Self::Ttfb => "TTFB",
            Self::Fid => "FID",
        }
    }

    pub const fn long_title(self) -> &'static str {
        match self {
            Self::Lcp => "Largest Contentful Paint",
            Self::Inp => "Interaction to Next Paint",
            Self::Cls => "Cumulative Layout Shift",
            Self::Fcp => "First Contentful Paint",
            Self::Ttfb => "Time to First Byte",
            Self::Fid => "First Input Delay",
        }
    }

    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|vital| vital.as_str() == word)
    }

    /// `ms`, or nothing for CLS.
    pub const fn unit(self) -> &'static str {
        match self {
            Self::Cls => "",
            _ => "ms",
        }
    }

    /// Upper bounds, both inclusive: good up to the first, needs improvement up to the second,
    /// poor above. Source: web-vitals 6, `src/on*.ts`; FID: CrUX's bins.
    pub const fn thresholds(self) -> (f64, f64) {
        match self {
            Self::Lcp => (2_500.0, 4_000.0),
            Self::Inp => (200.0, 500.0),
            Self::Cls => (0.1, 0.25),
            Self::Fcp => (1_800.0, 3_000.0),
            Self::Ttfb => (800.0, 1_800.0),
            Self::Fid => (100.0, 300.0),
        }
    }

    /// The largest value that is believed: 10 minutes, CLS 100.
    pub const fn largest_plausible(self) -> f64 {
        match self {
            Self::Cls => 100.0,
            _ => 600_000.0,
        }
    }

    pub fn rate(self, value: f64) -> Rating {
        let (good, needs_improvement) = self.thresholds();
        if value <= good {
            Rating::Good
        } else if value <= needs_improvement {
            Rating::NeedsImprovement
        } else {
            Rating::Poor
        }
    }

    const fn index(self) -> usize {
        self as usize
    }
}

/// The vitals of one page view; what was not reported is `None`.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub struct Vitals([Option<f64>; 6]);

impl Vitals {
    pub const fn get(&self, vital: Vital) -> Option<f64> {
        self.0[vital.index()]
    }

    pub const fn set(&mut self, vital: Vital, value: Option<f64>) {
        self.0[vital.index()] = value;
    }

    pub fn with(mut self, vital: Vital, value: f64) -> Self {
        self.set(vital, Some(value));
        self
    }

    /// Those that were reported.
    pub fn reported(&self) -> impl Iterator<Item = (Vital, f64)> + '_ {
        Vital::ALL.into_iter().filter_map(|vital| self.get(vital).map(|value| (vital, value)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn boundaries_belong_to_the_better_side() {
        for vital in Vital::ALL {
            let (good, needs_improvement) = vital.thresholds();
            assert_eq!(vital.rate(good), Rating::Good, "{vital:?}");
            assert_eq!(vital.rate(good.next_up()), Rating::NeedsImprovement, "{vital:?}");
            assert_eq!(vital.rate(needs_improvement), Rating::NeedsImprovement, "{vital:?}");
            assert_eq!(vital.rate(needs_improvement.next_up()), Rating::Poor, "{vital:?}");
        }
    }
}
