//! How sure a percentile is.

use serde::{Deserialize, Serialize};

use super::sketch::{Buckets, value_in};

/// A 95 % confidence interval, in the vital's unit; `low <= value <= high`.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Interval {
    pub low: f64,
    pub high: f64,
}

/// The standard normal distribution's 97.5 % quantile.
pub(super) const Z: f64 = 1.959_964;

/// What a sketch knows of the values: weight by bucket, over so much weight and so many page
/// views' worth of information.
pub(super) struct Sample<'a> {
    pub buckets: &'a Buckets,
    pub weight: u64,
    /// Kish's effective size.
    pub size: f64,
}

impl Sample<'_> {
    /// The interval of a quantile that lies in bucket `home` and is told as `value`; `None` where a
    /// rank falls outside the data.
    ///
    /// Free of assumptions about the distribution: the number of values below the true quantile is
    /// binomial, so the order statistics of ranks `nq + ½ ± 1.96·√(nq(1−q))` enclose it (Conover,
    /// "Practical Nonparametric Statistics", §3.2, with the correction for continuity). Whole
    /// ranks miss 95 % by up to two points at small n, so ranks between two values are read between
    /// them. Buckets are as wide as the whole interval from some thousand values on, and reading
    /// their middles missed the quantile too often (87 % at n = 5,000 of a usual LCP): so values
    /// are taken as spread evenly over their bucket.
    ///
    /// Where they may not be spread, the end of the bucket is read, which makes the interval wider
    /// by at most the bucket's width and never too narrow: in the quantile's own bucket, and in
    /// one that stands out from its neighbours, as where many values are equal (INP is a multiple
    /// of 8 ms in browsers; a page shifts by the same CLS for all).
    pub fn interval(&self, quantile: f64, home: i32, value: f64) -> Option<Interval> {
        let weight = self.weight as f64;
        let unit = weight / self.size;
        let spread = Z * (quantile * (1.0 - quantile) / self.size).sqrt();
        let (low, high) = (weight * (quantile - spread), weight * (quantile + spread));
        if low < unit / 2.0 || high > weight - unit / 2.0 {
            return None;
        }
        let ((low, low_at), (high, high_at)) = (self.read(low, unit)?, self.read(high, unit)?);
        let is_tied = |at: i32| at == home || self.stands_out(at, unit);
        let low = if is_tied(low_at) { low.min(value_in(low_at, 0.0)) } else { low };
        let high = if is_tied(high_at) { high.max(value_in(high_at, 1.0)) } else { high };
        Some(Interval { low: low.min(value), high: high.max(value) })
    }

    /// The value at a cumulated weight, and the bucket nearest to it. Each value stands at the
    /// middle of its own weight; between two, what lies between.
    fn read(&self, wanted: f64, unit: f64) -> Option<(f64, i32)> {
        let mut below = 0.0;
        // Weight, value and bucket of the one before.
        let mut before: Option<(f64, f64, i32)> = None;
        for (at, amount) in self.buckets.iter() {
            let amount = amount as f64;
            let margin = (unit / amount).min(1.0) / 2.0;
            for share in [margin, 1.0 - margin] {
                let (here, value) = (below + share * amount, value_in(at, share));
                if here >= wanted {
                    let Some((weight, lower, lower_at)) = before else { return Some((value, at)) };
                    let part = if here > weight { (wanted - weight) / (here - weight) } else { 1.0 };
                    return Some((between(lower, value, part), if part < 0.5 { lower_at } else { at }));
                }
                before = Some((here, value, at));
            }
            below += amount;
        }
        before.map(|(_, value, at)| (value, at))
    }

    /// Whether so much more lies in the bucket than in its neighbours that its values are probably
    /// equal, or of a coarse scale.
    fn stands_out(&self, at: i32, unit: f64) -> bool {
        let amount = |at: i32| self.buckets.get(at) as f64;
        let (here, left, right) = (amount(at), amount(at - 1), amount(at + 1));
        here >= 3.0 * unit && (left.min(right) < here / 6.0 || here > 1.7 * (left + right))
    }
}

/// In proportion, as buckets are; from zero evenly.
fn between(low: f64, high: f64, part: f64) -> f64 {
    if low > 0.0 { low * (high / low).powf(part) } else { high * part }
}
