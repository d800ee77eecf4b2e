//! An office from its opening on: who signs what.

use protocol::{
    device::{DeviceCertificate, DeviceStatement},
    id::{Curve25519Public, OlmSigningPublic, Signature},
    identity::{IdentityCertificate, IdentityStatement},
    roster::{
        Change, DeviceAdded, DeviceRevoked, Entry, InviteIssued, InvitesIssued, InvitesWithdrawn,
        LeaseStatement, OfficeOpened, PersonJoined, PersonMoved, PersonRevoked, Policy, PolicyChanged,
        RevocationReason, RoleChanged, RoomChanged, RoomClosed, RoomLeft, RoomMade, RoomMembers, RoomName,
        RoomRenamed, Roster, RosterError, SignedEntry, SignedLease, Source, StaffRole,
    },
    signature::SigningKey,
};

use super::{
    DAY_MS, NOW_MS, device, device_key, identity_key, invite_id, invite_key, noise_key, office, office_key,
    room, user,
};

pub const WIRE: Source = Source::Wire { now_ms: NOW_MS };

pub fn statement(person: u8, number: u8) -> DeviceStatement {
    DeviceStatement {
        office: office(),
        user: user(person),
        device: device(number),
        signing_key: device_key(number).public().clone(),
        noise_key: noise_key(number).public().unwrap(),
        olm_identity: Curve25519Public::from_bytes([0x30 | number; 32]),
        olm_signing: OlmSigningPublic::from_bytes([0x90 | number; 32]),
        created_ms: NOW_MS,
    }
}

/// The statement as its device and `person` sign it.
pub fn certify(statement: &DeviceStatement, number: u8, person: &SigningKey) -> DeviceCertificate {
    let by_olm = |_: &[u8]| Signature::from_bytes([0x99; 64]);
    DeviceCertificate::make(statement, &device_key(number), person, by_olm).unwrap()
}

pub fn certificate(person: u8, number: u8) -> DeviceCertificate {
    certify(&statement(person, number), number, &identity_key(person))
}

pub fn identity_statement(person: u8, invite: u8) -> IdentityStatement {
    IdentityStatement {
        office: office(),
        invite: invite_id(invite),
        user: user(person),
        identity: identity_key(person).public().clone(),
    }
}

pub fn identity(person: u8, invite: u8) -> IdentityCertificate {
    IdentityCertificate::make(&identity_statement(person, invite), &invite_key(invite)).unwrap()
}

pub fn opening() -> OfficeOpened {
    OfficeOpened {
        office_key: office_key().public().clone(),
        name: "Dental office".into(),
        policy: Policy::default(),
        founder: user(1),
        founder_name: "Person 1".into(),
        identity: identity_key(1).public().clone(),
        certificate: certificate(1, 1),
    }
}

/// An invite with the same number as its person.
pub fn issued(number: u8, role: StaffRole) -> InviteIssued {
    InviteIssued {
        invite: invite_id(number),
        key: invite_key(number).public().clone(),
        user: user(number),
        name: format!("Person {number}"),
        role,
        group: (number == 2).then(|| "Reception".into()),
        expires_ms: NOW_MS + DAY_MS,
    }
}

pub fn invites(invites: impl IntoIterator<Item = InviteIssued>) -> InvitesIssued {
    InvitesIssued { invites: invites.into_iter().collect() }
}

/// A person uses the invite of the same number, with the device `number`.
pub fn joined(person: u8, number: u8) -> PersonJoined {
    PersonJoined { identity: identity(person, person), certificate: certificate(person, number) }
}

pub fn room_name() -> RoomName {
    RoomName { salt: [0x5a; 16], text: "Reception".into() }
}

pub fn made(number: u8, members: RoomMembers) -> RoomMade {
    RoomMade { room: room(number), name: room_name().commitment(), members }
}

/// A log that grows, with the key of each author at hand: person `n` signs with identity key `n`.
#[derive(Clone, Default)]
pub struct Log {
    pub roster: Roster,
    pub entries: Vec<Vec<u8>>,
}

