//! Every way a beacon, or a value in it, is refused. Each is counted and shown on Data health.

use serde::{Deserialize, Serialize};

/// Why a whole beacon was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DropReason {
    /// More than 64 KiB.
    TooLarge,
    /// Not UTF-8, not JSON, nested too deep, or a field of another type than the format's.
    Unreadable,
    /// `v` is not 1.
    UnsupportedVersion,
    /// `id` is not a UUID.
    BadId,
    /// `url` is not an http or https address, or longer than 8 KiB.
    BadUrl,
    /// The key is not of any project, or its grace is over.
    UnknownKey,
    /// The page's origin is not on the project's list.
    OriginNotAllowed,
    /// An update more than 24 hours after the first beacon of its page view.
    LateUpdate,
    /// The sender is over the limit for one address.
    RateLimited,
    /// The team has sent three times its plan's page views this month.
    OverQuota,
    /// The database refused this one beacon although it passed all checks.
    NotStorable,
}

impl DropReason {
    pub const ALL: [Self; 11] = [
        Self::TooLarge,
        Self::Unreadable,
        Self::UnsupportedVersion,
        Self::BadId,
        Self::BadUrl,
        Self::UnknownKey,
        Self::OriginNotAllowed,
        Self::LateUpdate,
        Self::RateLimited,
        Self::OverQuota,
        Self::NotStorable,
    ];

    /// The code in answers, in the database and in addresses.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::TooLarge => "too_large",
            Self::Unreadable => "unreadable",
            Self::UnsupportedVersion => "unsupported_version",
            Self::BadId => "bad_id",
            Self::BadUrl => "bad_url",
            Self::UnknownKey => "unknown_key",
            Self::OriginNotAllowed => "origin_not_allowed",
            Self::LateUpdate => "late_update",
            Self::RateLimited => "rate_limited",
            Self::OverQuota => "over_quota",
            Self::NotStorable => "not_storable",
        }
    }

    pub fn parse(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|reason| reason.as_str() == code)
    }

    /// What happened and what to do, for whoever reads the answer.
    pub const fn message(self) -> &'static str {
        match self {
            Self::TooLarge => "The beacon is larger than 64 KiB. Send fewer metrics and tags.",
            Self::Unreadable => "The beacon is not JSON of the wire format, version 1.",
            Self::UnsupportedVersion => {
                "This server reads version 1 of the wire format. Load the script from this server."
            }
            Self::BadId => "`id` must be a UUID, best of version 7.",
            Self::BadUrl => "`url` must be an http or https address of at most 8 KiB.",
            Self::UnknownKey => {
                "This site key is not of any project. Copy the tag again from the project's install page."
            }
            Self::OriginNotAllowed => {
                "The page's origin is not on the project's list. Add it in the project's settings."
            }
            Self::LateUpdate => "This page view began more than 24 hours ago and takes no more updates.",
            Self::RateLimited => "Too many beacons from this address. Try again after the time in Retry-After.",
            Self::OverQuota => {
                "The site's team has sent three times its plan's page views this month. Collection goes on next month, or on a larger plan."
            }
            Self::NotStorable => "The beacon holds something that cannot be stored.",
        }
    }
}

/// Why one value was refused while the rest of its beacon was kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ValueFault {
    Negative,
    TooLarge,
    /// Not a finite number, for example a string or 1e999.
    NotANumber,
    /// More metrics or tags than a beacon may carry.
    TooMany,
    /// A name or a text longer than allowed, or with control characters.
    BadText,
}

impl ValueFault {
    pub const ALL: [Self; 5] = [Self::Negative, Self::TooLarge, Self::NotANumber, Self::TooMany, Self::BadText];

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Negative => "negative",
            Self::TooLarge => "too_large",
            Self::NotANumber => "not_a_number",
            Self::TooMany => "too_many",
            Self::BadText => "bad_text",
        }
    }
}
