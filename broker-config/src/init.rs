//! Makes an office: state folder, keys, identifiers, the three TOML files, `nats-server.conf`.
//!
//! Running it again keeps every key and every setting; it changes what its options ask for and adds what
//! is missing.

use std::{
    net::{IpAddr, Ipv4Addr, SocketAddr},
    path::PathBuf,
};

use thiserror::Error;

use crate::{
    config::{BrokerConfig, ConfigError, DEFAULT_NATS_PORT},
    files,
    keys::{self, KeyError, PublicKeys},
    render::nats_server_conf,
    service_files::{self, ServiceFile, ServiceFileError, list},
    state::{StateDir, StateError},
};

/// What `init` is asked for. `None` keeps what the office has, or the default in a new one.
#[derive(Debug, Clone, Default)]
pub struct InitOptions {
    /// Port of the bus on loopback; 7420 by default.
    pub nats_port: Option<u16>,
    /// Where the gateway listens; port 7421 on loopback by default.
    pub gateway_listen: Option<Vec<SocketAddr>>,
    /// What invites carry; derived from `gateway_listen` when that is given and this is not.
    pub gateway_addresses: Option<Vec<String>>,
    /// Browser extensions to allow, added to those in `gateway.toml` (at first `moz-extension://*`:
    /// Firefox gives every installation an origin of its own).
    pub allowed_origins: Vec<String>,
}

impl InitOptions {
    /// Bus and gateway on these ports of loopback.
    pub fn on_ports(nats_port: u16, gateway_port: u16) -> Self {
        Self {
            nats_port: Some(nats_port),
            gateway_listen: Some(vec![SocketAddr::from((Ipv4Addr::LOCALHOST, gateway_port))]),
            ..Self::default()
        }
    }
}

/// An office as `init` left it.
#[derive(Debug, Clone)]
pub struct Office {
    /// 32 hex digits, the same for the life of the office.
    pub id: String,
    /// Where the bus is.
    pub nats_url: String,
    /// Where the gateway listens.
    pub gateway_listen: Vec<String>,
    /// What invites carry.
    pub gateway_addresses: Vec<String>,
    /// The gateway's configuration.
    pub gateway_toml: PathBuf,
    /// The sink's configuration.
    pub sink_toml: PathBuf,
    /// The broker's configuration.
    pub broker_toml: PathBuf,
}

/// Why there is no office.
#[derive(Debug, Error)]
pub enum InitError {
    /// The folder cannot be used.
    #[error(transparent)]
    State(#[from] StateError),
    /// A key cannot be made or read.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// A TOML file cannot be written or changed.
    #[error(transparent)]
    File(#[from] ServiceFileError),
    /// A setting cannot work.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// An origin that would let in more than one extension.
    #[error(
        "the origin {origin} is not that of one extension: give chrome-extension:// and its 32-letter id, or \
         moz-extension://*"
    )]
    Origin {
        /// As given.
        origin: String,
    },
    /// `nats-server.conf` cannot be written.
    #[error("cannot write {path}: {source}", path = path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
}

/// Makes the office in a folder made by [`StateDir::create`], or completes one.
pub fn init(state: &StateDir, options: &InitOptions) -> Result<Office, InitError> {
    options.allowed_origins.iter().try_for_each(|origin| check_origin(origin))?;
    keys::make_missing(state)?;
    let config = broker_toml(state, options)?;
    let url = config.url();
    let gateway = gateway_toml(state, options, &config, &url)?;
    sink_toml(state, &url)?;

    let conf = nats_server_conf(&config, &PublicKeys::load(state)?);
    let path = state.nats_conf();
    files::replace(&path, conf.as_bytes()).map_err(|source| InitError::Write { path, source })?;
    Ok(Office {
        id: gateway.id,
        nats_url: url,
        gateway_listen: gateway.listen,
        gateway_addresses: gateway.addresses,
        gateway_toml: state.gateway_toml(),
        sink_toml: state.sink_toml(),
        broker_toml: state.broker_toml(),
    })
}

fn broker_toml(state: &StateDir, options: &InitOptions) -> Result<BrokerConfig, InitError> {
    let is_new = !state.broker_toml().exists();
    let mut file = ServiceFile::open(state.broker_toml(), service_files::BROKER)?;
    if is_new {
        file.set("name", format!("office-{}", keys::random_hex::<4>()?.as_str()));
    }
    if let Some(port) = options.nats_port {
        let ip = listen_ip(&file);
        file.set("listen", SocketAddr::from((ip, port)).to_string());
    } else if is_new {
        file.set("listen", SocketAddr::from((Ipv4Addr::LOCALHOST, DEFAULT_NATS_PORT)).to_string());
    }
    file.save()?;
    Ok(BrokerConfig::load(state)?)
}

fn listen_ip(file: &ServiceFile) -> IpAddr {
    let listen = file.text("listen").and_then(|text| text.parse::<SocketAddr>().ok());
    listen.map_or(IpAddr::V4(Ipv4Addr::LOCALHOST), |listen| listen.ip())
}

struct Gateway {
    id: String,
    listen: Vec<String>,
    addresses: Vec<String>,
}

fn gateway_toml(
    state: &StateDir,
    options: &InitOptions,
    config: &BrokerConfig,
    url: &str,
) -> Result<Gateway, InitError> {
    let mut file = ServiceFile::open(state.gateway_toml(), service_files::GATEWAY)?;
    if file.text("office").is_none_or(str::is_empty) {
        file.set("office", keys::random_hex::<16>()?.as_str());
    }
    file.set("id", config.gateway_id.as_str());
    if let Some(listen) = &options.gateway_listen {
        let listen: Vec<_> = listen.iter().map(SocketAddr::to_string).collect();
        // Addresses that a person wrote for other computers stay as long as the gateway stays where it is.
        if file.texts("listen") != listen {
            let addresses: Vec<_> = listen.iter().map(|at| format!("ws://{at}")).collect();
            file.set("listen", list(&listen));
            file.set("addresses", list(&addresses));
        }
    }
    if let Some(addresses) = &options.gateway_addresses {
        file.set("addresses", list(addresses));
    }
    file.add_texts("allowed_origins", &options.allowed_origins);
    file.set_in("bus", "url", url);
    let gateway = Gateway {
        id: file.text("office").unwrap_or_default().to_owned(),
        listen: file.texts("listen"),
        addresses: file.texts("addresses"),
    };
    file.save()?;
    Ok(gateway)
}

fn sink_toml(state: &StateDir, url: &str) -> Result<(), InitError> {
    let mut file = ServiceFile::open(state.sink_toml(), service_files::SINK)?;
    file.set_in("bus", "url", url);
    Ok(file.save()?)
}

/// Chromium extensions have one id everywhere, so a wildcard there would only let strangers in.
fn check_origin(origin: &str) -> Result<(), InitError> {
    let one_chromium_extension = origin
        .strip_prefix("chrome-extension://")
        .is_some_and(|id| id.len() == 32 && id.bytes().all(|b| (b'a'..=b'p').contains(&b)));
    let firefox = origin.strip_prefix("moz-extension://").is_some_and(|id| {
        id == "*" || (!id.is_empty() && id.bytes().all(|b| b.is_ascii_hexdigit() || b == b'-'))
    });
    if one_chromium_extension || firefox {
        Ok(())
    } else {
        Err(InitError::Origin { origin: origin.to_owned() })
    }
}
