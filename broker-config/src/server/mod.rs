//! One running `nats-server`: from the lock on its store to its end.

mod error;
mod process;

use std::{
    io,
    net::{SocketAddr, TcpListener},
    path::{Path, PathBuf},
    process::ExitStatus,
    time::Duration,
};

use tokio::{
    process::Child,
    time::{Instant, sleep},
};

pub use self::error::StartError;
use crate::{
    config::BrokerConfig,
    connect::{self, ConnectError},
    files,
    keys::{self, Identity, PublicKeys},
    lock,
    provision::provision,
    render::nats_server_conf,
    state::StateDir,
    store::streams_on_disk,
};

/// How often a starting server is asked whether it is ready.
const READY_POLL: Duration = Duration::from_millis(10);

/// What happens to `nats-server` when this process is killed.
#[derive(Debug, Clone)]
pub enum Tie {
    /// It stays in this process's group and shares the signals sent to the group.
    Group,
    /// It has a group of its own, so that Ctrl-C reaches only the supervisor; on Linux the kernel ends it
    /// when the supervisor is gone. Takes the `broker-config` binary, see [`crate::tied`].
    Supervisor(PathBuf),
}

/// A `nats-server` that answers and is provisioned. Dropping it kills it.
#[derive(Debug)]
pub struct NatsServer {
    child: Child,
    pid: u32,
    stop_within: Duration,
}

/// How a server ended after [`NatsServer::stop`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stopped {
    /// By itself, in time.
    Gracefully,
    /// It was killed after the deadline; acknowledged data is on disk all the same.
    Killed,
}

impl NatsServer {
    /// Renders the configuration, locks the store, starts the server, waits for it and provisions it.
    ///
    /// Dropping the future ends what it has started.
    pub async fn start(
        state: &StateDir,
        config: &BrokerConfig,
        binary: &Path,
        tie: &Tie,
    ) -> Result<Self, StartError> {
        let at_rest_key = keys::load_jetstream_key(state)?;
        let lock = lock::take(state)?;
        write_conf(state, config)?;
        check_port(config.listen)?;
        process::check_conf(state, binary, &at_rest_key).await?;
        let on_disk = streams_on_disk(state);

        let child = process::spawn(state, binary, tie, &at_rest_key, lock)?;
        let pid = child.id().unwrap_or_default();
        let mut server = Self { child, pid, stop_within: config.stop_within };
        let client = server.ready(state, config).await?;
        provision(&client, &on_disk).await?;
        Ok(server)
    }

    /// Its process.
    pub fn pid(&self) -> u32 {
        self.pid
    }

    /// Waits until it ends, for whatever reason.
    pub async fn ended(&mut self) -> io::Result<ExitStatus> {
        self.child.wait().await
    }

    /// Asks it to stop and kills it when it does not in time.
    pub async fn stop(mut self) -> io::Result<Stopped> {
        self.ask_to_stop()?;
        if let Ok(status) = tokio::time::timeout(self.stop_within, self.child.wait()).await {
            return status.map(|_| Stopped::Gracefully);
        }
        self.child.kill().await.map(|()| Stopped::Killed)
    }

    /// Kills it as a crash or a power cut would.
    pub async fn kill(mut self) -> io::Result<()> {
        self.child.kill().await
    }

    #[cfg(unix)]
    fn ask_to_stop(&self) -> io::Result<()> {
        // No id: it has ended and was waited for, so its number may belong to somebody else by now.
        let pid =
            self.child.id().and_then(|id| i32::try_from(id).ok()).and_then(rustix::process::Pid::from_raw);
        match pid {
            Some(pid) => Ok(rustix::process::kill_process(pid, rustix::process::Signal::TERM)?),
            None => Ok(()),
        }
    }

    /// Windows has no signal for a process without a console or service; with `sync_interval: always`
    /// nothing that was acknowledged is lost.
    #[cfg(windows)]
    fn ask_to_stop(&mut self) -> io::Result<()> {
        self.child.start_kill()
    }

    /// Connects as the provisioner as soon as the server lets it.
    async fn ready(
        &mut self,
        state: &StateDir,
        config: &BrokerConfig,
    ) -> Result<async_nats::Client, StartError> {
        let deadline = Instant::now() + config.ready_within;
        loop {
            if let Some(status) = self.child.try_wait().ok().flatten() {
                let log = state.nats_log();
                return Err(StartError::Died { status, reason: process::last_complaint(&log), log });
            }
            let last = match connect::connect(state, config, Identity::Provisioner).await {
                Ok(client) if client.server_info().server_name == config.name => return Ok(client),
                Ok(_) => "another server answers on its port".to_owned(),
                Err(ConnectError::Key(err)) => return Err(err.into()),
                Err(err @ ConnectError::Bus { .. }) => err.to_string(),
            };
            if Instant::now() >= deadline {
                return Err(StartError::NotReady {
                    within: config.ready_within,
                    last,
                    log: state.nats_log(),
                });
            }
            sleep(READY_POLL).await;
        }
    }
}

impl Drop for NatsServer {
    /// Waits for the end: whoever drops a server may remove its folder next.
    fn drop(&mut self) {
        if self.child.start_kill().is_err() {
            return;
        }
        let deadline = std::time::Instant::now() + Duration::from_secs(2);
        while matches!(self.child.try_wait(), Ok(None)) && std::time::Instant::now() < deadline {
            std::thread::sleep(Duration::from_millis(1));
        }
    }
}

fn write_conf(state: &StateDir, config: &BrokerConfig) -> Result<(), StartError> {
    let path = state.nats_conf();
    let conf = nats_server_conf(config, &PublicKeys::load(state)?);
    files::replace(&path, conf.as_bytes()).map_err(|source| StartError::Write { path, source })
}

/// Before nats-server opens any file: a second server would recover the store and only then fail.
fn check_port(listen: SocketAddr) -> Result<(), StartError> {
    match TcpListener::bind(listen) {
        Ok(_) => Ok(()),
        Err(err) if err.kind() == io::ErrorKind::AddrInUse => Err(StartError::PortInUse { listen }),
        Err(source) => Err(StartError::Listen { listen, source }),
    }
}
