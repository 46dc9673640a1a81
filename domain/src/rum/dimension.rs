//! What the figures can be split by.

use serde::{Deserialize, Serialize};

use super::{Interval, Shares, State, Vital};

/// A property of page views that the sketches are kept by. Each is kept by device too.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Dimension {
    PageGroup,
    Device,
    Country,
    Browser,
    Os,
    Connection,
    NavigationType,
    Release,
}

impl Dimension {
    pub const ALL: [Self; 8] = [
        Self::PageGroup,
        Self::Device,
        Self::Country,
        Self::Browser,
        Self::Os,
        Self::Connection,
        Self::NavigationType,
        Self::Release,
    ];

    /// The key of all values beyond [`Self::most_keys`].
    pub const OTHER_KEY: &str = "(other)";

    /// Values of a project's day that are told apart; visitors make them up, and each costs rows.
    pub const fn most_keys(self) -> usize {
        match self {
            Self::PageGroup => 1_000,
            Self::Country => 300,
            Self::Browser | Self::Os | Self::Release => 200,
            Self::Device | Self::Connection | Self::NavigationType => 20,
        }
    }

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::PageGroup => "page_group",
            Self::Device => "device",
            Self::Country => "country",
            Self::Browser => "browser",
            Self::Os => "os",
            Self::Connection => "connection",
            Self::NavigationType => "navigation_type",
            Self::Release => "release",
        }
    }

    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|dimension| dimension.as_str() == word)
    }
}

/// One vital, split by one dimension; the rows with most page views first.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Breakdown {
    pub dimension: Dimension,
    pub vital: Vital,
    /// At most 50.
    pub rows: Vec<BreakdownRow>,
    /// How many rows there are in all.
    pub total_rows: u32,
}

/// One value of the dimension.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct BreakdownRow {
    /// The value; empty where the property is not known.
    pub key: String,
    /// Page views, whatever they reported.
    pub page_views: u64,
    /// Page views that reported the vital.
    pub count: u64,
    pub p75: Option<f64>,
    pub interval: Option<Interval>,
    pub shares: Option<Shares>,
    pub state: State,
}
