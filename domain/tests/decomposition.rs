//! Properties of decompositions: the parts sum to the difference, whatever the page views.

use domain::rum::{Measured, Pair, Vital, VitalSketch, Vitals, Weight, decompose};
use proptest::{collection::vec, prelude::*};

const JUDGED: f64 = 0.75;

fn sketch(values: &[(f64, Weight)]) -> VitalSketch {
    let mut sketch = domain::rum::ViewSketch::default();
    for &(value, weight) in values {
        sketch.add(&Measured { vitals: Vitals::default().with(Vital::Lcp, value), weight });
    }
    sketch.vital(Vital::Lcp).clone()
}

fn values() -> impl Strategy<Value = Vec<(f64, Weight)>> {
    let weight = prop_oneof![3 => Just(Weight::ONE), 1 => (1.0..100.0).prop_map(|w| Weight::new(w).unwrap())];
    vec(((5.0..9.0_f64).prop_map(f64::exp), weight), 0..40)
}

fn segments() -> impl Strategy<Value = Vec<Pair>> {
    vec((values(), values()), 1..6).prop_map(|pairs| {
        pairs.iter().map(|(before, after)| Pair { before: sketch(before), after: sketch(after) }).collect()
    })
}

fn turned(segments: &[Pair]) -> Vec<Pair> {
    segments.iter().map(|pair| Pair { before: pair.after.clone(), after: pair.before.clone() }).collect()
}

fn near(a: f64, b: f64) -> bool {
    (a - b).abs() <= 1e-9 * (1.0 + a.abs().max(b.abs()))
}

proptest! {
    #[test]
    fn the_parts_sum_to_the_difference(segments in segments()) {
        let merged = |side: fn(&Pair) -> &VitalSketch| {
            let mut all = VitalSketch::default();
            segments.iter().for_each(|pair| all.merge(side(pair)));
            all
        };
        let (before, after) = (merged(|pair| &pair.before), merged(|pair| &pair.after));
        let Some(made_of) = decompose(&segments, JUDGED) else {
            prop_assert!(before.count() == 0 || after.count() == 0);
            return Ok(());
        };
        let (good_before, good_after) = (before.shares().unwrap().good, after.shares().unwrap().good);
        prop_assert!(near(made_of.good.total, good_after - good_before));
        prop_assert!(near(made_of.good.within + made_of.good.mix, made_of.good.total), "{:?}", made_of.good);
        prop_assert!(near(made_of.percentile.within + made_of.percentile.mix, made_of.percentile.total));
        prop_assert!(near(made_of.percentile.total, after.quantile(JUDGED).unwrap() - before.quantile(JUDGED).unwrap()));
        let (within, mix) = made_of.contributions.iter().fold((0.0, 0.0), |sum, part| (sum.0 + part.within, sum.1 + part.mix));
        prop_assert!(near(within, made_of.good.within) && near(mix, made_of.good.mix));
        prop_assert!(near(made_of.contributions.iter().map(|part| part.part_after).sum(), 1.0));
        for of in [made_of.good_total, made_of.good_within, made_of.good_mix] {
            let interval = of.interval.unwrap();
            prop_assert!(interval.low <= of.value && of.value <= interval.high);
        }
    }

    #[test]
    fn turned_round_only_the_signs_change(segments in segments()) {
        let (Some(there), Some(back)) = (decompose(&segments, JUDGED), decompose(&turned(&segments), JUDGED)) else {
            return Ok(());
        };
        prop_assert!(near(there.good.within, -back.good.within) && near(there.good.mix, -back.good.mix));
        prop_assert!(near(there.percentile.within, -back.percentile.within));
        prop_assert!(near(there.percentile.mix, -back.percentile.mix));
    }

    #[test]
    fn where_segments_stay_as_they_are_all_is_mix(segments in vec((values(), 1..5_usize, 1..5_usize), 1..5)) {
        let copies = |values: &[(f64, Weight)], times: usize| sketch(&values.repeat(times));
        let pairs: Vec<Pair> = segments
            .iter()
            .map(|(values, before, after)| Pair { before: copies(values, *before), after: copies(values, *after) })
            .collect();
        let Some(made_of) = decompose(&pairs, JUDGED) else { return Ok(()) };
        prop_assert!(near(made_of.good.within, 0.0) && near(made_of.percentile.within, 0.0), "{made_of:?}");
    }

    #[test]
    fn where_the_mix_stays_as_it_is_all_is_within(segments in vec((values(), values()), 1..5)) {
        // As many page views before as after, in each segment.
        let pairs: Vec<Pair> = segments
            .iter()
            .map(|(before, after)| {
                let size = before.len().min(after.len());
                let even = |values: &[(f64, Weight)]| {
                    sketch(&values[..size].iter().map(|(value, _)| (*value, Weight::ONE)).collect::<Vec<_>>())
                };
                Pair { before: even(before), after: even(after) }
            })
            .collect();
        let Some(made_of) = decompose(&pairs, JUDGED) else { return Ok(()) };
        prop_assert!(near(made_of.good.mix, 0.0) && near(made_of.percentile.mix, 0.0), "{made_of:?}");
    }
}

fn many(value: f64, times: usize) -> VitalSketch {
    sketch(&vec![(value, Weight::ONE); times])
}

#[test]
fn more_visits_of_a_slow_segment_are_a_change_of_mix_and_no_regression() {
    let fast = Pair { before: many(1_000.0, 900), after: many(1_000.0, 500) };
    let slow = Pair { before: many(5_000.0, 100), after: many(5_000.0, 500) };
    let made_of = decompose(&[fast, slow], JUDGED).unwrap();
    assert!(near(made_of.good.total, -0.4) && near(made_of.good.mix, -0.4), "{:?}", made_of.good);
    assert_eq!(made_of.percentile.within, 0.0);
    assert!(made_of.good_mix.is_significant() && !made_of.good_within.is_significant());
    assert!(made_of.percentile.mix > 3_900.0, "{:?}", made_of.percentile);
}

#[test]
fn a_regression_of_one_segment_is_found_within_it() {
    let steady = Pair { before: many(1_000.0, 500), after: many(1_000.0, 500) };
    let worse = Pair { before: many(1_500.0, 500), after: many(5_000.0, 500) };
    let made_of = decompose(&[steady, worse], JUDGED).unwrap();
    assert!(near(made_of.good.within, -0.5) && near(made_of.good.mix, 0.0));
    assert!(near(made_of.contributions[1].within, -0.5) && near(made_of.contributions[0].within, 0.0));
    assert!(made_of.contributions[1].percentile.unwrap().is_significant());
    assert!(!made_of.contributions[0].percentile.unwrap().is_significant());
}

#[test]
fn a_segment_that_one_side_lacks_is_mix() {
    let stays = Pair { before: many(1_000.0, 100), after: many(1_000.0, 100) };
    let comes = Pair { before: VitalSketch::default(), after: many(9_000.0, 100) };
    let made_of = decompose(&[stays, comes], JUDGED).unwrap();
    assert!(near(made_of.good.within, 0.0) && near(made_of.good.mix, -0.5));
    assert_eq!(made_of.percentile.within, 0.0);
    assert_eq!(made_of.contributions[1].percentile, None);
}

#[test]
fn few_page_views_are_not_called_a_change() {
    let pair = Pair { before: many(1_000.0, 3), after: many(9_000.0, 2) };
    let made_of = decompose(&[pair], JUDGED).unwrap();
    assert!(!made_of.contributions[0].percentile.unwrap().is_significant());
}
