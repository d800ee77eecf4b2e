//! Keeps the services of an office running.
//!
//! Each service has one keeper: a task that owns the process, starts it again when it dies, and gives up
//! when that does not help. The supervisor owns the keepers. Services start one after the other, each when
//! the one before is ready, and stop in the opposite order, each with a deadline:
//!
//! ```text
//! start   broker -> sink -> gateway          stop   gateway -> sink -> broker
//! ```
//!
//! The gateway stops first, so that nothing new comes in; the sink then writes what the broker still holds.

mod child;
mod keeper;
mod policy;
#[cfg(test)]
mod tests;

use std::{path::PathBuf, time::Duration};

use anyhow::{Context as _, Result};
use tokio::{sync::mpsc, task::JoinHandle};
use tokio_util::sync::CancellationToken;

pub use self::{child::ReadyLine, policy::Policy};
use self::{child::Running, keeper::Keeper};

/// Notices that wait to be read. Each service can send two per death and dies a few times at most before it
/// is given up, so a full queue means that nobody reads; keepers then wait, and no notice is lost.
const NOTICES: usize = 32;

/// What to run, and how long it may take.
#[derive(Debug, Clone)]
pub struct Service {
    /// Its name in sentences and in JSON.
    pub component: &'static str,
    /// The program.
    pub program: PathBuf,
    /// Its arguments.
    pub args: Vec<std::ffi::OsString>,
    /// Where its standard error goes.
    pub log: PathBuf,
    /// Bound on the time from start to its ready line.
    pub ready_within: Duration,
    /// Bound on the time from being asked to stop to its end.
    pub stop_within: Duration,
}

/// What happened to a service.
#[derive(Debug)]
pub enum Notice {
    /// It died and will be started again.
    Died {
        /// Which one.
        component: &'static str,
        /// How it ended, and the last thing that it said.
        cause: String,
    },
    /// It is ready again.
    Restarted {
        /// Which one.
        component: &'static str,
        /// What it said when it was ready.
        ready: ReadyLine,
    },
    /// It died too often; it stays down.
    GivenUp {
        /// Which one.
        component: &'static str,
        /// How it ended the last time.
        cause: String,
    },
}

/// How a service ended when it was stopped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    /// It finished what it had in hand and ended.
    Drained,
    /// It did not end in time and was killed.
    Killed,
    /// It was not running.
    Gone,
}

/// The running services.
#[derive(Debug)]
pub struct Supervisor {
    policy: Policy,
    notices: mpsc::Sender<Notice>,
    kept: Vec<Kept>,
}

#[derive(Debug)]
struct Kept {
    component: &'static str,
    stop: CancellationToken,
    task: JoinHandle<Ending>,
}

impl Supervisor {
    /// A supervisor of nothing yet, and what it will tell.
    pub fn new(policy: Policy) -> (Self, mpsc::Receiver<Notice>) {
        let (notices, receiver) = mpsc::channel(NOTICES);
        (Self { policy, notices, kept: Vec::new() }, receiver)
    }

    /// Starts a service, waits until it is ready, and keeps it running from then on.
    ///
    /// A service that dies before it was ever ready has a reason that starting again will not cure.
    pub async fn start(&mut self, service: Service) -> Result<ReadyLine> {
        let component = service.component;
        let mut running = Running::spawn(&service)?;
        let ready = match running.ready().await {
            Ok(ready) => ready,
            Err(cause) => {
                running.end().await;
                anyhow::bail!("the {component} did not start: {cause}");
            }
        };
        let stop = CancellationToken::new();
        let keeper = Keeper::new(service, self.policy, self.notices.clone(), stop.clone());
        let task = tokio::spawn(keeper.keep(running));
        self.kept.push(Kept { component, stop, task });
        Ok(ready)
    }

    /// Stops everything, last started first, and tells how each ended.
    pub async fn stop(mut self) -> Result<Vec<(&'static str, Ending)>> {
        let mut endings = Vec::new();
        while let Some(kept) = self.kept.pop() {
            kept.stop.cancel();
            // Bounded: a keeper that is told to stop waits no longer than `stop_within`.
            let ending =
                kept.task.await.with_context(|| format!("the keeper of the {} broke", kept.component))?;
            endings.push((kept.component, ending));
        }
        Ok(endings)
    }
}

impl Drop for Supervisor {
    fn drop(&mut self) {
        // Only on the way out after an error: the processes are killed with the tasks that own them.
        for kept in &self.kept {
            kept.task.abort();
        }
    }
}
