//! The sink on real files, a real nats-server and real kills; the auditor's tool as a process.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs,
    unreachable_pub
)]

mod commit;
#[cfg(unix)]
mod crashes;
mod property;
mod query;
#[cfg(unix)]
mod supervision;
mod support;
