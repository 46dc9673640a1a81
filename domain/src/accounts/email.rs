//! An e-mail address that mail can be sent to.

use serde::{Deserialize, Serialize};

use crate::Invalid;

/// An e-mail address, trimmed and in lower case, so that one person is one account.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "sqlx", derive(sqlx::Type), sqlx(transparent))]
#[serde(try_from = "String", into = "String")]
pub struct Email(String);

impl Email {
    /// Longest address that SMTP carries (RFC 5321 §4.5.3.1.3, less the brackets).
    const MAX_LENGTH: usize = 254;

    /// Reads an address as typed.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        let address = text.trim().to_lowercase();
        let refused = || Err(Invalid::new("email", "Enter an e-mail address such as ada@example.com."));
        let Some((local, host)) = address.rsplit_once('@') else { return refused() };
        let has_bad_character = address.chars().any(|c| {
            c.is_whitespace() || c.is_control() || matches!(c, '<' | '>' | ',' | ';' | '"' | '\\' | '(' | ')')
        });
        let host_is_odd = host.is_empty()
            || host.starts_with(['.', '-'])
            || host.ends_with(['.', '-'])
            || host.contains("..")
            || host.contains('@');
        if local.is_empty()
            || local.contains('@')
            || has_bad_character
            || host_is_odd
            || address.len() > Self::MAX_LENGTH
        {
            return refused();
        }
        Ok(Self(address))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Display for Email {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

impl TryFrom<String> for Email {
    type Error = Invalid;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::parse(&text)
    }
}

impl From<Email> for String {
    fn from(email: Email) -> Self {
        email.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_trimmed_and_lowered() {
        assert_eq!(Email::parse("  Ada@Example.COM ").unwrap().as_str(), "ada@example.com");
    }

    #[test]
    fn what_cannot_receive_mail_is_refused_with_the_field() {
        for text in ["", "ada", "@x.org", "ada@", "a b@x.org", "ada@x..org", "a@b@c.org", "ada@x.org\r\nBcc: eve@x.org"]
        {
            assert_eq!(Email::parse(text).unwrap_err().field, "email", "{text:?}");
        }
    }
}
