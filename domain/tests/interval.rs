//! How often the 95 % interval encloses the true quantile: by simulation, with a seed.

use std::collections::BTreeMap;

use domain::rum::{Interval, Vital, VitalSketch, Weight};
use rand::{RngExt, SeedableRng, rngs::StdRng};

type Draw = fn(&mut StdRng) -> f64;

fn normal(random: &mut StdRng) -> f64 {
    let (a, b): (f64, f64) = (random.random(), random.random());
    (-2.0 * (1.0 - a).ln()).sqrt() * (std::f64::consts::TAU * b).cos()
}

fn log_normal(random: &mut StdRng, mean: f64, deviation: f64) -> f64 {
    (mean + deviation * normal(random)).exp()
}

/// INP as browsers tell it: a multiple of 8 ms.
fn coarse(random: &mut StdRng, mean: f64) -> f64 {
    ((log_normal(random, mean, 0.6) / 8.0).round() * 8.0).max(8.0)
}

/// Distributions without ties.
const SMOOTH: [(&str, Draw); 6] = [
    ("LCP of most sites", |random| log_normal(random, 7.4, 0.55)),
    ("TTFB of most sites", |random| log_normal(random, 5.9, 0.8)),
    ("exponential", |random| -1_000.0 * (1.0 - random.random::<f64>()).ln()),
    ("uniform", |random| 3_000.0 * random.random::<f64>()),
    ("cached or not", |random| {
        if random.random_bool(0.6) { log_normal(random, 6.5, 0.3) } else { log_normal(random, 8.2, 0.4) }
    }),
    ("CLS, mostly none", |random| if random.random_bool(0.4) { 0.0 } else { log_normal(random, -3.0, 1.0) }),
];

/// Many equal values, and spreads that are no wider than a bucket.
const TIED: [(&str, Draw); 7] = [
    ("INP near 100 ms", |random| coarse(random, 4.2)),
    ("INP near 200 ms", |random| coarse(random, 4.9)),
    ("INP near 350 ms", |random| coarse(random, 5.45)),
    ("INP near 500 ms", |random| coarse(random, 5.8)),
    ("the same shift for many", |random| match random.random::<f64>() {
        ..0.5 => 0.0,
        0.5..0.8 => 0.0123,
        _ => log_normal(random, -3.0, 1.0),
    }),
    ("always the same", |_| 1_234.5),
    ("hardly spread", |random| log_normal(random, 7.0, 0.03)),
];

/// Values with their weights.
fn sketch_of(values: &[(f64, Weight)]) -> VitalSketch {
    let mut sketch = VitalSketch::default();
    values.iter().for_each(|&(value, weight)| sketch.add(Vital::Lcp, value, weight));
    sketch
}

/// The true quantiles, from so many values that their own error does not count.
fn truth(draw: Draw, quantiles: &[f64]) -> Vec<f64> {
    let mut random = StdRng::seed_from_u64(1);
    let mut values: Vec<_> = (0..2_000_000).map(|_| draw(&mut random)).collect();
    values.sort_by(f64::total_cmp);
    quantiles.iter().map(|quantile| values[(quantile * values.len() as f64) as usize - 1]).collect()
}

/// How often the interval of `n` values encloses the truth, and how wide it is on average in
/// parts of the truth.
#[derive(Debug, Clone, Copy)]
struct Outcome {
    coverage: f64,
    width: f64,
}

impl Outcome {
    /// 95 % as near as chance and whole counts allow. An interval of less than two buckets
    /// may be wider than it need be, never narrower.
    fn is_fair(self) -> bool {
        self.coverage >= 0.93 && (self.coverage <= 0.97 || self.width < 2.0 * BUCKET)
    }
}

/// The width of a bucket in parts of its value.
const BUCKET: f64 = 0.02;

/// The outcome for each quantile.
fn outcomes(draw: Draw, weight: fn(&mut StdRng) -> Weight, n: usize, quantiles: &[f64], truth: &[f64]) -> Vec<Outcome> {
    let tries = if n > 1_000 { 1_500 } else { 4_000 };
    let mut random = StdRng::seed_from_u64(n as u64);
    let mut sums = vec![(0, 0.0); quantiles.len()];
    for _ in 0..tries {
        let values: Vec<_> = (0..n).map(|_| (draw(&mut random), weight(&mut random))).collect();
        let sketch = sketch_of(&values);
        for (((hits, width), quantile), truth) in sums.iter_mut().zip(quantiles).zip(truth) {
            let Interval { low, high } = sketch.interval(*quantile).expect("enough data");
            let rounding = 1e-9 * truth;
            *hits += i32::from(low <= truth + rounding && truth - rounding <= high);
            *width += (high - low) / truth;
        }
    }
    let tries = f64::from(tries);
    sums.into_iter().map(|(hits, width)| Outcome { coverage: f64::from(hits) / tries, width: width / tries }).collect()
}

