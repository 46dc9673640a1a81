//! Properties of sketches: what holds for all page views, in any order.

use domain::rum::{EncodedSketch, Measured, SketchError, ViewSketch, Vital, Vitals, Weight};
use proptest::{collection::vec, prelude::*, sample::Index};

fn weight() -> impl Strategy<Value = Weight> {
    prop_oneof![
        3 => Just(Weight::ONE),
        1 => (1.0..10_000.0).prop_map(|w| Weight::new(w).unwrap()),
        1 => Just(Weight::new(10_000.0).unwrap()),
    ]
}

fn value(vital: Vital) -> impl Strategy<Value = f64> {
    let (good, needs_improvement) = vital.thresholds();
    prop_oneof![
        4 => (-9.0..1.0_f64).prop_map(move |power| vital.largest_plausible() * power.exp()),
        2 => Just(0.0),
        1 => Just(good),
        1 => Just(needs_improvement),
        1 => 0.0..1e-3,
    ]
    .prop_map(move |value: f64| value.min(vital.largest_plausible()))
}

fn measured() -> impl Strategy<Value = Measured> {
    let values = Vital::ALL.map(|vital| prop::option::weighted(0.7, value(vital)));
    (values, weight()).prop_map(|(values, weight)| {
        let mut vitals = Vitals::default();
        for (vital, value) in Vital::ALL.into_iter().zip(values) {
            vitals.set(vital, value);
        }
        Measured { vitals, weight }
    })
}

fn sketch_of<'a>(views: impl IntoIterator<Item = &'a Measured>) -> ViewSketch {
    let mut sketch = ViewSketch::default();
    views.into_iter().for_each(|view| sketch.add(view));
    sketch
}

/// The smallest value that at least `quantile` of the weight does not exceed.
fn percentile_disc(values: &mut [(f64, i64)], quantile_percent: i64) -> Option<f64> {
    values.sort_by(|a, b| a.0.total_cmp(&b.0));
    let all: i64 = values.iter().map(|(_, weight)| weight).sum();
    let mut below = 0;
    values.iter().find_map(|(value, weight)| {
        below += weight;
        (below * 100 >= quantile_percent * all).then_some(*value)
    })
}

