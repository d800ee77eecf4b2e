//! The three ports of an office.

use std::{
    io,
    net::{Ipv4Addr, TcpListener},
};

use anyhow::{Context as _, Result, bail};

/// Broker, gateway and stand-in page, side by side from a base.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ports {
    /// nats-server, loopback only.
    pub broker: u16,
    /// The gateway.
    pub gateway: u16,
    /// The CRM stand-in page, loopback only.
    pub page: u16,
}

impl Ports {
    /// The ports from `base` on; `cli` keeps it low enough for three.
    pub const fn from_base(base: u16) -> Self {
        Self { broker: base, gateway: base.saturating_add(1), page: base.saturating_add(2) }
    }

    /// Takes the page's port, and makes sure that nobody else has the other two.
    pub fn claim(self) -> Result<TcpListener> {
        for (port, whose) in [(self.broker, "the broker"), (self.gateway, "the gateway")] {
            drop(self.bind(port, whose)?);
        }
        let page = self.bind(self.page, "the CRM stand-in page")?;
        page.set_nonblocking(true).context("preparing the stand-in page's port")?;
        Ok(page)
    }

    fn bind(self, port: u16, whose: &str) -> Result<TcpListener> {
        match TcpListener::bind((Ipv4Addr::LOCALHOST, port)) {
            Ok(listener) => Ok(listener),
            Err(error) if error.kind() == io::ErrorKind::AddrInUse => bail!(
                "port {port} for {whose} is in use by another program: end that program, or choose other ports, \
                 for example --port-base {}",
                self.broker.wrapping_add(100).max(1024)
            ),
            Err(error) => Err(error)
                .with_context(|| format!("port {port} for {whose} cannot be opened on this computer")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ports_stand_side_by_side() {
        assert_eq!(Ports::from_base(7420), Ports { broker: 7420, gateway: 7421, page: 7422 });
    }

    #[test]
    fn port_in_use_is_one_sentence_with_a_remedy() {
        let taken = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
        let port = taken.local_addr().expect("bound").port();
        let ports = Ports { broker: port, gateway: 0, page: 0 };
        let sentence = ports.claim().expect_err("is taken").to_string();
        assert!(sentence.starts_with(&format!("port {port} for the broker is in use")), "{sentence}");
        assert!(sentence.contains("--port-base"), "{sentence}");
        assert_eq!(sentence.lines().count(), 1);
    }
}
