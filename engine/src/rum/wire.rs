//! The wire format of a beacon, version 1: bytes in, a [`Beacon`] or a [`DropReason`] out.
//!
//! The envelope (version, key, id, seq, url) must be right, or the beacon is refused. All else
//! is read value by value: what cannot be believed is left out and named in `faults`, and the
//! rest is kept. Texts are visitors' and hostile: cut to size, without control characters.

use std::{borrow::Cow, collections::BTreeMap};

use domain::{
    PageViewId,
    projects::{Origin, SiteKey},
    rum::{Device, DropReason, NavigationType, ValueFault, Vital, Vitals, Weight},
};
use serde::Deserialize;
use serde_json::value::RawValue;
use url::Url;
use uuid::Uuid;

use super::members::{Members, Text};

/// Bytes of a beacon at most.
pub const MAX_BODY: usize = 64 * 1024;
/// Bytes of `url` at most; its path is stored up to [`MAX_PATH`].
const MAX_URL: usize = 8 * 1024;
const MAX_PATH: usize = 2_048;
/// Bytes of selectors, script addresses and the like.
const MAX_TEXT: usize = 512;
/// Bytes of a release, a metric's or tag's name, and a tag's value.
const MAX_NAME: usize = 64;
/// Custom metrics, and tags, of one page view.
const MAX_CUSTOM: usize = 50;
/// The largest custom metric that is believed.
const MAX_METRIC: f64 = 1e12;

/// A beacon that was read. Times are ms.
#[derive(Debug, Clone, PartialEq)]
pub struct Beacon {
    pub key: SiteKey,
    pub id: PageViewId,
    pub seq: i32,
    pub url_origin: Origin,
    pub path: String,
    pub navigation_type: NavigationType,
    pub weight: Weight,
    /// What the script believes the device to be.
    pub device_hint: Option<Device>,
    pub connection: String,
    pub device_memory: Option<f32>,
    pub viewport: Option<(i32, i32)>,
    pub release: String,
    pub referrer: String,
    pub vitals: Vitals,
    pub attribution: Attribution,
    pub metrics: BTreeMap<String, f64>,
    pub tags: BTreeMap<String, String>,
    /// `what:fault` of each value that was left out, for example `lcp:negative`.
    pub faults: Vec<String>,
}

/// Why the vitals are as they are.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Attribution {
    pub lcp_target: Option<String>,
    pub lcp_url: Option<String>,
    pub lcp_ttfb: Option<f64>,
    pub lcp_load_delay: Option<f64>,
    pub lcp_load_time: Option<f64>,
    pub lcp_render_delay: Option<f64>,
    pub inp_target: Option<String>,
    pub inp_type: Option<String>,
    pub inp_input_delay: Option<f64>,
    pub inp_processing: Option<f64>,
    pub inp_presentation: Option<f64>,
    pub inp_script: Option<String>,
    pub inp_function: Option<String>,
    pub cls_target: Option<String>,
    pub cls_value: Option<f64>,
}

/// The envelope. Values stay raw: `1e999` or a lone surrogate in one must not cost the rest.
#[derive(Deserialize)]
struct Envelope<'a> {
    #[serde(borrow)]
    v: Option<&'a RawValue>,
    #[serde(borrow)]
    key: Option<&'a RawValue>,
    #[serde(borrow)]
    id: Option<&'a RawValue>,
    #[serde(borrow)]
    seq: Option<&'a RawValue>,
    #[serde(borrow)]
    url: Option<&'a RawValue>,
    #[serde(borrow)]
    nav: Option<&'a RawValue>,
    #[serde(borrow)]
    w: Option<&'a RawValue>,
    #[serde(borrow)]
    dev: Option<&'a RawValue>,
    #[serde(borrow)]
    conn: Option<&'a RawValue>,
    #[serde(borrow)]
    mem: Option<&'a RawValue>,
    #[serde(borrow)]
    vw: Option<&'a RawValue>,
    #[serde(borrow)]
    vh: Option<&'a RawValue>,
    #[serde(borrow)]
    rel: Option<&'a RawValue>,
    #[serde(rename = "ref", borrow)]
    referrer: Option<&'a RawValue>,
    #[serde(borrow)]
    vitals: Option<&'a RawValue>,
    #[serde(borrow)]
    attr: Option<&'a RawValue>,
    #[serde(borrow)]
    metrics: Option<&'a RawValue>,
    #[serde(borrow)]
    tags: Option<&'a RawValue>,
}

