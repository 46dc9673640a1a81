//! Which addresses are of the public Internet: unicast, and not set aside for something else.
//!
//! After IANA's registries of special-purpose addresses. IPv6 is allowed where it is handed out,
//! 2000::/3, minus what is special there; all that stands for an IPv4 address (mapped, translated,
//! tunnelled) falls outside or is special.

use std::net::IpAddr;

use super::Network;

const SPECIAL_V4: [Network; 19] = [
    Network::v4(0, 0, 0, 8),        // this network
    Network::v4(10, 0, 0, 8),       // private
    Network::v4(100, 64, 0, 10),    // behind a provider's translation
    Network::v4(127, 0, 0, 8),      // this machine
    Network::v4(169, 254, 0, 16),   // this link, and clouds' metadata
    Network::v4(172, 16, 0, 12),    // private
    Network::v4(192, 0, 0, 24),     // protocols
    Network::v4(192, 0, 2, 24),     // documentation
    Network::v4(192, 31, 196, 24),  // reverse names of private addresses
    Network::v4(192, 52, 193, 24),  // multicast tunnels
    Network::v4(192, 88, 99, 24),   // 6to4 relays
    Network::v4(192, 168, 0, 16),   // private
    Network::v4(192, 175, 48, 24),  // reverse names of private addresses
    Network::v4(198, 18, 0, 15),    // benchmarks
    Network::v4(198, 51, 100, 24),  // documentation
    Network::v4(203, 0, 113, 24),   // documentation
    Network::v4(224, 0, 0, 4),      // multicast
    Network::v4(240, 0, 0, 4),      // reserved
    Network::v4(255, 255, 255, 24), // broadcast
];

const HANDED_OUT_V6: Network = Network::v6(0x2000, 0, 0, 3);

const SPECIAL_V6: [Network; 5] = [
    Network::v6(0x2001, 0, 0, 23),         // protocols: Teredo, benchmarks, hash identities
    Network::v6(0x2001, 0xdb8, 0, 32),     // documentation
    Network::v6(0x2002, 0, 0, 16),         // 6to4
    Network::v6(0x2620, 0x4f, 0x8000, 48), // reverse names of private addresses
    Network::v6(0x3fff, 0, 0, 20),         // documentation
];

/// Whether anybody on the Internet may be behind the address.
pub fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(_) => !SPECIAL_V4.iter().any(|special| special.contains(address)),
        // A mapped address would be read as IPv4 by `contains`, and 2000::/3 does not hold it.
        IpAddr::V6(_) => HANDED_OUT_V6.contains(address) && !SPECIAL_V6.iter().any(|special| special.contains(address)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sites_of_the_internet_are_public() {
        for address in [
            "1.1.1.1",
            "8.8.8.8",
            "9.255.255.255",
            "11.0.0.0",
            "100.63.255.255",
            "100.128.0.0",
            "126.255.255.255",
            "128.0.0.0",
            "169.253.255.255",
            "172.15.255.255",
            "172.32.0.0",
            "192.0.1.0",
            "192.167.255.255",
            "198.17.255.255",
            "198.20.0.0",
            "223.255.255.255",
            "2606:4700:4700::1111",
            "2a00:1450:4001:830::200e",
            "2001:200::1",
            "2003::1",
            "3ffe:ffff::1",
        ] {
            assert!(is_public(address.parse().unwrap()), "{address}");
        }
    }

    #[test]
    fn whatever_is_near_reserved_or_a_disguise_is_not() {
        for address in [
            "0.0.0.0",
            "0.1.2.3",
            "10.0.0.1",
            "10.255.255.255",
            "100.64.0.1",
            "100.127.255.255",
            "127.0.0.1",
            "127.255.255.254",
            "169.254.169.254",
            "172.16.0.1",
            "172.31.255.255",
            "192.0.0.8",
            "192.0.0.170",
            "192.0.2.1",
            "192.88.99.1",
            "192.168.1.1",
            "198.18.0.1",
            "198.19.255.255",
            "198.51.100.7",
            "203.0.113.7",
            "224.0.0.1",
            "239.255.255.255",
            "240.0.0.1",
            "255.255.255.255",
            // This machine, any machine.
            "::",
            "::1",
            // IPv4 in other clothes: compatible, mapped, translated (global and local), 6to4, Teredo.
            "::127.0.0.1",
            "::ffff:127.0.0.1",
            "::ffff:8.8.8.8",
            "::ffff:0:127.0.0.1",
            "64:ff9b::7f00:1",
            "64:ff9b::808:808",
            "64:ff9b:1::7f00:1",
            "2002:7f00:1::",
            "2002:808:808::1",
            "2001::1",
            "2001:0:7f00:1::",
            // Discard, benchmarks, hash identities, documentation, segment routing.
            "100::1",
            "2001:2::1",
            "2001:10::1",
            "2001:20::1",
            "2001:db8::1",
            "3fff::1",
            "3fff:fff::1",
            "5f00::1",
            // Private, link, site, multicast.
            "fc00::1",
            "fd12:3456::1",
            "fe80::1",
            "fec0::1",
            "ff02::1",
            "4000::1",
        ] {
            assert!(!is_public(address.parse().unwrap()), "{address}");
        }
    }
}
