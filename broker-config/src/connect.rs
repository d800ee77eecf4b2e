//! A connection to the bus as one of its identities.

use async_nats::{Client, ConnectOptions};
use thiserror::Error;

use crate::{
    config::BrokerConfig,
    keys::{self, Identity, KeyError},
    permissions,
    state::StateDir,
};

/// Why there is no connection.
#[derive(Debug, Error)]
pub enum ConnectError {
    /// The identity's key cannot be used.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// The server is not there or refused the identity.
    #[error("cannot connect to the bus at {url} as {identity}: {source}", identity = identity.name())]
    Bus {
        /// Where.
        url: String,
        /// As whom.
        identity: Identity,
        /// What the client library said.
        source: async_nats::ConnectError,
    },
}

/// Connects with the identity's nkey and its own inbox prefix.
pub async fn connect(
    state: &StateDir,
    config: &BrokerConfig,
    identity: Identity,
) -> Result<Client, ConnectError> {
    let url = config.url();
    let connected = options(state, config, identity)?.connect(&url).await;
    connected.map_err(|source| ConnectError::Bus { url, identity, source })
}

/// The options of [`connect`], to be added to.
pub fn options(
    state: &StateDir,
    config: &BrokerConfig,
    identity: Identity,
) -> Result<ConnectOptions, KeyError> {
    let seed = keys::load_seed(state, identity)?;
    Ok(ConnectOptions::with_nkey(seed.expose().to_owned())
        .name(format!("broker-config as {}", identity.name()))
        .custom_inbox_prefix(permissions::inbox_prefix(identity, &config.gateway_id)))
}
