//! Who came: device, browser, system, country, and whether it was a person.
//!
//! The visitor's address ends here: it picks a country and is forgotten. The lookup tables are
//! files beside the binary (see `docs/self-hosting.md`); without one, its answer is "unknown".

use std::{
    collections::HashMap,
    net::IpAddr,
    path::Path,
    sync::{Arc, Mutex},
};

use domain::rum::{Bot, Device};
use regex::bytes::{RegexSet, RegexSetBuilder};

use crate::{Error, Result};

/// User agents remembered with their reading. Visitors share few; the bound is against hostile
/// ones that share none.
const REMEMBERED: usize = 10_000;

/// Bytes of a user agent that are looked at.
const MAX_USER_AGENT: usize = 1_024;

/// What a user agent says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Agent {
    /// Family, such as `Chrome`; empty where unknown.
    pub browser: String,
    /// Family, such as `Android`; empty where unknown.
    pub os: String,
    pub device: Option<Device>,
    pub bot: Bot,
    /// Why it is no person; empty for one.
    pub bot_reason: &'static str,
}

/// The lookup tables.
pub struct Describer {
    parser: Option<Parser>,
    bots: RegexSet,
    countries: Option<maxminddb::Reader<Vec<u8>>>,
    remembered: Mutex<HashMap<String, Arc<Agent>>>,
}

/// What tells browsers and systems. The patterns of devices, which are most of uap-core's and would double our
/// memory and the time of a start, are left out: a device's class is told without them.
struct Parser {
    browsers: ua_parser::user_agent::Extractor<'static>,
    systems: ua_parser::os::Extractor<'static>,
}

impl Parser {
    fn compile(yaml: &[u8]) -> std::result::Result<Self, Box<dyn std::error::Error>> {
        let patterns: ua_parser::Regexes<'static> = serde_yaml_ng::from_slice(yaml)?;
        let browsers = patterns
            .user_agent_parsers
            .into_iter()
            .try_fold(ua_parser::user_agent::Builder::new(), |all, one| all.push(one))?;
        let systems =
            patterns.os_parsers.into_iter().try_fold(ua_parser::os::Builder::new(), |all, one| all.push(one))?;
        Ok(Self { browsers: browsers.build()?, systems: systems.build()? })
    }
}

impl Describer {
    /// Reads `user-agents.yaml` (uap-core), `bots.json` (a list of patterns) and `country.mmdb`
    /// from the folder. A missing file is logged and its answer is "unknown"; a damaged one is
    /// an error.
    pub fn open(assets: &Path) -> Result<Self> {
        let read = |name: &str| {
            let path = assets.join(name);
            std::fs::read(&path)
                .inspect_err(|error| tracing::warn!(path = %path.display(), %error, "lookup table missing; what it tells is unknown"))
                .ok()
        };
        let parser = read("user-agents.yaml")
            .map(|yaml| Parser::compile(&yaml).map_err(|error| Error::internal(format!("user-agents.yaml: {error}"))))
            .transpose()?;
        let patterns: Vec<String> = read("bots.json")
            .map(|json| serde_json::from_slice(&json).map_err(|error| Error::internal(format!("bots.json: {error}"))))
            .transpose()?
            .unwrap_or_default();
        // A few of the patterns use look-around, which this engine lacks; they are skipped. User agents are ASCII, and
        // so are the patterns: in bytes, they compile in a fraction of the time and room.
        let is_readable = |pattern: &&String| regex_syntax::parse(pattern).is_ok();
        let bots = RegexSetBuilder::new(patterns.iter().filter(is_readable))
            .case_insensitive(true)
            .unicode(false)
            .build()
            .map_err(|error| Error::internal(format!("bots.json: {error}")))?;
        let countries = read("country.mmdb")
            .map(|bytes| {
                maxminddb::Reader::from_source(bytes).map_err(|error| Error::internal(format!("country.mmdb: {error}")))
            })
            .transpose()?;
        Ok(Self { parser, bots, countries, remembered: Mutex::default() })
    }