/// Reads a beacon.
pub fn decode(body: &[u8]) -> Result<Beacon, DropReason> {
    if body.len() > MAX_BODY {
        return Err(DropReason::TooLarge);
    }
    let envelope: Envelope<'_> = serde_json::from_slice(body).map_err(|_| DropReason::Unreadable)?;
    match envelope.v.and_then(number) {
        Some(1.0) => {}
        Some(_) => return Err(DropReason::UnsupportedVersion),
        None => return Err(DropReason::Unreadable),
    }
    let key = envelope.key.and_then(string).ok_or(DropReason::Unreadable)?;
    let key = SiteKey::parse(&key).map_err(|_| DropReason::UnknownKey)?;
    let id = envelope.id.and_then(string).and_then(|id| Uuid::parse_str(&id).ok()).ok_or(DropReason::BadId)?;
    let seq = envelope
        .seq
        .and_then(number)
        .filter(|seq| seq.fract() == 0.0 && (0.0..=f64::from(i32::MAX)).contains(seq))
        .ok_or(DropReason::Unreadable)? as i32;
    let url = envelope
        .url
        .and_then(string)
        .filter(|url| url.len() <= MAX_URL)
        .and_then(|url| Url::parse(&url).ok())
        .ok_or(DropReason::BadUrl)?;
    let url_origin = origin_of(&url).ok_or(DropReason::BadUrl)?;

    let mut read = Reader { faults: Vec::new() };
    let navigation_type = read.word("nav", envelope.nav, NavigationType::parse).unwrap_or(NavigationType::Navigate);
    let mut vitals = read.vitals(envelope.vitals);
    if matches!(navigation_type, NavigationType::SoftNavigation | NavigationType::BackForwardCache) {
        // Nothing was asked of a server: the 0 that the library reports is no measurement.
        vitals.set(Vital::Ttfb, None);
    }
    Ok(Beacon {
        key,
        id: PageViewId(id),
        seq,
        url_origin,
        // `url` has percent-encoded what is not ASCII, so that any byte is a boundary.
        path: url.path()[..url.path().len().min(MAX_PATH)].to_owned(),
        navigation_type,
        weight: envelope.w.map_or(Some(Weight::ONE), |w| read.checked("w", w, Weight::new)).unwrap_or(Weight::ONE),
        device_hint: read.word("dev", envelope.dev, Device::parse),
        connection: read.word("conn", envelope.conn, connection).unwrap_or_default(),
        device_memory: envelope
            .mem
            .and_then(|mem| read.checked("mem", mem, |gib| (0.0..=1_024.0).contains(&gib).then_some(gib as f32))),
        viewport: envelope
            .vw
            .and_then(|vw| read.checked("vw", vw, pixels))
            .zip(envelope.vh.and_then(|vh| read.checked("vh", vh, pixels))),
        release: envelope.rel.and_then(|rel| read.text("rel", rel, MAX_NAME)).unwrap_or_default(),
        referrer: envelope
            .referrer
            .and_then(|referrer| read.text("ref", referrer, MAX_TEXT))
            .and_then(|referrer| Url::parse(&referrer).ok())
            .and_then(|referrer| origin_of(&referrer))
            .map(|origin| origin.as_str().to_owned())
            .unwrap_or_default(),
        vitals,
        attribution: read.attribution(envelope.attr),
        metrics: read.metrics(envelope.metrics),
        tags: read.tags(envelope.tags),
        faults: read.faults,
    })
}

/// An origin, as long as names of hosts can be: what is not ASCII grows when it is written so.
fn origin_of(url: &Url) -> Option<Origin> {
    Origin::of(url).filter(|origin| origin.as_str().len() <= MAX_TEXT)
}

/// Reads values and remembers which it refused.
struct Reader {
    faults: Vec<String>,
}

impl Reader {
    fn fault(&mut self, what: &str, fault: ValueFault) {
        self.faults.push(format!("{what}:{}", fault.as_str()));
    }

