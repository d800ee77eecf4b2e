//! `broker.toml`: every key has a default, an unknown key is an error.

use std::{
    fs, io,
    net::{Ipv4Addr, SocketAddr},
    path::{Path, PathBuf},
    time::Duration,
};

use serde::Deserialize;
use thiserror::Error;

use crate::state::StateDir;

/// Port of the bus when nobody asks for another.
pub const DEFAULT_NATS_PORT: u16 = 7420;

/// The settings of the broker.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct BrokerConfig {
    /// The name of the server on the bus: opaque, made by `init`.
    pub name: String,
    /// The `nats-server` to use; otherwise it is looked for.
    pub nats_server: Option<PathBuf>,
    /// Where the bus listens. The bus speaks without TLS, so only loopback addresses are accepted.
    pub listen: SocketAddr,
    /// The gateway whose nkey is in `keys/gateway.nk`.
    pub gateway_id: String,
    /// How long `nats-server` may take to recover its store and answer.
    #[serde(with = "humantime_serde")]
    pub ready_within: Duration,
    /// How long `nats-server` may take to stop before it is killed.
    #[serde(with = "humantime_serde")]
    pub stop_within: Duration,
}

impl Default for BrokerConfig {
    fn default() -> Self {
        Self {
            name: "office".to_owned(),
            nats_server: None,
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, DEFAULT_NATS_PORT)),
            gateway_id: "gw1".to_owned(),
            ready_within: Duration::from_secs(120),
            stop_within: Duration::from_secs(10),
        }
    }
}

/// Why a configuration file is refused.
#[derive(Debug, Error)]
pub enum ConfigError {
    /// The disk or its permissions.
    #[error("cannot read the configuration file {path}: {source}", path = path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// Not TOML, an unknown key, or a value of the wrong kind.
    #[error("{path}, line {line}: {message}: correct the line and start again", path = path.display())]
    Syntax {
        /// The file.
        path: PathBuf,
        /// Counted from one.
        line: usize,
        /// What the parser said; names the key.
        message: String,
    },
    /// A value that cannot work.
    #[error("{path}: `{key}` {problem}", path = path.display())]
    Value {
        /// The file.
        path: PathBuf,
        /// The key.
        key: &'static str,
        /// What is wrong and what would be right.
        problem: &'static str,
    },
}

impl BrokerConfig {
    /// Reads `broker.toml` of an office.
    pub fn load(state: &StateDir) -> Result<Self, ConfigError> {
        let path = state.broker_toml();
        let text =
            fs::read_to_string(&path).map_err(|source| ConfigError::Io { path: path.clone(), source })?;
        let mut config = Self::parse(&text, &path)?;
        // Relative to the file, so that the folder can be moved as a whole.
        config.nats_server = config.nats_server.map(|binary| state.root().join(binary));
        Ok(config)
    }

    /// Parses and validates; `path` is for the error text.
    pub fn parse(text: &str, path: &Path) -> Result<Self, ConfigError> {
        let config: Self = toml::from_str(text).map_err(|err| ConfigError::Syntax {
            path: path.to_owned(),
            line: line_of(text, err.span().map_or(0, |span| span.start)),
            message: err.message().trim().replace('\n', ", "),
        })?;
        let problem = |key, problem| Err(ConfigError::Value { path: path.to_owned(), key, problem });
        if !config.listen.ip().is_loopback() {
            return problem(
                "listen",
                "must be a loopback address such as 127.0.0.1:7420: the bus has no TLS",
            );
        }
        if !is_label(&config.gateway_id, 16) {
            return problem("gateway_id", "must be 1 to 16 characters of a-z and 0-9");
        }
        if !is_label(&config.name.replace('-', "0"), 32) {
            return problem("name", "must be 1 to 32 characters of a-z, 0-9 and -");
        }
        Ok(config)
    }

    /// The address for clients.
    pub fn url(&self) -> String {
        format!("nats://{}", self.listen)
    }
}

fn is_label(text: &str, max: usize) -> bool {
    (1..=max).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit())
}

fn line_of(text: &str, offset: usize) -> usize {
    1 + text.bytes().take(offset).filter(|&b| b == b'\n').count()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<BrokerConfig, String> {
        BrokerConfig::parse(text, Path::new("broker.toml")).map_err(|err| err.to_string())
    }

    #[test]
    fn an_empty_file_means_the_defaults() {
        assert_eq!(parse("").unwrap(), BrokerConfig::default());
    }

    #[test]
    fn a_mistyped_key_is_named_with_its_line() {
        let err = parse("name = \"office\"\nlisten_on = \"127.0.0.1:1\"\n").unwrap_err();

        assert!(err.starts_with("broker.toml, line 2: unknown field `listen_on`"), "{err}");
    }

    #[test]
    fn the_bus_is_not_offered_to_the_network() {
        let err = parse("listen = \"0.0.0.0:7420\"").unwrap_err();

        assert!(err.contains("`listen` must be a loopback address"), "{err}");
    }

    #[test]
    fn a_gateway_id_cannot_smuggle_a_wildcard() {
        for id in ["", "gw1.>", "*", "GW1", "seventeenletters1"] {
            let err = parse(&format!("gateway_id = \"{id}\"")).unwrap_err();

            assert!(err.contains("`gateway_id` must be"), "{err}");
        }
    }
}
