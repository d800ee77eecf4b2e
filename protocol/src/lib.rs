//! What the browser core and the gateway must agree on, and nothing else: no sockets, no clock,
//! no files, no tokio. The same types compile natively and to WASM, so there is one source of truth
//! for every byte that travels.
//!
//! ```text
//! office key ──► invite ──► identity ──► device            who may speak     [roster] [identity] [device]
//! texts and codes that people hand on                      how they get in   [text] [opaque]
//! Noise IK channel                                         how it travels    [channel]
//!   └─ frame  [number, {fields}] in MessagePack            what is said      [frame] [codec] [error]
//!        └─ envelope: sealed payload + one wrap a device   for whom          [envelope] [prekey]
//! subjects and presence on the bus                         between gateways  [subject] [bus]
//! audit records                                            for the auditor   [audit]
//! ```
//!
//! Versioning: [`VERSION`] is the first byte of a connection and part of the Noise prologue. Within
//! a version unknown *fields* are ignored and unknown *frames* are refused with
//! [`error::ErrorCode::UnknownFrame`]. Numbers of frames, changes and codes are never used twice.

pub mod audit;
pub mod bus;
pub mod channel;
pub mod codec;
pub mod device;
pub mod envelope;
pub mod error;
pub mod frame;
pub mod id;
pub mod identity;
mod key_form;
pub mod limits;
mod numbered;
pub mod opaque;
pub mod prekey;
pub mod roster;
pub mod signature;
pub mod subject;
pub mod text;

/// Version of everything in this crate that travels; the first byte of each connection.
pub const VERSION: u8 = 1;
