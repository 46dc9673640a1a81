//! Looking at a site for the reason why no page view comes from it.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use url::Url;

use super::{AllowedOrigin, ContentPolicy, Origin, SiteKey, content_policy::Wanted};

/// One look, as it is kept.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SiteCheck {
    pub at: DateTime<Utc>,
    /// The page that was looked at, after all redirects.
    pub page: String,
    pub findings: Vec<Finding>,
}

/// What a look found, the gravest first.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Finding {
    Unreachable(Unreachable),
    /// The page answers with an error.
    Status(u16),
    NotHtml,
    /// No tag in the HTML; whether a tag manager is there that may bring one.
    NoTag {
        tag_manager: bool,
    },
    /// A script of the page makes the tag: whether it does cannot be seen from outside.
    InsertedByScript,
    /// Browsers do not run the tag as it stands: its type, or the attribute that holds its address.
    NotRun {
        because_of: String,
    },
    NoKey,
    UnknownKey {
        key: String,
    },
    EndedKey {
        key: String,
    },
    OtherProjectsKey {
        key: String,
    },
    /// The script comes from a host that is neither this server nor the site.
    OtherHost {
        script: String,
    },
    /// The script should come from the site itself, and does not.
    ScriptNotServed {
        script: String,
    },
    /// The beacons go to such a host.
    OtherEndpoint {
        endpoint: String,
    },
    /// The page is https and the script is not.
    Insecure,
    /// `integrity` at the address whose bytes change with each release.
    IntegrityOfMovingScript,
    /// `integrity` without `crossorigin`, so that it cannot be checked.
    IntegrityWithoutCors,
    PolicyForbidsScript {
        directive: String,
    },
    PolicyForbidsBeacons {
        directive: String,
    },
    /// The page's origin, after all redirects, is not on the project's list.
    OriginNotAllowed {
        origin: String,
    },
    SampledOut,
    /// The page pauses the script; after consent it goes on.
    Paused,
    /// Only this share of page loads reports.
    Sampled {
        share: f64,
    },
    /// Visitors who ask not to be measured are left out, which may be who looks.
    RespectsSignals,
    TagIsRight,
}

/// Why the page could not be looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Unreachable {
    NoSuchName,
    NotAllowed,
    NoConnection,
    Certificate,
    TooSlow,
    TooManyRedirects,
    Broken,
}

/// Whose key the tag carries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Whose {
    Ours,
    /// Ours until its grace ended.
    Ended,
    Others,
    Nobody,
}

/// A page as it was answered, read as browsers read it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SeenPage {
    /// After all redirects.
    pub url: Url,
    pub status: u16,
    pub is_html: bool,
    pub scripts: Vec<SeenScript>,
    pub policies: Vec<ContentPolicy>,
}

/// A `<script>`; attributes are as written.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SeenScript {
    pub attributes: Vec<(String, String)>,
    /// What stands in it.
    pub text: String,
}

/// What the tag ought to be.
#[derive(Debug, Clone, Copy)]
pub struct Expected<'a> {
    /// Where this server is reached.
    pub server: &'a Url,
    pub origins: &'a [AllowedOrigin],
    /// Of the key that [`SeenPage::key`] found.
    pub whose: Whose,
    /// Whether [`SeenPage::own_script`] is there; true where there is none.
    pub served: bool,
}

const SCRIPT: &str = "/beacon.js";