    /// The members of an object; `null` and absence are an empty one.
    fn members<'a>(&mut self, what: &str, raw: Option<&'a RawValue>) -> Members<'a> {
        let Some(raw) = raw.filter(|raw| raw.get() != "null") else { return Members::default() };
        match serde_json::from_str(raw.get()) {
            Ok(members) => members,
            Err(_) => {
                self.fault(what, ValueFault::NotANumber);
                Members::default()
            }
        }
    }

    fn checked<T>(&mut self, what: &str, raw: &RawValue, check: impl Fn(f64) -> Option<T>) -> Option<T> {
        if raw.get() == "null" {
            return None;
        }
        let Some(value) = number(raw).filter(|value| value.is_finite()) else {
            self.fault(what, ValueFault::NotANumber);
            return None;
        };
        let checked = check(value);
        if checked.is_none() {
            self.fault(what, if value < 0.0 { ValueFault::Negative } else { ValueFault::TooLarge });
        }
        checked
    }

    fn duration(&mut self, what: &str, members: &Members<'_>, name: &str) -> Option<f64> {
        let raw = members.get(name)?;
        self.checked(what, raw, |ms| (0.0..=Vital::Lcp.largest_plausible()).contains(&ms).then_some(ms))
    }

    fn text(&mut self, what: &str, raw: &RawValue, max: usize) -> Option<String> {
        if raw.get() == "null" {
            return None;
        }
        let text = string(raw).map(|text| clean(text, max));
        if text.is_none() {
            self.fault(what, ValueFault::BadText);
        }
        text.filter(|text| !text.is_empty())
    }

    fn member_text(&mut self, what: &str, members: &Members<'_>, name: &str) -> Option<String> {
        self.text(what, members.get(name)?, MAX_TEXT)
    }

    fn word<T>(&mut self, what: &str, raw: Option<&RawValue>, parse: impl Fn(&str) -> Option<T>) -> Option<T> {
        let text = self.text(what, raw?, MAX_NAME)?;
        let word = parse(&text);
        if word.is_none() {
            self.fault(what, ValueFault::BadText);
        }
        word
    }

    fn vitals(&mut self, raw: Option<&RawValue>) -> Vitals {
        let members = self.members("vitals", raw);
        let mut vitals = Vitals::default();
        for vital in Vital::ALL {
            if let Some(raw) = members.get(vital.as_str()) {
                let plausible = 0.0..=vital.largest_plausible();
                vitals
                    .set(vital, self.checked(vital.as_str(), raw, |value| plausible.contains(&value).then_some(value)));
            }
        }
        vitals
    }

    fn attribution(&mut self, raw: Option<&RawValue>) -> Attribution {
        let groups = self.members("attr", raw);
        let lcp = self.members("attr.lcp", groups.get("lcp"));
        let inp = self.members("attr.inp", groups.get("inp"));
        let cls = self.members("attr.cls", groups.get("cls"));
        Attribution {
            lcp_target: self.member_text("attr.lcp", &lcp, "target"),
            lcp_url: self.member_text("attr.lcp", &lcp, "url").map(without_query),
            lcp_ttfb: self.duration("attr.lcp", &lcp, "ttfb"),
            lcp_load_delay: self.duration("attr.lcp", &lcp, "load_delay"),
            lcp_load_time: self.duration("attr.lcp", &lcp, "load_time"),
            lcp_render_delay: self.duration("attr.lcp", &lcp, "render_delay"),
            inp_target: self.member_text("attr.inp", &inp, "target"),
            inp_type: self.member_text("attr.inp", &inp, "type"),
            inp_input_delay: self.duration("attr.inp", &inp, "input_delay"),
            inp_processing: self.duration("attr.inp", &inp, "processing"),
            inp_presentation: self.duration("attr.inp", &inp, "presentation"),
            inp_script: self.member_text("attr.inp", &inp, "script").map(without_query),
            inp_function: self.member_text("attr.inp", &inp, "function"),
            cls_target: self.member_text("attr.cls", &cls, "target"),
            cls_value: cls.get("value").and_then(|raw| {
                self.checked("attr.cls", raw, |value| {
                    (0.0..=Vital::Cls.largest_plausible()).contains(&value).then_some(value)
                })
            }),
        }
    }

    /// The first [`MAX_CUSTOM`] members with usable names, each read by `value`.
    fn custom<T>(
        &mut self,
        what: &str,
        raw: Option<&RawValue>,
        value: impl Fn(&mut Self, &RawValue) -> Option<T>,
    ) -> BTreeMap<String, T> {
        let mut kept = BTreeMap::new();
        for (name, raw) in self.members(what, raw).sorted() {
            if name.is_empty() || clean(Cow::Borrowed(&name), MAX_NAME) != name {
                self.fault(what, ValueFault::BadText);
            } else if kept.len() == MAX_CUSTOM {
                self.fault(what, ValueFault::TooMany);
            } else if let Some(value) = value(self, raw) {
                kept.insert(name.into_owned(), value);
            }
        }
        kept
    }

    fn metrics(&mut self, raw: Option<&RawValue>) -> BTreeMap<String, f64> {
        self.custom("metrics", raw, |read, raw| {
            read.checked("metrics", raw, |value| (-MAX_METRIC..=MAX_METRIC).contains(&value).then_some(value))
        })
    }

    fn tags(&mut self, raw: Option<&RawValue>) -> BTreeMap<String, String> {
        self.custom("tags", raw, |read, raw| read.text("tags", raw, MAX_NAME))
    }
}

