//! What may be reached although it is not public, or not on a port of the web: the operator's list.

use std::net::IpAddr;

use super::{Network, is_public};

/// Hosts and ranges, each with the ports that may be reached there.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Allow(Vec<Entry>);

#[derive(Debug, Clone, PartialEq, Eq)]
struct Entry {
    place: Place,
    ports: Ports,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Place {
    /// A name, whatever its addresses are.
    Host(String),
    Network(Network),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Ports {
    Web,
    One(u16),
    Any,
}

impl Ports {
    const fn hold(self, port: u16) -> bool {
        match self {
            Self::Web => matches!(port, 80 | 443),
            Self::One(one) => one == port,
            Self::Any => true,
        }
    }
}

impl Allow {
    /// Reads a list with commas: a name, an address or a range, each with `:PORT` or `:*` where
    /// other ports than 80 and 443 are meant (IPv6 then in brackets).
    pub fn parse(text: &str) -> Result<Self, String> {
        text.split(',').map(str::trim).filter(|part| !part.is_empty()).map(entry).collect::<Result<_, _>>().map(Self)
    }

    /// Whether `port` of `address`, which `host` stands for, may be reached.
    pub fn permits(&self, host: &str, address: IpAddr, port: u16) -> bool {
        let listed = |entry: &Entry| {
            let here = match &entry.place {
                Place::Host(name) => name == host.trim_end_matches('.'),
                Place::Network(network) => network.contains(address),
            };
            here && entry.ports.hold(port)
        };
        (is_public(address) && Ports::Web.hold(port)) || self.0.iter().any(listed)
    }
}

fn entry(text: &str) -> Result<Entry, String> {
    let refused = || {
        format!("{text:?} is neither a host nor a range, such as intranet.example, 10.0.0.0/8:8080 or [fd00::/8]:*.")
    };
    if let Ok(network) = text.parse() {
        return Ok(Entry { place: Place::Network(network), ports: Ports::Web });
    }
    let (place, port) = match text.strip_prefix('[') {
        Some(rest) => {
            let (place, port) = rest.split_once(']').ok_or_else(refused)?;
            (place, if port.is_empty() { None } else { Some(port.strip_prefix(':').ok_or_else(refused)?) })
        }
        None => text.split_once(':').map_or((text, None), |(place, port)| (place, Some(port))),
    };
    let ports = match port {
        None => Ports::Web,
        Some("*") => Ports::Any,
        Some(port) => Ports::One(port.parse().map_err(|_| refused())?),
    };
    if let Ok(network) = place.parse() {
        return Ok(Entry { place: Place::Network(network), ports });
    }
    let is_name = !place.is_empty()
        && place.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._".contains(&byte))
        // Digits and dots alone are a mistyped address.
        && place.bytes().any(|byte| byte.is_ascii_alphabetic());
    if is_name { Ok(Entry { place: Place::Host(place.to_ascii_lowercase()), ports }) } else { Err(refused()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn permits(list: &str, host: &str, address: &str, port: u16) -> bool {
        Allow::parse(list).unwrap().permits(host, address.parse().unwrap(), port)
    }

    #[test]
    fn without_a_list_the_public_web_is_reached_and_nothing_else() {
        assert!(permits("", "shop.example", "1.1.1.1", 443) && permits("", "shop.example", "1.1.1.1", 80));
        assert!(!permits("", "shop.example", "1.1.1.1", 22) && !permits("", "shop.example", "10.0.0.1", 443));
    }

    #[test]
    fn a_range_opens_its_addresses_on_its_ports() {
        assert!(permits("10.0.0.0/8", "wiki", "10.1.2.3", 443) && !permits("10.0.0.0/8", "wiki", "10.1.2.3", 8080));
        assert!(permits("10.0.0.0/8:8080", "wiki", "10.1.2.3", 8080));
        assert!(!permits("10.0.0.0/8:8080", "wiki", "10.1.2.3", 443));
        assert!(permits("127.0.0.1:*", "x", "127.0.0.1", 9) && !permits("127.0.0.1:*", "x", "127.0.0.2", 9));
        assert!(permits("fd00::/8, [fe80::/10]:81", "x", "fd12::1", 80));
        assert!(permits("fd00::/8, [fe80::/10]:81", "x", "fe80::1", 81));
        assert!(!permits("[fd00::/8]", "x", "fe80::1", 80));
    }

    #[test]
    fn a_host_opens_its_name_and_no_other() {
        assert!(permits("Intranet.example:8080", "intranet.example", "10.0.0.1", 8080));
        assert!(permits("intranet.example", "intranet.example.", "10.0.0.1", 443));
        assert!(!permits("intranet.example", "x.intranet.example", "10.0.0.1", 443));
        assert!(!permits("intranet.example", "10.0.0.1", "10.0.0.1", 443));
    }

    #[test]
    fn what_is_neither_is_named() {
        for text in [
            "10.0.0.0/33",
            "10.0.0",
            "a b",
            "host:port",
            "host:70000",
            "[fd00::/8",
            "[fd00::1]81",
            "https://x",
            ":80",
            "*",
        ] {
            assert!(Allow::parse(text).unwrap_err().contains(text), "{text}");
        }
    }
}
