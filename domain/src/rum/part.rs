//! What LCP and INP are made of.

use serde::{Deserialize, Serialize};

/// A part of LCP or a phase of INP; those of one vital follow each other without a gap.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Part {
    /// Until the first byte of the document.
    Ttfb,
    /// From there until the element's resource begins to load.
    LoadDelay,
    /// While it loads.
    LoadTime,
    /// From there until it is painted.
    RenderDelay,
    /// From the input until its handlers begin.
    InputDelay,
    /// While they run.
    Processing,
    /// From there until the next frame is shown.
    Presentation,
}

impl Part {
    /// The four of LCP, in their order in time. Source: web-vitals 6, `LCPAttribution`.
    pub const LCP: [Self; 4] = [Self::Ttfb, Self::LoadDelay, Self::LoadTime, Self::RenderDelay];

    /// The three of INP, in their order in time. Source: web-vitals 6, `INPAttribution`.
    pub const INP: [Self; 3] = [Self::InputDelay, Self::Processing, Self::Presentation];

    pub const fn title(self) -> &'static str {
        match self {
            Self::Ttfb => "Time to first byte",
            Self::LoadDelay => "Load delay",
            Self::LoadTime => "Load time",
            Self::RenderDelay => "Render delay",
            Self::InputDelay => "Input delay",
            Self::Processing => "Processing",
            Self::Presentation => "Presentation",
        }
    }

    /// What it means where it is the largest, a whole sentence.
    pub const fn advice(self) -> &'static str {
        match self {
            Self::Ttfb => "The document comes late: look at the server, redirects and caches.",
            Self::LoadDelay => "The browser finds the resource late: preload it, and do not load it lazily.",
            Self::LoadTime => "The resource takes long to load: make it smaller, or serve it from nearer.",
            Self::RenderDelay => "It is there and not painted: scripts, styles or fonts hold it up.",
            Self::InputDelay => "The page is busy when the visitor acts: break up what runs at that time.",
            Self::Processing => "The handlers themselves take long: do less before the next frame.",
            Self::Presentation => "The frame takes long to make: change less of the page at once.",
        }
    }
}

/// How long each part took on average, over the page views that told all of them.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Parts {
    /// Page views behind it.
    pub count: u64,
    /// ms, weighted; in their order in time. Averages, because only they sum to the average of
    /// the whole.
    pub averages: Vec<(Part, f64)>,
}

impl Parts {
    pub fn total(&self) -> f64 {
        self.averages.iter().map(|(_, ms)| ms).sum()
    }

    /// The largest part, and its share (0–1) of the whole; the earlier of equals.
    pub fn dominant(&self) -> Option<(Part, f64)> {
        let total = self.total();
        let (part, ms) =
            self.averages.iter().copied().reduce(|most, next| if next.1 > most.1 { next } else { most })?;
        (total > 0.0).then(|| (part, ms / total))
    }
}

/// Gathers parts; weights are in thousandths of a page view.
#[derive(Debug, Clone, Default)]
pub struct PartSums {
    count: u64,
    weight: f64,
    sums: Vec<(Part, f64)>,
}

impl PartSums {
    /// Adds a page view, unless one of its parts is not known.
    pub fn add<const N: usize>(&mut self, parts: [Part; N], values: [Option<f64>; N], weight: u32) {
        if values.iter().any(Option::is_none) {
            return;
        }
        if self.sums.is_empty() {
            self.sums = parts.map(|part| (part, 0.0)).to_vec();
        }
        self.count += 1;
        self.weight += f64::from(weight);
        for ((_, sum), value) in self.sums.iter_mut().zip(values.into_iter().flatten()) {
            *sum += value * f64::from(weight);
        }
    }

    pub fn finish(self) -> Parts {
        let Self { count, weight, sums } = self;
        Parts { count, averages: sums.into_iter().map(|(part, sum)| (part, sum / weight)).collect() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn averages_are_weighted_and_sum_to_the_whole() {
        let mut sums = PartSums::default();
        sums.add(Part::INP, [Some(10.0), Some(20.0), Some(70.0)], 1_000);
        sums.add(Part::INP, [Some(40.0), Some(100.0), Some(60.0)], 3_000);
        sums.add(Part::INP, [Some(1.0), None, Some(1.0)], 1_000);
        let parts = sums.finish();
        assert_eq!(parts.count, 2);
        assert_eq!(parts.averages, [(Part::InputDelay, 32.5), (Part::Processing, 80.0), (Part::Presentation, 62.5)]);
        assert_eq!(parts.dominant(), Some((Part::Processing, 80.0 / 175.0)));
        assert_eq!(PartSums::default().finish().dominant(), None);
    }
}
