//! Properties of segments: what is to be gained, how values are spread, how tables are sorted.

use domain::rum::{
    Basis, BreakdownRow, Column, Dimension, Direction, Histogram, Listing, Measured, Percentile, ROWS_A_PAGE, Rating,
    ViewSketch, Vital, VitalSketch, Vitals, Weight, opportunity,
};
use proptest::{collection::vec, prelude::*, sample::select};

fn reports(vital: Vital) -> impl Strategy<Value = Vec<(f64, Weight)>> {
    let (good, needs_improvement) = vital.thresholds();
    let value = prop_oneof![
        0.0..needs_improvement * 3.0,
        Just(0.0),
        Just(good),
        Just(good.next_up()),
        Just(needs_improvement),
        Just(vital.largest_plausible()),
    ];
    let weight = prop_oneof![Just(Weight::ONE), (1.0..100.0).prop_map(|weight| Weight::new(weight).unwrap())];
    vec((value, weight), 0..40)
}

fn sketch(vital: Vital, reports: &[(f64, Weight)]) -> VitalSketch {
    let mut sketch = VitalSketch::default();
    reports.iter().for_each(|(value, weight)| sketch.add(vital, *value, *weight));
    sketch
}

fn views(vital: Vital, reports: &[(f64, Weight)]) -> ViewSketch {
    let mut sketch = ViewSketch::default();
    for (value, weight) in reports {
        sketch.add(&Measured { vitals: Vitals::default().with(vital, *value), weight: *weight });
    }
    sketch
}

fn with_reports() -> impl Strategy<Value = (Vital, Vec<Vec<(f64, Weight)>>)> {
    select(&Vital::ALL[..]).prop_flat_map(|vital| (Just(vital), vec(reports(vital), 1..6)))
}

