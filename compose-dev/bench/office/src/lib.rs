//! An office in memory for the benchmarks of the core: a gateway that answers at once and checks nothing, and as many
//! colleagues as asked for, each with one device. What is measured is the one device that talks to it, so all of this
//! runs between two measurements and never inside one.
//!
//! ```text
//! [`Office`]     people, roster, and everything a client can ask for     office.rs
//!   wire         the Noise channel to the measured device                wire.rs
//!   people       keys, invites and roster entries of everybody           people.rs
//! [`Layer`]      the message layer alone, without a core around it       layer.rs
//! [`Device`]     the measured device, natively                         device.rs
//! wasm           the same for the page of the benchmark                  wasm.rs
//! ```

#[cfg(not(target_family = "wasm"))]
mod clock;
#[cfg(not(target_family = "wasm"))]
mod device;
mod layer;
mod office;
mod people;
#[cfg(target_family = "wasm")]
mod wasm;
mod wire;

#[cfg(not(target_family = "wasm"))]
pub use self::{
    clock::micros,
    device::{Device, Records, START},
};
pub use self::{layer::Layer, office::Office};

/// What everybody writes. With all that stands beside it the padded payload has 512 bytes.
pub const TEXT: &str = "Room 3 is ready, please bring the second tray.";
