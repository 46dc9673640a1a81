//! What a difference between two sides is made of: change within segments, and change of mix.
//!
//! A share is a sum over segments, `S = Σ wᵢ·gᵢ`: the mix `w` (which part of the page views a
//! segment has) times what is good within (`g`). With midpoint weights, after Marshall and
//! Edgeworth, the difference of two such sums falls into two parts that sum to it exactly:
//!
//! ```text
//! S₁ − S₀ = Σ ½(w₀ᵢ+w₁ᵢ)·(g₁ᵢ−g₀ᵢ)  +  Σ (½(g₀ᵢ+g₁ᵢ) − ½(S₀+S₁))·(w₁ᵢ−w₀ᵢ)
//!              within                        mix
//! ```
//!
//! Neither side is the base, so that turning the comparison round turns the signs and nothing
//! else. The mix is told against the mean of all, which changes no sum, as the shares of the mix
//! sum to 1 on both sides, and says of each segment whether more of it is good or bad news.
//!
//! A percentile is no such sum. It is asked what it would have been: `P(m, d)` is the percentile
//! of a mixture with the mix of side `m` and, within segments, the values of side `d`. One of the
//! two is changed first, then the other, in both orders, and the steps are averaged (Shapley's
//! value of two players), so that these sum exactly too:
//!
//! ```text
//! within = ½[(P(0,1)−P(0,0)) + (P(1,1)−P(1,0))]     mix = ½[(P(1,0)−P(0,0)) + (P(1,1)−P(0,1))]
//! ```
//!
//! A segment that one side lacks cannot have changed within: the other side's values stand for
//! the missing ones, and all of it is change of mix.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{Interval, VitalSketch, interval::Z, sketch::representative};

/// A difference and its two parts, which sum to it. In the unit of what is compared; above zero
/// is more on the later side.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Split {
    pub total: f64,
    /// Change within segments.
    pub within: f64,
    /// Change of mix.
    pub mix: f64,
}

/// A difference with its 95 % interval.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Difference {
    pub value: f64,
    /// `None` where there are too few page views to tell.
    pub interval: Option<Interval>,
}

impl Difference {
    /// Whether it can hardly be chance: its interval lies on one side of zero.
    pub fn is_significant(&self) -> bool {
        self.interval.is_some_and(|Interval { low, high }| low > 0.0 || high < 0.0)
    }

    fn around(value: f64, variance: f64) -> Self {
        let half = Z * variance.sqrt();
        Self { value, interval: half.is_finite().then_some(Interval { low: value - half, high: value + half }) }
    }
}

/// The values of one segment on both sides.
#[derive(Debug, Clone, Default)]
pub struct Pair {
    pub before: VitalSketch,
    pub after: VitalSketch,
}

/// What one segment contributes.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Contribution {
    /// Its part of the page views, 0–1, on both sides.
    pub part_before: f64,
    pub part_after: f64,
    /// What its own change adds to the share of good views of all.
    pub within: f64,
    /// What its growing or shrinking adds to it.
    pub mix: f64,
    /// The difference of its own share of good views; zero where a side lacks it.
    pub good: Difference,
    /// The difference of its own percentile; `None` where a side has no page views.
    pub percentile: Option<Difference>,
}

/// The difference between two sides.
#[derive(Debug, Clone, PartialEq)]
pub struct Decomposition {
    /// Of the share of good views, 0–1.
    pub good: Split,
    pub good_within: Difference,
    pub good_mix: Difference,
    pub good_total: Difference,
    /// Of the percentile, in the vital's unit.
    pub percentile: Split,
    pub percentile_total: Difference,
    /// One a segment, in the order of the segments.
    pub contributions: Vec<Contribution>,
}

