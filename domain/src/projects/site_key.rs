//! The public key that a site's beacons carry.

use serde::{Deserialize, Serialize};

use crate::Invalid;

/// `pa_` and 20 characters of base 62. Public: it stands in the page's HTML, and allows
/// sending only.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "sqlx", derive(sqlx::Type), sqlx(transparent))]
#[serde(try_from = "String", into = "String")]
pub struct SiteKey(String);

impl SiteKey {
    pub const PREFIX: &str = "pa_";
    pub const RANDOM_CHARS: usize = 20;
    const ALPHABET: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

    pub fn parse(text: &str) -> Result<Self, Invalid> {
        let is_key = text
            .strip_prefix(Self::PREFIX)
            .is_some_and(|rest| rest.len() == Self::RANDOM_CHARS && rest.bytes().all(|b| b.is_ascii_alphanumeric()));
        if is_key {
            Ok(Self(text.to_owned()))
        } else {
            Err(Invalid::new(
                "key",
                "A site key is `pa_` and 20 letters and digits. Copy it from the project's install page.",
            ))
        }
    }

    /// Makes a key of random numbers; each must be uniform below 62.
    pub fn from_random(mut below_62: impl FnMut() -> usize) -> Self {
        let mut key = String::from(Self::PREFIX);
        key.extend((0..Self::RANDOM_CHARS).map(|_| char::from(Self::ALPHABET[below_62() % Self::ALPHABET.len()])));
        Self(key)
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Display for SiteKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

impl TryFrom<String> for SiteKey {
    type Error = Invalid;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::parse(&text)
    }
}

impl From<SiteKey> for String {
    fn from(key: SiteKey) -> Self {
        key.0
    }
}
