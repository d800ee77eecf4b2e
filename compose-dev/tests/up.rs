//! A whole office, started, disturbed and stopped, as `cargo dev up --json` tells it.

#![cfg(target_os = "linux")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs,
    unreachable_pub,
    dead_code
)]

mod support;

use std::{
    io::{Read as _, Write as _},
    net::TcpStream,
};

use serde_json::Value;
use support::{Up, dev, free_ports, lives, signal, wait_for};

const COMPONENTS: [&str; 4] = ["broker", "nats", "gateway", "sink"];

fn pid(ready: &Value, component: &str) -> u64 {
    ready["pids"][component].as_u64().expect("a process")
}

fn get(page: &str) -> String {
    let address = page.trim_start_matches("http://").trim_end_matches('/');
    let mut stream = TcpStream::connect(address).expect("page is served");
    stream
        .write_all(b"GET /v2/location/x/dashboard HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        .expect("asked");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("answered");
    answer
}

#[tokio::test]
async fn office_starts_serves_and_stops_leaving_nothing_behind() {
    let state = tempfile::tempdir().expect("folder");
    let base = free_ports();
    let mut up = Up::start(state.path(), base);
    let ready = up.event("ready").await;
    for component in COMPONENTS {
        assert!(lives(pid(&ready, component)), "{component}");
    }
    let founding = ready["founding_text"].as_str().expect("first start says how to open the office");
    assert!(founding.starts_with("crmplus-chat://open/"), "{founding}");
    assert!(get(ready["page"].as_str().expect("address")).starts_with("HTTP/1.1 200"));
    for browser in ["chrome", "edge", "firefox"] {
        let folder = ready["extension"][browser].as_str().expect("folder");
        assert!(std::path::Path::new(folder).join("manifest.json").is_file(), "{browser}");
    }
    let gateway = ready["gateway"][0].as_str().expect("address").trim_start_matches("ws://");
    TcpStream::connect(gateway).expect("gateway listens");

    assert_eq!(up.stop().await, 0);
    for component in COMPONENTS {
        assert!(!lives(pid(&ready, component)), "{component} was left behind");
    }
    assert!(!state.path().join("office.json").exists());
    TcpStream::connect(gateway).expect_err("nobody listens any more");
}

#[tokio::test]
async fn killed_services_come_back_and_the_record_follows() {
    let state = tempfile::tempdir().expect("folder");
    let mut up = Up::start(state.path(), free_ports());
    let ready = up.event("ready").await;
    for component in ["gateway", "sink", "broker"] {
        signal(i32::try_from(pid(&ready, component)).expect("fits"), "KILL");
        let died = up.event("died").await;
        assert_eq!((&died["component"], &died["cause"]), (&component.into(), &"killed by signal 9".into()));
        let restarted = up.event("restarted").await;
        assert_eq!(restarted["component"], component);
        let record = std::fs::read_to_string(state.path().join("office.json")).expect("record");
        let record: Value = serde_json::from_str(&record).expect("JSON");
        assert_eq!(record["pids"][component], restarted["pid"]);
    }
    // Not its own child, but the broker's: the broker ends with it and is started again.
    let record = std::fs::read_to_string(state.path().join("office.json")).expect("record");
    let record: Value = serde_json::from_str(&record).expect("JSON");
    signal(i32::try_from(pid(&record, "nats")).expect("fits"), "KILL");
    assert_eq!(up.event("restarted").await["component"], "broker");
    assert_eq!(up.stop().await, 0);
}

#[tokio::test]
async fn killed_office_leaves_no_process_and_starts_again() {
    let state = tempfile::tempdir().expect("folder");
    let base = free_ports();
    let mut up = Up::start(state.path(), base);
    let ready = up.event("ready").await;
    up.process.kill().await.expect("killed");
    for component in COMPONENTS {
        wait_for(component, || !lives(pid(&ready, component))).await;
    }
    let mut up = Up::start(state.path(), base);
    up.event("ready").await;
    assert_eq!(up.stop().await, 0);
}

#[tokio::test]
async fn second_up_on_the_same_state_is_refused_while_invites_and_audit_work() {
    let state = tempfile::tempdir().expect("folder");
    let folder = state.path().display().to_string();
    let mut up = Up::start(state.path(), free_ports());
    up.event("ready").await;

    let mut second = Up::start(state.path(), free_ports());
    let error = second.event("error").await;
    assert!(error["message"].as_str().expect("sentence").contains("already running"), "{error}");

    let invite = dev(&["invite", "Robin Sample", "--json", "--state", &folder]).output().await.expect("runs");
    assert!(invite.status.success(), "{invite:?}");
    let invite: Value = serde_json::from_slice(&invite.stdout).expect("JSON");
    assert_eq!((&invite["name"], &invite["role"]), (&"Robin Sample".into(), &"staff".into()));

    let audit =
        dev(&["audit", "--state", &folder, "query", "--format", "jsonl"]).output().await.expect("runs");
    assert!(audit.status.success(), "{audit:?}");
    assert_eq!(up.stop().await, 0);
}
