//! One `nats-server` per store: two of them on the same files lose acknowledged events.
//!
//! The lock must live exactly as long as the server that uses the store, not as long as the program that
//! started it: a supervisor may be killed while its server runs on. So the open lock file becomes the
//! server's standard input, which it never reads. On Unix `flock` belongs to the open file and is gone
//! when the last process that has it open ends. On Windows the file is opened without sharing, and a file
//! stays open as long as any process has a handle to it: the same life, by another rule.

use std::{
    fs::{File, OpenOptions},
    io,
};

use thiserror::Error;

use crate::state::StateDir;

/// Why the store cannot be used.
#[derive(Debug, Error)]
pub enum LockError {
    /// A server has it.
    #[error(
        "the store in {store} is in use by {holder}: stop that office first (Ctrl-C where it runs{hint}), or \
         choose another folder with --state"
    )]
    Held {
        /// The store's folder.
        store: String,
        /// As well as it is known.
        holder: String,
        /// How to end a server that has lost its supervisor.
        hint: String,
    },
    /// The disk or its permissions.
    #[error("cannot lock {path}: {source}")]
    Io {
        /// The lock file.
        path: String,
        /// What the system said.
        source: io::Error,
    },
}

/// Takes the store's lock; it is held until every copy of the file is closed.
pub(crate) fn take(state: &StateDir) -> Result<File, LockError> {
    match try_take(state) {
        Ok(Some(file)) => Ok(file),
        Ok(None) => Err(held(state)),
        Err(source) => Err(LockError::Io { path: state.lock_file().display().to_string(), source }),
    }
}

#[cfg(unix)]
fn try_take(state: &StateDir) -> io::Result<Option<File>> {
    use std::{fs::TryLockError, os::unix::fs::OpenOptionsExt};

    let file = OpenOptions::new()
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .mode(0o600)
        .open(state.lock_file())?;
    match file.try_lock() {
        Ok(()) => Ok(Some(file)),
        Err(TryLockError::WouldBlock) => Ok(None),
        Err(TryLockError::Error(err)) => Err(err),
    }
}

#[cfg(windows)]
fn try_take(state: &StateDir) -> io::Result<Option<File>> {
    use std::os::windows::fs::OpenOptionsExt;

    const ERROR_SHARING_VIOLATION: i32 = 32;
    let opened = OpenOptions::new()
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .share_mode(0)
        .open(state.lock_file());
    match opened {
        Ok(file) => Ok(Some(file)),
        Err(err) if err.raw_os_error() == Some(ERROR_SHARING_VIOLATION) => Ok(None),
        Err(err) => Err(err),
    }
}

fn held(state: &StateDir) -> LockError {
    let (holder, hint) = match recorded_pid(state) {
        Some(pid) => {
            (format!("nats-server, process {pid}"), format!("; if nothing runs there: {}", kill_command(pid)))
        }
        None => ("another nats-server".to_owned(), String::new()),
    };
    LockError::Held { store: state.store_dir().display().to_string(), holder, hint }
}

/// The process that `nats-server` itself recorded; stale after a crash, so only for messages.
pub(crate) fn recorded_pid(state: &StateDir) -> Option<u32> {
    std::fs::read_to_string(state.pid_file()).ok()?.trim().parse().ok()
}

/// What a person types to end a server.
pub(crate) fn kill_command(pid: u32) -> String {
    if cfg!(windows) { format!("taskkill /F /PID {pid}") } else { format!("kill {pid}") }
}
