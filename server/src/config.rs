//! What the process needs to know, from the environment; the engine's part is read with it, so
//! that all faults are told together.

use std::{
    net::SocketAddr,
    path::{Path, PathBuf},
};

use engine::config::{Fault, Variables, on_off};
use secrecy::SecretString;
use url::Url;

use crate::{accept::Patience, address::Network, secret};

/// Shorter ones could be guessed.
const SECRET_CHARS: usize = 32;

#[derive(Debug, Clone)]
pub struct Config {
    /// `PERFALLY_ADDR`: where we listen.
    pub address: SocketAddr,
    /// `PERFALLY_DATA`: the folder for everything that is not in the database.
    pub data: PathBuf,
    /// `PERFALLY_SITE`: the folder of what browsers are sent.
    pub site: PathBuf,
    /// `DATABASE_URL`; none means a PostgreSQL of our own.
    pub database_url: Option<SecretString>,
    /// `PERFALLY_POSTGRES_BIN`
    pub postgres_bin: Option<PathBuf>,
    /// `PERFALLY_TRUSTED_PROXIES`
    pub trusted_proxies: Vec<Network>,
    /// `PERFALLY_METRICS_TOKEN`
    pub metrics_token: Option<SecretString>,
    /// `PERFALLY_DEMO`: make the demo at the first start.
    pub demo: bool,
    /// `PERFALLY_MAX_CONNECTIONS`, of clients.
    pub max_connections: usize,
    pub patience: Patience,
    /// Its database address and secret are put in once they are known.
    pub engine: engine::Config,
}

/// Why the configuration cannot be used: every fault at once, one a line.
#[derive(Debug, thiserror::Error)]
#[error("{}", faults.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))]
pub struct Faults {
    pub faults: Vec<Fault>,
}

impl Config {
    /// Reads what `get` says of each variable.
    pub fn read(get: &dyn Fn(&str) -> Option<String>) -> Result<Self, Faults> {
        let mut variables = Variables::new(get);
        let address = variables.parsed("PERFALLY_ADDR", SocketAddr::from(([127, 0, 0, 1], 3000)), |text| {
            text.parse().map_err(|_| format!("{text:?} is not an address with a port, such as 127.0.0.1:3000."))
        });
        let data = PathBuf::from(variables.text("PERFALLY_DATA").unwrap_or_else(|| "./data".to_owned()));
        let site = folder(&variables, "PERFALLY_SITE", "site");
        let assets = folder(&variables, "PERFALLY_ASSETS", "assets");
        let database_url = variables.parsed("DATABASE_URL", None, |text| database(text).map(Some));
        let trusted_proxies = variables.parsed("PERFALLY_TRUSTED_PROXIES", Vec::new(), Network::list);
        let metrics_token = variables.parsed("PERFALLY_METRICS_TOKEN", None, |text| long_enough(text, 16).map(Some));
        let secret = variables.parsed("PERFALLY_SECRET", None, |text| long_enough(text, SECRET_CHARS).map(Some));
        let demo = variables.parsed("PERFALLY_DEMO", database_url.is_none(), on_off);
        let max_connections = variables.parsed("PERFALLY_MAX_CONNECTIONS", 4_096, |text| {
            text.parse()
                .ok()
                .filter(|n| (16..=1_000_000).contains(n))
                .ok_or_else(|| format!("{text:?} is not a number from 16 to 1000000."))
        });
        let unknown = || SecretString::from(String::new());
        let engine = engine::Config::read(
            &mut variables,
            data.clone(),
            assets,
            database_url.clone().unwrap_or_else(unknown),
            secret.unwrap_or_else(unknown),
            own_url(address),
        );
        let postgres_bin = variables.text("PERFALLY_POSTGRES_BIN").map(PathBuf::from);
        if let Some(folder) = postgres_bin.as_ref().filter(|folder| !folder.join("initdb").is_file()) {
            variables.fault("PERFALLY_POSTGRES_BIN", format!("There is no initdb in {}.", folder.display()));
        }
        let config = Self {
            address,
            data,
            site,
            database_url,
            postgres_bin,
            trusted_proxies,
            metrics_token,
            demo,
            max_connections,
            patience: Patience::default(),
            engine,
        };
        variables.finish(config).map_err(|faults| Faults { faults })
    }

    /// Reads the environment of the process.
    pub fn from_environment() -> Result<Self, Faults> {
        Self::read(&|variable| std::env::var(variable).ok())
    }

