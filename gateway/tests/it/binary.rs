//! The program as an operator starts it.

use std::process::Stdio;

use broker_config::throwaway::ThrowawayBroker;
use protocol::{
    error::ErrorCode,
    frame::Visitor,
    id::UserId,
    roster::{OfficeOpened, Policy, Roster},
    signature::Role,
    text::Founding,
};
use serde_json::Value;
use tokio::{
    io::{AsyncBufReadExt, BufReader},
    process::{Child, Command},
};

use crate::support::{
    device::{Device, Person, key, visit},
    soon,
};

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
async fn the_founding_text_opens_the_office_once_and_people_are_listed() {
    let broker = ThrowawayBroker::start().await.unwrap();
    let (mut child, ready) = start(&broker).await;
    assert_eq!((&ready["event"], &ready["component"]), (&"ready".into(), &"gateway".into()));
    assert_eq!(ready["pid"], child.id().unwrap());
    let address = ready["listen"][0].as_str().unwrap().strip_prefix("ws://").unwrap().parse().unwrap();
    let people = json(&broker, &["people", "--json"]).await;
    assert_eq!((&people["open"], &people["users"]), (&false.into(), &serde_json::json!([])));

    let printed = json(&broker, &["founding-text", "--json"]).await;
    let founding = Founding::from_text(printed["text"].as_str().unwrap()).unwrap();
    assert_eq!(printed["office"], founding.office.to_string());
    let plain = soon("the answer", gateway(&broker, &["founding-text"]).output()).await.unwrap();
    let plain = String::from_utf8(plain.stdout).unwrap();
    assert_eq!(plain.lines().last(), printed["text"].as_str(), "the same text every time");
    let person = Person::new(founding.office, founding.gateway_key, UserId::from_bytes([7; 16]));
    let device = Device::of(&person);
    let opening = OfficeOpened {
        office_key: key(Role::Office).public().clone(),
        name: "Riverside Family Practice".to_owned(),
        policy: Policy::default(),
        founder: person.user,
        founder_name: "Fay Founder".to_owned(),
        identity: person.identity.public().clone(),
        certificate: device.certificate.clone(),
    };
    // Signed by another key than the one it names, and then by the right one.
    let office_key = key(Role::Office);
    let opening = OfficeOpened { office_key: office_key.public().clone(), ..opening };
    let entry =
        |key| crate::support::entry(&Roster::new(), founding.office, None, key, opening.clone().into());
    let mut line = device.dial(address).await;
    line.send(visit(Visitor::Founder, &founding.secret.signing_key().unwrap(), &line)).await;
    line.visiting().await;
    let another = key(Role::Office);
    assert_eq!(line.append(vec![entry(&another)]).await, Err(ErrorCode::BadSignature));
    assert_eq!(line.append(vec![entry(&office_key)]).await, Ok(1));
    line.send(device.authentication(&line)).await;
    line.welcomed().await;

    let people = json(&broker, &["people", "--json"]).await;
    let founder = &people["users"][0];
    assert_eq!((&founder["name"], &founder["role"]), (&"Fay Founder".into(), &"admin".into()));
    assert_eq!((&founder["devices"][0], &founder["invited"]), (&device.id.to_string().into(), &false.into()));
    let again = soon("the answer", gateway(&broker, &["founding-text"]).output()).await.unwrap();
    assert_eq!(again.status.code(), Some(1));
    let told = String::from_utf8(again.stderr).unwrap();
    assert!(
        told.starts_with("gateway: the office is open already; an administrator invites people"),
        "{told}"
    );
    assert_eq!((told.lines().count(), again.stdout.len()), (1, 0), "{told}");

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
