//! The gateway from outside: a real broker, real sockets, a client that speaks raw frames.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs,
    unreachable_pub
)]

mod bad_input;
mod binary;
mod broker;
mod capsules;
mod config;
mod crowds;
mod delivery;
mod founding;
mod introduction;
mod leases;
mod messages;
mod passphrase;
mod prekeys;
mod revocations;
mod rooms;
mod roster;
mod seats;
mod sessions;
mod shutdown;
mod start;
mod support;
mod visits;
