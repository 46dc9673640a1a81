//! A site's Content-Security-Policy, as far as it decides about one script and where that sends.
//!
//! After CSP level 3: which directive governs what, and how a source is matched with an address.

use url::Url;

use super::Origin;

/// One policy that is enforced. A page may have several, and all must agree.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ContentPolicy(Vec<Directive>);

#[derive(Debug, Clone, PartialEq, Eq)]
struct Directive {
    name: String,
    sources: Vec<String>,
}

/// A script that a page wants to load.
#[derive(Debug, Clone, Copy)]
pub struct Wanted<'a> {
    pub page: &'a Url,
    pub script: &'a Url,
    /// Its attributes `nonce` and `integrity`.
    pub nonce: Option<&'a str>,
    pub integrity: Option<&'a str>,
}

impl ContentPolicy {
    /// Reads a header's line, in which commas part policies.
    pub fn parse_list(line: &str) -> Vec<Self> {
        line.split(',').map(Self::parse).filter(|policy| !policy.0.is_empty()).collect()
    }

    fn parse(text: &str) -> Self {
        let mut directives: Vec<Directive> = Vec::new();
        for part in text.split(';') {
            let mut words = part.split_ascii_whitespace();
            let Some(name) = words.next().map(str::to_ascii_lowercase) else { continue };
            // The first of a name counts.
            if !directives.iter().any(|known| known.name == name) {
                directives.push(Directive { name, sources: words.map(str::to_owned).collect() });
            }
        }
        Self(directives)
    }

    /// The directive that forbids the script, if one does.
    pub fn forbids_script(&self, wanted: Wanted<'_>) -> Option<&str> {
        let directive = self.governing(&["script-src-elem", "script-src", "default-src"])?;
        let sources = || directive.sources.iter().map(String::as_str);
        let by_nonce = wanted.nonce.is_some_and(|nonce| sources().any(|source| is_quoted(source, "nonce-", nonce)));
        let hashes = || wanted.integrity.unwrap_or_default().split_ascii_whitespace();
        let by_hash =
            hashes().next().is_some() && hashes().all(|hash| sources().any(|source| is_quoted(source, "", hash)));
        let strict = sources().any(|source| source.eq_ignore_ascii_case("'strict-dynamic'"));
        let by_address = !strict && sources().any(|source| matches(source, wanted.script, wanted.page));
        (!(by_nonce || by_hash || by_address)).then_some(directive.name.as_str())
    }

    /// The directive that forbids sending to `to`, if one does.
    pub fn forbids_sending(&self, page: &Url, to: &Url) -> Option<&str> {
        let directive = self.governing(&["connect-src", "default-src"])?;
        let allowed = directive.sources.iter().any(|source| matches(source, to, page));
        (!allowed).then_some(directive.name.as_str())
    }

    fn governing(&self, names: &[&str]) -> Option<&Directive> {
        names.iter().find_map(|name| self.0.iter().find(|directive| directive.name == *name))
    }
}

/// `'nonce-…'` or `'sha384-…'`: the kind of either case, the value exactly.
fn is_quoted(source: &str, prefix: &str, value: &str) -> bool {
    let Some(inner) = source.strip_prefix('\'').and_then(|rest| rest.strip_suffix('\'')) else { return false };
    let Some((start, rest)) = inner.split_at_checked(prefix.len()) else { return false };
    start.eq_ignore_ascii_case(prefix) && !value.is_empty() && rest == value
}

/// Whether a source of the list covers the address.
fn matches(source: &str, url: &Url, page: &Url) -> bool {
    let lower = source.to_ascii_lowercase();
    if lower == "'self'" {
        return is_same_site(url, page);
    }
    if lower.starts_with('\'') {
        return false;
    }
    if lower == "*" {
        return matches!(url.scheme(), "http" | "https" | "ws" | "wss") || url.scheme() == page.scheme();
    }
    if let Some(scheme) = lower.strip_suffix(':') {
        return is_scheme(scheme, url.scheme());
    }
    let (scheme, rest) = match source.split_once("://") {
        Some((scheme, rest)) => (Some(scheme.to_ascii_lowercase()), rest),
        None => (None, source),
    };
    let (place, path) = rest.find('/').map_or((rest, ""), |at| rest.split_at(at));
    let (host, port) = match place.rsplit_once(':') {
        Some((host, port)) if port == "*" || port.bytes().all(|byte| byte.is_ascii_digit()) => (host, Some(port)),
        _ => (place, None),
    };
    is_scheme(scheme.as_deref().unwrap_or(page.scheme()), url.scheme())
        && url.host_str().is_some_and(|found| is_host(&host.to_ascii_lowercase(), found))
        && is_port(port, url)
        && is_path(path, url.path())
}