    /// Reads a user agent; the reading of a known one is shared.
    pub fn agent(&self, user_agent: &str) -> Arc<Agent> {
        let cut =
            (0..=user_agent.len().min(MAX_USER_AGENT)).rev().find(|&at| user_agent.is_char_boundary(at)).unwrap_or(0);
        let user_agent = &user_agent[..cut];
        if let Some(agent) = self.remembered.lock().unwrap_or_else(|poisoned| poisoned.into_inner()).get(user_agent) {
            return Arc::clone(agent);
        }
        let agent = Arc::new(self.read_agent(user_agent));
        let mut remembered = self.remembered.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        if remembered.len() >= REMEMBERED {
            remembered.clear();
        }
        remembered.insert(user_agent.to_owned(), Arc::clone(&agent));
        agent
    }

    fn read_agent(&self, user_agent: &str) -> Agent {
        let (bot, bot_reason) = if user_agent.trim().is_empty() {
            (Bot::Suspect, "no user agent")
        } else if self.bots.is_match(user_agent.as_bytes()) {
            (Bot::Bot, "user agent of a known bot")
        } else if !user_agent.starts_with("Mozilla/") && !user_agent.starts_with("Opera/") {
            (Bot::Suspect, "user agent of no browser")
        } else {
            (Bot::Human, "")
        };
        let (browser, os) = match &self.parser {
            None => (None, None),
            Some(parser) => (
                parser.browsers.extract(user_agent).map(|agent| agent.family.into_owned()),
                parser.systems.extract(user_agent).map(|os| os.os.into_owned()),
            ),
        };
        Agent {
            browser: browser.unwrap_or_default(),
            os: os.unwrap_or_default(),
            device: device(user_agent),
            bot,
            bot_reason,
        }
    }

    /// ISO 3166-1 alpha-2, or empty.
    pub fn country(&self, address: IpAddr) -> String {
        let country = || {
            let found = self.countries.as_ref()?.lookup(address.to_canonical()).ok()?;
            let flat: Option<String> = found.decode_path(&maxminddb::path!["country_code"]).ok().flatten();
            flat.or_else(|| found.decode_path(&maxminddb::path!["country", "iso_code"]).ok().flatten())
        };
        country().filter(|code| code.len() == 2).unwrap_or_default()
    }
}

impl Agent {
    /// The class of device. An iPad tells it is a Mac: there the script, which sees the touch
    /// screen, knows better.
    pub fn device_class(&self, hint: Option<Device>) -> Device {
        match (self.device, hint) {
            (Some(Device::Desktop), Some(Device::Tablet)) if self.os == "Mac OS X" => Device::Tablet,
            (Some(device), _) => device,
            (None, Some(hint)) => hint,
            (None, None) => Device::Desktop,
        }
    }
}

fn device(user_agent: &str) -> Option<Device> {
    let has = |word: &str| user_agent.contains(word);
    if has("iPad") || has("Tablet") || (has("Android") && !has("Mobile")) {
        Some(Device::Tablet)
    } else if has("Mobile") || has("iPhone") || has("iPod") {
        Some(Device::Mobile)
    } else if has("Windows NT") || has("Macintosh") || has("X11") || has("CrOS") {
        Some(Device::Desktop)
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_device_is_told_from_the_user_agent_and_an_ipad_by_its_hint() {
        let describer = Describer::open(Path::new("/nonexistent")).unwrap();
        let class = |user_agent: &str, hint| describer.agent(user_agent).device_class(hint);
        assert_eq!(class("Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Mobile/15E148", None), Device::Mobile);
        assert_eq!(
            class("Mozilla/5.0 (Linux; Android 15; Pixel 9) Chrome/150.0 Mobile Safari/537.36", Some(Device::Desktop)),
            Device::Mobile
        );
        assert_eq!(class("Mozilla/5.0 (Linux; Android 15; SM-X910) Chrome/150.0 Safari/537.36", None), Device::Tablet);
        assert_eq!(class("Mozilla/5.0 (X11; Linux x86_64) Chrome/150.0", None), Device::Desktop);
        assert_eq!(class("Something", Some(Device::Mobile)), Device::Mobile);
    }

    #[test]
    fn a_visitor_without_a_browser_is_suspect() {
        let describer = Describer::open(Path::new("/nonexistent")).unwrap();
        assert_eq!(describer.agent("").bot, Bot::Suspect);
        assert_eq!(describer.agent("curl/8").bot, Bot::Suspect);
        assert_eq!(describer.agent("Mozilla/5.0 (X11; Linux x86_64)").bot, Bot::Human);
        assert_eq!(describer.country("192.0.2.1".parse().unwrap()), "");
    }
}
