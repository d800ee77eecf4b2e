//! What every connection of a gateway shares.

use std::sync::{Arc, Mutex};

use protocol::{channel::NoisePrivateKey, roster::Roster, signature::Nkey};
use tokio_util::sync::CancellationToken;

use crate::{
    accept::Introductions,
    audit::{AuditLog, Recent},
    bus::Bus,
    capsules::Capsules,
    config::{Config, PeerPolicy},
    counters::Counters,
    lease::Leases,
    passphrase::Passphrases,
    prekeys::Prekeys,
    presence::Presence,
    rate::{TokenBucket, allowed},
    registry::Registry,
    relay::Relay,
    roster::RosterLog,
    seats::Seats,
};

/// One of each, for all connections.
#[derive(Debug)]
pub struct Services {
    /// The settings.
    pub config: Config,
    /// The key that clients know this gateway by.
    pub noise_key: NoisePrivateKey,
    /// Proves the founding text, while the office was not open when this gateway started.
    pub founding_key: Option<Nkey>,
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
    /// How far the roster goes by an administrator's word.
    pub leases: Arc<Leases>,
    /// Keys for first messages.
    pub prekeys: Prekeys,
    /// Last connections of devices.
    pub seats: Seats,
    /// What devices leave for whoever has a code.
    pub capsules: Capsules,
    /// Passphrases.
    pub passphrases: Passphrases,
    /// Strangers who ask questions.
    pub introductions: Introductions,
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

impl Services {
    /// What is not in the roster may have been entered by another process a moment ago, so the stream is asked once
    /// before somebody is turned away; not for everybody, or strangers could keep the bus busy.
    pub async fn look_twice<T>(&self, question: impl Fn(&Roster) -> Option<T>) -> Option<T> {
        let known = self.roster.look(&question);
        if known.is_some() || !allowed(&self.second_looks) {
            return known;
        }
        // Without the bus the answer stays what it was; nobody can be let in without it anyway.
        let _ = self.roster.catch_up().await;
        self.roster.look(&question)
    }
}