    /// Puts in the secret that the data folder keeps, unless the environment named one. It is
    /// made at the first start.
    pub fn keep_secret(&mut self) -> std::io::Result<()> {
        use secrecy::ExposeSecret as _;
        if !self.engine.secret.expose_secret().is_empty() {
            return Ok(());
        }
        let file = self.data.join("secret");
        self.engine.secret = match std::fs::read_to_string(&file) {
            Ok(text) if text.trim().len() >= SECRET_CHARS => SecretString::from(text.trim()),
            Ok(_) => return Err(std::io::Error::other(format!("{} is too short to be a secret", file.display()))),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                let new = secret::random_hex(32);
                secret::write_private(&file, new.expose_secret())?;
                new
            }
            Err(error) => return Err(error),
        };
        Ok(())
    }

    /// Once the port is known, when the system chose it.
    pub fn listens_on(&mut self, address: SocketAddr) {
        if self.engine.public_url == own_url(self.address) {
            self.engine.public_url = own_url(address);
        }
        self.address = address;
    }
}

/// Where browsers on this machine reach us.
fn own_url(address: SocketAddr) -> Url {
    let host = match address.ip() {
        ip if ip.is_unspecified() => format!("localhost:{}", address.port()),
        _ => address.to_string(),
    };
    // A socket's address is always a valid host and port.
    Url::parse(&format!("http://{host}")).unwrap_or_else(|_| unreachable!("{host} is a host"))
}

fn database(text: &str) -> Result<SecretString, String> {
    // The text may hold a password: it is not repeated.
    let refused = "It is not an address such as postgres://user:password@host:5432/database.";
    let url = Url::parse(text).map_err(|_| refused.to_owned())?;
    if matches!(url.scheme(), "postgres" | "postgresql") {
        Ok(SecretString::from(text))
    } else {
        Err(refused.to_owned())
    }
}

fn long_enough(text: &str, chars: usize) -> Result<SecretString, String> {
    if text.chars().count() >= chars {
        Ok(SecretString::from(text))
    } else {
        Err(format!("It is too short: use at least {chars} random characters, for example of `openssl rand -hex 32`."))
    }
}

/// What a variable names, else the folder beside the program, else the one that a build makes.
fn folder(variables: &Variables<'_>, variable: &str, name: &str) -> PathBuf {
    if let Some(folder) = variables.text(variable) {
        return PathBuf::from(folder);
    }
    let beside = std::env::current_exe().ok().and_then(|program| program.parent().map(|folder| folder.join(name)));
    beside.filter(|folder| folder.is_dir()).unwrap_or_else(|| Path::new("target").join(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(variables: &[(&str, &str)]) -> Result<Config, Faults> {
        Config::read(&|name| variables.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned()))
    }

    #[test]
    fn nothing_needs_to_be_set() {
        let config = read(&[]).unwrap();
        assert_eq!(config.address.to_string(), "127.0.0.1:3000");
        assert_eq!(config.engine.public_url.as_str(), "http://127.0.0.1:3000/");
        assert!(config.demo && config.database_url.is_none());
    }

    #[test]
    fn every_fault_is_told_at_once_with_its_variable() {
        let faults = read(&[
            ("PERFALLY_ADDR", "3000"),
            ("DATABASE_URL", "mysql://root:hunter2@localhost/x"),
            ("PUBLIC_URL", "perfally"),
            ("PERFALLY_PLAN", "gold"),
            ("PERFALLY_TRUSTED_PROXIES", "10.0.0.0/99"),
            ("PERFALLY_SECRET", "short"),
            ("PERFALLY_DEMO", "yes"),
        ])
        .unwrap_err();
        let words = faults.to_string();
        for variable in [
            "PERFALLY_ADDR",
            "DATABASE_URL",
            "PUBLIC_URL",
            "PERFALLY_PLAN",
            "PERFALLY_TRUSTED_PROXIES",
            "PERFALLY_SECRET",
            "PERFALLY_DEMO",
        ] {
            assert!(words.contains(variable), "{variable} is missing in:\n{words}");
        }
        assert!(!words.contains("hunter2") && !words.contains("short\""), "a secret is repeated:\n{words}");
    }

    #[test]
    fn a_server_for_everybody_is_reached_at_localhost_from_here() {
        assert_eq!(
            read(&[("PERFALLY_ADDR", "0.0.0.0:8080")]).unwrap().engine.public_url.as_str(),
            "http://localhost:8080/"
        );
    }
}
