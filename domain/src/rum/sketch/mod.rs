//! Mergeable histograms of the vitals, from which every percentile is read.
//!
//! A DDSketch (Masson, Rim, Lee: "DDSketch: a fast and fully-mergeable quantile sketch with
//! relative-error guarantees", VLDB 2019): bucket `i` holds the values in `(γ^(i-1), γ^i]` with
//! `γ = (1+α)/(1-α)`, so that the bucket's representative is within `α` of each. Counts are
//! integers, so that adding and subtracting in any order leaves what a fresh count gives, to
//! the bit.

mod bits;
mod buckets;
mod code;

pub(super) use self::buckets::{Buckets, representative, value_in};
use self::buckets::{ZERO, bucket, gamma_ln};
pub use self::code::EncodedSketch;
use super::{Interval, Rating, Shares, Vital, Vitals, interval::Sample};

/// How many page views one reported page view stands for, in thousandths: 1/sampling rate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Weight(u32);

impl Weight {
    pub const ONE: Self = Self(1_000);

    /// A page view sent by one in ten thousand visitors.
    const MOST_SENT: u32 = 10_000_000;

    /// The same, of which one in ten was kept.
    const MOST: u32 = 10 * Self::MOST_SENT;

    /// Reads the wire's `w`: `None` below 1, above 10,000 or not finite.
    pub fn new(w: f64) -> Option<Self> {
        let thousandths = w * 1_000.0;
        ((1_000.0..=f64::from(Self::MOST_SENT)).contains(&thousandths)).then(|| Self(thousandths.round() as u32))
    }

    /// Of a page view that stands for `factor` like it.
    #[must_use]
    pub fn times(self, factor: u16) -> Self {
        Self(self.0.saturating_mul(u32::from(factor.max(1))).min(Self::MOST))
    }

    /// From the database's column.
    pub fn from_thousandths(thousandths: i32) -> Option<Self> {
        u32::try_from(thousandths).ok().filter(|t| (1_000..=Self::MOST).contains(t)).map(Self)
    }

    pub const fn thousandths(self) -> i32 {
        self.0 as i32
    }
}

/// What a sketch counts of one page view.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Measured {
    pub vitals: Vitals,
    pub weight: Weight,
}

/// Count and weight of some page views.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Tally {
    /// Page views.
    pub count: u64,
    /// The sum of their weights, in thousandths.
    pub weight: u64,
    /// The sum of the squared weights, in millionths: what the sample is worth.
    pub weight_squared: u128,
}

/// Values of one vital.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct VitalSketch {
    tally: Tally,
    /// Weight rated good and needs improvement; the rest is poor. Exact, not from buckets.
    good: u64,
    needs_improvement: u64,
    buckets: Buckets,
}

/// One row of sketches: page views and every vital's values.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ViewSketch {
    tally: Tally,
    vitals: [VitalSketch; Vital::ALL.len()],
}

/// Why bytes are not a sketch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SketchError {
    #[error("a sketch of an unknown format")]
    Format,
    #[error("a sketch that ends too early or holds impossible numbers")]
    Damaged,
    #[error("a subtraction of what was never added")]
    NeverAdded,
}

impl Tally {
    fn add(&mut self, weight: Weight) {
        self.count += 1;
        self.weight += u64::from(weight.0);
        self.weight_squared += u128::from(weight.0).pow(2);
    }

    fn subtract(&mut self, weight: Weight) -> Result<(), SketchError> {
        *self = Self {
            count: less(self.count, 1)?,
            weight: less(self.weight, u64::from(weight.0))?,
            weight_squared: self
                .weight_squared
                .checked_sub(u128::from(weight.0).pow(2))
                .ok_or(SketchError::NeverAdded)?,
        };
        Ok(())
    }

    fn take_out(&mut self, other: &Self) -> Result<(), SketchError> {
        *self = Self {
            count: less(self.count, other.count)?,
            weight: less(self.weight, other.weight)?,
            weight_squared: self.weight_squared.checked_sub(other.weight_squared).ok_or(SketchError::NeverAdded)?,
        };
        Ok(())
    }

