//! One running service process.

use std::{
    fs::{File, OpenOptions},
    io::{Read as _, Seek as _, SeekFrom},
    path::Path,
    process::Stdio,
    time::Duration,
};

use anyhow::{Context as _, Result};
use serde::Deserialize;
use tokio::{
    io::{AsyncBufReadExt as _, AsyncReadExt as _, BufReader},
    process::{Child, ChildStdout, Command},
    time::timeout,
};

use super::{Ending, Service};
use crate::process;

/// Longest ready line that is read.
const READY_LINE_BYTES: u64 = 64 * 1024;
/// How much of the end of a log is searched for a service's last sentence.
const LOG_TAIL_BYTES: u64 = 4096;
/// A log larger than this begins anew at the next start.
const LOG_BYTES: u64 = 16 * 1024 * 1024;

/// What a service prints when it can be used.
#[derive(Debug, Clone, Deserialize)]
pub struct ReadyLine {
    /// Its process, as it sees itself.
    pub pid: u32,
    /// Addresses that it listens on.
    #[serde(default)]
    pub listen: Vec<String>,
    /// Address of the bus, told by the broker.
    #[serde(default)]
    pub url: Option<String>,
    /// nats-server's process, told by the broker.
    #[serde(default)]
    pub nats_pid: Option<u32>,
    /// nats-server's version, told by the broker.
    #[serde(default)]
    pub nats_version: Option<String>,
}

/// A process and the way to end it. Dropping it kills the process.
#[derive(Debug)]
pub(super) struct Running {
    child: Child,
    stdout: Option<BufReader<ChildStdout>>,
    log: std::path::PathBuf,
    log_start: u64,
    ready_within: Duration,
    stop_within: Duration,
}

impl Running {
    pub(super) fn spawn(service: &Service) -> Result<Self> {
        let (log, log_start) = open_log(&service.log)?;
        let mut command = Command::new(&service.program);
        command.args(&service.args);
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(log).kill_on_drop(true);
        // Ctrl-C in a terminal goes to its whole process group. Services are in groups of their own, so that
        // they end in order, when told to. On Windows they see Ctrl-C by themselves.
        #[cfg(unix)]
        command.process_group(0);
        let mut child = command.spawn().with_context(|| {
            format!("cannot start the {} ({})", service.component, service.program.display())
        })?;
        let stdout = child.stdout.take().map(BufReader::new);
        Ok(Self {
            child,
            stdout,
            log: service.log.clone(),
            log_start,
            ready_within: service.ready_within,
            stop_within: service.stop_within,
        })
    }

    /// Waits for the ready line; the error is how it ended instead.
    pub(super) async fn ready(&mut self) -> Result<ReadyLine, String> {
        let within = self.ready_within;
        match timeout(within, self.read_ready_line()).await {
            Ok(Some(ready)) => Ok(ready),
            Ok(None) => Err(self.died().await),
            Err(_) => Err(format!(
                "it was not ready within {} s; its log is {}",
                within.as_secs(),
                self.log.display()
            )),
        }
    }

    /// Waits for its death and tells how it came.
    pub(super) async fn died(&mut self) -> String {
        let status = loop {
            tokio::select! {
                status = self.child.wait() => break status,
                // Output after the ready line is of no interest, but an unread pipe would block the service.
                () = discard_some(&mut self.stdout) => {}
            }
        };
        let status = match status {
            Ok(status) => status,
            Err(error) => return error.to_string(),
        };
        let how = process::describe(status);
        // A service that ends by itself says why; one that was killed was in the middle of something else.
        let words = if status.code().is_some() { self.last_words() } else { None };
        match words {
            Some(words) => format!("{how}; it said: {words}"),
            None => how,
        }
    }

    /// Asks it to finish and waits; kills it when it takes too long.
    pub(super) async fn end(mut self) -> Ending {
        if matches!(self.child.try_wait(), Ok(Some(_))) {
            return Ending::Gone;
        }
        ask_to_stop(&self.child);
        let within = self.stop_within;
        if timeout(within, self.died()).await.is_ok() {
            return Ending::Drained;
        }
        // It cannot refuse this one.
        let _ = self.child.kill().await;
        Ending::Killed
    }

    async fn read_ready_line(&mut self) -> Option<ReadyLine> {
        let mut stdout = self.stdout.as_mut()?.take(READY_LINE_BYTES);
        let mut line = String::new();
        while stdout.read_line(&mut line).await.is_ok_and(|read| read > 0) {
            if let Ok(ready) = serde_json::from_str(&line) {
                return Some(ready);
            }
            line.clear();
        }
        None
    }

    /// The last sentence in the log since this process was started.
    fn last_words(&self) -> Option<String> {
        let mut log = File::open(&self.log).ok()?;
        let end = log.metadata().ok()?.len();
        let from = self.log_start.max(end.saturating_sub(LOG_TAIL_BYTES));
        log.seek(SeekFrom::Start(from)).ok()?;
        let mut tail = Vec::new();
        log.take(LOG_TAIL_BYTES).read_to_end(&mut tail).ok()?;
        let tail = String::from_utf8_lossy(&tail);
        process::last_sentence(&tail).map(str::to_owned)
    }
}

/// Reads and forgets; pends for ever once the output has been closed.
async fn discard_some(stdout: &mut Option<BufReader<ChildStdout>>) {
    let Some(reader) = stdout else { return std::future::pending().await };
    let read = reader.fill_buf().await.map_or(0, <[u8]>::len);
    reader.consume(read);
    if read == 0 {
        *stdout = None;
    }
}

#[cfg(unix)]
fn ask_to_stop(child: &Child) {
    use rustix::process::{Pid, Signal, kill_process};
    // No pid means that it has ended and been waited for, so the number cannot be somebody else's.
    let pid = child.id().and_then(|pid| i32::try_from(pid).ok()).and_then(Pid::from_raw);
    if let Some(pid) = pid {
        let _ = kill_process(pid, Signal::TERM);
    }
}

/// Windows has no signal to send; Ctrl-C has reached the process by itself.
#[cfg(not(unix))]
fn ask_to_stop(_child: &Child) {}

/// Opens the log for appending; returns where this process' lines begin.
fn open_log(path: &Path) -> Result<(File, u64)> {
    let mut options = OpenOptions::new();
    options.create(true).append(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let open = || {
        let log = options.open(path)?;
        let length = log.metadata()?.len();
        if length > LOG_BYTES {
            log.set_len(0)?;
            return Ok((log, 0));
        }
        std::io::Result::Ok((log, length))
    };
    open().with_context(|| format!("cannot write the log {}", path.display()))
}
