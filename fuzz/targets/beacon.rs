//! The bytes of a beacon: read or refused, and what is read fits where it is stored.
#![no_main]

use domain::projects::PageGroups;
use engine::rum::{decode_beacon, key_of_beacon};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let _ = key_of_beacon(bytes);
    let Ok(beacon) = decode_beacon(bytes) else { return };
    assert_eq!(key_of_beacon(bytes).as_ref(), Some(&beacon.key));
    assert!(beacon.seq >= 0);
    assert!(beacon.path.starts_with('/') && beacon.path.len() <= 2_048 && beacon.path.is_ascii());
    assert!(beacon.url_origin.as_str().len() <= 512);
    let group = PageGroups::default().group(&beacon.path);
    assert!(group.len() <= 512 && !group.contains(|c: char| c.is_control()));
    assert!(beacon.vitals.reported().all(|(_, value)| value.is_finite() && (0.0..=600_000.0).contains(&value)));
    assert!(beacon.metrics.len() <= 50 && beacon.metrics.values().all(|value| value.abs() <= 1e12));
    assert!(beacon.tags.len() <= 50);
    let why = &beacon.attribution;
    let long = [&why.lcp_target, &why.lcp_url, &why.inp_target, &why.inp_type, &why.inp_script, &why.inp_function, &why.cls_target];
    let long = long.into_iter().flatten().chain([&beacon.referrer]);
    let short = beacon.tags.iter().flat_map(|(name, value)| [name, value]).chain(beacon.metrics.keys()).chain([&beacon.release, &beacon.connection]);
    for (text, most) in long.map(|text| (text, 512)).chain(short.map(|text| (text, 64))) {
        assert!(text.len() <= most && !text.contains(|c: char| c.is_control()), "{text:?}");
    }
});
