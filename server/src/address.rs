//! Who is at the other end: the peer, or whom a trusted proxy names.

use std::{fmt, net::IpAddr, str::FromStr};

use axum::http::HeaderMap;

/// The address of whoever opened the connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Peer(pub IpAddr);

/// The address of the visitor, in every request's extensions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ClientAddress(pub IpAddr);

impl ClientAddress {
    /// What limits count by: one address, or the /64 that one customer of IPv6 has.
    pub fn subject(self) -> IpAddr {
        match self.0 {
            IpAddr::V4(_) => self.0,
            IpAddr::V6(address) => IpAddr::V6((address.to_bits() & !u128::from(u64::MAX)).into()),
        }
    }

    /// The visitor behind `peer`. `X-Forwarded-For` counts only as far as its writers are
    /// trusted: read from its end, the first address that is no proxy of ours is the visitor.
    pub fn behind(peer: Peer, headers: &HeaderMap, proxies: &[Network]) -> Self {
        let trusted = |address: IpAddr| proxies.iter().any(|network| network.contains(address));
        let mut client = peer.0.to_canonical();
        let lines: Vec<&str> =
            headers.get_all("x-forwarded-for").iter().filter_map(|line| line.to_str().ok()).collect();
        let mut hops = lines.iter().rev().flat_map(|line| line.rsplit(','));
        while trusted(client) {
            match hops.next().and_then(address_of_hop) {
                Some(hop) => client = hop,
                None => break,
            }
        }
        Self(client)
    }
}

/// An address as proxies write it: bare, with a port, or an IPv6 one in brackets.
fn address_of_hop(text: &str) -> Option<IpAddr> {
    let text = text.trim();
    text.parse::<IpAddr>()
        .or_else(|_| text.parse::<std::net::SocketAddr>().map(|address| address.ip()))
        .or_else(|_| text.trim_matches(['[', ']']).parse())
        .ok()
        .map(|address| address.to_canonical())
}

/// A range of addresses: `10.0.0.0/8`, `fd00::/8`, or a single one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Network {
    address: IpAddr,
    prefix: u8,
}

impl Network {
    pub fn contains(&self, address: IpAddr) -> bool {
        match (self.address, address.to_canonical()) {
            (IpAddr::V4(network), IpAddr::V4(address)) => {
                let mask = u32::MAX.checked_shl(32 - u32::from(self.prefix)).unwrap_or(0);
                network.to_bits() & mask == address.to_bits() & mask
            }
            (IpAddr::V6(network), IpAddr::V6(address)) => {
                let mask = u128::MAX.checked_shl(128 - u32::from(self.prefix)).unwrap_or(0);
                network.to_bits() & mask == address.to_bits() & mask
            }
            _ => false,
        }
    }

    /// Reads a list with commas.
    pub fn list(text: &str) -> Result<Vec<Self>, String> {
        text.split(',').map(str::trim).filter(|part| !part.is_empty()).map(str::parse).collect()
    }
}

impl FromStr for Network {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let refused = || format!("{text:?} is not an address or a range such as 10.0.0.0/8.");
        let (address, prefix) = match text.split_once('/') {
            Some((address, prefix)) => (address, Some(prefix)),
            None => (text, None),
        };
        let address: IpAddr = address.parse().map_err(|_| refused())?;
        let longest = if address.is_ipv4() { 32 } else { 128 };
        let prefix = prefix.map_or(Ok(longest), |prefix| prefix.parse::<u8>().map_err(|_| refused()))?;
        if prefix > longest { Err(refused()) } else { Ok(Self { address, prefix }) }
    }
}

impl fmt::Display for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.address, self.prefix)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn client(peer: &str, forwarded: &[&str], proxies: &str) -> String {
        let mut headers = HeaderMap::new();
        for line in forwarded {
            headers.append("x-forwarded-for", line.parse().unwrap());
        }
        let proxies = Network::list(proxies).unwrap();
        ClientAddress::behind(Peer(peer.parse().unwrap()), &headers, &proxies).0.to_string()
    }

    #[test]
    fn a_stranger_cannot_choose_its_address() {
        assert_eq!(client("203.0.113.9", &["198.51.100.1"], ""), "203.0.113.9");
        assert_eq!(client("203.0.113.9", &["198.51.100.1"], "10.0.0.0/8"), "203.0.113.9");
    }

    #[test]
    fn a_trusted_proxy_names_the_visitor_and_what_the_visitor_claimed_does_not_count() {
        assert_eq!(client("10.0.0.2", &["1.1.1.1, 198.51.100.1"], "10.0.0.0/8"), "198.51.100.1");
        assert_eq!(client("10.0.0.2", &["1.1.1.1, 198.51.100.1, 10.0.0.7"], "10.0.0.0/8"), "198.51.100.1");
        assert_eq!(client("10.0.0.2", &["1.1.1.1", "198.51.100.1:4711"], "10.0.0.0/8"), "198.51.100.1");
        assert_eq!(client("::ffff:10.0.0.2", &["[2001:db8::7]"], "10.0.0.0/8"), "2001:db8::7");
    }

    #[test]
    fn a_proxy_that_says_nothing_readable_stands_for_itself() {
        assert_eq!(client("10.0.0.2", &[], "10.0.0.0/8"), "10.0.0.2");
        assert_eq!(client("10.0.0.2", &["unknown"], "10.0.0.0/8"), "10.0.0.2");
    }

    #[test]
    fn ranges_hold_at_their_edges() {
        let network: Network = "10.0.0.0/8".parse().unwrap();
        assert!(network.contains("10.255.255.255".parse().unwrap()) && !network.contains("11.0.0.0".parse().unwrap()));
        let all: Network = "::/0".parse().unwrap();
        assert!(all.contains("2001:db8::1".parse().unwrap()) && !all.contains("10.0.0.1".parse().unwrap()));
        assert!("10.0.0.0/33".parse::<Network>().is_err() && "example.org".parse::<Network>().is_err());
    }

    #[test]
    fn one_ipv6_customer_is_one_subject() {
        let a = ClientAddress("2001:db8:1:2:aaaa::1".parse().unwrap()).subject();
        let b = ClientAddress("2001:db8:1:2:bbbb::2".parse().unwrap()).subject();
        let c = ClientAddress("2001:db8:1:3::1".parse().unwrap()).subject();
        assert!(a == b && a != c);
    }
}
