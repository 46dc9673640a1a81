//! Page views with a value that cannot be believed: it costs itself only, and is counted.

use domain::rum::{Vital, Vitals};
use serde_json::{Map, Value, json};

use super::wire::Wire;

/// What is odd about a page view.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Odd {
    NegativeLcp,
    LcpOfHours,
    OverflowingLcp,
    LcpInWords,
    HugeCls,
    LoneSurrogate,
    NulInName,
    HugeMetric,
    ManyTags,
    VitalsAreAList,
    /// Thousands of levels deep.
    DeepTags,
    UnknownConnection,
}

impl Odd {
    pub const ALL: [Self; 12] = [
        Self::NegativeLcp,
        Self::LcpOfHours,
        Self::OverflowingLcp,
        Self::LcpInWords,
        Self::HugeCls,
        Self::LoneSurrogate,
        Self::NulInName,
        Self::HugeMetric,
        Self::ManyTags,
        Self::VitalsAreAList,
        Self::DeepTags,
        Self::UnknownConnection,
    ];

    /// What the server must count, and how often.
    pub const fn fault(self) -> (&'static str, u64) {
        match self {
            Self::NegativeLcp => ("lcp:negative", 1),
            Self::LcpOfHours => ("lcp:too_large", 1),
            Self::OverflowingLcp | Self::LcpInWords => ("lcp:not_a_number", 1),
            Self::HugeCls => ("cls:too_large", 1),
            Self::LoneSurrogate => ("attr.cls:bad_text", 1),
            Self::NulInName => ("tags:bad_text", 1),
            Self::HugeMetric => ("metrics:too_large", 1),
            Self::ManyTags => ("tags:too_many", 10),
            Self::VitalsAreAList => ("vitals:not_a_number", 1),
            Self::DeepTags => ("tags:not_a_number", 1),
            Self::UnknownConnection => ("conn:bad_text", 1),
        }
    }

    /// The body, and what is left of the vitals.
    pub fn spoil(self, wire: &Wire, mut vitals: Vitals) -> (Vec<u8>, Vitals) {
        let mut wire = wire.clone();
        let deep;
        let mut replaced = ("", "");
        match self {
            Self::NegativeLcp => drop(wire.vitals.insert("lcp".into(), json!(-0.1))),
            Self::LcpOfHours => drop(wire.vitals.insert("lcp".into(), json!(600_000.1))),
            Self::OverflowingLcp => {
                wire.vitals.insert("lcp".into(), json!("?"));
                replaced = ("\"?\"", "1e999");
            }
            Self::LcpInWords => drop(wire.vitals.insert("lcp".into(), json!("fast"))),
            Self::HugeCls => drop(wire.vitals.insert("cls".into(), json!(100.1))),
            Self::LoneSurrogate => {
                wire.attr.cls = Some(super::wire::Cls { target: "?", value: 0.1 });
                replaced = ("\"?\"", "\"\\ud800\"");
            }
            Self::NulInName => drop(wire.tags.insert("a\u{0}b".into(), json!("x"))),
            Self::HugeMetric => drop(wire.metrics.insert("huge".into(), json!(1e308))),
            Self::ManyTags => {
                wire.tags = (0..60).map(|nr| (format!("tag{nr:02}"), Value::from("x"))).collect::<Map<_, _>>()
            }
            Self::VitalsAreAList => replaced = ("\"vitals\":{", "\"vitals\":[],\"rest\":{"),
            Self::DeepTags => {
                deep = format!("\"tags\":{}{}", "[".repeat(4_000), "]".repeat(4_000));
                replaced = ("\"tags\":{}", &deep);
            }
            Self::UnknownConnection => wire.conn = Some("7g"),
        }
        match self {
            Self::NegativeLcp | Self::LcpOfHours | Self::OverflowingLcp | Self::LcpInWords => {
                vitals.set(Vital::Lcp, None)
            }
            Self::HugeCls => vitals.set(Vital::Cls, None),
            Self::VitalsAreAList => vitals = Vitals::default(),
            _ => {}
        }
        let text = wire.text();
        let text = if replaced.0.is_empty() { text } else { text.replacen(replaced.0, replaced.1, 1) };
        (text.into_bytes(), vitals)
    }
}