proptest! {
    #[test]
    fn merging_in_any_order_and_grouping_gives_the_same_bits(
        views in vec((measured(), 0..5_usize), 0..60),
        order in Just((0..5_usize).collect::<Vec<_>>()).prop_shuffle(),
        split in 0..5_usize,
    ) {
        let whole = sketch_of(views.iter().map(|(view, _)| view));
        let parts: Vec<_> = (0..5).map(|part| sketch_of(views.iter().filter(|(_, of)| *of == part).map(|(view, _)| view))).collect();
        let merged = |of: &[usize]| {
            let mut sketch = ViewSketch::default();
            of.iter().for_each(|&part| sketch.merge(&parts[part]));
            sketch
        };
        let (left, right) = order.split_at(split);
        let mut grouped = merged(left);
        grouped.merge(&merged(right));
        prop_assert_eq!(&merged(&order), &whole);
        prop_assert_eq!(&grouped, &whole);
        prop_assert_eq!(grouped.encode(), whole.encode());
    }

    #[test]
    fn what_is_subtracted_was_never_there(stay in vec(measured(), 0..30), mut go in vec(measured(), 0..30), turn in any::<Index>()) {
        let fresh = sketch_of(&stay);
        let mut sketch = sketch_of(stay.iter().chain(&go));
        if !go.is_empty() {
            let by = turn.index(go.len());
            go.rotate_left(by);
        }
        for view in &go {
            prop_assert_eq!(sketch.subtract(view), Ok(()));
        }
        prop_assert_eq!(&sketch, &fresh);
        prop_assert_eq!(sketch.encode(), fresh.encode());
    }

    #[test]
    fn what_was_never_added_cannot_be_taken_back(stay in vec(measured(), 0..10), foreign in measured()) {
        let lcp = Measured { vitals: foreign.vitals.with(Vital::Lcp, 123_456.0), ..foreign };
        let mut sketch = sketch_of(stay.iter().filter(|view| view.vitals.get(Vital::Lcp).is_none_or(|lcp| lcp < 100_000.0)));
        prop_assert_eq!(sketch.subtract(&lcp), Err(SketchError::NeverAdded));
    }

    #[test]
    fn a_sketch_survives_its_encoding(views in vec(measured(), 0..80)) {
        let sketch = sketch_of(&views);
        prop_assert_eq!(ViewSketch::decode(&sketch.encode()), Ok(sketch));
    }

    #[test]
    fn each_vital_can_be_read_by_itself(views in vec(measured(), 0..80), more in vec(measured(), 0..20)) {
        let (whole, bytes) = (sketch_of(&views), sketch_of(&views).encode());
        let encoded = EncodedSketch::open(&bytes).unwrap();
        for vital in Vital::ALL {
            let mut alone = sketch_of(&more);
            let mut sum = alone.clone();
            prop_assert_eq!(encoded.merge_into(&mut alone, [vital]), Ok(()));
            sum.merge(&whole);
            prop_assert_eq!((alone.counted(), alone.weight()), (sum.counted(), sum.weight()));
            for other in Vital::ALL {
                let expected = if other == vital { sum.vital(other).clone() } else { sketch_of(&more).vital(other).clone() };
                prop_assert_eq!(alone.vital(other), &expected);
            }
        }
    }

    #[test]
    fn damaged_bytes_are_refused_or_read_but_never_panic(
        views in vec(measured(), 0..20),
        damage in vec((any::<Index>(), any::<u8>()), 0..4),
        cut in prop::option::of(any::<Index>()),
        more in vec(any::<u8>(), 0..4),
    ) {
        let mut bytes = sketch_of(&views).encode();
        for (at, byte) in damage {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        if let Some(cut) = cut {
            bytes.truncate(cut.index(bytes.len()));
        }
        bytes.extend(more);
        exercise(&bytes)?;
    }

    #[test]
    fn any_bytes_are_refused_or_read_but_never_panic(tail in vec(prop_oneof![any::<u8>(), Just(0xff), 0..4_u8], 0..200), headed in prop::option::of(1..=3_u8)) {
        let bytes: Vec<_> = headed.into_iter().chain(tail).collect();
        exercise(&bytes)?;
    }

    #[test]
    fn a_quantile_is_within_one_percent_of_the_exact_weighted_one(views in vec(measured(), 1..200), percent in 1..=99_i64) {
        let sketch = sketch_of(&views);
        for vital in Vital::ALL {
            let mut values: Vec<_> =
                views.iter().filter_map(|view| Some((view.vitals.get(vital)?, i64::from(view.weight.thousandths())))).collect();
            let exact = percentile_disc(&mut values, percent);
            let read = sketch.vital(vital).quantile(percent as f64 / 100.0);
            prop_assert_eq!(read.is_some(), exact.is_some());
            if let (Some(read), Some(exact)) = (read, exact) {
                // What is below a ten-thousandth is told as 0.
                let close = (read - exact).abs() <= 0.01 * exact || (read == 0.0 && exact < 1e-4);
                prop_assert!(close, "{vital:?} p{percent}: {read} for {exact}");
            }
        }
    }

    #[test]
    fn shares_and_counts_are_exact(views in vec(measured(), 0..100)) {
        let sketch = sketch_of(&views);
        prop_assert_eq!(sketch.counted(), views.len() as u64);
        for vital in Vital::ALL {
            let of = |wanted: fn(&str) -> bool| -> i64 {
                views.iter().filter(|view| view.vitals.get(vital).is_some_and(|value| wanted(vital.rate(value).words())))
                    .map(|view| i64::from(view.weight.thousandths())).sum()
            };
            let (good, poor, all) = (of(|words| words == "Good"), of(|words| words == "Poor"), of(|_| true));
            let reported = views.iter().filter(|view| view.vitals.get(vital).is_some()).count();
            prop_assert_eq!(sketch.vital(vital).count(), reported as u64);
            match sketch.vital(vital).shares() {
                None => prop_assert_eq!(reported, 0),
                Some(shares) => {
                    prop_assert_eq!(shares.good, good as f64 / all as f64);
                    prop_assert_eq!(shares.poor, poor as f64 / all as f64);
                    prop_assert!((shares.good + shares.needs_improvement + shares.poor - 1.0).abs() < 1e-12);
                }
            }
        }
    }

    #[test]
    fn an_interval_holds_its_value(views in vec(measured(), 0..300), percent in 1..=99_u32) {
        let sketch = sketch_of(&views);
        for vital in Vital::ALL {
            let quantile = f64::from(percent) / 100.0;
            if let Some(interval) = sketch.vital(vital).interval(quantile) {
                let value = sketch.vital(vital).quantile(quantile).unwrap();
                prop_assert!(interval.low <= value && value <= interval.high && interval.high.is_finite(), "{interval:?} {value}");
            }
        }
    }
}

/// Asks everything of whatever the bytes are.
fn exercise(bytes: &[u8]) -> Result<(), TestCaseError> {
    let Ok(sketch) = ViewSketch::decode(bytes) else { return Ok(()) };
    prop_assert_eq!(ViewSketch::decode(&sketch.encode()), Ok(sketch.clone()));
    let mut twice = sketch.clone();
    twice.merge(&sketch);
    for vital in Vital::ALL {
        let read = twice.vital(vital);
        let _ = (read.quantile(0.75), read.interval(0.75), read.shares(), read.count());
    }
    let _ = twice.subtract(&Measured { vitals: Vitals::default().with(Vital::Lcp, 1_000.0), weight: Weight::ONE });
    Ok(())
}

/// As sketches of one weight were stored before their vitals could be read apart.
#[test]
fn what_was_stored_earlier_is_read() {
    let stored = [2, 0xe8, 0x07, 1, 1, 1, 0, 1, 0, 0, 0, 0, 0];
    let view = Measured { vitals: Vitals::default().with(Vital::Lcp, 0.0), weight: Weight::ONE };
    assert_eq!(ViewSketch::decode(&stored), Ok(sketch_of(&[view])));
}

/// Like SQL's `percentile_disc`: with four values, p75 is the third, and p50 the second.
#[test]
fn ranks_are_those_of_percentile_disc() {
    let sketch = sketch_of(
        &[100.0, 200.0, 400.0, 800.0]
            .map(|lcp| Measured { vitals: Vitals::default().with(Vital::Lcp, lcp), weight: Weight::ONE }),
    );
    for (quantile, exact) in [(0.0, 100.0), (0.25, 100.0), (0.5, 200.0), (0.75, 400.0), (0.751, 800.0), (1.0, 800.0)] {
        let read = sketch.vital(Vital::Lcp).quantile(quantile).unwrap();
        assert!((read - exact).abs() <= 0.01 * exact, "{quantile}: {read}");
    }
}

#[test]
fn equal_weights_change_no_figure() {
    let views = |weight: f64| -> Vec<_> {
        (1..200)
            .map(|n| Measured {
                vitals: Vitals::default().with(Vital::Inp, f64::from(n * n % 977)),
                weight: Weight::new(weight).unwrap(),
            })
            .collect()
    };
    let (plain, sampled) = (sketch_of(&views(1.0)), sketch_of(&views(20.0)));
    let (plain, sampled) = (plain.vital(Vital::Inp), sampled.vital(Vital::Inp));
    assert_eq!(plain.count(), sampled.count());
    assert_eq!(plain.quantile(0.75), sampled.quantile(0.75));
    assert_eq!(plain.interval(0.75), sampled.interval(0.75));
    assert_eq!(plain.shares(), sampled.shares());
}

#[test]
fn a_weight_is_one_to_ten_thousand() {
    for refused in [0.0, 0.999, -1.0, 10_001.0, f64::NAN, f64::INFINITY] {
        assert_eq!(Weight::new(refused), None, "{refused}");
    }
    assert_eq!(Weight::new(1.0), Some(Weight::ONE));
    assert_eq!(Weight::new(3.3333).map(Weight::thousandths), Some(3_333));
    assert_eq!(Weight::from_thousandths(10_000_000).map(Weight::thousandths), Some(10_000_000));
    assert_eq!(Weight::from_thousandths(999), None);
}

/// What an hour of a small site takes in the database.
#[test]
fn a_quiet_hour_is_small() {
    let views: Vec<_> = (1..=5)
        .map(|n| {
            let n = f64::from(n);
            Measured {
                vitals: Vitals::default()
                    .with(Vital::Lcp, 1_500.0 + 300.0 * n)
                    .with(Vital::Cls, 0.01 * n)
                    .with(Vital::Fcp, 900.0 + 80.0 * n)
                    .with(Vital::Ttfb, 300.0 + 40.0 * n),
                weight: Weight::ONE,
            }
        })
        .collect();
    let bytes = sketch_of(&views).encode();
    assert!(bytes.len() <= 200, "{} bytes", bytes.len());
}

/// An hour of a busy page: a hundred page views with four vitals each, spread as they are in life.
#[test]
fn a_busy_hour_takes_little_more() {
    let spread = |n: u32, middle: f64, sigma: f64| middle * (sigma * (f64::from(n % 100) / 50.0 - 1.0) * 1.7).exp();
    let views: Vec<_> = (0..100)
        .map(|n| Measured {
            vitals: Vitals::default()
                .with(Vital::Lcp, spread(n * 37, 1_600.0, 0.55))
                .with(Vital::Cls, if n % 3 == 0 { 0.02 } else { 0.0 })
                .with(Vital::Fcp, spread(n * 53, 1_100.0, 0.6))
                .with(Vital::Ttfb, spread(n * 71, 365.0, 0.8)),
            weight: Weight::new(4.0).unwrap(),
        })
        .collect();
    let bytes = sketch_of(&views).encode();
    assert!(bytes.len() <= 200, "{} bytes", bytes.len());
}
