//! What entries say. The bytes of these types are hashed and kept for good: fields may be added, never
//! changed.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::{
    device::DeviceCertificate,
    id::{Hash, InviteId, OfficeId, UserId},
    numbered::numbered,
    signature::Nkey,
};

/// What a person may do in the office.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StaffRole {
    /// Manages people.
    Admin,
    /// Chats.
    Staff,
    /// Reads the trail.
    Auditor,
}

impl StaffRole {
    /// The name, as in configuration and on screen.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Admin => "admin",
            Self::Staff => "staff",
            Self::Auditor => "auditor",
        }
    }
}

impl std::str::FromStr for StaffRole {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "admin" => Ok(Self::Admin),
            "staff" => Ok(Self::Staff),
            "auditor" => Ok(Self::Auditor),
            other => Err(format!("no role {other}; there are admin, staff and auditor")),
        }
    }
}

numbered! {
    /// What an entry changes.
    pub enum Change {
        /// The office begins. Always entry 0 and never again.
        1 = OfficeOpened(OfficeOpened),
        /// Somebody is invited.
        2 = InviteIssued(InviteIssued),
        /// An invite was used: a device joins.
        3 = DeviceEnrolled(DeviceEnrolled),
    }
}

/// The office begins.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OfficeOpened {
    /// Which office.
    pub office: OfficeId,
}

/// Somebody is invited.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct InviteIssued {
    /// The invite.
    pub invite: InviteId,
    /// Its public key; the secret half is in the invite alone.
    pub key: Nkey,
    /// Who is invited.
    pub user: UserId,
    /// That person's name.
    pub name: String,
    /// What that person may do.
    pub role: StaffRole,
    /// Until when it can be used; milliseconds since 1970.
    pub expires_ms: u64,
}

impl fmt::Debug for InviteIssued {
    /// Without the name: what is printed may end up in a log.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("InviteIssued")
            .field("invite", &self.invite)
            .field("key", &self.key)
            .field("user", &self.user)
            .field("role", &self.role)
            .field("expires_ms", &self.expires_ms)
            .finish_non_exhaustive()
    }
}

/// An invite was used.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeviceEnrolled {
    /// Which.
    pub invite: InviteId,
    /// The device's keys.
    pub certificate: DeviceCertificate,
}

/// One entry of the log.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Entry {
    /// Its place, from 0.
    pub index: u64,
    /// Hash of the entry before it; zeros for the first.
    pub previous: Hash,
    /// Gateway's clock when it was written, milliseconds since 1970.
    pub recorded_ms: u64,
    /// What it changes.
    pub change: Change,
}
