//! Why a gateway does not start, or ends by itself: for the operator, with what to do.

use std::net::SocketAddr;

use crate::{
    audit::AuditUnavailable, bus::BusError, clock::NoRandomness, founding::FoundingError, keys::KeyFileError,
    passphrase::PassphraseStartError, roster::RosterLogError,
};

/// Why a gateway does not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// A key file.
    #[error(transparent)]
    Key(#[from] KeyFileError),
    /// The secret that opens the office.
    #[error(transparent)]
    Founding(#[from] FoundingError),
    /// The secrets for passphrases.
    #[error(transparent)]
    Passphrases(#[from] PassphraseStartError),
    /// A listener.
    #[error(
        "cannot listen on {address}: {source}; is another gateway running? Choose another address in `listen`"
    )]
    Listen {
        /// Where.
        address: SocketAddr,
        /// Why.
        source: std::io::Error,
    },
    /// The bus.
    #[error(transparent)]
    Bus(#[from] BusError),
    /// The roster.
    #[error(transparent)]
    Roster(#[from] RosterLogError),
    /// The trail takes no records.
    #[error("the start cannot be recorded: {0}; is the stream AUDIT full?")]
    Audit(#[from] AuditUnavailable),
    /// No randomness.
    #[error(transparent)]
    Random(#[from] NoRandomness),
}

/// Why a running gateway ended by itself.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// The roster contradicts itself.
    #[error(transparent)]
    Roster(#[from] RosterLogError),
    /// A task that must run for ever has ended.
    #[error("a part of the gateway has stopped: {0}")]
    Part(String),
}
