//! An office in memory, in one thread. [`World`] holds devices, a gateway and time: tests of the core play single stories
//! in it. [`Office`] plays one long story in which everything breaks, and an accountant checks who shows what.

// It is for tests alone: what is wrong has to end the run, loudly.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::pedantic,
    missing_docs,
    unreachable_pub
)]

mod accountant;
mod crash;
mod ending;
mod errand;
mod faults;
mod figures;
pub mod gateway;
mod office;
mod world;
mod writing;

pub use self::{
    accountant::{Counts, Excuse, Kind, Violation},
    crash::{Crash, Doing},
    figures::{Fault, Figures},
    office::{Office, Plan, Sabotage},
    world::{Commit, Host, START, Seeded, World},
};
