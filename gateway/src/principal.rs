//! Who is on the line.

use std::net::IpAddr;

use protocol::{
    id::{DeviceId, UserId},
    signature::Nkey,
};

/// A device that has proved itself on its channel. Made in [`crate::accept`] alone.
#[derive(Debug, Clone)]
pub struct Principal {
    /// The person.
    pub user: UserId,
    /// The device.
    pub device: DeviceId,
    /// The device's public signing key, for what it signs later.
    pub key: Nkey,
    /// Where it connects from.
    pub ip: IpAddr,
}
