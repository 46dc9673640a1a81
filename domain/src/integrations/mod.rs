//! What reaches PerfAlly from outside without being a person or a visitor: programs with an API
//! key.

mod api_key;
mod scope;

pub use api_key::{ApiKey, ApiKeyHint, ApiMode};
pub use scope::{Scope, Scopes};

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::{ApiKeyId, Invalid, TeamId};

/// An API key as the list of a team's keys shows it. The key itself is shown once, when it is
/// made, and stored nowhere.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ApiKeySummary {
    pub id: ApiKeyId,
    pub team: TeamId,
    pub name: String,
    pub hint: ApiKeyHint,
    pub scopes: Scopes,
    /// The name of the member who made it. It ends with the membership.
    pub made_by: String,
    pub created_at: DateTime<Utc>,
    /// From then on it opens nothing.
    pub expires_at: Option<DateTime<Utc>>,
    /// Exact to a minute.
    pub last_used_at: Option<DateTime<Utc>>,
    pub revoked_at: Option<DateTime<Utc>>,
}

/// What somebody calls a key: 1 to 80 characters, no control characters, trimmed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiKeyName(String);

impl ApiKeyName {
    const MAX_CHARS: usize = 80;

    pub fn parse(text: &str) -> Result<Self, Invalid> {
        let name = text.trim();
        let words = if name.is_empty() {
            "Name what will use the key, for example CI."
        } else if name.chars().count() > Self::MAX_CHARS {
            "Use at most 80 characters for the name."
        } else if name.chars().any(char::is_control) {
            "Leave line breaks and control characters out of the name."
        } else {
            return Ok(Self(name.to_owned()));
        };
        Err(Invalid::new("name", words))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// How long a new key opens anything.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Lifetime {
    Month,
    Quarter,
    Year,
    /// Until it is revoked.
    #[default]
    Unlimited,
}

impl Lifetime {
    pub const ALL: [Self; 4] = [Self::Unlimited, Self::Month, Self::Quarter, Self::Year];

    /// As forms send it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Month => "month",
            Self::Quarter => "quarter",
            Self::Year => "year",
            Self::Unlimited => "unlimited",
        }
    }

    pub const fn duration(self) -> Option<chrono::TimeDelta> {
        match self {
            Self::Month => Some(chrono::TimeDelta::days(30)),
            Self::Quarter => Some(chrono::TimeDelta::days(90)),
            Self::Year => Some(chrono::TimeDelta::days(365)),
            Self::Unlimited => None,
        }
    }
}