/// A JSON number; what overflows is infinite, and refused by the caller.
fn number(raw: &RawValue) -> Option<f64> {
    let text = raw.get();
    text.starts_with(|c: char| c == '-' || c.is_ascii_digit()).then(|| text.parse().ok()).flatten()
}

fn string(raw: &RawValue) -> Option<Cow<'_, str>> {
    serde_json::from_str(raw.get()).ok().map(|Text(text)| text)
}

/// Without control characters (NUL, which Postgres cannot hold, among them) and trimmed, at
/// most `max` bytes.
fn clean(text: Cow<'_, str>, max: usize) -> String {
    // Nearly every text is so.
    if text.len() <= max && text.bytes().all(|byte| (b'!'..=b'~').contains(&byte)) {
        return text.into_owned();
    }
    let mut clean: String = text.chars().filter(|c| !c.is_control()).collect();
    if clean.len() > max {
        let cut = (0..=max).rev().find(|&at| clean.is_char_boundary(at)).unwrap_or(0);
        clean.truncate(cut);
    }
    clean.trim().to_owned()
}

/// Addresses of resources carry no query or fragment: tokens hide there.
fn without_query(mut address: String) -> String {
    if let Some(at) = address.find(['?', '#']) {
        address.truncate(at);
    }
    address
}

fn connection(word: &str) -> Option<String> {
    matches!(word, "slow-2g" | "2g" | "3g" | "4g").then(|| word.to_owned())
}

fn pixels(value: f64) -> Option<i32> {
    (0.0..=100_000.0).contains(&value).then_some(value as i32)
}

