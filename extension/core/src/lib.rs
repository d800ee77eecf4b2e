//! One device of the chat: all its keys, ratchets, sealing and verification, its outbox, and the policy of
//! its connection. The same code runs as WASM in the browser's background and natively in tests.
//!
//! It does no I/O. A host feeds commands and events into a [`Core`] and carries out the [`Effects`]:
//! commit first, then connect, send, show, set a timer. Time comes in as arguments, randomness through [`rng`].
//!
//! ```text
//! core        turns: commands and events in, effects out      core/
//!   identity    keys of this device, made at join               identity.rs
//!   directory   the verified roster                              directory.rs
//!   olm         account, one-time keys, sessions                 olm/
//!   message     payload, wraps, the one check on opening         message/
//!   comparison  keys compared by pictures                    comparison/
//!   outbox, seen, history   what is under way, known, shown
//!   link        when to connect, ping, give up                   link/
//! store       records sealed under the vault key               store/
//! wasm        the face to TypeScript, no logic                 wasm/
//! ```
//!
//! Attackers: whoever owns the gateway or the bus (reads nothing, forges nobody; may withhold), whoever is on the
//! network, colleagues (cannot speak as each other), and whoever has a copy of the browser's profile without the
//! passphrase.

#![cfg_attr(not(target_family = "wasm"), forbid(unsafe_code))]

#[cfg(feature = "bench")]
pub mod bench;
mod capsule;
mod chain;
mod comparison;
mod core;
mod directory;
mod effects;
mod error;
mod history;
mod identity;
mod link;
mod lost;
mod message;
mod olm;
mod opaque;
mod outbox;
mod people_table;
mod pins;
mod qr;
mod refusal;
pub mod rng;
mod room_names;
mod secret;
mod secretbox;
mod seen;
mod store;
mod stretching;
mod target;
pub mod view;
#[cfg(target_family = "wasm")]
mod wasm;

#[cfg(feature = "targets")]
pub use crate::core::targets;
pub use crate::{
    core::{Core, Hint},
    effects::{Effects, Notice, Socket, StoredRecord, Touched, Write},
    error::CoreError,
    message::MAX_TEXT,
    people_table::{BadRow, ImportedPeople, NewPerson},
    qr::Qr,
    refusal::{Refusal, Refusals},
    stretching::{StretchJob, stretch},
    target::{ParseTargetError, Target},
};
