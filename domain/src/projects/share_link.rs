//! Links by which anybody sees one view of a project, without signing in and without changing
//! anything.

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use crate::{Invalid, ShareLinkId};

/// The page that a link shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SharedRoom {
    Overview,
    Pages,
    PageGroup,
    Fix,
    Changes,
    Metrics,
}

impl SharedRoom {
    pub const ALL: [Self; 6] = [Self::Overview, Self::Pages, Self::PageGroup, Self::Fix, Self::Changes, Self::Metrics];

    /// The word for the database and for addresses.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Overview => "overview",
            Self::Pages => "pages",
            Self::PageGroup => "page_group",
            Self::Fix => "fix",
            Self::Changes => "changes",
            Self::Metrics => "metrics",
        }
    }

    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|room| room.as_str() == word)
    }

    pub const fn title(self) -> &'static str {
        match self {
            Self::Overview => "Overview",
            Self::Pages => "Pages",
            Self::PageGroup => "One page group",
            Self::Fix => "Fix list",
            Self::Changes => "Changes",
            Self::Metrics => "Custom metrics",
        }
    }
}

/// A page with its period and filters, as they were when the link was made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SharedView {
    pub room: SharedRoom,
    /// The query part of the page's address, without its question mark. Read as any address is:
    /// what is unknown or malformed in it counts as absent.
    pub search: String,
}

impl SharedView {
    const MAX_BYTES: usize = 2_048;

    /// `Invalid` names `search`.
    pub fn new(room: SharedRoom, search: &str) -> Result<Self, Invalid> {
        let search = search.trim_start_matches('?');
        if search.len() > Self::MAX_BYTES || !search.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(Invalid::new("search", "This view cannot be shared. Take some of its filters away."));
        }
        Ok(Self { room, search: search.to_owned() })
    }
}

/// A link as the list of a project's links shows it. Its token is shown once, when it is made,
/// and stored nowhere.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ShareLink {
    pub id: ShareLinkId,
    pub name: String,
    pub view: SharedView,
    /// The name of the member who made it. It opens nothing once they may not share any more.
    pub made_by: String,
    pub created_at: DateTime<Utc>,
    /// From then on it opens nothing.
    pub expires_at: Option<DateTime<Utc>>,
    /// Whether its maker may still share.
    pub is_open: bool,
}

/// One page of a project's links, the newest first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ShareLinks {
    pub links: Vec<ShareLink>,
    pub total: u32,
}

impl ShareLinks {
    pub const A_PAGE: u32 = 50;

    /// Pages that there are; at least one.
    pub const fn pages(&self) -> u32 {
        if self.total == 0 { 1 } else { self.total.div_ceil(Self::A_PAGE) }
    }
}

/// Who a link is for: 1 to 80 characters, no control characters, trimmed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShareLinkName(String);

impl ShareLinkName {
    const MAX_CHARS: usize = 80;

    /// `Invalid` names `name`.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        let name = text.trim();
        let words = if name.is_empty() {
            "Say who the link is for, so that you know it again in the list."
        } else if name.chars().count() > Self::MAX_CHARS {
            "Use at most 80 characters."
        } else if name.chars().any(char::is_control) {
            "Leave line breaks and control characters out."
        } else {
            return Ok(Self(name.to_owned()));
        };
        Err(Invalid::new("name", words))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// How long a new link opens anything.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ShareLifetime {
    Week,
    /// Long enough for most; what is forgotten closes by itself.
    #[default]
    Month,
    Quarter,
    /// Until it is revoked.
    Unlimited,
}

impl ShareLifetime {
    pub const ALL: [Self; 4] = [Self::Week, Self::Month, Self::Quarter, Self::Unlimited];

    /// As forms send it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Week => "week",
            Self::Month => "month",
            Self::Quarter => "quarter",
            Self::Unlimited => "unlimited",
        }
    }

    pub const fn duration(self) -> Option<TimeDelta> {
        match self {
            Self::Week => Some(TimeDelta::days(7)),
            Self::Month => Some(TimeDelta::days(30)),
            Self::Quarter => Some(TimeDelta::days(90)),
            Self::Unlimited => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_view_is_an_address_of_bounded_length() {
        assert_eq!(SharedView::new(SharedRoom::Fix, "?device=mobile").unwrap().search, "device=mobile");
        for wrong in ["a b", "a\nb", "ä", &"x".repeat(2_049)] {
            assert!(SharedView::new(SharedRoom::Fix, wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn rooms_are_read_from_their_words() {
        for room in SharedRoom::ALL {
            assert_eq!(SharedRoom::parse(room.as_str()), Some(room));
        }
        assert_eq!(SharedRoom::parse("settings"), None);
    }
}
