//! What entries say. The bytes of these types are signed, hashed and kept for good: fields may be added, never
//! changed.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::policy::Policy;
use crate::{
    device::DeviceCertificate,
    id::{DeviceId, Hash, InviteId, RoomId, UserId},
    identity::IdentityCertificate,
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
    /// Every role.
    pub const ALL: [Self; 3] = [Self::Admin, Self::Staff, Self::Auditor];

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

// 1 to 3 were the unsigned entries of the first build: OfficeOpened, InviteIssued, DeviceEnrolled.
numbered! {
    /// What an entry changes.
    pub enum Change {
        /// The office begins, with its key and its first administrator. Always entry 0 and never again.
        4 = OfficeOpened(OfficeOpened),
        /// People are invited.
        5 = InvitesIssued(InvitesIssued),
        /// Invites that were not used are taken back.
        6 = InvitesWithdrawn(InvitesWithdrawn),
        /// An invite was used: a person joins with an identity key and a first device.
        7 = PersonJoined(PersonJoined),
        /// A person has another device.
        8 = DeviceAdded(DeviceAdded),
        /// A device is a device of nobody any more.
        9 = DeviceRevoked(DeviceRevoked),
        /// A person and all their devices leave the office.
        10 = PersonRevoked(PersonRevoked),
        /// A person may do other things from now on.
        11 = RoleChanged(RoleChanged),
        /// A person works elsewhere in the office.
        12 = PersonMoved(PersonMoved),
        /// The office's rules change.
        13 = PolicyChanged(PolicyChanged),
        /// A room is made.
        14 = RoomMade(RoomMade),
        /// People are added to a room or removed from it.
        15 = RoomChanged(RoomChanged),
        /// The author leaves a room.
        16 = RoomLeft(RoomLeft),
        /// A room has another name.
        17 = RoomRenamed(RoomRenamed),
        /// Nobody can write in a room any more.
        18 = RoomClosed(RoomClosed),
    }
}

/// The office begins. Signed by the office key that it names, which is on the founder's device and never
/// on a server.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OfficeOpened {
    /// The office's key, `O...`.
    pub office_key: Nkey,
    /// What the office is called.
    pub name: String,
    /// Its rules.
    pub policy: Policy,
    /// The first administrator.
    pub founder: UserId,
    /// That person's name.
    pub founder_name: String,
    /// That person's identity key, `A...`.
    pub identity: Nkey,
    /// That person's first device.
    pub certificate: DeviceCertificate,
}

impl fmt::Debug for OfficeOpened {
    /// Without names: what is printed may end up in a log.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OfficeOpened")
            .field("office_key", &self.office_key)
            .field("founder", &self.founder)
            .finish_non_exhaustive()
    }
}

/// One person is invited.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct InviteIssued {
    /// The invite.
    pub invite: InviteId,
    /// Its public key, `V...`; the secret half is in the invite alone.
    pub key: Nkey,
    /// Who is invited. Somebody who is in the office already gets a new identity with it, and all former devices
    /// of that person are revoked.
    pub user: UserId,
    /// That person's name.
    pub name: String,
    /// What that person may do.
    pub role: StaffRole,
    /// Where that person works, if that is told.
    pub group: Option<String>,
    /// Until when it can be used; milliseconds since 1970.
    pub expires_ms: u64,
}

impl fmt::Debug for InviteIssued {
    /// Without the name: what is printed may end up in a log.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("InviteIssued")
            .field("invite", &self.invite)
            .field("user", &self.user)
            .field("role", &self.role)
            .field("expires_ms", &self.expires_ms)
            .finish_non_exhaustive()
    }
}

/// People are invited: all of them or nobody.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct InvitesIssued {
    /// One a person, at most [`crate::limits::MAX_INVITES`].
    pub invites: Vec<InviteIssued>,
}

/// Invites that were not used are taken back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct InvitesWithdrawn {
    /// Which, at most [`crate::limits::MAX_INVITES`].
    pub invites: Vec<InviteId>,
}

/// An invite was used. The entry's author is the person, by the identity key that it names.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PersonJoined {
    /// Who, by which invite, with which identity key.
    pub identity: IdentityCertificate,
    /// The first device.
    pub certificate: DeviceCertificate,
}

/// A person has another device. The entry's author is the person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeviceAdded {
    /// The device's keys.
    pub certificate: DeviceCertificate,
}

/// Why a device is revoked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RevocationReason {
    /// Its person signed out on it: what it sent before is good.
    SignedOut,
    /// It may be in other hands: nothing of it is taken any more, also not what is under way.
    Lost,
}

/// A device is a device of nobody any more. By its person or by an administrator.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeviceRevoked {
    /// Which.
    pub device: DeviceId,
    /// Why.
    pub reason: RevocationReason,
}

/// A person and all their devices leave the office.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PersonRevoked {
    /// Who.
    pub user: UserId,
}

/// A person may do other things from now on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RoleChanged {
    /// Who.
    pub user: UserId,
    /// What.
    pub role: StaffRole,
}

/// A person works elsewhere in the office.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PersonMoved {
    /// Who.
    pub user: UserId,
    /// Where.
    pub group: Option<String>,
}

impl fmt::Debug for PersonMoved {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PersonMoved").field("user", &self.user).finish_non_exhaustive()
    }
}

/// The office's rules change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PolicyChanged {
    /// The new ones.
    pub policy: Policy,
}

/// Who belongs to a room.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RoomMembers {
    /// Everybody in the office. By an administrator.
    Everyone,
    /// Everybody with a role. By an administrator.
    Role(StaffRole),
    /// Everybody who works at one place, see [`InviteIssued::group`]. By an administrator.
    Group(String),
    /// These people and whoever is added; at most [`crate::limits::MAX_ROOM_MEMBERS`].
    Chosen(Vec<UserId>),
}

impl fmt::Debug for RoomMembers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Everyone => "Everyone",
            Self::Role(_) => "Role(..)",
            Self::Group(_) => "Group(..)",
            Self::Chosen(_) => "Chosen(..)",
        })
    }
}

/// A room is made. Its author looks after a room of chosen people, as administrators do after all.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RoomMade {
    /// Chosen at random.
    pub room: RoomId,
    /// Commitment to its name, see [`super::room_name`]: the name itself travels inside messages.
    pub name: Hash,
    /// Who belongs to it.
    pub members: RoomMembers,
}

/// People are added to a room or removed from it. By who looks after it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RoomChanged {
    /// Which.
    pub room: RoomId,
    /// Who comes.
    pub add: Vec<UserId>,
    /// Who goes.
    pub remove: Vec<UserId>,
}

/// The author leaves a room.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RoomLeft {
    /// Which.
    pub room: RoomId,
}

/// A room has another name. By who looks after it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RoomRenamed {
    /// Which.
    pub room: RoomId,
    /// Commitment to the new name.
    pub name: Hash,
}

/// Nobody can write in a room any more. By who looks after it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RoomClosed {
    /// Which.
    pub room: RoomId,
}
