//! What a person is called.

use serde::{Deserialize, Serialize};

use crate::Invalid;

/// A person's name as they write it: 1 to 80 characters, no control characters, trimmed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct PersonName(String);

impl PersonName {
    const MAX_CHARS: usize = 80;

    pub fn parse(text: &str) -> Result<Self, Invalid> {
        let name = text.trim();
        if name.is_empty() {
            return Err(Invalid::new("name", "Enter your name."));
        }
        if name.chars().count() > Self::MAX_CHARS {
            return Err(Invalid::new("name", "Use at most 80 characters for your name."));
        }
        if name.chars().any(char::is_control) {
            return Err(Invalid::new("name", "Leave line breaks and control characters out of your name."));
        }
        Ok(Self(name.to_owned()))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for PersonName {
    type Error = Invalid;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::parse(&text)
    }
}

impl From<PersonName> for String {
    fn from(name: PersonName) -> Self {
        name.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_trimmed_and_kept_as_written() {
        assert_eq!(PersonName::parse("  Ada Lovelace ").unwrap().as_str(), "Ada Lovelace");
        assert_eq!(PersonName::parse("Łukasz").unwrap().as_str(), "Łukasz");
        assert!(PersonName::parse(&"ä".repeat(80)).is_ok());
    }

    #[test]
    fn a_name_that_could_break_a_header_or_a_page_is_refused() {
        for text in ["", "   ", "Ada\r\nBcc: eve@x.example", "Ada\0", &"a".repeat(81)] {
            assert_eq!(PersonName::parse(text).unwrap_err().field, "name", "{text:?}");
        }
    }
}