impl Log {
    /// An office of its founder, person 1.
    pub fn opened() -> Self {
        let mut log = Self::default();
        log.office(opening()).unwrap();
        log
    }

    /// An office of an administrator (1) and two people of the staff (2 and 3), each with the device of the same number.
    pub fn staffed() -> Self {
        let mut log = Self::opened();
        log.by(1, invites([issued(2, StaffRole::Staff), issued(3, StaffRole::Staff)])).unwrap();
        log.by(2, joined(2, 2)).unwrap();
        log.by(3, joined(3, 3)).unwrap();
        log
    }

    /// What the next entry would be, before anybody judges it.
    pub fn next(&self, author: Option<u8>, change: impl Into<Change>) -> Entry {
        Entry {
            office: office(),
            index: self.roster.length(),
            previous: self.roster.head(),
            made_ms: NOW_MS,
            author: author.map(user),
            change: change.into(),
        }
    }

    /// Takes an entry as it came over the wire.
    pub fn take(&mut self, entry: &Entry, key: &SigningKey) -> Result<(), RosterError> {
        let bytes = SignedEntry::make(entry, key)?;
        self.roster.apply(&bytes, WIRE)?;
        self.entries.push(bytes);
        Ok(())
    }

    /// A person makes the next entry.
    pub fn by(&mut self, person: u8, change: impl Into<Change>) -> Result<(), RosterError> {
        let entry = self.next(Some(person), change);
        self.take(&entry, &identity_key(person))
    }

    /// The office key makes the next entry.
    pub fn office(&mut self, change: impl Into<Change>) -> Result<(), RosterError> {
        let entry = self.next(None, change);
        self.take(&entry, &office_key())
    }
}

/// Every kind of change, each by somebody who may make it.
pub fn every_change() -> Log {
    let mut log = Log::opened();
    log.by(1, invites([2, 3, 4].map(|number| issued(number, StaffRole::Staff)))).unwrap();
    log.by(2, joined(2, 2)).unwrap();
    log.by(2, DeviceAdded { certificate: certificate(2, 4) }).unwrap();
    log.by(1, InvitesWithdrawn { invites: vec![invite_id(4)] }).unwrap();
    log.by(3, joined(3, 3)).unwrap();
    log.office(RoleChanged { user: user(3), role: StaffRole::Admin }).unwrap();
    log.by(3, PersonMoved { user: user(2), group: None }).unwrap();
    let policy = Policy { idle_lock_ms: 300_000, ..Policy::default() };
    log.by(3, PolicyChanged { policy }).unwrap();
    log.by(2, made(1, RoomMembers::Chosen(vec![user(2), user(3)]))).unwrap();
    log.by(1, made(2, RoomMembers::Role(StaffRole::Staff))).unwrap();
    log.by(1, made(3, RoomMembers::Group("Reception".into()))).unwrap();
    log.by(1, made(4, RoomMembers::Everyone)).unwrap();
    log.by(2, RoomChanged { room: room(1), add: vec![user(1)], remove: vec![] }).unwrap();
    log.by(3, RoomLeft { room: room(1) }).unwrap();
    log.by(2, RoomRenamed { room: room(1), name: protocol::id::Hash::of(b"other name") }).unwrap();
    log.by(2, RoomClosed { room: room(1) }).unwrap();
    log.by(2, DeviceRevoked { device: device(4), reason: RevocationReason::SignedOut }).unwrap();
    log.by(1, PersonRevoked { user: user(2) }).unwrap();
    log
}

pub fn lease_statement(log: &Log) -> LeaseStatement {
    LeaseStatement {
        office: office(),
        length: log.roster.length(),
        head: log.roster.head(),
        at_ms: NOW_MS,
        author: Some(user(1)),
    }
}

pub fn lease(log: &Log) -> SignedLease {
    SignedLease::make(&lease_statement(log), &identity_key(1)).unwrap()
}
