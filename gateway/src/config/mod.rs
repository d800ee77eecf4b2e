//! `gateway.toml`: typed, every key with a default except the office, unknown keys refused, all problems
//! reported together. Holds paths of key files and never a key, so printing it tells no secret.

mod file;
mod limits;
mod origin;
mod peers;

use std::{
    net::{Ipv4Addr, SocketAddr},
    path::{Path, PathBuf},
    time::Duration,
};

pub use file::ConfigError;
use ipnet::IpNet;
pub use limits::Limits;
pub use origin::{OriginPattern, OriginPatternError};
pub use peers::PeerPolicy;
use protocol::id::{GatewayId, OfficeId};
use serde::{Deserialize, Serialize};

/// The settings of a gateway.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Config {
    /// Name of this gateway; part of its subjects on the bus.
    pub id: GatewayId,
    /// The office it serves; made at random when the office is set up.
    pub office: Option<OfficeId>,
    /// Where it takes connections.
    pub listen: Vec<SocketAddr>,
    /// Addresses that invites carry, best first: how workstations reach `listen`.
    pub addresses: Vec<String>,
    /// File with the Noise static private key: 64 hex digits.
    pub noise_key_file: PathBuf,
    /// File with the secrets for passphrase sign-in: 256 hex digits. Made at the first start; the same for every gateway
    /// of an office.
    pub passphrase_key_file: PathBuf,
    /// Who may connect from a browser: the extension's origins.
    pub allowed_origins: Vec<OriginPattern>,
    /// Networks that peers may come from.
    pub allowed_peers: Vec<IpNet>,
    /// The bus.
    pub bus: BusConfig,
    /// Sizes, rates and times.
    pub limits: Limits,
}

/// How to reach the bus.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct BusConfig {
    /// Its address.
    pub url: String,
    /// File with the seed of the gateway's nkey (`SU...`).
    pub nkey_file: PathBuf,
    /// How long a starting gateway waits for a broker that is just starting.
    #[serde(with = "humantime_serde")]
    pub connect_within: Duration,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            id: default_id(),
            office: None,
            listen: vec![SocketAddr::from((Ipv4Addr::LOCALHOST, 7421))],
            addresses: vec!["ws://127.0.0.1:7421".to_owned()],
            noise_key_file: PathBuf::from("keys/gateway.noise"),
            passphrase_key_file: PathBuf::from("keys/gateway.opaque"),
            allowed_origins: origin::defaults(),
            allowed_peers: peers::private_networks(),
            bus: BusConfig::default(),
            limits: Limits::default(),
        }
    }
}

impl Default for BusConfig {
    fn default() -> Self {
        Self {
            url: "nats://127.0.0.1:7420".to_owned(),
            nkey_file: PathBuf::from("keys/gateway.nk"),
            connect_within: Duration::from_secs(10),
        }
    }
}

#[expect(clippy::expect_used, reason = "a constant; a test loads the defaults")]
fn default_id() -> GatewayId {
    "gw1".parse().expect("gw1 is a gateway id")
}

impl Config {
    /// Reads the file. Relative paths in it count from the folder that it is in.
    pub fn load(path: &Path) -> Result<Self, ConfigError> {
        let mut config = Self::parse(&file::read(path)?, path)?;
        let folder = path.parent().unwrap_or(Path::new(""));
        config.noise_key_file = folder.join(&config.noise_key_file);
        config.passphrase_key_file = folder.join(&config.passphrase_key_file);
        config.bus.nkey_file = folder.join(&config.bus.nkey_file);
        Ok(config)
    }

    /// Parses and validates; `path` is for the error text.
    pub fn parse(text: &str, path: &Path) -> Result<Self, ConfigError> {
        let config = file::parse(text, path)?;
        let problems = config.problems();
        if problems.is_empty() { Ok(config) } else { Err(ConfigError::new(path, problems)) }
    }

    /// The office. Present in every configuration that was loaded.
    pub fn office(&self) -> OfficeId {
        self.office.unwrap_or(OfficeId::from_bytes([0; 16]))
    }

    fn problems(&self) -> Vec<String> {
        let mut problems = Vec::new();
        let mut require = |holds: bool, problem: &str| {
            if !holds {
                problems.push(problem.to_owned());
            }
        };
        require(self.office.is_some(), "`office` is missing: 32 hex digits, the same as when it was set up");
        require(!self.listen.is_empty(), "`listen` is empty: give an address such as \"127.0.0.1:7421\"");
        require(!self.addresses.is_empty(), "`addresses` is empty: nobody could follow an invite");
        for address in &self.addresses {
            let known = address.starts_with("ws://") || address.starts_with("wss://");
            require(known, &format!("`addresses`: {address} does not start with ws:// or wss://"));
        }
        require(!self.allowed_peers.is_empty(), "`allowed_peers` is empty: nobody could connect");
        problems.extend(self.limits.problems());
        problems
    }
}
