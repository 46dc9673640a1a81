//! Who is at the other end: the peer, or whom a trusted proxy names.

use std::net::IpAddr;

use axum::http::HeaderMap;
pub use engine::egress::Network;

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
    fn one_ipv6_customer_is_one_subject() {
        let a = ClientAddress("2001:db8:1:2:aaaa::1".parse().unwrap()).subject();
        let b = ClientAddress("2001:db8:1:2:bbbb::2".parse().unwrap()).subject();
        let c = ClientAddress("2001:db8:1:3::1".parse().unwrap()).subject();
        assert!(a == b && a != c);
    }
}