/// The site key of a beacon that was refused, if it can be read: for counting the refusal.
pub fn key_of(body: &[u8]) -> Option<SiteKey> {
    let envelope: Envelope<'_> = serde_json::from_slice(body).ok()?;
    SiteKey::parse(&string(envelope.key?)?).ok()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const KEY: &str = "pa_0123456789abcdefghij";

    fn beacon(changes: serde_json::Value) -> Vec<u8> {
        let mut beacon = serde_json::json!({
            "v": 1, "key": KEY, "id": "0190a5e8-7b3c-7def-8123-456789abcdef", "seq": 2,
            "url": "https://shop.example/product/42?token=secret#top", "nav": "navigate", "w": 1,
            "dev": "mobile", "conn": "4g", "mem": 8, "vw": 390, "vh": 844, "rel": "2026.11.3",
            "ref": "https://news.example/story?x=1",
            "vitals": {"lcp": 2310.5, "cls": 0.031, "inp": 184, "fcp": 1210, "ttfb": 420, "fid": 12},
            "attr": {"lcp": {"target": "#hero>img", "url": "https://cdn.example/a.avif?sig=1", "ttfb": 420, "load_delay": 300, "load_time": 900, "render_delay": 690.5},
                     "inp": {"target": "button.buy", "type": "pointer", "input_delay": 12, "processing": 90, "presentation": 82, "script": "https://shop.example/app.js", "function": "onBuy"},
                     "cls": {"target": "div.ad", "value": 0.02}},
            "metrics": {"cart_ready": 812}, "tags": {"variant": "b"},
        });
        for (name, value) in changes.as_object().unwrap() {
            beacon[name] = value.clone();
        }
        serde_json::to_vec(&beacon).unwrap()
    }

    #[test]
    fn a_host_that_is_longer_in_ascii_than_names_are_is_none() {
        let host = |letters| format!("https://{}\u{109}", "a".repeat(letters));
        let read = decode(&beacon(serde_json::json!({ "ref": host(502) }))).unwrap();
        assert_eq!(read.referrer, "");
        let read = decode(&beacon(serde_json::json!({ "url": host(600) })));
        assert_eq!(read.map(|read| read.url_origin).err(), Some(DropReason::BadUrl));
    }

    #[test]
    fn the_specified_example_is_read_whole() {
        let read = decode(&beacon(serde_json::json!({}))).unwrap();
        assert_eq!(read.faults, Vec::<String>::new());
        assert_eq!(read.path, "/product/42", "query and fragment never stay");
        assert_eq!(read.referrer, "https://news.example");
        assert_eq!(read.vitals.get(Vital::Lcp), Some(2310.5));
        assert_eq!(read.attribution.lcp_url.as_deref(), Some("https://cdn.example/a.avif"));
        assert_eq!(read.attribution.inp_function.as_deref(), Some("onBuy"));
        assert_eq!(read.metrics["cart_ready"], 812.0);
        assert_eq!(read.tags["variant"], "b");
        assert_eq!(read.viewport, Some((390, 844)));
    }

    #[test]
    fn a_wrong_envelope_is_refused_by_name() {
        use serde_json::json;
        for (changes, reason) in [
            (json!({"v": 2}), DropReason::UnsupportedVersion),
            (json!({"v": "1"}), DropReason::Unreadable),
            (json!({"key": "pa_short"}), DropReason::UnknownKey),
            (json!({"key": 7}), DropReason::Unreadable),
            (json!({"id": "not-a-uuid"}), DropReason::BadId),
            (json!({"seq": -1}), DropReason::Unreadable),
            (json!({"seq": 1.5}), DropReason::Unreadable),
            (json!({"url": "javascript:alert(1)"}), DropReason::BadUrl),
            (json!({"url": format!("https://shop.example/{}", "a".repeat(9_000))}), DropReason::BadUrl),
        ] {
            assert_eq!(decode(&beacon(changes.clone())).unwrap_err(), reason, "{changes}");
        }
        for body in [&b""[..], b"{", b"[]", b"null", b"\xff\xfe{\0}\0", b"\xef\xbb\xbf{}", b"NaN"] {
            assert_eq!(decode(body).unwrap_err(), DropReason::Unreadable, "{body:?}");
        }
        let deep = format!("{{\"v\":1,\"tags\":{}1{}}}", "[".repeat(5_000), "]".repeat(5_000));
        assert_eq!(decode(deep.as_bytes()).unwrap_err(), DropReason::Unreadable);
        assert_eq!(decode(&vec![b' '; MAX_BODY + 1]).unwrap_err(), DropReason::TooLarge);
    }

    #[test]
    fn an_unbelievable_value_costs_itself_only() {
        let body = String::from_utf8(beacon(serde_json::json!({"vitals": {
            "lcp": -1, "cls": 100.1, "inp": "fast", "fcp": 600_000, "ttfb": 0,
        }})))
        .unwrap()
        .replace("600000", "1e999");
        let read = decode(body.as_bytes()).unwrap();
        assert_eq!(read.faults, ["lcp:negative", "inp:not_a_number", "cls:too_large", "fcp:not_a_number"]);
        assert_eq!(read.vitals.reported().collect::<Vec<_>>(), [(Vital::Ttfb, 0.0)]);
    }

    #[test]
    fn a_view_that_asked_no_server_has_no_time_to_first_byte() {
        for nav in ["soft-navigation", "back-forward-cache"] {
            let read = decode(&beacon(serde_json::json!({"nav": nav, "vitals": {"ttfb": 0, "lcp": 80}}))).unwrap();
            assert_eq!(read.vitals.reported().collect::<Vec<_>>(), [(Vital::Lcp, 80.0)]);
        }
    }

    #[test]
    fn hostile_texts_are_cut_and_cleaned() {
        let body = String::from_utf8(beacon(serde_json::json!({
            "rel": "1.0\u{0}\u{7}\n", "tags": {"a": "é".repeat(100), "bad\u{0}name": "x"},
        })))
        .unwrap()
        .replace("button.buy", "\\ud800");
        let read = decode(body.as_bytes()).unwrap();
        assert_eq!(read.release, "1.0");
        assert_eq!(read.tags["a"], "é".repeat(32));
        assert_eq!(read.tags.len(), 1);
        assert_eq!(read.attribution.inp_target, None);
        assert_eq!(read.faults, ["attr.inp:bad_text", "tags:bad_text"]);
    }

    #[test]
    fn more_metrics_than_fit_are_counted_as_such() {
        let metrics: BTreeMap<String, i32> = (0..60).map(|n| (format!("m{n:02}"), n)).collect();
        let read = decode(&beacon(serde_json::json!({"metrics": metrics}))).unwrap();
        assert_eq!(read.metrics.len(), MAX_CUSTOM);
        assert_eq!(read.faults, vec!["metrics:too_many"; 10]);
    }

    proptest! {
        #[test]
        fn no_bytes_make_it_panic(bytes in proptest::collection::vec(any::<u8>(), 0..512)) {
            let _ = decode(&bytes);
            let _ = key_of(&bytes);
        }

        #[test]
        fn no_mutation_of_a_beacon_makes_it_panic(at in 0usize..900, byte in any::<u8>()) {
            let mut body = beacon(serde_json::json!({}));
            let at = at % body.len();
            body[at] = byte;
            if let Ok(read) = decode(&body) {
                prop_assert!(read.path.len() <= MAX_PATH);
                prop_assert!(read.vitals.reported().all(|(_, value)| value.is_finite() && value >= 0.0));
            }
        }
    }
}
