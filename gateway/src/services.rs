//! What every connection of a gateway shares.

use std::sync::{Arc, Mutex};

use protocol::channel::NoisePrivateKey;
use tokio_util::sync::CancellationToken;

use crate::{
    audit::{AuditLog, Recent},
    bus::Bus,
    config::{Config, PeerPolicy},
    counters::Counters,
    prekeys::Prekeys,
    presence::Presence,
    rate::TokenBucket,
    registry::Registry,
    relay::Relay,
    roster::RosterLog,
};

/// One of each, for all connections.
#[derive(Debug)]
pub struct Services {
    /// The settings.
    pub config: Config,
    /// The key that clients know this gateway by.
    pub noise_key: NoisePrivateKey,
    /// Who may connect.
    pub peers: PeerPolicy,
    /// The bus.
    pub bus: Bus,
    /// The trail.
    pub audit: AuditLog,
    /// What the trail has already.
    pub recent: Recent,
    /// Keeps strangers from filling the trail with their failures.
    pub failures: Mutex<TokenBucket>,
    /// Keeps strangers from making the gateway read the roster's stream for each of them.
    pub second_looks: Mutex<TokenBucket>,
    /// Who is in the office.
    pub roster: Arc<RosterLog>,
    /// Keys for first messages.
    pub prekeys: Prekeys,
    /// Who is on line here.
    pub registry: Arc<Registry>,
    /// Who is on line anywhere.
    pub presence: Arc<Presence>,
    /// The way of messages.
    pub relay: Arc<Relay>,
    /// What happened.
    pub counters: Arc<Counters>,
    /// Cancelled when the gateway stops.
    pub stop: CancellationToken,
}
