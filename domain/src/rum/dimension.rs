//! What the figures can be split by.

use serde::{Deserialize, Serialize};

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

/// What a table is split by: a dimension, or a tag that the site itself gives its page views.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum By {
    Dimension(Dimension),
    /// The tag's name.
    Tag(String),
}

impl By {
    const TAG: &str = "tag:";

    /// Reads an address's word: a dimension, or `tag:` and the tag's name.
    pub fn parse(word: &str) -> Option<Self> {
        match word.strip_prefix(Self::TAG) {
            Some(name) if !name.is_empty() => Some(Self::Tag(name.to_owned())),
            _ => Dimension::parse(word).map(Self::Dimension),
        }
    }

    /// The word that [`By::parse`] reads.
    pub fn word(&self) -> String {
        match self {
            Self::Dimension(dimension) => dimension.as_str().to_owned(),
            Self::Tag(name) => format!("{}{name}", Self::TAG),
        }
    }
}

impl From<Dimension> for By {
    fn from(dimension: Dimension) -> Self {
        Self::Dimension(dimension)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_table_is_split_by_survives_its_address() {
        let tags = ["variant", "a:b", "page_group"].map(|name| By::Tag(name.to_owned()));
        for by in Dimension::ALL.map(By::Dimension).into_iter().chain(tags) {
            assert_eq!(By::parse(&by.word()), Some(by));
        }
        for wrong in ["", "tag:", "tags", "Device"] {
            assert_eq!(By::parse(wrong), None, "{wrong}");
        }
    }
}
