//! Every kind of poison that came to mind, each in one beacon of a batch of a thousand: it costs itself at most, or only
//! a value of itself, and every page that shows the rest still loads.

use std::{sync::Arc, time::Duration};

use bench::generator::{Beacon, Expected, Generator, Mix, Truth};
use chrono::Utc;
use domain::rum::{DropReason, Vital, Vitals};
use serde_json::Value;
use sqlx::PgPool;
use uuid::Uuid;

use crate::{
    Result, World,
    reader::Reader,
    sending::{Manners, Senders},
};

/// Beacons of one batch, the poisoned among them.
const BATCH: usize = 1_000;

/// What a poison costs.
#[derive(Debug, Clone, Copy)]
enum Costs {
    Nothing,
    /// The beacon; its project can be told.
    Beacon(DropReason),
    /// The beacon, and nobody can say whose it was.
    Stray(DropReason),
    /// A value that is counted as refused, and the vital that it was.
    Value(&'static str, Option<Vital>),
    /// All vitals, and what is counted as refused.
    Vitals(Option<&'static str>),
    /// Nothing, but the vital is read as this.
    Reads(Vital, f64),
    /// All vitals but this.
    Leaves(Vital, f64),
    /// Nothing, but the path ends in this.
    Path(&'static str),
    /// Nothing, but the page view is this one.
    Id(Uuid),
}

use Costs::{Id, Leaves, Nothing, Path, Reads, Stray, Vitals as NoVitals};
use DropReason::{BadId, BadUrl, TooLarge, UnknownKey, Unreadable, UnsupportedVersion};

/// Members set to raw JSON, or to what is no JSON.
const MEMBERS: &[(&str, &str, Costs)] = &[
    ("/vitals/lcp", "NaN", Stray(Unreadable)),
    ("/vitals/lcp", "-Infinity", Stray(Unreadable)),
    ("/vitals/lcp", "0x10", Stray(Unreadable)),
    ("/vitals/lcp", "\"NaN\"", Costs::Value("lcp:not_a_number", Some(Vital::Lcp))),
    ("/vitals/lcp", "1e308", Costs::Value("lcp:too_large", Some(Vital::Lcp))),
    ("/vitals/lcp", "-1e308", Costs::Value("lcp:negative", Some(Vital::Lcp))),
    ("/vitals/lcp", "1e999", Costs::Value("lcp:not_a_number", Some(Vital::Lcp))),
    ("/vitals/lcp", "true", Costs::Value("lcp:not_a_number", Some(Vital::Lcp))),
    ("/vitals/lcp", "{}", Costs::Value("lcp:not_a_number", Some(Vital::Lcp))),
    ("/vitals/lcp", "1e-400", Reads(Vital::Lcp, 0.0)),
    ("/vitals/lcp", "-0.0", Reads(Vital::Lcp, 0.0)),
    ("/vitals/lcp", "4.9e-324", Reads(Vital::Lcp, 4.9e-324)),
    ("/vitals/lcp", "600000", Reads(Vital::Lcp, 600_000.0)),
    ("/vitals/cls", "1e308", Costs::Value("cls:too_large", Some(Vital::Cls))),
    ("/vitals/cls", "100", Reads(Vital::Cls, 100.0)),
    ("/vitals/inp", "1e308", Costs::Value("inp:too_large", Some(Vital::Inp))),
    ("/vitals/fcp", "1e308", Costs::Value("fcp:too_large", Some(Vital::Fcp))),
    ("/vitals/fid", "-1", Costs::Value("fid:negative", Some(Vital::Fid))),
    ("/vitals", "[]", NoVitals(Some("vitals:not_a_number"))),
    ("/vitals", "null", NoVitals(None)),
    ("/w", "1e308", Costs::Value("w:too_large", None)),
    ("/w", "-1", Costs::Value("w:negative", None)),
    ("/w", "\"10\"", Costs::Value("w:not_a_number", None)),
    ("/seq", "1e308", Costs::Beacon(Unreadable)),
    ("/seq", "2147483648", Costs::Beacon(Unreadable)),
    ("/seq", "1.5", Costs::Beacon(Unreadable)),
    ("/seq", "null", Costs::Beacon(Unreadable)),
    ("/mem", "1e308", Costs::Value("mem:too_large", None)),
    ("/vw", "1e308", Costs::Value("vw:too_large", None)),
    ("/vh", "-1", Costs::Value("vh:negative", None)),
    ("/metrics/huge", "1e308", Costs::Value("metrics:too_large", None)),
    ("/metrics/huge", "-1e308", Costs::Value("metrics:negative", None)),
    ("/metrics/huge", "NaN", Stray(Unreadable)),
    ("/metrics/edge", "1e12", Nothing),
    ("/v", "1.5", Costs::Beacon(UnsupportedVersion)),
    ("/v", "1e0", Nothing),
    ("/v", "\"1\"", Costs::Beacon(Unreadable)),
    ("/key", "[]", Stray(Unreadable)),
    ("/key", r#""\ud800""#, Stray(Unreadable)),
    ("/key", r#""pa_\u0000""#, Stray(UnknownKey)),
    ("/id", r#""\ud800""#, Costs::Beacon(BadId)),
    ("/id", "42", Costs::Beacon(BadId)),
    ("/id", r#""""#, Costs::Beacon(BadId)),
    ("/url", r#""https://shop-0.example/\ud800""#, Costs::Beacon(BadUrl)),
    ("/url", r#""https://""#, Costs::Beacon(BadUrl)),
    ("/url", r#""data:text/html,x""#, Costs::Beacon(BadUrl)),
    ("/url", "null", Costs::Beacon(BadUrl)),
    ("/rel", r#""\u0000""#, Nothing),
    ("/rel", r#""a\u0000\u0007b""#, Nothing),
    ("/rel", r#""\ud800""#, Costs::Value("rel:bad_text", None)),
    ("/rel", r#""\udc00\ud800""#, Costs::Value("rel:bad_text", None)),
    ("/rel", r#""\ufffe\uffff\u202e\u2028""#, Nothing),
    ("/rel", "\"\u{202e}\u{feff}\u{10ffff}\"", Nothing),
    ("/rel", r#""<script>alert(1)</script>'\";--""#, Nothing),
    ("/ref", r#""\udfff""#, Costs::Value("ref:bad_text", None)),
    ("/ref", r#""https://\u0000.example""#, Nothing),
    ("/nav", r#""\u0000""#, Nothing),
    ("/dev", r#""watch""#, Costs::Value("dev:bad_text", None)),
    ("/conn", r#""\ud800""#, Costs::Value("conn:bad_text", None)),
    ("/attr/lcp/target", r#""\u0000""#, Nothing),
    ("/attr/lcp/target", r#""\ud800""#, Costs::Value("attr.lcp:bad_text", None)),
    ("/attr/lcp/url", r#""\udead""#, Costs::Value("attr.lcp:bad_text", None)),
    ("/attr/lcp/load_time", "1e308", Costs::Value("attr.lcp:too_large", None)),
    ("/attr/cls/value", "1e308", Costs::Value("attr.cls:too_large", None)),
    ("/attr", "\"x\"", Costs::Value("attr:not_a_number", None)),
    ("/tags/variant", r#""\u0000""#, Nothing),
    ("/tags/variant", r#""\ud800""#, Costs::Value("tags:bad_text", None)),
    ("/tags/variant", "1e308", Costs::Value("tags:bad_text", None)),
    ("/tags/", r#""x""#, Costs::Value("tags:bad_text", None)),
    ("/tags/a\u{0}b", r#""x""#, Costs::Value("tags:bad_text", None)),
    ("/unknown", "1e999", Nothing),
    ("/unknown", r#""\ud800""#, Nothing),
    ("/__proto__", "{\"v\":2}", Nothing),
];

/// Makes another body of a beacon's text.
type Change = fn(&str) -> Vec<u8>;

/// The text of a whole beacon changed.
const TEXTS: &[(&str, Change, Costs)] = &[
    ("a byte order mark", |text| [b"\xef\xbb\xbf", text.as_bytes()].concat(), Stray(Unreadable)),
    ("UTF-16, little end first", |text| text.encode_utf16().flat_map(u16::to_le_bytes).collect(), Stray(Unreadable)),
    ("UTF-16, big end first", |text| text.encode_utf16().flat_map(u16::to_be_bytes).collect(), Stray(Unreadable)),
    ("UTF-32", |text| text.chars().flat_map(|c| u32::from(c).to_le_bytes()).collect(), Stray(Unreadable)),
    ("Latin-1", |text| within(text, b"caf\xe9"), Stray(Unreadable)),
    ("an overlong NUL", |text| within(text, b"\xc0\x80"), Stray(Unreadable)),
    ("a surrogate as UTF-8", |text| within(text, b"\xed\xa0\x80"), Stray(Unreadable)),
    ("a NUL as it is", |text| within(text, b"\0"), Stray(Unreadable)),
    ("half of it", |text| text.as_bytes()[..text.len() / 2].to_vec(), Stray(Unreadable)),
    ("two of them", |text| [text, text].concat().into_bytes(), Stray(Unreadable)),
    ("something behind it", |text| [text, "\0"].concat().into_bytes(), Stray(Unreadable)),
    ("space around it", |text| ["\r\n\t ", text, "\n\n"].concat().into_bytes(), Nothing),
    ("nothing", |_| Vec::new(), Stray(Unreadable)),
    ("null", |_| b"null".to_vec(), Stray(Unreadable)),
    ("an empty object", |_| b"{}".to_vec(), Stray(Unreadable)),
    ("a list", |text| format!("[{text}]").into_bytes(), Stray(Unreadable)),
    ("a form", |_| b"key=pa_0123456789abcdefghij&lcp=2310".to_vec(), Stray(Unreadable)),
    ("brackets only", |_| "[".repeat(60_000).into_bytes(), Stray(Unreadable)),
    ("64 KiB and a byte", |text| padded(text, 65_537), Stray(TooLarge)),
    ("64 KiB", |text| padded(text, 65_536), Nothing),
    ("the version twice", |text| text.replacen('{', "{\"v\":1,", 1).into_bytes(), Stray(Unreadable)),
    ("the id twice", |text| text.replacen('{', "{\"id\":\"1\",", 1).into_bytes(), Stray(Unreadable)),
    ("the vitals twice", |text| text.replacen('{', "{\"vitals\":{},", 1).into_bytes(), Stray(Unreadable)),
    ("a stranger's member twice", |text| text.replacen('{', "{\"x\":1,\"x\":2,", 1).into_bytes(), Nothing),
    ("64 levels of tags", |text| member(text, "tags", &deep(64)), Costs::Value("tags:not_a_number", None)),
    (
        "64 levels within a tag",
        |text| member(text, "tags", &format!("{{\"a\":{}}}", deep(64))),
        Costs::Value("tags:bad_text", None),
    ),
    ("64 levels of metrics", |text| member(text, "metrics", &deep(64)), Costs::Value("metrics:not_a_number", None)),
    ("64 levels of vitals", |text| member(text, "vitals", &deep(64)), NoVitals(Some("vitals:not_a_number"))),
    ("64 levels of attribution", |text| member(text, "attr", &deep(64)), Costs::Value("attr:not_a_number", None)),
    ("64 levels of what we do not know", |text| member(text, "x", &deep(64)), Nothing),
    ("20,000 levels of what we do not know", |text| member(text, "x", &deep(20_000)), Nothing),
    ("20,000 levels of tags", |text| member(text, "tags", &deep(20_000)), Costs::Value("tags:not_a_number", None)),
    ("a number of 400 digits", |text| member(text, "mem", &"9".repeat(400)), Costs::Value("mem:not_a_number", None)),
    ("the same vital twice", |text| member(text, "vitals", "{\"lcp\":1,\"lcp\":2}"), Leaves(Vital::Lcp, 2.0)),
    ("an address of 9 kB", |text| longer(text, &"a".repeat(9_000)), Costs::Beacon(BadUrl)),
    ("a control in the path", |text| longer(text, "/a\\u0000b"), Path("/a%00b")),
    ("a path beyond ASCII", |text| longer(text, "/é\\ud83d\\ude00"), Path("/%C3%A9%F0%9F%98%80")),
    (
        "an id of the year 10000",
        |text| member(text, "id", "\"e677d21f-dc00-7abc-8def-000000000001\""),
        Id(Uuid::from_u128(0xe677_d21f_dc00_7abc_8def_0000_0000_0001)),
    ),
    (
        "an id of 1970",
        |text| member(text, "id", "\"00000000-0000-7abc-8def-000000000002\""),
        Id(Uuid::from_u128(0x0000_0000_0000_7abc_8def_0000_0000_0002)),
    ),
    (
        "an id of the last moment",
        |text| member(text, "id", "\"ffffffff-ffff-7abc-8def-000000000003\""),
        Id(Uuid::from_u128(0xffff_ffff_ffff_7abc_8def_0000_0000_0003)),
    ),
    ("the nil id", |text| member(text, "id", "\"00000000-0000-0000-0000-000000000000\""), Id(Uuid::from_u128(0))),
    (
        "the largest id",
        |text| member(text, "id", "\"ffffffff-ffff-ffff-ffff-ffffffffffff\""),
        Id(Uuid::from_u128(u128::MAX)),
    ),
];

/// With so much space behind it that it has so many bytes.
fn padded(text: &str, bytes: usize) -> Vec<u8> {
    let mut text = text.as_bytes().to_vec();
    text.resize(bytes, b' ');
    text
}

fn deep(levels: usize) -> String {
    format!("{}{}", "[".repeat(levels), "]".repeat(levels))
}

/// With the member in place of its own, as it stands.
fn member(text: &str, name: &str, raw: &str) -> Vec<u8> {
    let mut beacon: Value = serde_json::from_str(text).expect("a beacon");
    beacon[name] = "?".into();
    beacon.to_string().replacen("\"?\"", raw, 1).into_bytes()
}

/// With bytes in the name of the release.
fn within(text: &str, bytes: &[u8]) -> Vec<u8> {
    let text = String::from_utf8(member(text, "rel", "\"?\"")).expect("text");
    let (before, after) = text.split_once('?').expect("a mark");
    [before.as_bytes(), bytes, after.as_bytes()].concat()
}

/// With more in the address, as it stands.
fn longer(text: &str, more: &str) -> Vec<u8> {
    let beacon: Value = serde_json::from_str(text).expect("a beacon");
    let address = beacon["url"].as_str().expect("an address").trim_end_matches('/').to_owned();
    member(text, "url", &format!("\"{address}{more}\""))
}

/// With a member, however deep it lies, set to raw JSON.
fn set(text: &str, pointer: &str, raw: &str) -> Vec<u8> {
    let mut beacon: Value = serde_json::from_str(text).expect("a beacon");
    let mut place = &mut beacon;
    for name in pointer.split('/').skip(1) {
        place = &mut place[name];
    }
    *place = "?".into();
    beacon.to_string().replacen("\"?\"", raw, 1).into_bytes()
}

/// A clean beacon, spoilt, and what must become of it.
fn spoilt(clean: Beacon, truth: Truth, body: Vec<u8>, costs: Costs) -> Beacon {
    let mut truth = truth;
    match costs {
        Nothing => {}
        Costs::Value(fault, vital) => {
            truth.fault = Some((fault, 1));
            if let Some(vital) = vital {
                truth.vitals.set(vital, None);
            }
        }
        NoVitals(fault) => {
            truth.fault = fault.map(|fault| (fault, 1));
            truth.vitals = Vitals::default();
        }
        Reads(vital, value) => truth.vitals.set(vital, Some(value)),
        Leaves(vital, value) => truth.vitals = Vitals::default().with(vital, value),
        Path(end) => truth.path = format!("{}{end}", truth.path.trim_end_matches('/')),
        Id(id) => truth.id = id,
        Costs::Beacon(reason) => {
            return Beacon { body, expected: Expected::Refused { reason, site: Some(truth.site) }, ..clean };
        }
        Stray(reason) => return Beacon { body, expected: Expected::Refused { reason, site: None }, ..clean },
    }
    Beacon { body, expected: Expected::Accepted(truth), ..clean }
}

/// Beacons of visits that went the usual way, without an end.
fn clean(generator: &mut Generator) -> impl Iterator<Item = (Beacon, Truth, String)> + '_ {
    generator.beacons(Utc::now()).filter_map(|beacon| {
        let text = String::from_utf8(beacon.body.clone()).ok()?;
        let Expected::Accepted(truth) = beacon.expected.clone() else { return None };
        text.contains("\"nav\":\"navigate\"").then_some((beacon, truth, text))
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn poison_of_every_kind_in_a_batch_of_a_thousand_costs_exactly_itself() -> Result<()> {
    let mut world = World::new(1, 0).await?;
    let mut generator = Generator::new(21, vec![world.projects[0].site.clone()], Mix::CLEAN);
    let mut visits = clean(&mut generator);
    let mut beacons = Vec::with_capacity(BATCH + 1);
    for &(pointer, raw, costs) in MEMBERS {
        let (beacon, truth, text) = visits.next().ok_or("visits end")?;
        beacons.push(spoilt(beacon, truth, set(&text, pointer, raw), costs));
    }
    for &(_, spoil, costs) in TEXTS {
        let (beacon, truth, text) = visits.next().ok_or("visits end")?;
        beacons.push(spoilt(beacon, truth, spoil(&text), costs));
    }
    let poisoned = beacons.len();
    assert!(poisoned > 100, "{poisoned} kinds");
    // Poison that is sent again is no other poison.
    beacons.extend_from_within(..);
    beacons.extend(visits.by_ref().take(BATCH + 1 - beacons.len()).map(|(beacon, ..)| beacon));
    drop(visits);
    // The first one, clean, holds the writer up, for the site is locked: the others come to be one batch.
    beacons.reverse();
    world.beacons = Arc::new(beacons);

    let database = PgPool::connect(&world.subject.database_url()?).await?;
    let mut lock = database.begin().await?;
    sqlx::query("select 1 from projects for update").execute(&mut *lock).await?;
    let manners = Manners { connections: 64, within: Duration::from_secs(60), gives_up: false };
    let deliveries = Senders::start(world.subject.address(), &world.beacons, 22, manners).end().await?;
    let waiting = world.subject.spooled().await;
    lock.rollback().await?;
    // Some texts are refused before they are read, and one is not waited for.
    assert!(waiting.is_some_and(|waiting| waiting as usize > BATCH * 9 / 10), "{waiting:?} wait to be one batch");

    world.check_patiently(&deliveries).await?;
    Reader::sign_in(&world.subject).await?.everything_loads(&world.projects[0]).await
}
