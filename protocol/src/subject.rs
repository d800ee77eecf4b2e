//! Subjects on the bus. Built here and nowhere else, from opaque identifiers alone: the broker writes
//! the subject of every refused operation to its log.

use crate::id::{CapsuleId, DeviceId, GatewayId, UserId};

/// Stream of audit batches.
pub const AUDIT_STREAM: &str = "AUDIT";
/// Durable consumer of the audit sink.
pub const AUDIT_CONSUMER: &str = "sink";
/// Stream of roster entries.
pub const ROSTER_STREAM: &str = "ROSTER";
/// Stream of one-time and fallback keys.
pub const PREKEYS_STREAM: &str = "PREKEYS";
/// Stream of messages for devices that are away.
pub const MAILBOX_STREAM: &str = "MBOX";
/// Stream of what gateways share and keep: the last message of each subject counts.
pub const STATE_STREAM: &str = "STATE";
/// Stream of the last connection of each device: like [`STATE_STREAM`], written to the disk in groups.
pub const SEATS_STREAM: &str = "SEATS";
/// The newest lease of the roster.
pub const LEASE: &str = "state.lease";
/// The one subject of the roster.
pub const ROSTER: &str = "roster.log";
/// Presence of all gateways.
pub const PRESENCE_ALL: &str = "presence.*";

/// Audit batches of one gateway.
pub fn audit(gateway: &GatewayId) -> String {
    format!("audit.ev.{gateway}")
}

/// One-time keys of a device.
pub fn one_time_keys(device: DeviceId) -> String {
    format!("prekey.one.{device}")
}

/// The fallback key of a device.
pub fn fallback_key(device: DeviceId) -> String {
    format!("prekey.fallback.{device}")
}

/// What the gateways know about a person's passphrase, and the sealed identity that it gives back.
pub fn passphrase(user: UserId) -> String {
    format!("state.passphrase.{user}")
}

/// The last connection of a device.
pub fn seat(device: DeviceId) -> String {
    format!("state.seat.{device}")
}

/// A capsule.
pub fn capsule(capsule: CapsuleId) -> String {
    format!("state.capsule.{capsule}")
}

/// Live delivery to a device; asked as a request, answered when the device has confirmed.
pub fn live(device: DeviceId) -> String {
    format!("dev.{device}")
}

/// What waits for a device.
pub fn mailbox(device: DeviceId) -> String {
    format!("mbox.{device}")
}

/// Who is on line at one gateway.
pub fn presence(gateway: &GatewayId) -> String {
    format!("presence.{gateway}")
}

/// Inbox prefix of a gateway's bus connection.
pub fn gateway_inbox(gateway: &GatewayId) -> String {
    format!("_GW.{gateway}")
}

/// Inbox prefix of the audit sink's bus connection.
pub const SINK_INBOX: &str = "_INBOX_sink";
/// Inbox prefix of the provisioner's bus connection.
pub const PROVISIONER_INBOX: &str = "_INBOX_prov";
