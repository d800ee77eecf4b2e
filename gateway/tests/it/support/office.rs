//! A broker and a gateway of their own.

use std::{net::SocketAddr, time::Duration};

use broker_config::throwaway::ThrowawayBroker;
use gateway::{
    Server,
    commands::invite::{self, Request},
    config::Config,
    counters::Happening,
};
use protocol::{error::ErrorCode, invite::Invite, roster::StaffRole};

use super::{client::Client, device::Device, trail::Trail};

pub struct Office {
    pub broker: ThrowawayBroker,
    pub config: Config,
    pub server: Server,
}

impl Office {
    pub async fn open() -> Self {
        Self::open_with(|_| ()).await
    }

    /// With settings of the test's own.
    pub async fn open_with(change: impl FnOnce(&mut Config)) -> Self {
        let broker = ThrowawayBroker::start().await.unwrap();
        let mut config = config_of(&broker);
        change(&mut config);
        let server = Server::start(config.clone()).await.unwrap();
        Self { broker, config, server }
    }

    pub fn address(&self) -> SocketAddr {
        self.server.addresses()[0]
    }

    pub async fn invite(&self, name: &str) -> Invite {
        self.invite_for(name, Duration::from_secs(3600)).await
    }

    pub async fn invite_for(&self, name: &str, ttl: Duration) -> Invite {
        let request = Request { name: name.to_owned(), role: StaffRole::Staff, ttl, user: None };
        let invite = invite::issue(&self.config, request).await.unwrap();
        // The text is what a person carries.
        Invite::from_text(&invite.to_text().unwrap()).unwrap()
    }

    /// A colleague with an enrolled device, on line.
    pub async fn colleague(&self, name: &str) -> (Device, Client) {
        let device = Device::new(self.invite(name).await);
        let client = device.enrol(self.address()).await;
        (device, client)
    }

    pub async fn trail(&self) -> Trail {
        Trail::of(&self.broker).await
    }

    pub fn happened(&self, happening: Happening) -> u64 {
        self.server.counters().happened(happening)
    }

    pub fn refusals(&self, code: ErrorCode) -> u64 {
        self.server.counters().refusals(code)
    }
}

/// As `broker-config init` writes it, on a free port.
pub fn config_of(broker: &ThrowawayBroker) -> Config {
    let mut config = Config::load(&broker.state().gateway_toml()).unwrap();
    config.listen = vec!["127.0.0.1:0".parse().unwrap()];
    config
}