/// Decomposes the difference of the share of good views, and of `quantile` (0–1), between the
/// sides of these segments. `None` where a side has no page views.
pub fn decompose(segments: &[Pair], quantile: f64) -> Option<Decomposition> {
    let merged = |side: fn(&Pair) -> &VitalSketch| {
        let mut all = VitalSketch::default();
        segments.iter().for_each(|pair| all.merge(side(pair)));
        all
    };
    let (before, after) = (merged(|pair| &pair.before), merged(|pair| &pair.after));
    let (good_before, good_after) = (good(&before)?, good(&after)?);
    let middle = (good_before + good_after) / 2.0;

    let mut contributions = Vec::with_capacity(segments.len());
    let mut variance_within = 0.0;
    // Of Σ cᵢ·wᵢ over a multinomial's shares: (Σ c²w − (Σ cw)²) / n, for each side.
    let (mut squares, mut sums) = ([0.0; 2], [0.0; 2]);
    for pair in segments {
        let part_before = pair.before.weight() as f64 / before.weight() as f64;
        let part_after = pair.after.weight() as f64 / after.weight() as f64;
        let (was, is) = match (good(&pair.before), good(&pair.after)) {
            (Some(was), Some(is)) => (was, is),
            (Some(only), None) | (None, Some(only)) => (only, only),
            (None, None) => (middle, middle),
        };
        let variance = if pair.before.weight() > 0 && pair.after.weight() > 0 {
            variance_of_share(&pair.before) + variance_of_share(&pair.after)
        } else {
            0.0
        };
        let weight = (part_before + part_after) / 2.0;
        variance_within += weight * weight * variance;
        let stands = (was + is) / 2.0 - middle;
        for (side, part) in [part_before, part_after].into_iter().enumerate() {
            squares[side] += stands * stands * part;
            sums[side] += stands * part;
        }
        contributions.push(Contribution {
            part_before,
            part_after,
            within: weight * (is - was),
            mix: stands * (part_after - part_before),
            good: Difference::around(is - was, variance),
            percentile: difference(&pair.before, &pair.after, quantile),
        });
    }
    let variance_mix = (squares[0] - sums[0] * sums[0]).max(0.0) / before.effective_size()
        + (squares[1] - sums[1] * sums[1]).max(0.0) / after.effective_size();
    let within = contributions.iter().map(|part| part.within).sum();
    let mix = contributions.iter().map(|part| part.mix).sum();
    let total = good_after - good_before;
    Some(Decomposition {
        good: Split { total, within, mix },
        good_within: Difference::around(within, variance_within),
        good_mix: Difference::around(mix, variance_mix),
        good_total: Difference::around(total, variance_of_share(&before) + variance_of_share(&after)),
        percentile: split_percentile(segments, &before, &after, quantile)?,
        percentile_total: difference(&before, &after, quantile)?,
        contributions,
    })
}

fn good(sketch: &VitalSketch) -> Option<f64> {
    sketch.shares().map(|shares| shares.good)
}

/// The variance of a share of good views. One success and one failure are added, after Agresti
/// and Caffo (The American Statistician 54, 2000), so that a share of all or none in few page
/// views does not pass for certain.
fn variance_of_share(sketch: &VitalSketch) -> f64 {
    let size = sketch.effective_size();
    let share = good(sketch).map_or(0.5, |share| (share * size + 1.0) / (size + 2.0));
    share * (1.0 - share) / (size + 2.0)
}

/// The difference of a percentile. Its interval is made of those of both sides: the distances to
/// their ends are squared and added (Zou and Donner, Statistics in Medicine 27, 2008), which
/// assumes nothing about the distribution.
fn difference(before: &VitalSketch, after: &VitalSketch, quantile: f64) -> Option<Difference> {
    let (was, is) = (before.quantile(quantile)?, after.quantile(quantile)?);
    let interval = before.interval(quantile).zip(after.interval(quantile)).map(|(of_was, of_is)| Interval {
        low: is - was - (is - of_is.low).hypot(of_was.high - was),
        high: is - was + (of_is.high - is).hypot(was - of_was.low),
    });
    Some(Difference { value: is - was, interval })
}

fn split_percentile(segments: &[Pair], before: &VitalSketch, after: &VitalSketch, quantile: f64) -> Option<Split> {
    let percentile = |mix_after: bool, values_after: bool| {
        let parts = segments.iter().filter_map(|pair| {
            let part = if mix_after {
                pair.after.weight() as f64 / after.weight() as f64
            } else {
                pair.before.weight() as f64 / before.weight() as f64
            };
            let (values, others) = if values_after { (&pair.after, &pair.before) } else { (&pair.before, &pair.after) };
            (part > 0.0).then(|| (if values.weight() > 0 { values } else { others }, part))
        });
        mixture_quantile(parts, quantile)
    };
    let (neither, both) = (percentile(false, false)?, percentile(true, true)?);
    let (values_first, mix_first) = (percentile(false, true)?, percentile(true, false)?);
    Some(Split {
        total: both - neither,
        within: ((values_first - neither) + (both - mix_first)) / 2.0,
        mix: ((mix_first - neither) + (both - values_first)) / 2.0,
    })
}

/// The quantile of a mixture: each sketch with its part of the whole.
fn mixture_quantile<'a>(parts: impl Iterator<Item = (&'a VitalSketch, f64)>, quantile: f64) -> Option<f64> {
    let mut mass: BTreeMap<i32, f64> = BTreeMap::new();
    for (sketch, part) in parts {
        let unit = part / sketch.weight() as f64;
        for (at, amount) in sketch.buckets().iter() {
            *mass.entry(at).or_default() += unit * amount as f64;
        }
    }
    // Nudged down by more than the sums' rounding, so that a rank on the edge of a bucket is not
    // pushed out of it.
    let wanted = mass.values().sum::<f64>() * quantile - 1e-9;
    let mut below = 0.0;
    mass.iter().find_map(|(&at, &amount)| {
        below += amount;
        (below >= wanted).then(|| representative(at))
    })
}
