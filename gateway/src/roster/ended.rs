//! What became of a device that does not belong to the office any more.

use protocol::{error::ErrorCode, id::DeviceId, roster::Roster};

/// The end of a device. It may see the roster up to the entry that says so, and nothing else.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Revoked {
    /// What it is told.
    pub code: ErrorCode,
    /// Index of the entry that brought it into the office.
    pub since: u64,
    /// Index of the entry that ended it.
    pub until: u64,
}

/// The end of a device, if it was in the office and is not any more.
pub fn ended(roster: &Roster, device: DeviceId) -> Option<Revoked> {
    let device = roster.any_device(device)?;
    let until = device.revoked?.index;
    let person_left = roster.user(device.statement.user).is_none();
    let code = if person_left { ErrorCode::PersonRevoked } else { ErrorCode::DeviceRevoked };
    Some(Revoked { code, since: device.since, until })
}
