//! The audit sink: takes audit records off the bus and keeps them in files that anybody can read.
//!
//! ```text
//! stream AUDIT ─► bus/        durable pull consumer; acknowledges last         [bus]
//!                  intake     message -> lines -> records, or why not          [intake]
//!                  sequencer  the commit order, and what a crash means         [sequencer]
//!                    ├ dedupe     each event once                              [dedupe]
//!                    ├ chain      is anything missing from a gateway?          [chain]
//!                    └ store      files of one origin                          [store] [layout] [durable]
//!                  recovery   start-up: lock, torn tail, what is known already [recovery]
//! files ────────► query/      the auditor's `audit query`                      [query]
//! ```
//!
//! Promise: a record that JetStream has acknowledged to a gateway stands in exactly one line of the
//! trail, byte for byte, or as an `audit.duplicate` where the same event was told twice; whatever
//! process is killed at whatever moment. What cannot be read is kept beside the trail, never dropped.

pub mod bus;
pub mod chain;
pub mod config;
pub mod counters;
pub mod dedupe;
pub mod durable;
pub mod intake;
pub mod layout;
pub mod lines;
pub mod query;
pub mod recovery;
pub mod rejected;
pub mod sequencer;
pub mod store;
