//! Runs `cargo dev` the way a script does.

use std::{
    net::TcpListener,
    path::Path,
    process::Stdio,
    sync::atomic::{AtomicU16, Ordering},
    time::{Duration, Instant},
};

use serde_json::Value;
use tokio::{
    io::{AsyncBufReadExt as _, BufReader, Lines},
    process::{Child, ChildStdout, Command},
    time::timeout,
};

/// Longer than any machine should need; only a test that fails waits that long.
pub const LONG: Duration = Duration::from_secs(60);
/// The first start of all may have to build everything.
const FIRST_START: Duration = Duration::from_secs(20 * 60);

/// `cargo dev ARGS`.
pub fn dev(args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_dev"));
    command.args(args).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
    command
}

/// Three free ports in a row, below the range that the system hands out by itself. No two calls get the same.
pub fn free_ports() -> u16 {
    static NEXT: AtomicU16 = AtomicU16::new(0);
    let first = 8000 + u16::try_from(std::process::id() % 1000).unwrap() * 20;
    std::iter::repeat_with(|| first + NEXT.fetch_add(4, Ordering::Relaxed))
        .take(500)
        .find(|base| (*base..*base + 3).all(|port| TcpListener::bind(("127.0.0.1", port)).is_ok()))
        .expect("three free ports in a row")
}

/// A running `cargo dev up --json`.
pub struct Up {
    pub process: Child,
    lines: Lines<BufReader<ChildStdout>>,
}

impl Up {
    pub fn start(state: &Path, port_base: u16) -> Self {
        let port_base = port_base.to_string();
        let mut command = dev(&["up", "--json", "--port-base", &port_base, "--state"]);
        let mut process = command.arg(state).stderr(Stdio::inherit()).spawn().expect("starts");
        let lines = BufReader::new(process.stdout.take().expect("piped")).lines();
        Self { process, lines }
    }

    /// The next event of this name; fails on `error` and when there is none in time.
    pub async fn event(&mut self, name: &str) -> Value {
        let wait = async {
            loop {
                let line = self.lines.next_line().await.expect("readable").expect("ended before the event");
                let event: Value = serde_json::from_str(&line).expect("JSON");
                assert!(name == "error" || event["event"] != "error", "{event}");
                if event["event"] == name {
                    return event;
                }
            }
        };
        let within = if name == "ready" { FIRST_START } else { LONG };
        timeout(within, wait).await.unwrap_or_else(|_| panic!("no {name} in time"))
    }

    /// Asks for the end, waits for it, returns the exit code.
    pub async fn stop(mut self) -> i32 {
        signal(self.process.id().expect("runs"), "TERM");
        self.event("stopped").await;
        timeout(LONG, self.process.wait())
            .await
            .expect("ends")
            .expect("waited for")
            .code()
            .expect("exit code")
    }
}

/// Sends a signal by name.
pub fn signal(pid: impl TryInto<i32>, name: &str) {
    use rustix::process::{Pid, Signal, kill_process};
    let signal = if name == "KILL" { Signal::KILL } else { Signal::TERM };
    let pid = pid.try_into().ok().and_then(Pid::from_raw).expect("a process id");
    kill_process(pid, signal).expect("signal sent");
}

/// Whether a process is there and has not ended.
pub fn lives(pid: u64) -> bool {
    std::fs::read_to_string(format!("/proc/{pid}/stat")).is_ok_and(|stat| !stat.contains(") Z "))
}

/// Waits until `condition` holds.
pub async fn wait_for(what: &str, condition: impl Fn() -> bool) {
    let began = Instant::now();
    while !condition() {
        assert!(began.elapsed() < LONG, "not in time: {what}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}
