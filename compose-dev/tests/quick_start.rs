//! A second start builds nothing. In a file of its own, so that nothing else runs while it is timed.

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

use std::time::Instant;

use support::{Up, free_ports};

#[tokio::test]
async fn second_start_builds_nothing_and_is_quick() {
    let state = tempfile::tempdir().expect("folder");
    let base = free_ports();
    let mut up = Up::start(state.path(), base);
    up.event("ready").await;
    assert_eq!(up.stop().await, 0);

    let began = Instant::now();
    let mut up = Up::start(state.path(), base);
    for step in ["services", "core", "npm", "extension"] {
        let event = up.event("step").await;
        assert_eq!((&event["name"], &event["state"]), (&step.into(), &"skipped".into()), "{event}");
    }
    up.event("ready").await;
    let took = began.elapsed();
    assert!(took.as_secs() < 3, "ready after {took:?}");
    assert_eq!(up.stop().await, 0);
}
