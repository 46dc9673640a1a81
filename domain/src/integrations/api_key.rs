//! The secret by which a program shows who it is.

use serde::{Deserialize, Serialize};

use crate::Invalid;

/// Whether a key opens a team's data, or made-up data that is the same for ever.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ApiMode {
    Live,
    Test,
}

impl ApiMode {
    pub const ALL: [Self; 2] = [Self::Live, Self::Test];

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Live => "live",
            Self::Test => "test",
        }
    }

    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|mode| mode.as_str() == word)
    }

    /// What a key begins with.
    pub const fn prefix(self) -> &'static str {
        match self {
            Self::Live => "pr_live_",
            Self::Test => "pr_test_",
        }
    }
}

/// `pr_live_` or `pr_test_`, 30 random characters of base 62 (178 bits), and 6 that are the
/// CRC-32 of all before them, so that a mistyped or invented key is told apart without a look
/// into the database, and scanners of leaked secrets know one when they see it.
///
/// Whoever holds it may use it: it is never written into a log, and stored as its SHA-256 only.
#[derive(Clone, PartialEq, Eq)]
pub struct ApiKey {
    text: String,
    mode: ApiMode,
}

const RANDOM_CHARS: usize = 30;
const CHECKSUM_CHARS: usize = 6;
const ALPHABET: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

impl ApiKey {
    /// Reads a key as a request carries it; the checksum must fit.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        let refused = || {
            Invalid::new(
                "key",
                "This is no API key: one is pr_live_ or pr_test_ and 36 letters and digits. Copy it whole.",
            )
        };
        let mode = ApiMode::ALL.into_iter().find(|mode| text.starts_with(mode.prefix())).ok_or_else(refused)?;
        let rest = &text[mode.prefix().len()..];
        let whole = rest.len() == RANDOM_CHARS + CHECKSUM_CHARS && rest.bytes().all(|b| b.is_ascii_alphanumeric());
        if !whole {
            return Err(refused());
        }
        let (signed, checksum) = text.split_at(text.len() - CHECKSUM_CHARS);
        if checksum_of(signed) != checksum {
            return Err(refused());
        }
        Ok(Self { text: text.to_owned(), mode })
    }

    /// Makes a key of random numbers; each must be uniform below 62.
    pub fn from_random(mode: ApiMode, mut below_62: impl FnMut() -> usize) -> Self {
        let mut text = String::from(mode.prefix());
        text.extend((0..RANDOM_CHARS).map(|_| char::from(ALPHABET[below_62() % ALPHABET.len()])));
        let checksum = checksum_of(&text);
        text.push_str(&checksum);
        Self { text, mode }
    }

    pub const fn mode(&self) -> ApiMode {
        self.mode
    }

    /// The whole secret: to be hashed, or shown to who made it.
    pub fn expose(&self) -> &str {
        &self.text
    }

    /// By which people tell their keys apart.
    pub fn hint(&self) -> ApiKeyHint {
        let rest = &self.text[self.mode.prefix().len()..];
        ApiKeyHint { mode: self.mode, start: rest[..4].to_owned(), end: rest[rest.len() - 4..].to_owned() }
    }
}

/// The secret stays out of logs and messages of failed tests.
impl std::fmt::Debug for ApiKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "ApiKey({})", self.hint())
    }
}

/// What is shown of a key: four characters after the prefix and the last four.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ApiKeyHint {
    pub mode: ApiMode,
    pub start: String,
    pub end: String,
}

impl std::fmt::Display for ApiKeyHint {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}{}…{}", self.mode.prefix(), self.start, self.end)
    }
}

/// CRC-32 in base 62, six digits, the most significant first: 62⁶ is more than 2³².
fn checksum_of(signed: &str) -> String {
    let mut left = crc_32(signed.as_bytes());
    let mut digits = [b'0'; CHECKSUM_CHARS];
    for digit in digits.iter_mut().rev() {
        *digit = ALPHABET[(left % 62) as usize];
        left /= 62;
    }
    digits.iter().copied().map(char::from).collect()
}

/// The CRC of zip, PNG and Ethernet (ISO 3309): reflected, polynomial 0x04C11DB7. Bit by bit:
/// 38 bytes need no table.
fn crc_32(bytes: &[u8]) -> u32 {
    let crc = bytes.iter().fold(u32::MAX, |crc, &byte| {
        (0..8).fold(crc ^ u32::from(byte), |crc, _| (crc >> 1) ^ (0xEDB8_8320 & (crc & 1).wrapping_neg()))
    });
    !crc
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(mode: ApiMode) -> ApiKey {
        let mut at = 0;
        ApiKey::from_random(mode, || {
            at += 7;
            at % 62
        })
    }

    #[test]
    fn the_checksum_is_the_known_one() {
        // The check value of the catalogue of CRC algorithms.
        assert_eq!(crc_32(b"123456789"), 0xCBF4_3926);
        assert_eq!(crc_32(b""), 0);
    }

    #[test]
    fn a_made_key_is_read_again_and_has_the_promised_form() {
        for mode in ApiMode::ALL {
            let made = key(mode);
            let text = made.expose();
            assert_eq!(text.len(), 44, "{text}");
            assert!(text.starts_with(mode.prefix()), "{text}");
            assert_eq!(ApiKey::parse(text), Ok(made.clone()));
            assert_eq!(made.mode(), mode);
        }
    }

    #[test]
    fn any_one_wrong_character_is_noticed() {
        let text = key(ApiMode::Live).expose().to_owned();
        for at in 0..text.len() {
            for wrong in ['0', 'Z', 'b', '-', '\u{e4}'] {
                let mut chars: Vec<char> = text.chars().collect();
                if chars[at] == wrong {
                    continue;
                }
                chars[at] = wrong;
                let wrong: String = chars.into_iter().collect();
                assert!(ApiKey::parse(&wrong).is_err(), "{wrong}");
            }
        }
        for at in 1..text.len() {
            let mut chars: Vec<char> = text.chars().collect();
            if chars[at - 1] != chars[at] {
                chars.swap(at - 1, at);
                assert!(ApiKey::parse(&chars.iter().collect::<String>()).is_err(), "swapped at {at}");
            }
        }
    }

    #[test]
    fn what_is_no_key_is_refused() {
        let text = key(ApiMode::Test).expose().to_owned();
        let as_live = text.replace("pr_test_", "pr_live_");
        for wrong in ["", "pr_live_", "pa_00000000000000000000", &text[..43], &format!("{text}0"), &format!(" {text}")]
        {
            assert!(ApiKey::parse(wrong).is_err(), "{wrong:?}");
        }
        // A test key cannot be turned into a live one.
        assert!(ApiKey::parse(&as_live).is_err());
    }

    #[test]
    fn what_is_shown_opens_nothing() {
        let key = key(ApiMode::Live);
        let shown = [key.hint().to_string(), format!("{key:?}")];
        assert_eq!(shown[0], format!("pr_live_{}…{}", &key.expose()[8..12], &key.expose()[40..]));
        assert!(shown.iter().all(|shown| !shown.contains(&key.expose()[12..40])));
    }
}