/// `'self'`: the page's origin, or the same host after the step from http to https.
fn is_same_site(url: &Url, page: &Url) -> bool {
    let upgraded = page.scheme() == "http"
        && url.scheme() == "https"
        && page.host_str() == url.host_str()
        && page.port().is_none()
        && url.port().is_none();
    upgraded || Origin::of(url).is_some_and(|origin| Some(origin) == Origin::of(page))
}

/// A source for http covers https as well.
fn is_scheme(source: &str, scheme: &str) -> bool {
    source == scheme || (source == "http" && scheme == "https")
}

fn is_host(source: &str, host: &str) -> bool {
    match source.strip_prefix("*.") {
        Some(parent) => host.strip_suffix(parent).is_some_and(|rest| rest.len() > 1 && rest.ends_with('.')),
        None => source == host || source == "*",
    }
}

fn is_port(source: Option<&str>, url: &Url) -> bool {
    let port = url.port_or_known_default();
    match source {
        Some("*") => true,
        Some(text) => text.parse() == Ok(port.unwrap_or_default()) || (text == "80" && port == Some(443)),
        None => url.port().is_none(),
    }
}

/// A path that ends with a slash covers what is below it, any other only itself.
fn is_path(source: &str, path: &str) -> bool {
    match source {
        "" | "/" => true,
        folder if folder.ends_with('/') => path.starts_with(folder),
        file => path == file,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAGE: &str = "https://shop.example/cart";
    const SCRIPT: &str = "https://perfally.example/beacon.js";

    fn url(text: &str) -> Url {
        Url::parse(text).unwrap()
    }

    fn policy(text: &str) -> ContentPolicy {
        ContentPolicy::parse_list(text).remove(0)
    }

    fn script_runs(text: &str, nonce: Option<&str>, integrity: Option<&str>) -> bool {
        let (page, script) = (url(PAGE), url(SCRIPT));
        policy(text).forbids_script(Wanted { page: &page, script: &script, nonce, integrity }).is_none()
    }

    fn sends(text: &str, to: &str) -> bool {
        policy(text).forbids_sending(&url(PAGE), &url(to)).is_none()
    }

    #[test]
    fn a_script_runs_where_its_address_is_listed() {
        for list in [
            "script-src https://perfally.example",
            "script-src perfally.example",
            "script-src http://perfally.example",
            "script-src 'self' *.example",
            "script-src https:",
            "script-src *",
            "script-src https://perfally.example:443",
            "script-src https://perfally.example/beacon.js",
            "script-src https://perfally.example/",
            "SCRIPT-SRC HTTPS://PERFALLY.EXAMPLE",
            "default-src 'none'; script-src perfally.example",
            "script-src 'none'; script-src-elem https://perfally.example",
            "img-src 'none'",
            "script-src perfally.example; script-src 'none'",
        ] {
            assert!(script_runs(list, None, None), "{list}");
        }
        for list in [
            "default-src 'self'",
            "script-src 'none'",
            "script-src",
            "script-src 'self' 'unsafe-inline' 'unsafe-eval'",
            "script-src https://other.example",
            "script-src https://*.perfally.example",
            "script-src https://perfally.example:8443",
            "script-src https://perfally.example/b/",
            "script-src https://perfally.example/beacon",
            "script-src evil-perfally.example",
            "script-src ally.example",
            "script-src-elem 'self'; script-src *",
            "script-src 'strict-dynamic' https://perfally.example *",
            "script-src data:",
        ] {
            assert!(!script_runs(list, None, None), "{list}");
        }
    }

    #[test]
    fn a_nonce_or_the_script_s_hash_lets_it_run() {
        let strict = "script-src 'nonce-abc' 'sha384-XYZ' 'strict-dynamic'";
        assert!(script_runs(strict, Some("abc"), None) && script_runs(strict, None, Some("sha384-XYZ")));
        assert!(!script_runs(strict, Some("abd"), None) && !script_runs(strict, Some(""), Some("sha384-xyz")));
        assert!(!script_runs(strict, None, Some("sha384-XYZ sha384-other")));
        assert!(!script_runs("script-src 'nonce-'", Some(""), None));
    }

    #[test]
    fn beacons_need_their_own_list() {
        let to = "https://perfally.example/api/beacon";
        assert!(sends("connect-src https://perfally.example/api/beacon", to) && sends("script-src 'none'", to));
        assert!(!sends("connect-src 'self'", to) && !sends("default-src https://perfally.example/b/", to));
        assert!(sends("connect-src 'self'", "https://shop.example/api/beacon"));
        assert_eq!(policy("default-src 'self'").forbids_sending(&url(PAGE), &url(to)), Some("default-src"));
    }

    #[test]
    fn several_policies_stand_in_one_line() {
        let all = ContentPolicy::parse_list("default-src *, script-src 'none' ;, ,;");
        assert_eq!(all.len(), 2);
    }
}
