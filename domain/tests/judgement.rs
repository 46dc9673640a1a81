//! What a figure may claim, and when a site passes.

use domain::rum::{Interval, State, Verdict, Vital};

const WIDE: Option<Interval> = Some(Interval { low: 2_000.0, high: 3_000.0 });
const GOOD: Option<Interval> = Some(Interval { low: 1_000.0, high: 2_500.0 });

#[test]
fn a_percentile_claims_no_more_than_its_page_views_allow() {
    for (count, value, interval, state, why) in [
        (0, 0.0, None, State::NoData, "nothing was reported"),
        (1, 2_400.0, None, State::TooFew, "one page view"),
        (9, 2_400.0, GOOD, State::TooFew, "one less than few"),
        (10, 2_400.0, None, State::Provisional, "few, and no interval"),
        (49, 2_000.0, GOOD, State::Provisional, "one less than needed"),
        (50, 2_000.0, GOOD, State::Stable, "enough, and all of the interval is good"),
        (5_000, 2_400.0, WIDE, State::Provisional, "the interval holds two ratings and is wide"),
        (5_000, 2_500.0, Some(Interval { low: 2_400.0, high: 2_600.0 }), State::Stable, "two ratings, but narrow"),
        (5_000, 2_500.0, None, State::Provisional, "no interval"),
    ] {
        assert_eq!(State::of(Vital::Lcp, count, value, interval), state, "{why}");
    }
    assert!(!State::NoData.shows_value() && !State::TooFew.shows_value());
    assert!(State::Provisional.shows_value() && State::Stable.shows_value());
}

#[test]
fn a_shift_of_zero_is_stable_when_it_is_zero_throughout() {
    let interval = Some(Interval { low: 0.0, high: 0.0 });
    assert_eq!(State::of(Vital::Cls, 500, 0.0, interval), State::Stable);
}

#[test]
fn a_site_passes_by_googles_rule() {
    use State::{NoData, Provisional, Stable, TooFew};
    let verdict = |lcp: (f64, State), inp: (f64, State), cls: (f64, State)| {
        Verdict::of(
            &[(Vital::Lcp, lcp), (Vital::Inp, inp), (Vital::Cls, cls)]
                .map(|(vital, (p75, state))| (vital, Some(p75), state)),
        )
    };
    let (lcp, inp, cls) = ((2_500.0, Stable), (200.0, Stable), (0.1, Stable));
    assert_eq!(verdict(lcp, inp, cls), Verdict::Passes, "the thresholds themselves are good");
    assert_eq!(verdict(lcp, (0.0, NoData), cls), Verdict::Passes, "a page where nobody interacts");
    assert_eq!(verdict(lcp, (900.0, TooFew), cls), Verdict::Passes, "too few interactions to judge");
    assert_eq!(verdict((2_500.1, Stable), inp, cls), Verdict::Fails(vec![Vital::Lcp]), "needs improvement is not good");
    assert_eq!(
        verdict((9_000.0, Provisional), (201.0, Stable), (0.3, Stable)),
        Verdict::Fails(vec![Vital::Lcp, Vital::Inp, Vital::Cls])
    );
    assert_eq!(verdict((2_000.0, TooFew), inp, cls), Verdict::TooFew, "no LCP to judge");
    assert_eq!(verdict(lcp, inp, (0.0, NoData)), Verdict::TooFew, "without CLS nothing is shown to pass");
    assert_eq!(
        verdict((9_000.0, Stable), inp, (0.0, NoData)),
        Verdict::Fails(vec![Vital::Lcp]),
        "but it can be shown to fail"
    );
    assert_eq!(Verdict::of(&[]), Verdict::TooFew);
    assert_eq!(Verdict::of(&[(Vital::Lcp, None, Stable)]), Verdict::TooFew);
}
