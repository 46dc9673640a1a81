//! Configuration: the environment, read once at start, all faults reported together.
//!
//! Each room's part is a struct beside what it configures; this file knows the variables'
//! names. `.env.example` lists them all, and a test reads it.

use std::path::PathBuf;

use domain::billing::Plan;
use secrecy::SecretString;
use url::Url;

use crate::{db::DbConfig, egress::EgressConfig, mail::MailConfig, rum::RumConfig};

/// What the engine needs to know.
#[derive(Debug, Clone)]
pub struct Config {
    /// Where browsers reach this server, without a slash at the end.
    pub public_url: Url,
    /// Folder for what is not in Postgres.
    pub data: PathBuf,
    pub db: DbConfig,
    pub mail: MailConfig,
    pub egress: EgressConfig,
    pub rum: RumConfig,
    /// The plan of teams without a subscription.
    pub default_plan: Plan,
    /// Keys the hashes by which throttles know an account or address.
    pub secret: SecretString,
    /// Whether limits per account and address hold; off for load tests.
    pub rate_limits: bool,
}

/// One variable that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{variable}: {message}")]
pub struct Fault {
    pub variable: &'static str,
    /// What to do, a whole sentence.
    pub message: String,
}

/// Reads variables and gathers what is wrong with them.
pub struct Variables<'a> {
    get: &'a dyn Fn(&str) -> Option<String>,
    faults: Vec<Fault>,
}

impl<'a> Variables<'a> {
    pub fn new(get: &'a dyn Fn(&str) -> Option<String>) -> Self {
        Self { get, faults: Vec::new() }
    }

    /// The text of a variable; empty counts as absent.
    pub fn text(&self, variable: &str) -> Option<String> {
        (self.get)(variable).map(|text| text.trim().to_owned()).filter(|text| !text.is_empty())
    }

    /// A variable read by `parse`, or `default` where it is absent; a refusal is gathered.
    pub fn parsed<T>(&mut self, variable: &'static str, default: T, parse: impl Fn(&str) -> Result<T, String>) -> T {
        match self.text(variable).map(|text| parse(&text)) {
            None => default,
            Some(Ok(value)) => value,
            Some(Err(message)) => {
                self.fault(variable, message);
                default
            }
        }
    }

    pub fn fault(&mut self, variable: &'static str, message: impl Into<String>) {
        self.faults.push(Fault { variable, message: message.into() });
    }

    pub fn finish<T>(self, value: T) -> Result<T, Vec<Fault>> {
        if self.faults.is_empty() { Ok(value) } else { Err(self.faults) }
    }
}

/// `on` or `off`.
pub fn on_off(text: &str) -> Result<bool, String> {
    match text {
        "on" => Ok(true),
        "off" => Ok(false),
        other => Err(format!("{other:?} is not a switch. Use on or off.")),
    }
}

impl Config {
    /// Reads the engine's variables. `database_url` is what `DATABASE_URL` says, or the address
    /// of the private PostgreSQL that the process started; `secret` is `PERFALLY_SECRET` or
    /// what the data folder keeps; `assets` is the folder of the lookup tables.
    pub fn read(
        variables: &mut Variables<'_>,
        data: PathBuf,
        assets: PathBuf,
        database_url: SecretString,
        secret: SecretString,
        default_public_url: Url,
    ) -> Self {
        let public_url = variables.parsed("PUBLIC_URL", default_public_url, |text| {
            let url = Url::parse(text)
                .map_err(|_| format!("{text:?} is not an address. Use one such as https://perfally.example."))?;
            if !matches!(url.scheme(), "http" | "https")
                || url.host_str().is_none()
                || url.path() != "/"
                || url.query().is_some()
            {
                return Err(format!("{text:?} must be http or https, with a host and without a path."));
            }
            Ok(url)
        });
        let max_connections = variables.parsed("DATABASE_MAX_CONNECTIONS", 16, |text| {
            text.parse()
                .ok()
                .filter(|n| (2..=500).contains(n))
                .ok_or_else(|| format!("{text:?} is not a number from 2 to 500."))
        });
        let default_plan = variables.parsed("PERFALLY_PLAN", Plan::Free, |text| {
            Plan::parse(text).ok_or_else(|| format!("{text:?} is not a plan. Use free, pro or agency."))
        });
        let rate_limits = variables.parsed("PERFALLY_RATE_LIMITS", true, on_off);
        Self {
            mail: MailConfig::read(variables, data.join("mail"), &public_url),
            egress: EgressConfig::read(variables),
            rum: RumConfig::read(variables, assets, data.join("spool")),
            public_url,
            data,
            db: DbConfig { url: database_url, max_connections },
            default_plan,
            secret,
            rate_limits,
        }
    }
}
