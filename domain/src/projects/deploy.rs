//! When a site was deployed.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::Invalid;

/// One deploy, as trends mark it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Deploy {
    pub at: DateTime<Utc>,
    pub release: Release,
    /// What it was about; may be empty.
    pub note: String,
}

/// What a version of a site is called: 1 to 64 bytes of one line, as in the script's `data-release`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Release(String);

impl Release {
    const MOST: usize = 64;

    pub fn parse(text: &str) -> Result<Self, Invalid> {
        let text = text.trim();
        if text.is_empty() || text.len() > Self::MOST || text.chars().any(char::is_control) {
            return Err(Invalid::new(
                "release",
                "Name the release in one line of at most 64 bytes, such as 2026.11.3.",
            ));
        }
        Ok(Self(text.to_owned()))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for Release {
    type Error = Invalid;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::parse(&text)
    }
}

impl From<Release> for String {
    fn from(release: Release) -> Self {
        release.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_release_is_one_short_line() {
        assert_eq!(Release::parse(" 2026.11.3 ").unwrap().as_str(), "2026.11.3");
        for wrong in ["", "  ", "a\nb", &"x".repeat(65)] {
            assert!(Release::parse(wrong).is_err(), "{wrong:?}");
        }
    }
}
