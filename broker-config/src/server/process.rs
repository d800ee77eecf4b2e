//! The child process: its arguments, its environment, its log.

use std::{
    fs::{File, OpenOptions},
    io,
    path::Path,
    process::Stdio,
};

use tokio::process::{Child, Command};

use super::{StartError, Tie};
use crate::{render::JETSTREAM_KEY_VARIABLE, secret::Secret, state::StateDir};

/// Has nats-server itself read the configuration before any file of the store is opened.
pub(super) async fn check_conf(
    state: &StateDir,
    binary: &Path,
    at_rest_key: &Secret,
) -> Result<(), StartError> {
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

/// Starts the server, which takes the lock with it.
pub(super) fn spawn(
    state: &StateDir,
    binary: &Path,
    tie: &Tie,
    key: &Secret,
    lock: File,
) -> Result<Child, StartError> {
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
pub(super) fn last_complaint(log: &Path) -> String {
    let text =
        std::fs::read(log).map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).unwrap_or_default();
    let last =
        |mark: &str| text.lines().rev().find_map(|line| line.split_once(mark)).map(|(_, rest)| rest.trim());
    last("[FTL]").or_else(|| last("[ERR]")).unwrap_or("it gave no reason").to_owned()
}
