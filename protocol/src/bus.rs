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
