//! The program `broker-config run` as a person or a supervisor sees it.
#![cfg(unix)]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs,
    unreachable_pub
)]

use std::{
    io::{BufRead, BufReader, Read},
    net::TcpListener,
    path::{Path, PathBuf},
    process::{Child, Command, ExitStatus, Stdio},
    time::{Duration, Instant},
};

use rustix::process::{Pid, Signal, kill_process, test_kill_process};
use serde_json::Value;
use tempfile::TempDir;

const PATIENCE: Duration = Duration::from_secs(20);

struct Office {
    dir: TempDir,
    port: u16,
}

impl Office {
    fn make() -> Self {
        let dir = TempDir::new().unwrap();
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let office = Self { dir, port };
        let port = office.port.to_string();
        let made = office.command("init").args(["--port", &port]).output().unwrap();
        assert!(made.status.success(), "{made:?}");
        office
    }

    fn state(&self) -> PathBuf {
        self.dir.path().join("state")
    }

    fn command(&self, command: &str) -> Command {
        let mut broker = Command::new(env!("CARGO_BIN_EXE_broker-config"));
        broker.arg(command).arg("--state").arg(self.state());
        broker
    }

    /// Starts the broker and waits for its line.
    fn run(&self) -> Running {
        let mut run = self.command("run");
        let mut child = run.arg("--json").stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let ready = serde_json::from_str(&line).unwrap_or_else(|_| panic!("{}", said(&mut child)));
        Running { child, ready }
    }

    /// Starts a broker that is expected to fail, and returns what it says.
    fn fail(&self) -> String {
        let failed = self.command("run").output().unwrap();
        assert_eq!(failed.status.code(), Some(1));
        assert!(failed.stdout.is_empty());
        String::from_utf8(failed.stderr).unwrap()
    }
}

struct Running {
    child: Child,
    ready: Value,
}

impl Running {
    fn nats_pid(&self) -> Pid {
        pid(self.ready["nats_pid"].as_i64().unwrap())
    }

    fn signal(&self, signal: Signal) {
        kill_process(pid(self.child.id().into()), signal).unwrap();
    }