proptest! {
    #[test]
    fn the_gains_of_all_segments_are_all_that_is_not_good((vital, segments) in with_reports()) {
        let mut site = VitalSketch::default();
        let segments: Vec<_> = segments.iter().map(|reports| sketch(vital, reports)).collect();
        segments.iter().for_each(|segment| site.merge(segment));
        let gains: f64 = segments.iter().map(|segment| opportunity(segment, &site)).sum();
        let not_good = site.shares().map_or(0.0, |shares| 1.0 - shares.good);
        prop_assert!((gains - not_good).abs() < 1e-9, "{gains} {not_good}");
    }

    #[test]
    fn the_gain_is_what_the_share_of_good_would_rise_by((vital, segments) in with_reports()) {
        let all: Vec<_> = segments.concat();
        let site = sketch(vital, &all);
        let mended: Vec<_> = segments[0].iter().map(|(_, weight)| (0.0, *weight)).chain(segments[1..].concat()).collect();
        let good = |sketch: &VitalSketch| sketch.shares().map_or(0.0, |shares| shares.good);
        let gain = opportunity(&sketch(vital, &segments[0]), &site);
        prop_assert!((good(&sketch(vital, &mended)) - good(&site) - gain).abs() < 1e-9);
        prop_assert!((0.0..=1.0).contains(&gain));
    }

    #[test]
    fn what_is_merged_can_be_taken_out_to_the_bit((vital, segments) in with_reports()) {
        let parts: Vec<_> = segments.iter().map(|reports| views(vital, reports)).collect();
        let mut all = ViewSketch::default();
        parts.iter().for_each(|part| all.merge(part));
        for (at, part) in parts.iter().enumerate() {
            all.take_out(part).unwrap();
            let mut left = ViewSketch::default();
            parts[at + 1..].iter().for_each(|part| left.merge(part));
            prop_assert_eq!(&all, &left);
        }
        let never_added = views(vital, &[(1.0, Weight::ONE)]);
        prop_assert!(all.take_out(&never_added).is_err());
    }

    #[test]
    fn bars_are_in_order_add_up_and_agree_with_the_shares_of_the_ratings((vital, segments) in with_reports()) {
        let sketch = sketch(vital, &segments.concat());
        let bars = Histogram::of(vital, &sketch, Basis::Sketches).bars;
        let Some(shares) = sketch.shares() else {
            prop_assert!(bars.is_empty());
            return Ok(());
        };
        prop_assert!(bars.windows(2).all(|pair| pair[0].to == Some(pair[1].from)));
        prop_assert!(bars.iter().all(|bar| bar.share >= -1e-9), "{bars:?}");
        for (rating, share) in [
            (Rating::Good, shares.good),
            (Rating::NeedsImprovement, shares.needs_improvement),
            (Rating::Poor, shares.poor),
        ] {
            let sum: f64 = bars.iter().filter(|bar| bar.rating == rating).map(|bar| bar.share).sum();
            prop_assert!((sum - share).abs() < 1e-9, "{rating:?}: {sum} {share}");
        }
    }

    #[test]
    fn a_table_shows_each_row_once_in_the_order_that_was_asked_for(
        segments in vec(reports(Vital::Lcp), 0..130),
        sort in select(&Column::ALL[..]),
        direction in select(&[Direction::Ascending, Direction::Descending][..]),
    ) {
        let sketches: Vec<_> = segments.iter().map(|reports| views(Vital::Lcp, reports)).collect();
        let mut site = ViewSketch::default();
        sketches.iter().for_each(|sketch| site.merge(sketch));
        let rows: Vec<_> = sketches.iter().enumerate().map(|(at, sketch)| {
            BreakdownRow::of(format!("/{at:03}"), format!("Page {at:03}"), sketch, &site, Vital::Lcp, Percentile::P75)
        }).collect();
        let listing = Listing { sort, direction, ..Listing::by(Dimension::PageGroup) };
        let pages = (rows.len() as u32).div_ceil(ROWS_A_PAGE);
        let mut shown: Vec<BreakdownRow> = Vec::new();
        for page in 1..=pages {
            let (part, at, found) = Listing { page, ..listing.clone() }.pick(rows.clone());
            prop_assert_eq!((at, found as usize), (page, rows.len()));
            shown.extend(part);
        }
        let mut keys: Vec<_> = shown.iter().map(|row| row.key.clone()).collect();
        if sort == Column::Opportunity {
            let ordered = shown.windows(2).all(|pair| match direction {
                Direction::Ascending => pair[0].opportunity <= pair[1].opportunity,
                Direction::Descending => pair[0].opportunity >= pair[1].opportunity,
            });
            prop_assert!(ordered);
        }
        if sort == Column::Value {
            // What has no figure to show stands at the end, whichever way the table is turned.
            let known: Vec<_> = shown.iter().map(|row| row.value.is_some() && row.state.shows_value()).collect();
            prop_assert!(known.windows(2).all(|pair| pair[0] || !pair[1]));
        }
        keys.sort_unstable();
        keys.dedup();
        prop_assert_eq!(keys.len(), rows.len());
        let beyond = Listing { page: pages + 7, ..listing }.pick(rows.clone());
        prop_assert_eq!(beyond.1, pages.max(1));
    }
}

#[test]
fn a_search_finds_names_and_keys_in_any_case() {
    let site = ViewSketch::default();
    let row = |key: &str, name: &str| {
        BreakdownRow::of(key.to_owned(), name.to_owned(), &site, &site, Vital::Lcp, Percentile::P75)
    };
    let rows = vec![row("NO", "Norway"), row("DE", "Germany"), row("MX", "Mexico")];
    let found = |search: &str| {
        let listing = Listing { search: search.to_owned(), ..Listing::by(Dimension::Country) };
        listing.pick(rows.clone()).0.into_iter().map(|row| row.key).collect::<Vec<_>>()
    };
    assert_eq!(found("norW"), ["NO"]);
    assert_eq!(found("m"), ["DE", "MX"]);
    assert_eq!(found("de"), ["DE"]);
    assert_eq!(found("x1"), Vec::<String>::new());
}

#[test]
fn a_table_survives_its_address() {
    for sort in Column::ALL {
        for direction in [Direction::Ascending, Direction::Descending] {
            let search = "a b&c".to_owned();
            let listing = Listing { sort, direction, page: 3, search, ..Listing::by(Dimension::Os) };
            let params = listing.params();
            let read = Listing::from_params(|name| {
                params.iter().find(|(key, _)| *key == name).map(|(_, value)| value.as_str())
            });
            assert_eq!(read, listing);
        }
    }
    assert_eq!(Listing::by(Dimension::PageGroup).params(), []);
    let wrong = Listing::from_params(|name| match name {
        "page" => Some("0"),
        "sort" | "direction" | "by" => Some("sideways"),
        _ => None,
    });
    assert_eq!(wrong, Listing::by(Dimension::PageGroup));
}
