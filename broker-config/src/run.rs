//! The office's broker in front of a person or a supervisor: starts, says so, stays, ends together.

use std::{
    io,
    path::{Path, PathBuf},
    pin::pin,
    process::ExitStatus,
};

use serde::Serialize;
use thiserror::Error;

use crate::{
    config::BrokerConfig,
    nats_server::NatsBinary,
    server::{NatsServer, StartError, Stopped, Tie},
    state::StateDir,
};

/// What is said once the bus can be used.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Ready {
    /// Always `ready`.
    pub event: &'static str,
    /// Always `broker`.
    pub component: &'static str,
    /// Where it listens.
    pub listen: Vec<String>,
    /// This process.
    pub pid: u32,
    /// The process of `nats-server`.
    pub nats_pid: u32,
    /// Where clients connect.
    pub url: String,
    /// The release of `nats-server`.
    pub nats_version: String,
}

/// Why the broker ended when nobody asked it to.
#[derive(Debug, Error)]
pub enum RunError {
    /// It never got ready.
    #[error(transparent)]
    Start(#[from] StartError),
    /// It was ready and then ended.
    #[error(
        "nats-server (process {pid}) ended by itself ({status}): see {log}, then start again; what was acknowledged \
         is on disk, undelivered messages are sent again by their senders", log = log.display()
    )]
    Died {
        /// Its process.
        pid: u32,
        /// How it ended.
        status: ExitStatus,
        /// Its log.
        log: PathBuf,
    },
    /// It could not be waited for or stopped.
    #[error("cannot stop nats-server (process {pid}): {source}")]
    Stop {
        /// Its process.
        pid: u32,
        /// What the system said.
        source: io::Error,
    },
}

/// Runs the broker until `stop` completes or `nats-server` ends.
///
/// With [`Tie::Supervisor`] call it on the main thread, for the reason given in [`crate::tied`].
pub async fn run(
    state: &StateDir,
    config: &BrokerConfig,
    binary: &NatsBinary,
    tie: &Tie,
    on_ready: impl FnOnce(&Ready),
    stop: impl Future<Output = ()>,
) -> Result<(), RunError> {
    let mut stop = pin!(stop);
    let mut server = tokio::select! {
        started = NatsServer::start(state, config, &binary.path, tie) => started?,
        () = &mut stop => return Ok(()),
    };
    on_ready(&ready(config, binary, &server));

    let pid = server.pid();
    tokio::select! {
        ended = server.ended() => match ended {
            Ok(status) => Err(RunError::Died { pid, status, log: state.nats_log() }),
            Err(source) => Err(RunError::Stop { pid, source }),
        },
        () = &mut stop => end(server, state.root()).await.map_err(|source| RunError::Stop { pid, source }),
    }
}

async fn end(server: NatsServer, state: &Path) -> io::Result<()> {
    match server.stop().await? {
        Stopped::Gracefully => tracing::info!("the broker of {} has stopped", state.display()),
        Stopped::Killed => tracing::warn!("nats-server did not stop in time and was killed"),
    }
    Ok(())
}

fn ready(config: &BrokerConfig, binary: &NatsBinary, server: &NatsServer) -> Ready {
    Ready {
        event: "ready",
        component: "broker",
        listen: vec![config.url()],
        pid: std::process::id(),
        nats_pid: server.pid(),
        url: config.url(),
        nats_version: binary.version.to_string(),
    }
}