    fn merge(&mut self, other: &Self) {
        self.count += other.count;
        self.weight += other.weight;
        self.weight_squared += other.weight_squared;
    }

    /// Kish's effective sample size `(Σw)²/Σw²`: what an unweighted sample as informative
    /// would count. Equals `count` when all weights are equal.
    pub fn effective_size(&self) -> f64 {
        if self.weight_squared == 0 {
            return 0.0;
        }
        (self.weight as f64).powi(2) / self.weight_squared as f64
    }
}

impl VitalSketch {
    pub fn add(&mut self, vital: Vital, value: f64, weight: Weight) {
        self.tally.add(weight);
        let amount = u64::from(weight.0);
        match vital.rate(value) {
            Rating::Good => self.good += amount,
            Rating::NeedsImprovement => self.needs_improvement += amount,
            Rating::Poor => {}
        }
        self.buckets.add(bucket(value), amount);
    }

    /// Takes back exactly what `add` with the same arguments gave.
    pub fn subtract(&mut self, vital: Vital, value: f64, weight: Weight) -> Result<(), SketchError> {
        let amount = u64::from(weight.0);
        self.buckets.subtract(bucket(value), amount)?;
        self.tally.subtract(weight)?;
        match vital.rate(value) {
            Rating::Good => self.good = less(self.good, amount)?,
            Rating::NeedsImprovement => self.needs_improvement = less(self.needs_improvement, amount)?,
            Rating::Poor => {}
        }
        Ok(())
    }

    pub fn merge(&mut self, other: &Self) {
        self.tally.merge(&other.tally);
        self.good += other.good;
        self.needs_improvement += other.needs_improvement;
        self.buckets.merge(&other.buckets);
    }

    /// Takes back what `merge` of the same sketch gave; left in parts on an error.
    pub fn take_out(&mut self, other: &Self) -> Result<(), SketchError> {
        self.tally.take_out(&other.tally)?;
        self.good = less(self.good, other.good)?;
        self.needs_improvement = less(self.needs_improvement, other.needs_improvement)?;
        for (at, amount) in other.buckets.iter() {
            self.buckets.subtract(at, amount)?;
        }
        Ok(())
    }

    /// Page views that reported the vital.
    pub const fn count(&self) -> u64 {
        self.tally.count
    }

    /// The sum of the weights of these page views, in thousandths.
    pub const fn weight(&self) -> u64 {
        self.tally.weight
    }

    /// The weight that is not rated good, in thousandths.
    pub const fn weight_not_good(&self) -> u64 {
        self.tally.weight - self.good
    }

    /// What an unweighted sample as informative would count; see [`Tally::effective_size`].
    pub(super) fn effective_size(&self) -> f64 {
        self.tally.effective_size()
    }

    pub(super) const fn buckets(&self) -> &Buckets {
        &self.buckets
    }

    /// The smallest value that at least `quantile` (0–1) of the weight does not exceed, within
    /// 1 %; `None` without data. On unweighted data this is SQL's `percentile_disc`.
    pub fn quantile(&self, quantile: f64) -> Option<f64> {
        self.bucket_of(quantile).map(representative)
    }

    fn bucket_of(&self, quantile: f64) -> Option<i32> {
        // The product is nudged down by less than one thousandth of a page view, so that
        // 0.75 · 4 is rank 3 despite binary fractions.
        let wanted = (quantile * self.tally.weight as f64 - 1e-6).max(0.0);
        let mut below = 0u64;
        self.buckets.iter().find_map(|(at, amount)| {
            below += amount;
            (below as f64 >= wanted).then_some(at)
        })
    }

    /// A 95 % confidence interval of the quantile, where values may be equal too wide by at most a
    /// bucket (2 %) at either end; `None` where the data do not reach far enough. How: see
    /// [`Sample::interval`].
    pub fn interval(&self, quantile: f64) -> Option<Interval> {
        let home = self.bucket_of(quantile)?;
        let sample = Sample { buckets: &self.buckets, weight: self.tally.weight, size: self.tally.effective_size() };
        sample.interval(quantile, home, representative(home))
    }

