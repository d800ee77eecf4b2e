//! The protocol's tests, in one binary.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs,
    unreachable_pub
)]

mod channel;
mod corpus;
#[path = "../../fuzz/src/opaque.rs"]
mod opaque;
mod roster;
mod round_trips;
mod samples;
#[path = "../../fuzz/src/targets.rs"]
mod targets;
mod untrusted_bytes;
mod vectors;
