//! WebSocket sessions of devices on one side, the bus on the other. The gateway decides who may speak, keeps the
//! trail, and carries ciphertext that it cannot read.
//!
//! ```text
//!  device ══ WebSocket, Noise ══►  [accept] who is it?  ──►  [session] one task a device
//!                                                              │ [line] frames, bounded queue
//!                        [audit] group commit  ◄── commit ─────┤
//!                        [roster] who is in    ◄── look up ────┤
//!                        [prekeys]             ◄── claim ──────┤
//!                                                              ▼
//!  device ◄══════════ its session ◄── [registry] here ◄──── [relay] ────► [bus] other gateways, [mailbox]
//! ```
//! Nothing that another gateway needs is kept here: state lives in the bus's streams. [`server::Server`] owns every task.

pub mod accept;
pub mod appending;
pub mod audit;
pub mod bus;
pub mod capsules;
pub mod clock;
pub mod commands;
pub mod config;
pub mod counters;
pub mod founding;
pub mod keys;
pub mod lane;
pub mod lease;
pub mod line;
pub mod mailbox;
pub mod passphrase;
pub mod prekeys;
pub mod presence;
pub mod principal;
pub mod rate;
pub mod registry;
pub mod relay;
pub mod revocations;
pub mod roster;
pub mod seats;
pub mod server;
pub mod services;
pub mod session;

pub use server::{Server, StartError};
