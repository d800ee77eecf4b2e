//! The program as an operator starts it.

use std::process::Stdio;

use broker_config::throwaway::ThrowawayBroker;
use serde_json::Value;
use tokio::{
    io::{AsyncBufReadExt, BufReader},
    process::{Child, Command},
};

use crate::support::{device::Device, soon};

fn gateway(broker: &ThrowawayBroker, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_gateway"));
    command.arg(arguments[0]).arg("--config").arg(broker.state().gateway_toml()).args(&arguments[1..]);
    command.env_remove("RUST_LOG").stdin(Stdio::null()).kill_on_drop(true);
    command
}

async fn json(broker: &ThrowawayBroker, arguments: &[&str]) -> Value {
    let output = soon("the answer", gateway(broker, arguments).output()).await.unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(output.stderr.is_empty(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

async fn start(broker: &ThrowawayBroker) -> (Child, Value) {
    let mut child =
        gateway(broker, &["run", "--json"]).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let ready = soon("the ready line", lines.next_line()).await.unwrap().unwrap();
    (child, serde_json::from_str(&ready).unwrap())
}

#[tokio::test]
async fn run_invite_and_people_work_together() {
    let broker = ThrowawayBroker::start().await.unwrap();
    let (mut child, ready) = start(&broker).await;
    assert_eq!((&ready["event"], &ready["component"]), (&"ready".into(), &"gateway".into()));
    assert_eq!(ready["pid"], child.id().unwrap());
    let address = ready["listen"][0].as_str().unwrap().strip_prefix("ws://").unwrap().parse().unwrap();

    let invited =
        json(&broker, &["invite", "--name", "Ana Rivera", "--role", "admin", "--ttl", "2h", "--json"]).await;
    let people = json(&broker, &["people", "--json"]).await;
    assert_eq!(people["users"][0]["name"], "Ana Rivera");
    assert_eq!(
        (&people["users"][0]["invited"], &people["users"][0]["role"]),
        (&true.into(), &"admin".into())
    );

    let invite = protocol::invite::Invite::from_text(invited["text"].as_str().unwrap()).unwrap();
    assert_eq!(invited["invite"], invite.invite.to_string());
    let device = Device::new(invite);
    let line = device.enrol(address).await;
    let people = json(&broker, &["people", "--json"]).await;
    assert_eq!(people["users"][0]["devices"][0], device.id.to_string());
    assert_eq!(people["users"][0]["invited"], false);
    assert_eq!(people["users"][0]["user"], invited["user"]);

    drop(line);
    #[cfg(unix)]
    {
        let pid = child.id().unwrap().to_string();
        assert!(std::process::Command::new("kill").arg(pid).status().unwrap().success());
        assert!(soon("the end", child.wait()).await.unwrap().success(), "SIGTERM is an order, not a failure");
    }
    #[cfg(not(unix))]
    child.kill().await.unwrap();
}

#[tokio::test]
async fn a_typo_ends_the_start_with_one_sentence() {
    let broker = ThrowawayBroker::start().await.unwrap();
    let path = broker.state().gateway_toml();
    let text = std::fs::read_to_string(&path).unwrap();
    std::fs::write(&path, text.replace("allowed_origins", "alowed_origins")).unwrap();

    let output = soon("the end", gateway(&broker, &["run"]).output()).await.unwrap();

    assert_eq!(output.status.code(), Some(1));
    let told = String::from_utf8(output.stderr).unwrap();
    assert!(told.starts_with("gateway: the configuration file "), "{told}");
    assert!(told.contains("unknown key `alowed_origins`"), "{told}");
    assert_eq!(told.lines().count(), 1, "{told}");
}

#[tokio::test]
async fn wrong_usage_is_told_from_failure() {
    let output = Command::new(env!("CARGO_BIN_EXE_gateway")).arg("serve").output().await.unwrap();

    assert_eq!(output.status.code(), Some(2));
}