impl SeenScript {
    fn get(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|(known, _)| known == name).map(|(_, value)| value.trim())
    }

    fn is_on(&self, name: &str) -> bool {
        self.get(name).is_some_and(|value| value != "false")
    }

    /// The attribute that holds the script's address, and the address: `src`, or what a consent
    /// manager or an optimiser keeps it in (`data-src` and the like).
    fn address(&self) -> Option<(&str, &str)> {
        let elsewhere = || self.attributes.iter().find(|(name, _)| name.starts_with("data-") && name.ends_with("src"));
        let src = self.get("src").map(|src| ("src", src));
        src.or_else(|| elsewhere().map(|(name, value)| (name.as_str(), value.trim())))
    }

    /// Why browsers let it lie, if they do.
    fn not_run_for(&self) -> Option<String> {
        const RUN: [&str; 6] =
            ["", "module", "text/javascript", "application/javascript", "text/ecmascript", "application/ecmascript"];
        let kind = self.get("type").unwrap_or_default();
        if !RUN.contains(&kind.to_ascii_lowercase().as_str()) {
            return Some(format!("type=\"{}\"", shown(kind)));
        }
        match self.address() {
            Some((name, _)) if name != "src" => Some(shown(name)),
            _ => None,
        }
    }

    fn is_tag(&self, page: &Url, server: &Url) -> bool {
        let Some(url) = self.address().and_then(|(_, address)| page.join(address).ok()) else { return false };
        let named = self.get("data-key").is_some_and(|key| key.starts_with(SiteKey::PREFIX));
        let ours = url.origin() == server.origin() && url.path().ends_with(SCRIPT);
        named || ours
    }
}

impl SeenPage {
    /// The tag that counts: the first that runs, otherwise the first.
    fn tag(&self, server: &Url) -> Option<&SeenScript> {
        let tags = || self.scripts.iter().filter(|script| script.is_tag(&self.url, server));
        tags().find(|tag| tag.not_run_for().is_none()).or_else(|| tags().next())
    }

    /// A script of the page that names ours, to make the tag itself.
    fn maker(&self, server: &Url) -> Option<&SeenScript> {
        let ours = server.host_str().map(|host| format!("{host}{}{SCRIPT}", port(server)))?;
        self.scripts.iter().find(|script| script.text.contains(&ours))
    }

    /// The key that the tag carries, to be looked up.
    pub fn key(&self, server: &Url) -> Option<&str> {
        match self.tag(server) {
            Some(tag) => tag.get("data-key").filter(|key| !key.is_empty()),
            None => key_in(&self.maker(server)?.text),
        }
    }

    /// The script's address where the site gives it out itself, to be asked for.
    pub fn own_script(&self, server: &Url) -> Option<Url> {
        let (_, address) = self.tag(server)?.address()?;
        let script = self.url.join(address).ok()?;
        (script.origin() == self.url.origin() && script.origin() != server.origin()).then_some(script)
    }

    fn has_tag_manager(&self) -> bool {
        let host = "googletagmanager.com/";
        self.scripts
            .iter()
            .any(|script| script.text.contains(host) || script.get("src").is_some_and(|src| src.contains(host)))
    }
}

fn port(url: &Url) -> String {
    url.port().map(|port| format!(":{port}")).unwrap_or_default()
}

/// The first site key in a text.
fn key_in(text: &str) -> Option<&str> {
    let length = SiteKey::PREFIX.len() + SiteKey::RANDOM_CHARS;
    text.match_indices(SiteKey::PREFIX)
        .filter_map(|(at, _)| text.get(at..at + length))
        .find(|candidate| SiteKey::parse(candidate).is_ok())
}

/// Whether a script calls `perfally('pause')`.
fn pauses(text: &str) -> bool {
    text.match_indices("perfally").any(|(at, name)| {
        let rest = text[at + name.len()..].trim_start();
        let rest = rest.strip_prefix('(').map(str::trim_start).unwrap_or_default();
        ["'pause'", "\"pause\"", "`pause`"].iter().any(|word| rest.starts_with(word))
    })
}

/// What a page of others says, short enough to be shown and without what no page may say.
fn shown(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(120).collect()
}