    fn end(&mut self) -> (ExitStatus, String) {
        let deadline = Instant::now() + PATIENCE;
        while self.child.try_wait().unwrap().is_none() {
            assert!(Instant::now() < deadline, "the broker does not end");
            std::thread::yield_now();
        }
        (self.child.wait().unwrap(), said(&mut self.child))
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn said(child: &mut Child) -> String {
    let mut said = String::new();
    child.stderr.take().unwrap().read_to_string(&mut said).unwrap();
    said
}

fn pid(number: i64) -> Pid {
    Pid::from_raw(number.try_into().unwrap()).unwrap()
}

fn wait_until_gone(process: Pid) {
    let deadline = Instant::now() + PATIENCE;
    while test_kill_process(process).is_ok() {
        assert!(Instant::now() < deadline, "nats-server is left behind");
        std::thread::yield_now();
    }
}

#[test]
fn a_stop_signal_ends_both_and_is_no_failure() {
    for signal in [Signal::TERM, Signal::INT] {
        let office = Office::make();
        let mut running = office.run();
        assert_eq!(running.ready["event"], "ready");
        assert_eq!(running.ready["component"], "broker");
        assert_eq!(running.ready["url"], format!("nats://127.0.0.1:{}", office.port));
        assert_eq!(running.ready["pid"], running.child.id());

        running.signal(signal);
        let (status, said) = running.end();

        assert!(status.success(), "{said}");
        assert!(test_kill_process(running.nats_pid()).is_err());
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_killed_supervisor_takes_nats_server_along() {
    let office = Office::make();
    let mut running = office.run();

    running.signal(Signal::KILL);
    running.end();

    wait_until_gone(running.nats_pid());
    // And the office starts again as if nothing had happened.
    assert_eq!(office.run().ready["event"], "ready");
}

#[test]
fn a_nats_server_that_dies_is_reported() {
    let office = Office::make();
    let mut running = office.run();

    kill_process(running.nats_pid(), Signal::KILL).unwrap();
    let (status, said) = running.end();

    assert_eq!(status.code(), Some(1));
    let expected = format!("nats-server (process {}) ended by itself", running.ready["nats_pid"]);
    assert!(said.contains(&expected), "{said}");
}

#[test]
fn a_second_start_says_who_has_the_store() {
    let office = Office::make();
    let running = office.run();

    let said = office.fail();

    let expected = format!("is in use by nats-server, process {}", running.ready["nats_pid"]);
    assert!(said.contains(&expected), "{said}");
}

#[test]
fn a_port_in_use_is_named() {
    let office = Office::make();
    let _taken = TcpListener::bind(("127.0.0.1", office.port)).unwrap();

    let said = office.fail();

    assert!(
        said.contains(&format!("port {} on 127.0.0.1 is in use by another program", office.port)),
        "{said}"
    );
}

#[test]
fn a_configured_nats_server_that_is_none_is_an_error() {
    let office = Office::make();
    let config = office.state().join("broker.toml");
    let text = std::fs::read_to_string(&config).unwrap();
    std::fs::write(&config, format!("nats_server = \"/bin/echo\"\n{text}")).unwrap();

    let said = office.fail();

    assert!(said.contains("/bin/echo does not say that it is nats-server"), "{said}");
    assert!(said.contains("`nats_server` in broker.toml"), "{said}");
}

#[test]
fn an_office_that_was_never_made_is_an_error() {
    let dir = TempDir::new().unwrap();
    let run =
        Command::new(env!("CARGO_BIN_EXE_broker-config")).arg("run").arg("--state").arg(dir.path()).output();

    let run = run.unwrap();

    assert_eq!(run.status.code(), Some(1));
    assert!(String::from_utf8(run.stderr).unwrap().contains("run `broker-config init --state"));
}

#[test]
fn a_missing_argument_is_a_usage_error() {
    let run = Command::new(env!("CARGO_BIN_EXE_broker-config")).arg("run").output().unwrap();

    assert_eq!(run.status.code(), Some(2));
}

#[cfg(target_os = "linux")]
#[test]
fn only_the_bus_is_open_and_only_on_loopback() {
    let office = Office::make();
    let running = office.run();

    let listeners = listeners(running.nats_pid());

    // 127.0.0.1 as the kernel writes it, and the port in hex.
    assert_eq!(listeners, [format!("0100007F:{:04X}", office.port)]);
}

/// The addresses on which a process listens, from `/proc`.
#[cfg(target_os = "linux")]
fn listeners(process: Pid) -> Vec<String> {
    let of_process = Path::new("/proc").join(process.as_raw_nonzero().to_string());
    let descriptors = std::fs::read_dir(of_process.join("fd")).unwrap();
    let links = descriptors.filter_map(|entry| std::fs::read_link(entry.unwrap().path()).ok());
    let sockets: Vec<_> = links
        .filter_map(|link| Some(link.to_str()?.strip_prefix("socket:[")?.trim_end_matches(']').to_owned()))
        .collect();
    let mut listeners = Vec::new();
    for table in ["tcp", "tcp6"] {
        let table = std::fs::read_to_string(of_process.join("net").join(table)).unwrap_or_default();
        for row in table.lines().skip(1) {
            let columns: Vec<_> = row.split_whitespace().collect();
            let is_listening = columns[3] == "0A";
            if is_listening && sockets.iter().any(|socket| socket == columns[9]) {
                listeners.push(columns[1].to_owned());
            }
        }
    }
    listeners
}

#[test]
fn check_proves_the_permissions() {
    let office = Office::make();

    let check = office.command("check").output().unwrap();

    let said = String::from_utf8(check.stdout).unwrap();
    assert!(check.status.success(), "{}", String::from_utf8_lossy(&check.stderr));
    assert!(said.contains(" 0 wrong"), "{said}");
}
