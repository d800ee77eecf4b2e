//! One running `nats-server`: from the lock on its store to its end.

use std::fs::{File, OpenOptions};
use std::io;
use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use thiserror::Error;
use tokio::process::{Child, Command};
use tokio::time::{Instant, sleep};

use crate::config::BrokerConfig;
use crate::connect::{self, ConnectError};
use crate::keys::{self, Identity, KeyError, PublicKeys};
use crate::lock::{self, LockError};
use crate::provision::{ProvisionError, provision};
use crate::render::{JETSTREAM_KEY_VARIABLE, nats_server_conf};
use crate::state::StateDir;
use crate::store::streams_on_disk;
use crate::{files, secret::Secret};

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

/// Why `nats-server` does not run.
#[derive(Debug, Error)]
pub enum StartError {
    /// A key cannot be used.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// The store is taken.
    #[error(transparent)]
    Lock(#[from] LockError),
    /// Streams or consumer could not be made.
    #[error(transparent)]
    Provision(#[from] ProvisionError),
    /// Something else listens there.
    #[error(
        "port {port} on {ip} is in use by another program: stop that program, or give this office other ports",
        port = listen.port(), ip = listen.ip()
    )]
    PortInUse {
        /// The address.
        listen: SocketAddr,
    },
    /// The address cannot be used at all.
    #[error("cannot listen on {listen}: {source}")]
    Listen {
        /// The address.
        listen: SocketAddr,
        /// What the system said.
        source: io::Error,
    },
    /// A file of the broker cannot be written.
    #[error("cannot write {path}: {source}", path = path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The binary cannot be run.
    #[error("cannot run {binary}: {source}", binary = binary.display())]
    Spawn {
        /// The binary.
        binary: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// `nats-server -t` refused the file.
    #[error("nats-server refuses the configuration {conf}: {reason}", conf = conf.display())]
    Refused {
        /// The file.
        conf: PathBuf,
        /// What nats-server said.
        reason: String,
    },
    /// It ended before it was ready.
    #[error("nats-server ended at once ({status}): {reason}; its log is {log}", log = log.display())]
    Died {
        /// How it ended.
        status: ExitStatus,
        /// The last complaint in its log.
        reason: String,
        /// Its log.
        log: PathBuf,
    },
    /// It runs and does not answer.
    #[error(
        "nats-server did not get ready within {within:?} ({last}): see {log}; a large store needs a longer \
         `ready_within` in broker.toml", log = log.display()
    )]
    NotReady {
        /// The limit.
        within: Duration,
        /// Why the last attempt failed.
        last: String,
        /// Its log.
        log: PathBuf,
    },
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
        check_conf(state, binary, &at_rest_key).await?;
        let on_disk = streams_on_disk(state);

        let child = spawn(state, binary, tie, &at_rest_key, lock)?;
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
                return Err(StartError::Died { status, reason: last_complaint(&log), log });
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

async fn check_conf(state: &StateDir, binary: &Path, at_rest_key: &Secret) -> Result<(), StartError> {
    let mut command = Command::new(binary);
    command.arg("-t").stdin(Stdio::null()).kill_on_drop(true);
    common(&mut command, state, at_rest_key);
    let spawn_error = |source| StartError::Spawn { binary: binary.to_owned(), source };
    let output = command.output().await.map_err(spawn_error)?;
    if output.status.success() {
        return Ok(());
    }
    let reason = String::from_utf8_lossy(&output.stderr).trim().replace('\n', "; ");
    Err(StartError::Refused { conf: state.nats_conf(), reason })
}

fn spawn(state: &StateDir, binary: &Path, tie: &Tie, key: &Secret, lock: File) -> Result<Child, StartError> {
    let log = state.nats_log();
    // Go writes a crash to standard error, which belongs into the log as well.
    let stderr = open_log(&log).map_err(|source| StartError::Write { path: log, source })?;
    let mut command = tied_command(binary, tie);
    common(&mut command, state, key);
    command.stdin(lock).stdout(Stdio::null()).stderr(stderr).kill_on_drop(true);
    command.spawn().map_err(|source| StartError::Spawn { binary: binary.to_owned(), source })
}

fn common(command: &mut Command, state: &StateDir, at_rest_key: &Secret) {
    command
        .args(["-c", "nats-server.conf"])
        .current_dir(state.broker_dir())
        // Quoted, because nats-server parses the value as configuration: hex digits alone can be a number.
        .env(JETSTREAM_KEY_VARIABLE, format!("\"{}\"", at_rest_key.expose()));
}

fn tied_command(binary: &Path, tie: &Tie) -> Command {
    match tie {
        Tie::Group => Command::new(binary),
        Tie::Supervisor(supervisor) => supervised_command(binary, supervisor),
    }
}

#[cfg(target_os = "linux")]
fn supervised_command(binary: &Path, supervisor: &Path) -> Command {
    let mut command = Command::new(supervisor);
    command.arg(crate::tied::SUBCOMMAND).arg(std::process::id().to_string()).arg(binary).process_group(0);
    command
}

#[cfg(all(unix, not(target_os = "linux")))]
fn supervised_command(binary: &Path, _: &Path) -> Command {
    let mut command = Command::new(binary);
    command.process_group(0);
    command
}

#[cfg(windows)]
fn supervised_command(binary: &Path, _: &Path) -> Command {
    const CREATE_NEW_PROCESS_GROUP: u32 = 0x0000_0200;
    let mut command = Command::new(binary);
    command.creation_flags(CREATE_NEW_PROCESS_GROUP);
    command
}

fn open_log(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.create(true).append(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        options.mode(0o600);
    }
    options.open(path)
}

/// The last fatal line, or the last error.
fn last_complaint(log: &Path) -> String {
    let text =
        std::fs::read(log).map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).unwrap_or_default();
    let last =
        |mark: &str| text.lines().rev().find_map(|line| line.split_once(mark)).map(|(_, rest)| rest.trim());
    last("[FTL]").or_else(|| last("[ERR]")).unwrap_or("it gave no reason").to_owned()
}
