//! Beacons that must be refused as a whole, each for a reason with a name.

use domain::rum::DropReason;
use serde_json::{Value, json};

use super::wire::Wire;

/// What is wrong with a beacon.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Malformed {
    TooLarge,
    Empty,
    Truncated,
    NoJson,
    Utf16,
    ByteOrderMark,
    BareNan,
    DuplicateKeys,
    NegativeSeq,
    AnotherVersion,
    NoUuid,
    ScriptUrl,
    LongUrl,
    StrangersKey,
    NoKey,
    ForeignPage,
    ForeignSender,
}

/// What is sent instead.
pub struct Spoilt {
    pub body: Vec<u8>,
    /// The header `Origin`, where it is not the page's.
    pub origin: Option<&'static str>,
}

impl Malformed {
    pub const ALL: [Self; 17] = [
        Self::TooLarge,
        Self::Empty,
        Self::Truncated,
        Self::NoJson,
        Self::Utf16,
        Self::ByteOrderMark,
        Self::BareNan,
        Self::DuplicateKeys,
        Self::NegativeSeq,
        Self::AnotherVersion,
        Self::NoUuid,
        Self::ScriptUrl,
        Self::LongUrl,
        Self::StrangersKey,
        Self::NoKey,
        Self::ForeignPage,
        Self::ForeignSender,
    ];

    /// What the server must answer.
    pub const fn reason(self) -> DropReason {
        match self {
            Self::TooLarge => DropReason::TooLarge,
            Self::Empty
            | Self::Truncated
            | Self::NoJson
            | Self::Utf16
            | Self::ByteOrderMark
            | Self::BareNan
            | Self::DuplicateKeys
            | Self::NegativeSeq => DropReason::Unreadable,
            Self::AnotherVersion => DropReason::UnsupportedVersion,
            Self::NoUuid => DropReason::BadId,
            Self::ScriptUrl | Self::LongUrl => DropReason::BadUrl,
            Self::StrangersKey | Self::NoKey => DropReason::UnknownKey,
            Self::ForeignPage | Self::ForeignSender => DropReason::OriginNotAllowed,
        }
    }

    /// Whether the project can be told all the same, so that its owner sees the refusal.
    pub const fn names_its_project(self) -> bool {
        matches!(
            self,
            Self::NegativeSeq
                | Self::AnotherVersion
                | Self::NoUuid
                | Self::ScriptUrl
                | Self::LongUrl
                | Self::ForeignPage
                | Self::ForeignSender
        )
    }

    pub fn spoil(self, wire: &Wire) -> Spoilt {
        let with = |name: &str, value: Value| {
            let mut beacon = wire.value();
            beacon[name] = value;
            beacon.to_string()
        };
        let text = wire.text();
        let body = match self {
            Self::TooLarge => with("rel", "a".repeat(64 * 1024).into()).into_bytes(),
            Self::Empty => Vec::new(),
            Self::Truncated => text.as_bytes()[..text.len() / 2].to_vec(),
            Self::NoJson => b"key=pa_0123456789abcdefghij&lcp=2310".to_vec(),
            Self::Utf16 => text.encode_utf16().flat_map(u16::to_le_bytes).collect(),
            Self::ByteOrderMark => [b"\xef\xbb\xbf", text.as_bytes()].concat(),
            Self::BareNan => text.replacen("\"v\":1", "\"v\":NaN", 1).into_bytes(),
            Self::DuplicateKeys => text.replacen("\"v\":1", "\"v\":1,\"v\":1", 1).into_bytes(),
            Self::NegativeSeq => with("seq", json!(-1)).into_bytes(),
            Self::AnotherVersion => with("v", json!(2)).into_bytes(),
            Self::NoUuid => with("id", json!("42")).into_bytes(),
            Self::ScriptUrl => with("url", json!("javascript:alert(1)")).into_bytes(),
            Self::LongUrl => with("url", format!("{}{}", wire.url, "a".repeat(9_000)).into()).into_bytes(),
            Self::StrangersKey => with("key", json!("pa_00000000000000000000")).into_bytes(),
            Self::NoKey => with("key", json!("pa_short")).into_bytes(),
            Self::ForeignPage => with("url", json!("https://copied.example/")).into_bytes(),
            Self::ForeignSender => text.into_bytes(),
        };
        let origin = match self {
            Self::ForeignPage | Self::ForeignSender => Some("https://copied.example"),
            _ => None,
        };
        Spoilt { body, origin }
    }
}
