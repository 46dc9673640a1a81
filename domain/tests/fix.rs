//! The fix list: what would be gained, recomputed the long way round.

use domain::rum::{Explained, Part, Percentile, State, Vital, fix_table};
use proptest::{collection::vec, prelude::*};

fn view(value: f64, weight: u32, target: Option<&str>) -> Explained {
    Explained { value, weight, target: target.map(str::to_owned), page_group: "/".into(), ..Explained::default() }
}

/// The percentile of replaced values, as the definition says it.
fn p75(mut values: Vec<(f64, u32)>) -> Option<f64> {
    values.sort_by(|a, b| a.0.total_cmp(&b.0));
    let all: u64 = values.iter().map(|(_, weight)| u64::from(*weight)).sum();
    let mut below = 0;
    values.into_iter().find_map(|(value, weight)| {
        below += u64::from(weight);
        (below * 4 >= all * 3).then_some(value)
    })
}

proptest! {
    #[test]
    fn what_would_be_gained_is_the_percentile_of_the_replaced_values(
        views in vec(((4.0..9.5_f64).prop_map(f64::exp), prop_oneof![Just(1_000_u32), 1_000..9_000_u32], 0..5_usize), 1..120),
    ) {
        const TARGETS: [Option<&str>; 5] = [None, Some("main>h1"), Some("main>img"), Some("p.lead"), Some("div#hero")];
        let explained: Vec<_> = views.iter().map(|&(value, weight, of)| view(value, weight, TARGETS[of])).collect();
        let table = fix_table(Vital::Lcp, Percentile::P75, explained);
        let (good, poor) = Vital::Lcp.thresholds();
        prop_assert_eq!(table.count, views.len() as u64);
        prop_assert_eq!(table.value, p75(views.iter().map(|&(value, weight, _)| (value, weight)).collect()));
        for row in &table.rows {
            let own = |of: usize| TARGETS[of] == Some(row.target.as_str());
            let replaced = views.iter().map(|&(value, weight, of)| (if own(of) { value.min(good) } else { value }, weight));
            prop_assert_eq!(row.value_if_good, p75(replaced.collect()), "{}", &row.target);
            prop_assert!(row.value_if_good <= table.value);
            prop_assert_eq!(row.count, views.iter().filter(|(.., of)| own(*of)).count() as u64);
            let weight = |which: &dyn Fn(f64) -> bool| -> f64 {
                views.iter().filter(|(value, _, of)| own(*of) && which(*value)).map(|(_, weight, _)| f64::from(*weight)).sum()
            };
            prop_assert!((row.poor - weight(&|value| value > poor) / weight(&|_| true)).abs() < 1e-9);
            prop_assert!(weight(&|value| value > good) > 0.0, "nothing to mend at {}", row.target);
        }
        prop_assert!(table.rows.windows(2).all(|pair| pair[0].value_if_good <= pair[1].value_if_good));
    }
}

#[test]
fn builds_and_pages_of_one_element_are_one_row_that_names_its_causes() {
    let slow = |target: &str, page_group: &str, function: &str| Explained {
        value: 400.0,
        weight: 1_000,
        page_group: page_group.into(),
        target: Some(target.into()),
        parts: vec![Some(40.0), Some(300.0), Some(60.0)],
        source: Some("https://shop.example/app.js".into()),
        function: Some(function.into()),
    };
    let mut views = vec![
        slow("button.css-1x2y3z", "/checkout", "validate"),
        slow("button.css-9z8y7x", "/checkout", "validate"),
        slow("button.css-9z8y7x", "/cart", "submit"),
    ];
    views.extend((0..7).map(|_| view(80.0, 1_000, Some("a.more"))));
    let table = fix_table(Vital::Inp, Percentile::P75, views);
    assert_eq!((table.rows.len(), table.total_rows, table.unexplained), (1, 2, 0));
    let row = &table.rows[0];
    assert_eq!((row.target.as_str(), row.count), ("button.css-*", 3));
    assert_eq!(row.parts.dominant(), Some((Part::Processing, 0.75)));
    assert_eq!(row.function, Some(("validate".into(), 2)));
    assert_eq!(row.page_groups, [("/checkout".to_owned(), 2), ("/cart".to_owned(), 1)]);
    assert_eq!((table.value, row.value_if_good), (Some(400.0), Some(200.0)));
    assert_eq!(table.state, State::Provisional);
}

#[test]
fn nothing_reported_is_an_empty_table() {
    let table = fix_table(Vital::Cls, Percentile::P75, Vec::new());
    assert_eq!((table.value, table.state, table.rows.len()), (None, State::NoData, 0));
}
