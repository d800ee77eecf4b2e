//! What gateways tell each other on the bus (besides audit batches, see `audit`, and roster entries,
//! see `roster`).

use serde::{Deserialize, Serialize};

use crate::{
    envelope::Addressed,
    frame::Delivered,
    id::{DeviceId, UserId},
    numbered::numbered,
};

numbered! {
    /// Payload on `dev.<device>` and `mbox.<device>`: something for one device.
    pub enum Parcel {
        /// A message for the device. A live one is answered when the device has confirmed it.
        1 = Message(Addressed),
        /// A message of the device's was delivered.
        2 = Delivered(Delivered),
    }
}

/// Payload on `presence.<gateway>`: everybody who is on line at that gateway. Sent when it changes and
/// every few seconds; a gateway that is silent for longer is taken for gone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PresenceReport {
    /// Devices with their users.
    pub online: Vec<OnlineDevice>,
}

/// One device that is on line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct OnlineDevice {
    /// The person.
    pub user: UserId,
    /// The device.
    pub device: DeviceId,
}

/// Payload of `state.seat.<device>`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Seat {
    /// Number of the device's last connection, see [`crate::frame::Authenticate::connection`].
    pub connection: u64,
    /// When it was made, by the gateway's clock; milliseconds since 1970.
    pub at_ms: u64,
}

/// Payload of `state.passphrase.<user>`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PassphraseRecord {
    /// OPAQUE registration, opaque to everybody but the library.
    #[serde(with = "serde_bytes")]
    pub registration: Vec<u8>,
    /// What stretching costs.
    pub stretch: crate::opaque::Stretch,
    /// What the device sealed under the export key.
    #[serde(with = "serde_bytes")]
    pub backup: Vec<u8>,
}

/// Payload of `state.capsule.<capsule>`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoredCapsule {
    /// Ciphertext.
    #[serde(with = "serde_bytes")]
    pub sealed: Vec<u8>,
    /// From then on nobody gets it; milliseconds since 1970.
    pub expires_ms: u64,
    /// Whether the first who asks is the last.
    pub once: bool,
}
