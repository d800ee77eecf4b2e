//! The benchmarks of the core still run: they are not part of any other test, and what nobody runs breaks unseen.

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

use std::collections::BTreeSet;

use serde_json::Value;
use support::dev;

#[tokio::test]
async fn the_core_is_measured_beside_what_does_the_nearest_same_job() {
    let output =
        dev(&["bench", "core", "--quick", "--places", "node", "--json"]).output().await.expect("started");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
    let figures: Vec<Value> = String::from_utf8_lossy(&output.stdout)
        .lines()
        .filter_map(|line| serde_json::from_str(line).ok())
        .filter(|line: &Value| line.get("median_us").is_some())
        .collect();
    let measured: BTreeSet<_> = figures
        .iter()
        .filter(|figure| figure["median_us"].as_f64().is_some_and(|us| us > 0.0))
        .map(|figure| (figure["what"].as_str().unwrap(), figure["devices"].as_u64().unwrap()))
        .collect();
    for what in [
        ("turn/seal", 1),
        ("turn/seal", 4),
        ("turn/open", 1),
        ("turn/open", 4),
        ("turn/open-first", 4),
        ("libsodium/seal", 4),
        ("libsodium/open", 4),
        ("matrix/olm-round", 1),
        ("matrix/megolm-round", 4),
    ] {
        assert!(measured.contains(&what), "{what:?} was not measured: {measured:?}\n{said}");
    }
}
