//! Linux: services end when this program is killed, so that none is left behind holding ports and files.
//!
//! This program does not start a service but itself, as `dev tied`: that asks the kernel for a signal at the
//! death of its parent and then becomes the service. The request and the process id outlive `exec`. The kernel
//! means the parent's *thread*; ours has one.

use std::{
    ffi::OsString,
    io,
    os::unix::process::CommandExt as _,
    path::PathBuf,
    process::{self, Command, ExitCode},
};

use rustix::process::{Signal, getppid, set_parent_process_death_signal};

use crate::supervisor::Service;

/// This program, also when its file was replaced by a newer build meanwhile.
const OWN_PROGRAM: &str = "/proc/self/exe";

/// Flags of the hidden command `dev tied`.
#[derive(Debug, clap::Args)]
pub struct Tied {
    parent: u32,
    program: PathBuf,
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    args: Vec<OsString>,
}

/// The same service, tied to the life of this process.
pub fn tied(service: Service) -> io::Result<Service> {
    let mut args: Vec<OsString> =
        vec!["tied".into(), process::id().to_string().into(), service.program.into()];
    args.extend(service.args);
    Ok(Service { program: PathBuf::from(OWN_PROGRAM), args, ..service })
}

/// Becomes the service; returns only when that failed.
pub fn run(tied: &Tied) -> ExitCode {
    let error = become_service(tied);
    // The supervisor reads this as the service's last words.
    let _ = io::Write::write_all(
        &mut io::stderr(),
        format!("error: cannot start {}: {error}\n", tied.program.display()).as_bytes(),
    );
    ExitCode::FAILURE
}

fn become_service(tied: &Tied) -> io::Error {
    if let Err(error) = set_parent_process_death_signal(Some(Signal::TERM)) {
        return error.into();
    }
    // The parent may have died before the request: then nobody would ever send the signal.
    let parent = getppid().and_then(|pid| u32::try_from(pid.as_raw_nonzero().get()).ok());
    if parent != Some(tied.parent) {
        return io::Error::other("the program that wanted it is gone");
    }
    Command::new(&tied.program).args(&tied.args).exec()
}
