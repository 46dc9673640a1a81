//! Sites: their public key, their origins, and how their paths become page groups.

mod content_policy;
mod deploy;
mod incident;
mod learning;
mod name;
mod origin;
mod page_group;
mod path;
mod segment;
mod share_link;
mod site_check;
mod site_key;
mod template;
mod templates;

pub use content_policy::ContentPolicy;
pub use deploy::{Deploy, Release};
pub use incident::Incident;
pub use learning::learn;
pub use name::ProjectName;
pub use origin::{AllowedOrigin, Origin};
pub use page_group::PageGroups;
pub use share_link::{ShareLifetime, ShareLink, ShareLinkName, ShareLinks, SharedRoom, SharedView};
pub use site_check::{Expected, Finding, SeenPage, SeenScript, SiteCheck, Unreachable, Whose, findings};
pub use site_key::SiteKey;
pub use template::Template;
pub use templates::Templates;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::{ProjectId, TeamId};

/// A project as pages show it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Project {
    pub id: ProjectId,
    pub team: TeamId,
    pub name: String,
    pub created_at: DateTime<Utc>,
    /// Whether anybody may look at it without signing in: the demo.
    pub public: bool,
    pub origins: Vec<AllowedOrigin>,
    /// Valid keys, the newest first. Older ones are in their grace after a rotation.
    pub site_keys: Vec<SiteKeyInUse>,
}

/// A key that beacons may carry now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SiteKeyInUse {
    pub key: SiteKey,
    pub created_at: DateTime<Utc>,
    /// When its grace ends; `None` for the current key.
    pub expires_at: Option<DateTime<Utc>>,
}

/// How long the key before stays valid after a rotation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Grace {
    None,
    Day,
    Week,
    Month,
}

impl Grace {
    pub const ALL: [Self; 4] = [Self::None, Self::Day, Self::Week, Self::Month];

    pub const fn duration(self) -> chrono::TimeDelta {
        match self {
            Self::None => chrono::TimeDelta::zero(),
            Self::Day => chrono::TimeDelta::days(1),
            Self::Week => chrono::TimeDelta::days(7),
            Self::Month => chrono::TimeDelta::days(30),
        }
    }
}
