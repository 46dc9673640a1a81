//! Where a site's beacons may come from.

use serde::{Deserialize, Serialize};
use url::Url;

use crate::Invalid;

/// Scheme, host and port of a page, as browsers write it: `https://shop.example`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Origin(String);

impl Origin {
    /// The origin of an address; `None` unless it is http or https.
    pub fn of(url: &Url) -> Option<Self> {
        matches!(url.scheme(), "http" | "https").then(|| Self(url.origin().ascii_serialization()))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Bytes of such a line at most.
const LONGEST: usize = 255;

/// One line of a project's list of origins: an origin, or every subdomain of one
/// (`https://*.shop.example`, which does not include `https://shop.example` itself).
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct AllowedOrigin(String);

impl AllowedOrigin {
    /// Reads a line as typed: the scheme may be left out (https is meant), a path is ignored.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        let typed = text.trim();
        let refused = || {
            Invalid::new(
                "origin",
                "Enter the address of the site, such as https://shop.example or https://*.shop.example.",
            )
        };
        if typed.is_empty() || typed.len() > LONGEST || typed.chars().any(|c| c.is_whitespace() || c.is_control()) {
            return Err(refused());
        }
        // Browsers need no slashes after http: and https:, and take any number; what stands before another colon is a
        // host, if a port follows.
        let (scheme, rest) = match typed.split_once(':') {
            Some((scheme, rest)) if ["http", "https"].iter().any(|web| scheme.eq_ignore_ascii_case(web)) => {
                (scheme, rest.trim_start_matches(['/', '\\']))
            }
            Some((host, rest)) if !host.starts_with('[') && !rest.starts_with(|c: char| c.is_ascii_digit()) => {
                return Err(refused());
            }
            _ => ("https", typed),
        };
        let (wildcard, rest) = match rest.strip_prefix("*.") {
            // `*.@host` names somebody at a host, and no part of it.
            Some(rest) if rest.starts_with(['/', '\\', '@']) => return Err(refused()),
            Some(rest) => (true, rest),
            None => (false, rest),
        };
        let url = Url::parse(&format!("{scheme}://{rest}")).map_err(|_| refused())?;
        let host_is_named = url.host_str().is_some_and(|host| !host.is_empty() && !host.contains('*'));
        let origin = Origin::of(&url).filter(|_| host_is_named).ok_or_else(refused)?;
        if !url.username().is_empty() || url.password().is_some() {
            return Err(refused());
        }
        let line = if wildcard {
            if !matches!(url.host(), Some(url::Host::Domain(domain)) if domain.contains('.')) {
                return Err(refused());
            }
            let (scheme, host) = origin.0.split_once("://").ok_or_else(refused)?;
            format!("{scheme}://*.{host}")
        } else {
            origin.0
        };
        // Letters beyond ASCII are written with more of them: what is kept must be read again.
        if line.len() > LONGEST { Err(refused()) } else { Ok(Self(line)) }
    }

    /// Whether a page of `origin` may send.
    pub fn allows(&self, origin: &Origin) -> bool {
        match self.0.split_once("://*.") {
            None => self.0 == origin.0,
            Some((scheme, host)) => origin
                .0
                .strip_prefix(scheme)
                .and_then(|rest| rest.strip_prefix("://"))
                .and_then(|rest| rest.strip_suffix(host))
                .is_some_and(|subdomain| subdomain.len() > 1 && subdomain.ends_with('.')),
        }
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for AllowedOrigin {
    type Error = Invalid;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::parse(&text)
    }
}

impl From<AllowedOrigin> for String {
    fn from(origin: AllowedOrigin) -> Self {
        origin.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn origin(text: &str) -> Origin {
        Origin::of(&Url::parse(text).unwrap()).unwrap()
    }

    #[test]
    fn an_origin_is_read_as_typed() {
        for (typed, read) in [
            ("shop.example", "https://shop.example"),
            (" https://Shop.example/cart?x=1 ", "https://shop.example"),
            ("http://localhost:8080", "http://localhost:8080"),
            ("https://*.shop.example", "https://*.shop.example"),
            ("*.shop.example", "https://*.shop.example"),
            ("https://shop.example:443", "https://shop.example"),
            // As browsers understand it: no site is named `https`.
            ("https:/shop.example/cart", "https://shop.example"),
            ("HTTP:shop.example:8080", "http://shop.example:8080"),
            ("https:\\\\*.shop.example", "https://*.shop.example"),
            ("localhost:8080", "https://localhost:8080"),
            ("[::1]:8080", "https://[::1]:8080"),
        ] {
            assert_eq!(AllowedOrigin::parse(typed).unwrap().as_str(), read, "{typed}");
        }
    }

    #[test]
    fn what_is_kept_can_be_read_again_however_it_was_typed() {
        let mut kept = 0;
        for labels in 1..40 {
            for prefix in ["", "*."] {
                // Two bytes become eight.
                let typed = format!("{prefix}{}example", "\u{e9}.".repeat(labels));
                if let Ok(line) = AllowedOrigin::parse(&typed) {
                    assert_eq!(AllowedOrigin::parse(line.as_str()), Ok(line));
                    kept += 1;
                }
            }
        }
        assert!((30..78).contains(&kept), "{kept}");
    }

    #[test]
    fn what_is_no_web_origin_is_refused() {
        for typed in [
            "",
            "https://*.@shop.example",
            "ftp://x.example",
            "https://",
            "https://*",
            "https://*.com",
            "https://a b",
            "javascript:alert(1)",
            "https://u:p@x.example",
            "https://a.*.example",
            "https:",
            "https:/",
            "https://*./shop.example",
            "ftp:/x.example",
        ] {
            assert!(AllowedOrigin::parse(typed).is_err(), "{typed}");
        }
    }

    #[test]
    fn a_wildcard_allows_subdomains_only() {
        let allowed = AllowedOrigin::parse("https://*.shop.example").unwrap();
        assert!(allowed.allows(&origin("https://www.shop.example/x")));
        assert!(allowed.allows(&origin("https://a.b.shop.example")));
        for other in [
            "https://shop.example",
            "https://evilshop.example",
            "http://www.shop.example",
            "https://www.shop.example.evil.example",
            "https://www.shop.example:8443",
        ] {
            assert!(!allowed.allows(&origin(other)), "{other}");
        }
    }
}
