//! The secrets in mailed links. Only their SHA-256 is stored, and only a job makes them, while
//! it writes the mail: no table and no queue ever holds one that opens anything.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use domain::{Invalid, accounts::TokenPurpose};
use rand::TryRng;
use sha2::{Digest, Sha256};

use super::store;
use crate::{Engine, Error, Result};

const BYTES: usize = 32;

/// A new token: 256 random bits in base64url, 43 characters.
pub fn draw() -> Result<String> {
    let mut bytes = [0; BYTES];
    rand::rngs::SysRng.try_fill_bytes(&mut bytes).map_err(Error::internal)?;
    Ok(URL_SAFE_NO_PAD.encode(bytes))
}

/// What is stored of a token; `None` of what cannot be one.
pub fn hash(token: &str) -> Option<[u8; 32]> {
    let bytes = URL_SAFE_NO_PAD.decode(token.trim()).ok().filter(|bytes| bytes.len() == BYTES)?;
    Some(Sha256::digest(bytes).into())
}

/// The answer to every link that opens nothing, whyever.
pub(super) fn refused() -> Error {
    Invalid::new("token", "This link is too old or was used already. Ask for a new one.").into()
}

/// Whether a link can still be used, for a page to say so before its button is pressed. Changes
/// nothing.
pub async fn peek_token(engine: &Engine, purposes: &[TokenPurpose], token: &str) -> Result<bool> {
    let Some(hash) = hash(token) else { return Ok(false) };
    let mut connection = engine.db.acquire().await?;
    let found = store::token(&mut connection, &hash, engine.now()).await?;
    Ok(found.is_some_and(|token| purposes.contains(&token.purpose)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_256_random_bits_that_survive_a_link() {
        let (one, other) = (draw().unwrap(), draw().unwrap());
        assert_ne!(one, other);
        assert_eq!(one.len(), 43);
        assert!(one.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_')));
        assert!(hash(&one).is_some() && hash(&one) != hash(&other));
    }

    #[test]
    fn what_is_no_token_has_no_hash() {
        let long = "A".repeat(10_000);
        for text in ["", "abc", "../..", "é", &long, &"A".repeat(42)] {
            assert_eq!(hash(text), None);
        }
    }
}
