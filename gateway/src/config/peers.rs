//! Which addresses peers may come from: the local network and nothing else. Checked before a byte is read.

use std::net::IpAddr;

use ipnet::{IpNet, Ipv4Net, Ipv6Net};

/// Loopback, RFC 1918, link-local and unique local addresses. Not 100.64.0.0/10: behind it is a
/// provider's network, not an office's.
pub(super) fn private_networks() -> Vec<IpNet> {
    let v4 = [
        ([127, 0, 0, 0], 8),
        ([10, 0, 0, 0], 8),
        ([172, 16, 0, 0], 12),
        ([192, 168, 0, 0], 16),
        ([169, 254, 0, 0], 16),
    ]
    .map(|(address, prefix)| IpNet::V4(Ipv4Net::new_assert(address.into(), prefix)));
    let v6 = [
        ([0, 0, 0, 0, 0, 0, 0, 1], 128),
        ([0xfe80, 0, 0, 0, 0, 0, 0, 0], 10),
        ([0xfc00, 0, 0, 0, 0, 0, 0, 0], 7),
    ]
    .map(|(address, prefix): ([u16; 8], u8)| IpNet::V6(Ipv6Net::new_assert(address.into(), prefix)));
    v4.into_iter().chain(v6).collect()
}

/// The allowed networks.
#[derive(Debug, Clone)]
pub struct PeerPolicy(Vec<IpNet>);

impl PeerPolicy {
    /// Allows peers from `networks` alone.
    pub fn new(networks: Vec<IpNet>) -> Self {
        Self(networks)
    }

    /// Whether a peer with this address may connect.
    pub fn allows(&self, peer: IpAddr) -> bool {
        // A socket that takes both families shows IPv4 peers as ::ffff:a.b.c.d.
        let peer = peer.to_canonical();
        self.0.iter().any(|network| network.contains(&peer))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn allowed(text: &str) -> bool {
        PeerPolicy::new(private_networks()).allows(text.parse().unwrap())
    }

    #[test]
    fn peers_of_the_local_network_are_allowed() {
        for peer in [
            "127.0.0.1",
            "10.1.2.3",
            "172.16.0.1",
            "172.31.255.255",
            "192.168.1.20",
            "169.254.7.7",
            "::1",
            "fe80::1",
            "fd12:3456::1",
            "::ffff:192.168.1.20",
        ] {
            assert!(allowed(peer), "{peer}");
        }
    }

    #[test]
    fn peers_from_elsewhere_are_not() {
        for peer in [
            "8.8.8.8",
            "172.32.0.1",
            "192.169.0.1",
            "100.64.0.1",
            "0.0.0.0",
            "224.0.0.1",
            "2001:4860:4860::8888",
            "::",
            "::ffff:8.8.8.8",
            "ff02::1",
        ] {
            assert!(!allowed(peer), "{peer}");
        }
    }
}
