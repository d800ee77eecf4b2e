//! Replaying the log: each entry is checked against all that came before it.

use std::{collections::HashMap, fmt};

use super::{
    change::{Change, DeviceEnrolled, Entry, InviteIssued, StaffRole},
    error::RosterError,
};
use crate::{
    codec,
    device::{DeviceCertificate, DeviceStatement},
    id::{DeviceId, Hash, InviteId, OfficeId, UserId},
    limits::{MAX_NAME, MAX_ROSTER_ENTRY},
    signature::Role,
};

/// A person, once at least one device is enrolled.
#[derive(Clone, PartialEq, Eq)]
pub struct User {
    /// Who.
    pub user: UserId,
    /// The person's name.
    pub name: String,
    /// What the person may do.
    pub role: StaffRole,
    /// The person's devices, oldest first.
    pub devices: Vec<DeviceId>,
}

impl fmt::Debug for User {
    /// Without the name: what is printed may end up in a log.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("User")
            .field("user", &self.user)
            .field("role", &self.role)
            .field("devices", &self.devices)
            .finish_non_exhaustive()
    }
}

/// An invite, as far as the roster knows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IssuedInvite {
    /// What was issued.
    pub issued: InviteIssued,
    /// The device that used it.
    pub used_by: Option<DeviceId>,
}

/// The roster as replayed so far.
#[derive(Debug, Clone, Default)]
pub struct Roster {
    office: Option<OfficeId>,
    length: u64,
    head: Option<Hash>,
    root: Option<Hash>,
    invites: HashMap<InviteId, IssuedInvite>,
    users: HashMap<UserId, User>,
    devices: HashMap<DeviceId, DeviceStatement>,
    certificates: HashMap<DeviceId, DeviceCertificate>,
}

impl Roster {
    /// An empty roster that takes any first entry.
    pub fn new() -> Self {
        Self::default()
    }

    /// An empty roster that takes only the first entry with this hash.
    pub fn pinned(root: Hash) -> Self {
        Self { root: Some(root), ..Self::default() }
    }

    /// Number of entries.
    pub const fn length(&self) -> u64 {
        self.length
    }

    /// Hash of the last entry; zeros before the first.
    pub fn head(&self) -> Hash {
        self.head.unwrap_or(Hash::from_bytes([0; 32]))
    }

    /// Hash of the first entry.
    pub const fn root(&self) -> Option<Hash> {
        self.root
    }

    /// The office.
    pub const fn office(&self) -> Option<OfficeId> {
        self.office
    }

    /// What a device said of itself.
    pub fn device(&self, device: DeviceId) -> Option<&DeviceStatement> {
        self.devices.get(&device)
    }

    /// The certificate as it was signed, for checking the Olm signature.
    pub fn certificate(&self, device: DeviceId) -> Option<&DeviceCertificate> {
        self.certificates.get(&device)
    }

    /// A person.
    pub fn user(&self, user: UserId) -> Option<&User> {
        self.users.get(&user)
    }

    /// Everybody with at least one device, in no order.
    pub fn users(&self) -> impl Iterator<Item = &User> {
        self.users.values()
    }

    /// An invite.
    pub fn invite(&self, invite: InviteId) -> Option<&IssuedInvite> {
        self.invites.get(&invite)
    }

    /// The bytes of the entry that would make `change` now. Nothing changes yet: see [`Self::apply`].
    pub fn next_entry(&self, change: Change, now_ms: u64) -> Result<Vec<u8>, RosterError> {
        let entry = Entry { index: self.length, previous: self.head(), recorded_ms: now_ms, change };
        self.check(&entry)?;
        Ok(codec::encode(&entry)?)
    }

    /// Takes the next entry. On an error the roster is as it was.
    pub fn apply(&mut self, bytes: &[u8]) -> Result<Change, RosterError> {
        let entry: Entry = codec::decode(bytes, MAX_ROSTER_ENTRY)?;
        let hash = Hash::of(bytes);
        if entry.index == 0 && self.root.is_some_and(|root| root != hash) {
            return Err(RosterError::Root);
        }
        let joined = self.check(&entry)?;
        match &entry.change {
            Change::OfficeOpened(opened) => {
                self.office = Some(opened.office);
                self.root = Some(hash);
            }
            Change::InviteIssued(issued) => {
                let invite = IssuedInvite { issued: issued.clone(), used_by: None };
                self.invites.insert(issued.invite, invite);
            }
            Change::DeviceEnrolled(enrolled) => {
                if let Some((statement, invite)) = joined.zip(self.invites.get_mut(&enrolled.invite)) {
                    invite.used_by = Some(statement.device);
                    let issued = &invite.issued;
                    self.users
                        .entry(statement.user)
                        .or_insert_with(|| User {
                            user: statement.user,
                            name: issued.name.clone(),
                            role: issued.role,
                            devices: Vec::new(),
                        })
                        .devices
                        .push(statement.device);
                    self.certificates.insert(statement.device, enrolled.certificate.clone());
                    self.devices.insert(statement.device, statement);
                }
            }
        }
        self.length += 1;
        self.head = Some(hash);
        Ok(entry.change)
    }

    /// Checks everything about an entry; for an enrolment, gives what the device said of itself.
    fn check(&self, entry: &Entry) -> Result<Option<DeviceStatement>, RosterError> {
        if entry.index != self.length {
            return Err(RosterError::Index { expected: self.length, got: entry.index });
        }
        if entry.previous != self.head() {
            return Err(RosterError::Chain(entry.index));
        }
        let opens = matches!(entry.change, Change::OfficeOpened(_));
        if opens != (entry.index == 0) {
            return Err(RosterError::OutOfPlace(entry.index));
        }
        match &entry.change {
            Change::OfficeOpened(_) => Ok(None),
            Change::InviteIssued(issued) => {
                issued.key.require(Role::Invite)?;
                if issued.name.trim().is_empty() || issued.name.len() > MAX_NAME {
                    return Err(RosterError::Name);
                }
                if self.invites.contains_key(&issued.invite) {
                    return Err(RosterError::Duplicate("invite"));
                }
                Ok(None)
            }
            Change::DeviceEnrolled(enrolled) => self.check_enrolment(enrolled, entry.recorded_ms).map(Some),
        }
    }

    fn check_enrolment(
        &self,
        enrolled: &DeviceEnrolled,
        recorded_ms: u64,
    ) -> Result<DeviceStatement, RosterError> {
        let invite = self.invites.get(&enrolled.invite).ok_or(RosterError::InviteUnknown)?;
        if invite.used_by.is_some() {
            return Err(RosterError::InviteUsed);
        }
        if recorded_ms >= invite.issued.expires_ms {
            return Err(RosterError::InviteExpired);
        }
        let statement = enrolled.certificate.verify(&invite.issued.key)?;
        if Some(statement.office) != self.office || statement.user != invite.issued.user {
            return Err(RosterError::OtherPerson);
        }
        if self.devices.contains_key(&statement.device) {
            return Err(RosterError::Duplicate("device"));
        }
        // One key under two names would let one device speak for another.
        let key_in_use = self.devices.values().any(|other| {
            other.signing_key == statement.signing_key
                || other.noise_key == statement.noise_key
                || other.olm_identity == statement.olm_identity
                || other.olm_signing == statement.olm_signing
        });
        if key_in_use { Err(RosterError::Duplicate("device key")) } else { Ok(statement) }
    }
}
