//! A real, provisioned broker in a temporary folder, for the tests of this and other crates.
//!
//! ```no_run
//! # async fn example() -> Result<(), broker_config::throwaway::ThrowawayError> {
//! use broker_config::Identity;
//! use broker_config::throwaway::ThrowawayBroker;
//!
//! let mut broker = ThrowawayBroker::start().await?;
//! let sink = broker.connect(Identity::Sink).await?;
//! broker.kill().await?; // as a crash would
//! broker.restart().await?; // same port, same store, provisioned again
//! # drop(sink); Ok(())
//! # }
//! ```
//! Dropping it ends the server and removes the folder. `CRMPLUS_NATS_SERVER` names another `nats-server`
//! to test with.

use std::{
    env, io,
    net::{Ipv4Addr, TcpListener},
    path::{Path, PathBuf},
};

use async_nats::Client;
use tempfile::TempDir;
use thiserror::Error;
use tokio::sync::OnceCell;

use crate::{
    config::{BrokerConfig, ConfigError},
    connect::{self, ConnectError},
    init::{InitError, InitOptions, init},
    keys::Identity,
    nats_server::{self, Cache, FindError, NatsBinary},
    server::{NatsServer, StartError, Tie},
    state::{StateDir, StateError},
};

/// Below the ports that systems hand out by themselves. A client that keeps dialling a closed port from
/// that range may one day be given the same port for its own end, and is then connected to itself.
const PORTS: std::ops::Range<u16> = 20_000..30_000;

/// How often another port is tried when somebody was quicker.
const PORT_ATTEMPTS: usize = 8;

/// A real broker that ends with this value.
#[derive(Debug)]
pub struct ThrowawayBroker {
    // Dropped in this order: the server has ended before its folder goes.
    server: Option<NatsServer>,
    config: BrokerConfig,
    state: StateDir,
    binary: PathBuf,
    _dir: TempDir,
}

/// Why a throwaway broker does not run.
#[derive(Debug, Error)]
pub enum ThrowawayError {
    /// No `nats-server`.
    #[error(transparent)]
    Find(#[from] FindError),
    /// No folder.
    #[error(transparent)]
    State(#[from] StateError),
    /// No keys or files.
    #[error(transparent)]
    Init(#[from] InitError),
    /// Bad settings.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// It does not start.
    #[error(transparent)]
    Start(#[from] StartError),
    /// It does not let somebody in.
    #[error(transparent)]
    Connect(#[from] ConnectError),
    /// The temporary folder, or a process.
    #[error("the throwaway broker: {0}")]
    Io(#[from] io::Error),
}

impl ThrowawayBroker {
    /// Makes an office in a temporary folder and starts its broker on a free port.
    pub async fn start() -> Result<Self, ThrowawayError> {
        Self::start_with(binary().await?).await
    }

    /// The same with a `nats-server` of the caller's choice.
    pub async fn start_with(binary: PathBuf) -> Result<Self, ThrowawayError> {
        let mut attempt = 1;
        loop {
            match Self::start_on(free_port()?, binary.clone()).await {
                Err(ThrowawayError::Start(StartError::PortInUse { .. } | StartError::Died { .. }))
                    if attempt < PORT_ATTEMPTS =>
                {
                    attempt += 1;
                }
                done => return done,
            }
        }
    }

    async fn start_on(port: u16, binary: PathBuf) -> Result<Self, ThrowawayError> {
        let dir = TempDir::with_prefix("crmplus-broker-")?;
        let state = StateDir::create(dir.path().join("state"))?;
        // The gateway's own tests choose where it listens.
        init(&state, &InitOptions::on_ports(port, 0))?;
        let config = BrokerConfig::load(&state)?;
        let server = NatsServer::start(&state, &config, &binary, &Tie::Group).await?;
        Ok(Self { server: Some(server), config, state, binary, _dir: dir })
    }

    /// Where clients connect.
    pub fn url(&self) -> String {
        self.config.url()
    }

    /// The port of [`Self::url`]; the same after a restart.
    pub fn port(&self) -> u16 {
        self.config.listen.port()
    }

    /// The process of `nats-server`, while it runs.
    pub fn pid(&self) -> Option<u32> {
        self.server.as_ref().map(NatsServer::pid)
    }

    /// The state folder: keys, configuration files, store.
    pub fn state(&self) -> &StateDir {
        &self.state
    }

    /// The `nats-server` that it runs.
    pub fn binary(&self) -> &Path {
        &self.binary
    }

    /// The settings of the broker.
    pub fn config(&self) -> &BrokerConfig {
        &self.config
    }

    /// The nkey file of one identity.
    pub fn nkey_file(&self, identity: Identity) -> PathBuf {
        self.state.nkey_file(identity)
    }

    /// A connection as one of the identities, with its inbox prefix.
    pub async fn connect(&self, identity: Identity) -> Result<Client, ThrowawayError> {
        Ok(connect::connect(&self.state, &self.config, identity).await?)
    }

    /// Kills the server as a crash would, and waits until it is gone. Memory streams are lost.
    pub async fn kill(&mut self) -> Result<(), ThrowawayError> {
        if let Some(server) = self.server.take() {
            server.kill().await?;
        }
        Ok(())
    }

    /// Stops the server as an orderly shutdown does.
    pub async fn stop(&mut self) -> Result<(), ThrowawayError> {
        if let Some(server) = self.server.take() {
            server.stop().await?;
        }
        Ok(())
    }

    /// Starts the server again on the same port and store, stopping it first when it still runs.
    pub async fn restart(&mut self) -> Result<(), ThrowawayError> {
        self.stop().await?;
        self.server = Some(NatsServer::start(&self.state, &self.config, &self.binary, &Tie::Group).await?);
        Ok(())
    }
}

/// Looked for once in each test process.
async fn binary() -> Result<PathBuf, ThrowawayError> {
    static BINARY: OnceCell<PathBuf> = OnceCell::const_new();

    BINARY
        .get_or_try_init(|| async {
            Ok(tokio::task::spawn_blocking(find_binary).await.map_err(io::Error::other)??)
        })
        .await
        .cloned()
}

fn find_binary() -> Result<PathBuf, FindError> {
    let named = env::var_os("CRMPLUS_NATS_SERVER").map(PathBuf::from);
    match nats_server::find(named.as_deref(), None)? {
        Some(NatsBinary { path, .. }) => Ok(path),
        None => Ok(nats_server::fetch(&Cache::of_user_or(&env::temp_dir()))?),
    }
}

fn free_port() -> io::Result<u16> {
    let mut random = [0; 2];
    getrandom::fill(&mut random).map_err(io::Error::other)?;
    let start = u16::from_le_bytes(random) % (PORTS.end - PORTS.start);
    let mut candidates = PORTS.skip(usize::from(start)).chain(PORTS.take(usize::from(start)));
    let is_free = |port: &u16| TcpListener::bind((Ipv4Addr::LOCALHOST, *port)).is_ok();
    candidates.find(is_free).ok_or_else(|| io::ErrorKind::AddrInUse.into())
}
