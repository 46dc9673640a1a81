//! The one table of plans, read by enforcement, the pricing page, billing and the API alike.

use serde::{Deserialize, Serialize};

/// What a team pays for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "sqlx", derive(sqlx::Type), sqlx(type_name = "text", rename_all = "lowercase"))]
#[serde(rename_all = "lowercase")]
pub enum Plan {
    Free,
    Pro,
    Agency,
}

/// A count that may have no bound.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Limit {
    AtMost(u32),
    Unlimited,
}

/// How far a plan may use the public API.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Api {
    /// Reads only, so many requests an hour.
    ReadOnly { requests_per_hour: u32 },
    /// Everything, with so many audits a month included; each further one costs cents.
    Full { requests_per_hour: u32, audits_per_month: Limit, overage_cents: u32 },
}

impl Api {
    /// Requests of a team's live keys together in an hour of the clock. Reads cost nothing; this
    /// keeps one team from taking the server from the others.
    pub const fn requests_per_hour(self) -> u32 {
        match self {
            Self::ReadOnly { requests_per_hour } | Self::Full { requests_per_hour, .. } => requests_per_hour,
        }
    }
}

/// What a plan allows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Limits {
    pub price_cents_per_month: u32,
    pub projects: Limit,
    /// Days that raw page views are kept.
    pub raw_days: u16,
    /// Page views counted in a calendar month (UTC), all projects of the team together.
    pub metrics_per_month: Limit,
    pub ai_explanations: bool,
    pub weekly_reports: bool,
    pub custom_metrics: bool,
    pub members: Limit,
    pub api: Api,
    /// White-label, mobile app, priority support and the 99.9 % SLA.
    pub agency_features: bool,
}

impl Plan {
    pub const ALL: [Self; 3] = [Self::Free, Self::Pro, Self::Agency];

    /// Over the month's quota, collection goes on as a sample until this multiple of it.
    pub const HARD_STOP_FACTOR: u32 = 3;

    /// Hourly and daily sketches are kept at least this long on every plan: Google judges a
    /// site over 28 days.
    pub const SKETCH_DAYS_AT_LEAST: u16 = 28;

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Free => "free",
            Self::Pro => "pro",
            Self::Agency => "agency",
        }
    }

    pub const fn title(self) -> &'static str {
        match self {
            Self::Free => "Free",
            Self::Pro => "Pro",
            Self::Agency => "Agency",
        }
    }

    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|plan| plan.as_str() == word)
    }

    pub const fn limits(self) -> Limits {
        match self {
            Self::Free => Limits {
                price_cents_per_month: 0,
                projects: Limit::AtMost(1),
                raw_days: 7,
                metrics_per_month: Limit::AtMost(5_000),
                ai_explanations: false,
                weekly_reports: false,
                custom_metrics: false,
                members: Limit::AtMost(1),
                api: Api::ReadOnly { requests_per_hour: 60 },
                agency_features: false,
            },
            Self::Pro => Limits {
                price_cents_per_month: 2_900,
                projects: Limit::Unlimited,
                raw_days: 90,
                metrics_per_month: Limit::AtMost(50_000),
                ai_explanations: true,
                weekly_reports: true,
                custom_metrics: true,
                members: Limit::AtMost(1),
                api: Api::Full { requests_per_hour: 6_000, audits_per_month: Limit::AtMost(100), overage_cents: 5 },
                agency_features: false,
            },
            Self::Agency => Limits {
                price_cents_per_month: 19_900,
                projects: Limit::Unlimited,
                raw_days: 365,
                metrics_per_month: Limit::Unlimited,
                ai_explanations: true,
                weekly_reports: true,
                custom_metrics: true,
                members: Limit::Unlimited,
                api: Api::Full { requests_per_hour: 60_000, audits_per_month: Limit::Unlimited, overage_cents: 0 },
                agency_features: true,
            },
        }
    }
}

impl Limit {
    /// Whether one more fits when `used` are there already.
    pub const fn allows_one_more(self, used: u64) -> bool {
        match self {
            Self::AtMost(most) => used < most as u64,
            Self::Unlimited => true,
        }
    }
}
