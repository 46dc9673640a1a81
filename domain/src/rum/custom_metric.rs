//! Numbers that a site sends by names of its own: no threshold, no unit, any sign.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::{Basis, Granularity, Interval, Percentile, State, Timeline, Weight, interval::Z};
use crate::projects::{Deploy, Incident};

/// What page views of a period sent, by name.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CustomMetrics {
    pub from: DateTime<Utc>,
    pub to: DateTime<Utc>,
    /// Which percentile is the chosen one.
    pub percentile: Percentile,
    /// Whether the team's plan has them; without, nothing is told.
    pub in_plan: bool,
    /// Of page views that sent any.
    pub basis: Basis,
    pub granularity: Granularity,
    /// Those that most page views sent, [`CustomMetric::MOST`] at most.
    pub metrics: Vec<CustomMetric>,
    /// Names that there are.
    pub total_metrics: u32,
    /// Deploys of the period, the oldest first.
    pub deploys: Vec<Deploy>,
    /// Incidents that lasted at any time of the period, the oldest first.
    pub incidents: Vec<Incident>,
}

/// One name.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CustomMetric {
    pub name: String,
    /// Page views that sent it.
    pub count: u64,
    /// Every percentile, in the order of [`Percentile::ALL`].
    pub values: [f64; Percentile::ALL.len()],
    /// The 95 % interval of the chosen percentile; `None` where the values do not reach far enough.
    pub interval: Option<Interval>,
    pub state: State,
    /// One point a bucket, without gaps, the oldest first.
    pub points: Vec<MetricPoint>,
}

/// One bucket of a custom metric's trend.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct MetricPoint {
    /// The bucket's start.
    pub at: DateTime<Utc>,
    pub count: u64,
    /// Every percentile, as in [`CustomMetric::values`].
    pub values: Option<[f64; Percentile::ALL.len()]>,
}

impl CustomMetric {
    /// Names that one answer tells.
    pub const MOST: usize = 50;

    /// The value of a percentile.
    pub const fn value(&self, percentile: Percentile) -> f64 {
        self.values[percentile as usize]
    }
}

impl MetricPoint {
    /// The value of a percentile; `None` where nothing was sent.
    pub fn value(&self, percentile: Percentile) -> Option<f64> {
        self.values.map(|values| values[percentile as usize])
    }
}

impl CustomMetrics {
    /// The buckets of the trends.
    pub fn timeline(&self) -> Timeline {
        let starts = self.metrics.first().map_or(&[][..], |metric| &metric.points);
        Timeline::new(self.granularity, starts.first().map(|point| point.at), starts.len())
    }
}

/// Values of one metric, sorted.
#[derive(Debug, Clone, Default)]
pub struct MetricValues {
    /// Each with the weight up to and with it, in thousandths.
    up_to: Vec<(f64, u64)>,
    weight_squared: f64,
}

impl MetricValues {
    /// Values with the weights of their page views.
    pub fn of(values: impl IntoIterator<Item = (f64, Weight)>) -> Self {
        let mut values: Vec<(f64, Weight)> = values.into_iter().collect();
        values.sort_by(|(a, _), (b, _)| a.total_cmp(b));
        let mut weight = 0;
        let mut weight_squared = 0.0;
        let up_to = values
            .into_iter()
            .map(|(value, of)| {
                weight += u64::from(of.thousandths().unsigned_abs());
                weight_squared += f64::from(of.thousandths()).powi(2);
                (value, weight)
            })
            .collect();
        Self { up_to, weight_squared }
    }

    pub fn count(&self) -> u64 {
        self.up_to.len() as u64
    }

    fn weight(&self) -> f64 {
        self.up_to.last().map_or(0.0, |(_, weight)| *weight as f64)
    }

    /// The smallest value up to which there is so much weight, nudged down by less than a thousandth of a page view
    /// because of binary fractions.
    fn at(&self, weight: f64) -> Option<f64> {
        let at = self.up_to.partition_point(|(_, up_to)| (*up_to as f64) < weight - 1e-6);
        self.up_to.get(at).map(|(value, _)| *value)
    }

    /// The smallest value that at least `quantile` (0–1) of the weight does not exceed, exactly;
    /// `None` without values. On unweighted values this is SQL's `percentile_disc`.
    pub fn quantile(&self, quantile: f64) -> Option<f64> {
        self.at(quantile * self.weight())
    }

    /// Every percentile; `None` without values.
    pub fn percentiles(&self) -> Option<[f64; Percentile::ALL.len()]> {
        let mut values = [0.0; Percentile::ALL.len()];
        for percentile in Percentile::ALL {
            values[percentile as usize] = self.quantile(percentile.quantile())?;
        }
        Some(values)
    }

    /// A 95 % confidence interval of the quantile; `None` where a rank falls outside the values.
    ///
    /// The order statistics of the ranks `nq ± 1.96·√(nq(1−q))`, rounded up (Conover, "Practical
    /// Nonparametric Statistics", §3.2), with Kish's effective size for `n` where weights differ.
    pub fn interval(&self, quantile: f64) -> Option<Interval> {
        let weight = self.weight();
        if self.weight_squared <= 0.0 {
            return None;
        }
        let size = weight.powi(2) / self.weight_squared;
        let unit = weight / size;
        let spread = Z * (quantile * (1.0 - quantile) / size).sqrt();
        let (low, high) = (weight * (quantile - spread), weight * (quantile + spread));
        if low < unit / 2.0 || high > weight - unit / 2.0 {
            return None;
        }
        Some(Interval { low: self.at(low)?, high: self.at(high)? })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plain(values: impl IntoIterator<Item = f64>) -> MetricValues {
        MetricValues::of(values.into_iter().map(|value| (value, Weight::ONE)))
    }

    #[test]
    fn a_percentile_is_a_value_that_was_sent_of_any_sign() {
        let values = plain([4.0, -2.0, 3.0, 0.0]);
        assert_eq!(
            (values.quantile(0.5), values.quantile(0.75), values.quantile(0.99)),
            (Some(0.0), Some(3.0), Some(4.0))
        );
        assert_eq!(plain([]).percentiles(), None);
        assert_eq!(plain([7.0]).percentiles(), Some([7.0; 5]));
    }

    #[test]
    fn a_page_view_that_stands_for_ten_counts_ten_times() {
        let ten = Weight::new(10.0).unwrap();
        let values = MetricValues::of([(1.0, Weight::ONE), (5.0, ten), (9.0, Weight::ONE)]);
        assert_eq!((values.quantile(0.5), values.quantile(0.95), values.count()), (Some(5.0), Some(9.0), 3));
    }

    #[test]
    fn an_interval_holds_the_ranks_around_the_quantile() {
        // np = 75, 1.96·√(100·0.75·0.25) = 8.49: ranks 67 and 84.
        let interval = plain((1..=100).map(f64::from)).interval(0.75).unwrap();
        assert_eq!((interval.low, interval.high), (67.0, 84.0));
        assert_eq!(plain((1..=12).map(f64::from)).interval(0.99), None);
        assert_eq!(plain([]).interval(0.5), None);
    }

    #[test]
    fn weights_that_differ_make_it_wider() {
        let weight = |at: u32| if at.is_multiple_of(10) { Weight::new(20.0).unwrap() } else { Weight::ONE };
        let uneven = MetricValues::of((1..=400).map(|at| (f64::from(at), weight(at)))).interval(0.5).unwrap();
        let even = plain((1..=400).map(f64::from)).interval(0.5).unwrap();
        assert!(uneven.high - uneven.low > even.high - even.low, "{uneven:?} {even:?}");
    }
}
