//! A broker and a sink process.

use std::{
    path::{Path, PathBuf},
    process::{ExitStatus, Stdio},
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use async_nats::jetstream;
use broker_config::{Identity, throwaway::ThrowawayBroker};
use tokio::{
    io::{AsyncBufReadExt, BufReader, Lines},
    process::{Child, ChildStdout, Command},
};

/// Longer than the half minute that the broker waits before it delivers again.
pub const PATIENCE: Duration = Duration::from_secs(100);

pub struct Sink {
    child: Child,
    stdout: Lines<BufReader<ChildStdout>>,
    log: Arc<Mutex<String>>,
}

impl Sink {
    pub fn start(config: &Path) -> Self {
        Self::spawn(Command::new(env!("CARGO_BIN_EXE_audit-sink")), config)
    }

    /// Runs `command` with the arguments of a sink.
    pub fn spawn(mut command: Command, config: &Path) -> Self {
        command.args(["run", "--json", "--config"]).arg(config);
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
        let mut child = command.spawn().unwrap();
        let stdout = BufReader::new(child.stdout.take().unwrap()).lines();
        let mut stderr = BufReader::new(child.stderr.take().unwrap()).lines();
        let log = Arc::new(Mutex::new(String::new()));
        let kept = Arc::clone(&log);
        tokio::spawn(async move {
            while let Ok(Some(line)) = stderr.next_line().await {
                let mut log = kept.lock().unwrap();
                log.push_str(&line);
                log.push('\n');
            }
        });
        Self { child, stdout, log }
    }

    pub async fn ready(&mut self) -> serde_json::Value {
        let line = tokio::time::timeout(PATIENCE, self.stdout.next_line()).await;
        let line = line.expect("the sink is not ready in time").unwrap();
        let line = line.unwrap_or_else(|| panic!("the sink ended: {}", self.log()));
        serde_json::from_str(&line).unwrap()
    }

    pub fn log(&self) -> String {
        self.log.lock().unwrap().clone()
    }

    pub fn pid(&self) -> u32 {
        self.child.id().unwrap()
    }

    /// As a crash would.
    pub async fn kill(&mut self) {
        self.child.kill().await.unwrap();
    }

    pub async fn terminate(&mut self) -> ExitStatus {
        let pid = rustix::process::Pid::from_raw(i32::try_from(self.pid()).unwrap()).unwrap();
        rustix::process::kill_process(pid, rustix::process::Signal::TERM).unwrap();
        self.ended().await
    }

    pub async fn ended(&mut self) -> ExitStatus {
        tokio::time::timeout(PATIENCE, self.child.wait()).await.expect("the sink does not end").unwrap()
    }
}

pub fn config(broker: &ThrowawayBroker) -> PathBuf {
    broker.state().sink_toml()
}

pub fn audit_dir(broker: &ThrowawayBroker) -> PathBuf {
    broker.state().audit_dir()
}

/// Publishes as gateway gw1 until the broker has it, as the gateway does.
pub async fn publish(context: &jetstream::Context, body: Vec<u8>) {
    let deadline = Instant::now() + PATIENCE;
    while Instant::now() < deadline {
        if let Ok(ack) = context.publish("audit.ev.gw1", body.clone().into()).await
            && ack.await.is_ok()
        {
            return;
        }
    }
    panic!("the broker does not take a batch");
}

pub async fn gateway(broker: &ThrowawayBroker) -> jetstream::Context {
    let mut context = jetstream::new(broker.connect(Identity::Gateway).await.unwrap());
    context.set_timeout(Duration::from_secs(2));
    context
}

/// Looks every few milliseconds until it is so.
pub async fn until(what: &str, mut holds: impl FnMut() -> bool) {
    let deadline = Instant::now() + PATIENCE;
    while !holds() {
        assert!(Instant::now() < deadline, "waited in vain: {what}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}
