//! What the address of a view says, and the times of the API: every view survives its address, and has a range.
#![no_main]

use std::collections::BTreeMap;

use chrono::DateTime;
use domain::rum::{Granularity, Query, TimeRange, normal_selector};
use libfuzzer_sys::fuzz_target;
use url::form_urlencoded;

fuzz_target!(|bytes: &[u8]| {
    let params: BTreeMap<String, String> = form_urlencoded::parse(bytes).into_owned().collect();
    let query = Query::from_params(|name| params.get(name).map(String::as_str));
    let written: BTreeMap<_, _> = query.params().into_iter().collect();
    assert_eq!(Query::from_params(|name| written.get(name).map(String::as_str)), query);
    let now = DateTime::from_timestamp(1_790_000_000, 0).expect("a time");
    let (from, to) = query.period.range(now);
    let before = query.period.range_before(now);
    assert!(from < to && before.0 < before.1, "{query:?}");
    let _ = query.period.granularity(now);
    let text = |name: &str| params.get(name).map(String::as_str);
    if let Ok(range) = TimeRange::parse(text("from"), text("to"), now) {
        for granularity in [Granularity::Hour, Granularity::Day] {
            let (wide, narrow) = (range.widened(granularity), range.narrowed(granularity));
            assert!(wide.from <= range.from && range.to <= wide.to && range.from <= narrow.from && narrow.to <= range.to);
        }
    }
    let selector = normal_selector(&String::from_utf8_lossy(bytes));
    assert_eq!(normal_selector(&selector), selector);
});
