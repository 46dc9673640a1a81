//! What a project is called.

use serde::{Deserialize, Serialize};

use crate::Invalid;

/// A project's name: 1 to 80 characters, no control characters, trimmed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ProjectName(String);

impl ProjectName {
    const MAX_CHARS: usize = 80;

    pub fn parse(text: &str) -> Result<Self, Invalid> {
        let name = text.trim();
        if name.is_empty() {
            return Err(Invalid::new("name", "Give the project a name, for example the site's."));
        }
        if name.chars().count() > Self::MAX_CHARS {
            return Err(Invalid::new("name", "Use at most 80 characters for the name."));
        }
        if name.chars().any(char::is_control) {
            return Err(Invalid::new("name", "Leave line breaks and control characters out of the name."));
        }
        Ok(Self(name.to_owned()))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for ProjectName {
    type Error = Invalid;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::parse(&text)
    }
}

impl From<ProjectName> for String {
    fn from(name: ProjectName) -> Self {
        name.0
    }
}
