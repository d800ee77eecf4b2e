//! Linux: ends `nats-server` when its supervisor is killed, so that no server is left behind unseen.
//!
//! The supervisor does not start `nats-server` but this program again, which asks the kernel for a signal
//! at the death of its parent and then becomes `nats-server`: the request outlives `exec`. It needs
//! neither `unsafe` nor a hook between `fork` and `exec`. The kernel means the parent *thread*, so the
//! supervisor starts it from its main thread.

use std::{io, os::unix::process::CommandExt, path::Path, process::Command};

use rustix::process::{Signal, getppid, set_parent_process_death_signal};

/// The hidden subcommand: `broker-config tied PARENT_PID PROGRAM ARGS...`
pub const SUBCOMMAND: &str = "tied";

/// Becomes `program`; returns only when that failed.
pub fn exec(parent: u32, program: &Path, args: &[String]) -> io::Error {
    if let Err(err) = set_parent_process_death_signal(Some(Signal::TERM)) {
        return err.into();
    }
    // The parent may have died before the request: then nobody would ever send the signal.
    let still_there = getppid().is_some_and(|pid| u32::try_from(pid.as_raw_nonzero().get()) == Ok(parent));
    if !still_there {
        return io::Error::other("the supervisor is gone");
    }
    Command::new(program).args(args).exec()
}
