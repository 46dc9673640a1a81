//! Distributions that visits follow.

use rand::{Rng, RngExt};

/// Zipf's law: the k-th of n is picked with probability proportional to `1/k^exponent`.
#[derive(Debug, Clone)]
pub struct Zipf {
    /// The probability of this one or any before it.
    cumulative: Vec<f64>,
}

impl Zipf {
    pub fn new(n: usize, exponent: f64) -> Self {
        let mut sum = 0.0;
        let mut cumulative: Vec<f64> = (1..=n.max(1))
            .map(|k| {
                sum += (k as f64).powf(-exponent);
                sum
            })
            .collect();
        cumulative.iter_mut().for_each(|share| *share /= sum);
        Self { cumulative }
    }

    /// From 0 (the most frequent) up to n − 1.
    pub fn pick(&self, random: &mut impl Rng) -> usize {
        let at: f64 = random.random();
        self.cumulative.partition_point(|share| *share < at).min(self.cumulative.len() - 1)
    }
}

/// `exp` of a normal variable.
pub fn log_normal(random: &mut impl Rng, mu: f64, sigma: f64) -> f64 {
    // Box–Muller; `1 − random` keeps off zero, which has no logarithm.
    let radius = (-2.0 * (1.0 - random.random::<f64>()).ln()).sqrt();
    let angle = 2.0 * std::f64::consts::PI * random.random::<f64>();
    (mu + sigma * radius * angle.cos()).exp()
}

pub fn chance(random: &mut impl Rng, share: f64) -> bool {
    random.random::<f64>() < share
}

/// One of a list whose members have shares; they need not add up to 1.
pub fn weighted<'a, T>(random: &mut impl Rng, from: &'a [T], share: impl Fn(&T) -> f64) -> &'a T {
    let mut left = random.random::<f64>() * from.iter().map(&share).sum::<f64>();
    for one in from {
        left -= share(one);
        if left < 0.0 {
            return one;
        }
    }
    &from[from.len() - 1]
}

/// Rounded to a tenth, as scripts send times.
pub fn tenth(ms: f64) -> f64 {
    (ms * 10.0).round() / 10.0
}

#[cfg(test)]
mod tests {
    use rand::{SeedableRng, rngs::StdRng};

    use super::*;

    #[test]
    fn the_first_of_zipf_comes_twice_as_often_as_the_second() {
        let mut random = StdRng::seed_from_u64(1);
        let zipf = Zipf::new(100, 1.0);
        let mut seen = [0u32; 100];
        for _ in 0..100_000 {
            seen[zipf.pick(&mut random)] += 1;
        }
        let ratio = f64::from(seen[0]) / f64::from(seen[1]);
        assert!((1.9..2.1).contains(&ratio), "{ratio}");
        assert!(seen[99] > 0);
    }

    #[test]
    fn the_median_of_a_log_normal_is_exp_mu() {
        let mut random = StdRng::seed_from_u64(1);
        let mut values: Vec<f64> = (0..100_001).map(|_| log_normal(&mut random, 7.4, 0.55)).collect();
        values.sort_by(f64::total_cmp);
        let ratio = values[50_000] / 7.4f64.exp();
        assert!((0.99..1.01).contains(&ratio), "{ratio}");
    }
}