/// What keeps page views from coming, as far as the page shows it; [`Finding::TagIsRight`] where
/// nothing does.
pub fn findings(page: &SeenPage, expected: Expected<'_>) -> Vec<Finding> {
    if !(200..300).contains(&page.status) {
        return vec![Finding::Status(page.status)];
    }
    if !page.is_html {
        return vec![Finding::NotHtml];
    }
    let mut found = match (page.tag(expected.server), page.maker(expected.server)) {
        (Some(tag), _) => of_tag(page, tag, expected),
        (None, Some(maker)) => {
            let mut found: Vec<_> =
                key_in(&maker.text).and_then(|key| of_key(key, expected.whose)).into_iter().collect();
            found.push(Finding::InsertedByScript);
            found
        }
        (None, None) => vec![Finding::NoTag { tag_manager: page.has_tag_manager() }],
    };
    if let Some(origin) = Origin::of(&page.url)
        && !expected.origins.iter().any(|allowed| allowed.allows(&origin))
    {
        found.push(Finding::OriginNotAllowed { origin: shown(origin.as_str()) });
    }
    if page.scripts.iter().any(|script| pauses(&script.text)) {
        found.push(Finding::Paused);
    }
    if found.is_empty() {
        found.push(Finding::TagIsRight);
    }
    found
}

fn of_key(key: &str, whose: Whose) -> Option<Finding> {
    let key = shown(key);
    match whose {
        Whose::Ours => None,
        Whose::Ended => Some(Finding::EndedKey { key }),
        Whose::Others => Some(Finding::OtherProjectsKey { key }),
        Whose::Nobody => Some(Finding::UnknownKey { key }),
    }
}

fn of_tag(page: &SeenPage, tag: &SeenScript, expected: Expected<'_>) -> Vec<Finding> {
    let mut found = Vec::new();
    found.extend(tag.not_run_for().map(|because_of| Finding::NotRun { because_of }));
    match tag.get("data-key").filter(|key| !key.is_empty()) {
        None => found.push(Finding::NoKey),
        Some(key) => found.extend(of_key(key, expected.whose)),
    }
    let address = tag.address().and_then(|(_, address)| page.url.join(address).ok());
    if let Some(script) = address {
        if !expected.served {
            found.push(Finding::ScriptNotServed { script: shown(script.as_str()) });
        }
        found.extend(of_addresses(page, tag, &script, expected.server));
    }
    match tag.get("data-sample").and_then(|share| share.parse::<f64>().ok()) {
        Some(0.0) => found.push(Finding::SampledOut),
        Some(share) if share > 0.0 && share < 1.0 => found.push(Finding::Sampled { share }),
        _ => {}
    }
    if tag.is_on("data-respect-gpc") {
        found.push(Finding::RespectsSignals);
    }
    found
}

/// Where the script comes from and where it sends, and whether the page lets it.
fn of_addresses(page: &SeenPage, tag: &SeenScript, script: &Url, server: &Url) -> Vec<Finding> {
    let mut found = Vec::new();
    let known = |url: &Url| url.origin() == server.origin() || url.origin() == page.url.origin();
    if page.url.scheme() == "https" && script.scheme() == "http" {
        found.push(Finding::Insecure);
    } else if !known(script) {
        found.push(Finding::OtherHost { script: shown(script.as_str()) });
    }
    let integrity = tag.get("integrity").filter(|hash| !hash.is_empty());
    if integrity.is_some() && script.path() == SCRIPT {
        found.push(Finding::IntegrityOfMovingScript);
    } else if integrity.is_some() && tag.get("crossorigin").is_none() && script.origin() != page.url.origin() {
        found.push(Finding::IntegrityWithoutCors);
    }
    let wanted = Wanted { page: &page.url, script, nonce: tag.get("nonce"), integrity };
    let forbidding = page.policies.iter().find_map(|policy| policy.forbids_script(wanted));
    found.extend(forbidding.map(|name| Finding::PolicyForbidsScript { directive: shown(name) }));
    let endpoint = match tag.get("data-endpoint").filter(|endpoint| !endpoint.is_empty()) {
        Some(endpoint) => page.url.join(endpoint).ok(),
        None => script.join("/api/beacon").ok(),
    };
    if let Some(endpoint) = endpoint {
        if !known(&endpoint) && known(script) {
            found.push(Finding::OtherEndpoint { endpoint: shown(endpoint.as_str()) });
        }
        let forbidding = page.policies.iter().find_map(|policy| policy.forbids_sending(&page.url, &endpoint));
        found.extend(forbidding.map(|name| Finding::PolicyForbidsBeacons { directive: shown(name) }));
    }
    found
}

#[cfg(test)]
mod tests;