    /// The weight of the values up to `value`, in thousandths. Exact at the thresholds; elsewhere
    /// the values of a bucket are taken as spread evenly over it.
    pub(super) fn weight_up_to(&self, vital: Vital, value: f64) -> f64 {
        let place = if bucket(value) == ZERO { f64::NEG_INFINITY } else { value.ln() / gamma_ln() };
        let spread: f64 = self
            .buckets
            .iter()
            .map(|(at, amount)| {
                let below = if at == ZERO { 1.0 } else { (place - f64::from(at) + 1.0).clamp(0.0, 1.0) };
                below * amount as f64
            })
            .sum();
        let (good, needs_improvement) = (self.good as f64, (self.good + self.needs_improvement) as f64);
        let (good_to, needs_improvement_to) = vital.thresholds();
        if value == good_to {
            good
        } else if value == needs_improvement_to {
            needs_improvement
        } else {
            match vital.rate(value) {
                Rating::Good => spread.min(good),
                Rating::NeedsImprovement => spread.clamp(good, needs_improvement),
                Rating::Poor => spread.max(needs_improvement),
            }
        }
    }

    /// Shares of the ratings, exact; `None` without data.
    pub fn shares(&self) -> Option<Shares> {
        let all = self.tally.weight as f64;
        (self.tally.weight > 0).then(|| Shares {
            good: self.good as f64 / all,
            needs_improvement: self.needs_improvement as f64 / all,
            poor: (self.tally.weight - self.good - self.needs_improvement) as f64 / all,
        })
    }
}

impl ViewSketch {
    pub fn add(&mut self, measured: &Measured) {
        self.tally.add(measured.weight);
        for (vital, value) in measured.vitals.reported() {
            self.vitals[vital as usize].add(vital, value, measured.weight);
        }
    }

    /// Takes back what `add` gave; the sketch is left in parts when it never was added, so
    /// the caller must drop it on an error.
    pub fn subtract(&mut self, measured: &Measured) -> Result<(), SketchError> {
        self.tally.subtract(measured.weight)?;
        for (vital, value) in measured.vitals.reported() {
            self.vitals[vital as usize].subtract(vital, value, measured.weight)?;
        }
        Ok(())
    }

    pub fn merge(&mut self, other: &Self) {
        self.merge_of(other, &Vital::ALL);
    }

    /// Adds the page views, and of the vitals these.
    pub fn merge_of(&mut self, other: &Self, vitals: &[Vital]) {
        self.tally.merge(&other.tally);
        for &vital in vitals {
            self.vitals[vital as usize].merge(&other.vitals[vital as usize]);
        }
    }

    /// Takes back what `merge` of the same sketch gave; left in parts on an error, so that the
    /// caller must drop it.
    pub fn take_out(&mut self, other: &Self) -> Result<(), SketchError> {
        self.tally.take_out(&other.tally)?;
        for (mine, theirs) in self.vitals.iter_mut().zip(&other.vitals) {
            mine.take_out(theirs)?;
        }
        Ok(())
    }

    /// Page views that were counted, each once, whatever its weight.
    pub const fn counted(&self) -> u64 {
        self.tally.count
    }

    /// Page views that these stand for, rounded: the sum of their weights.
    pub const fn page_views(&self) -> u64 {
        (self.tally.weight + 500) / 1_000
    }

    /// What they stand for: the sum of their weights, in thousandths of a page view.
    pub const fn weight(&self) -> u64 {
        self.tally.weight
    }

    pub const fn is_empty(&self) -> bool {
        self.tally.count == 0
    }

    pub const fn vital(&self, vital: Vital) -> &VitalSketch {
        &self.vitals[vital as usize]
    }
}

fn less(from: u64, amount: u64) -> Result<u64, SketchError> {
    from.checked_sub(amount).ok_or(SketchError::NeverAdded)
}
