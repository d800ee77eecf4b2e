//! Why a start failed, in the words that a person reads.

use std::{io, net::SocketAddr, path::PathBuf, process::ExitStatus, time::Duration};

use thiserror::Error;

use crate::{keys::KeyError, lock::LockError, provision::ProvisionError};

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
