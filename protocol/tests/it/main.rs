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
mod roster;
mod round_trips;
mod samples;
mod untrusted_bytes;
mod vectors;
