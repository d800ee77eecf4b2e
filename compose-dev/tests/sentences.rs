//! What goes wrong before anything is built or started ends in one clear sentence, and touches nothing.

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

use std::{fs, net::TcpListener, process::Output};

use serde_json::Value;
use support::{dev, free_ports};

async fn run(args: &[&str]) -> Output {
    dev(args).output().await.expect("runs")
}

/// The sentence of a command that must fail, from its JSON.
async fn sentence(args: &[&str]) -> String {
    let output = run(args).await;
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    let stdout = String::from_utf8(output.stdout).expect("text");
    let last: Value = serde_json::from_str(stdout.lines().last().expect("a line")).expect("JSON");
    assert_eq!(last["event"], "error");
    last["message"].as_str().expect("a sentence").to_owned()
}

#[tokio::test]
async fn port_in_use_is_named() {
    let state = tempfile::tempdir().expect("folder");
    let base = free_ports();
    let _taken = TcpListener::bind(("127.0.0.1", base + 1)).expect("free a moment ago");
    let folder = state.path().join("office").display().to_string();
    let sentence = sentence(&["up", "--json", "--state", &folder, "--port-base", &base.to_string()]).await;
    assert!(sentence.starts_with(&format!("port {} for the gateway is in use", base + 1)), "{sentence}");
}

#[tokio::test]
async fn state_of_another_version_is_refused_and_left_alone() {
    let state = tempfile::tempdir().expect("folder");
    fs::write(state.path().join("VERSION"), "99").expect("written");
    let folder = state.path().display().to_string();
    let sentence = sentence(&["up", "--json", "--state", &folder]).await;
    assert!(sentence.contains("another version"), "{sentence}");
    assert_eq!(fs::read_dir(state.path()).expect("listed").count(), 1);
}

#[tokio::test]
async fn invite_without_an_office_says_how_to_start_one() {
    let state = tempfile::tempdir().expect("folder");
    let folder = state.path().display().to_string();
    let sentence = sentence(&["invite", "Robin Sample", "--json", "--state", &folder]).await;
    assert!(sentence.contains("no office is running in") && sentence.contains("cargo dev up"), "{sentence}");
}

#[tokio::test]
async fn unknown_part_is_a_usage_error_that_lists_the_parts() {
    let output = run(&["test", "--only", "everything"]).await;
    assert_eq!(output.status.code(), Some(2));
    let stderr = String::from_utf8(output.stderr).expect("text");
    assert!(stderr.contains("web-lint"), "{stderr}");
    let list = String::from_utf8(run(&["test", "--list"]).await.stdout).expect("text");
    assert_eq!(list.lines().count(), 13, "{list}");
}