fn one(_: &mut StdRng) -> Weight {
    Weight::ONE
}

#[test]
fn smooth_values_are_enclosed_in_95_of_100_cases() {
    let mut unfair = BTreeMap::new();
    for (name, draw) in SMOOTH {
        let quantiles = [0.5, 0.75, 0.9];
        let truth = truth(draw, &quantiles);
        for n in [60, 200, 1_000, 5_000] {
            for (quantile, outcome) in quantiles.iter().zip(outcomes(draw, one, n, &quantiles, &truth)) {
                println!("{name}, n = {n}, q = {quantile}: {outcome:?}");
                if !outcome.is_fair() {
                    unfair.insert(format!("{name}, n = {n}, q = {quantile}"), outcome);
                }
            }
        }
    }
    assert!(unfair.is_empty(), "{unfair:#?}");
}

#[test]
fn few_values_are_enclosed_as_often_when_an_interval_is_given_at_all() {
    for (name, draw) in SMOOTH {
        let truth = truth(draw, &[0.75]);
        for n in [20, 30, 40] {
            let [Outcome { coverage, .. }] = outcomes(draw, one, n, &[0.75], &truth)[..] else { unreachable!() };
            assert!((0.93..=0.98).contains(&coverage), "{name}, n = {n}: {coverage}");
        }
    }
}

#[test]
fn tied_values_are_enclosed_at_least_as_often_and_no_wider_than_by_a_bucket() {
    let mut too_few = BTreeMap::new();
    for (name, draw) in TIED {
        let truth = truth(draw, &[0.75]);
        for n in [60, 200, 1_000, 5_000] {
            let [Outcome { coverage, .. }] = outcomes(draw, one, n, &[0.75], &truth)[..] else { unreachable!() };
            println!("{name}, n = {n}: {coverage}");
            if coverage < 0.93 {
                too_few.insert(format!("{name}, n = {n}"), coverage);
            }
        }
        // Against the interval of the order statistics themselves, of whole ranks.
        let mut random = StdRng::seed_from_u64(7);
        for n in [60, 1_000, 5_000] {
            let mut values: Vec<_> = (0..n).map(|_| (draw(&mut random), Weight::ONE)).collect();
            let interval = sketch_of(&values).interval(0.75).unwrap();
            values.sort_by(|a, b| a.0.total_cmp(&b.0));
            let (middle, spread) = (0.75 * n as f64 + 0.5, 1.96 * (0.1875 * n as f64).sqrt());
            let (low, high) =
                (values[(middle - spread).floor() as usize - 1].0, values[(middle + spread).ceil() as usize - 1].0);
            assert!(
                interval.low >= low * 0.98 && interval.high <= high * 1.02,
                "{name}, n = {n}: {interval:?} for {low} to {high}"
            );
        }
    }
    assert!(too_few.is_empty(), "{too_few:#?}");
}

#[test]
fn weights_are_accounted_for() {
    let quantiles = [0.5, 0.75];
    for (name, draw) in [SMOOTH[0], SMOOTH[4]] {
        let truth = truth(draw, &quantiles);
        // Sampled at one in twenty, and at several rates.
        let rates: [fn(&mut StdRng) -> Weight; 2] = [
            |_| Weight::new(20.0).unwrap(),
            |random| Weight::new([1.0, 1.0, 4.0, 10.0][random.random_range(0..4)]).unwrap(),
        ];
        for (at, weight) in rates.into_iter().enumerate() {
            for n in [200, 1_000, 5_000] {
                for outcome in outcomes(draw, weight, n, &quantiles, &truth) {
                    assert!(outcome.is_fair(), "{name}, rate {at}, n = {n}: {outcome:?}");
                }
            }
        }
    }
}

#[test]
fn too_few_values_have_no_interval() {
    let sketch = |n: usize| sketch_of(&(1..=n).map(|n| (100.0 * n as f64, Weight::ONE)).collect::<Vec<_>>());
    for n in 0..=15 {
        assert_eq!(sketch(n).interval(0.75), None, "n = {n}");
    }
    assert!(sketch(16).interval(0.75).is_some());
    assert_eq!(sketch(100).interval(0.99), None);
}
