//! Properties of normal selectors, whatever a page sends.

use domain::rum::normal_selector;
use proptest::prelude::*;

proptest! {
    #[test]
    fn what_is_normal_stays_as_it_is(selector in "[a-fA-F0-9#.>:()\\[\\]\\-_* ]{0,60}|\\PC{0,40}") {
        let normal = normal_selector(&selector);
        prop_assert_eq!(normal_selector(&normal), normal);
    }

    #[test]
    fn a_number_at_the_end_makes_no_difference(word in "[g-z]{2,9}", a in 0..99_999_u32, b in 0..99_999_u32) {
        prop_assert_eq!(normal_selector(&format!("div#{word}{a}>p")), normal_selector(&format!("div#{word}{b}>p")));
        prop_assert_eq!(normal_selector(&format!("div.{word}-{a}")), normal_selector(&format!("div.{word}-{b}")));
    }
}
