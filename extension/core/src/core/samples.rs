//! An office whose devices are all at hand, for tests and fuzz targets: members with their keys, and the log in which they stand.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "no product code")]

use protocol::{
    channel::{Channel, Initiator, NoisePrivateKey, respond},
    frame::ClaimedPrekey,
    id::{Hash, InviteId, OfficeId, RoomId, UserId},
    identity::{IdentityCertificate, IdentityStatement},
    roster::{
        Change, DeviceAdded, InviteIssued, InvitesIssued, OfficeOpened, PersonJoined, Policy, RoomMade,
        RoomMembers, Roster, Source, StaffRole,
    },
    signature::{Role, SigningKey},
    text::InviteSecret,
};
use serde_bytes::ByteBuf;

use super::{Connection, Core, connection::Session, member::Member};
use crate::{
    directory::Directory,
    effects::Write,
    identity::{Home, Identity, Pass, Person},
    olm::OlmAccount,
    rng::Rng,
    secret::Secret,
    store::{VaultKey, VaultRecord, key},
};

pub(crate) const NOW: u64 = 1_800_000_000_000;
pub(crate) const OFFICE: OfficeId = OfficeId::from_bytes([9; 16]);
/// A room of everybody.
pub(crate) const ROOM: RoomId = RoomId::from_bytes([7; 16]);

pub(crate) fn gateway_key() -> NoisePrivateKey {
    NoisePrivateKey::from_bytes([7; 32])
}

pub(crate) fn office_key() -> SigningKey {
    SigningKey::from_seed(Role::Office, [9; 32]).unwrap()
}

fn bytes<const N: usize>(number: u16) -> [u8; N] {
    let mut bytes = [1; N];
    bytes[..2].copy_from_slice(&number.to_be_bytes());
    bytes
}

pub(crate) fn user(number: u16) -> UserId {
    UserId::from_bytes(bytes(number))
}

pub(crate) fn home(roster_root: Hash) -> Home {
    let gateways = vec!["ws://gateway".to_owned()];
    Home { office: OFFICE, roster_root, gateways, gateway_key: gateway_key().public().unwrap() }
}

pub(crate) fn person(number: u16) -> Person {
    let identity_seed = Secret::from_bytes(bytes(number));
    Person { user: user(number), name: format!("Person {number}"), identity_seed }
}

fn member(number: u16, rng: &mut dyn Rng) -> Member {
    let account = OlmAccount::make();
    let home = home(Hash::from_bytes([0; 32]));
    let identity = Identity::make(home, person(number), &account, NOW, rng, |_| Ok(Pass::Person));
    let mut identity = identity.unwrap();
    identity.set_enrolled();
    Member::new(identity, account)
}

/// Everybody, the log, and what it says.
pub(crate) struct Office {
    pub(crate) roster: Roster,
    pub(crate) entries: Vec<ByteBuf>,
    pub(super) members: Vec<Member>,
}

impl Office {
    pub(crate) fn grow(&mut self, author: Option<UserId>, key: &SigningKey, change: impl Into<Change>) {
        let entry = self.roster.next_entry(OFFICE, author, key, change.into(), NOW).unwrap();
        self.roster.apply(&entry, Source::Stored).unwrap();
        self.entries.push(ByteBuf::from(entry));
    }

    /// An office of `people` with so many `devices` each. Person 0 has opened it.
    pub(crate) fn of(people: u16, devices: u16, rng: &mut dyn Rng) -> Self {
        let office_key = office_key();
        let mut office = Self { roster: Roster::new(), entries: Vec::new(), members: Vec::new() };
        for number in 0..people {
            for _ in 0..devices {
                office.members.push(member(number, rng));
            }
        }
        let certificates: Vec<_> =
            office.members.iter().map(|member| member.identity.certificate().clone()).collect();
        let identity = |number| person(number).identity().unwrap();
        let first = |number: u16| certificates[usize::from(number * devices)].clone();
        let secret = |number: u16| InviteSecret::from_bytes(bytes(number)).signing_key().unwrap();
        let invite = |number| InviteId::from_bytes(bytes(number));
        let opened = OfficeOpened {
            office_key: office_key.public().clone(),
            name: "The office".to_owned(),
            policy: Policy::default(),
            founder: user(0),
            founder_name: "Person 0".to_owned(),
            identity: identity(0).public().clone(),
            certificate: first(0),
        };
        office.grow(None, &office_key, opened);
        let invites = (1..people).map(|number| InviteIssued {
            invite: invite(number),
            key: secret(number).public().clone(),
            user: user(number),
            name: format!("Person {number}"),
            role: StaffRole::Staff,
            group: None,
            expires_ms: NOW + 1_000,
        });
        office.grow(None, &office_key, InvitesIssued { invites: invites.collect() });
        for number in 1..people {
            let statement = IdentityStatement {
                office: OFFICE,
                invite: invite(number),
                user: user(number),
                identity: identity(number).public().clone(),
            };
            let joined = PersonJoined {
                identity: IdentityCertificate::make(&statement, &secret(number)).unwrap(),
                certificate: first(number),
            };
            office.grow(Some(user(number)), &identity(number), joined);
        }
        for number in 0..people {
            for device in 1..devices {
                let certificate = certificates[usize::from(number * devices + device)].clone();
                office.grow(Some(user(number)), &identity(number), DeviceAdded { certificate });
            }
        }
        let members = RoomMembers::Chosen((0..people).map(user).collect());
        office.grow(None, &office_key, RoomMade { room: ROOM, name: Hash::from_bytes([1; 32]), members });
        let root = office.roster.root().unwrap();
        for member in &mut office.members {
            member.identity.set_root(root);
            member.directory = Directory::pinned(root);
        }
        office
    }

    /// What a device verifies of it.
    #[cfg(test)]
    pub(crate) fn directory(&self) -> Directory {
        let mut directory = Directory::pinned(self.roster.root().unwrap());
        directory.take(0, &self.entries, NOW).unwrap();
        directory
    }
}

/// A core of this member, and the record of its vault.
pub(super) fn core_of(member: Member, rng: Box<dyn Rng>) -> (Core, Write) {
    let mut core = Core::open_with(Vec::new(), Vec::new(), NOW, rng).unwrap();
    let vault = VaultKey::make(core.rng.as_mut()).unwrap();
    let record = VaultRecord::unwrapped(&vault).to_bytes().unwrap();
    core.vault = Some(vault);
    core.member = Some(member);
    core.stored.insert(key::VAULT.to_owned());
    (core, Write { key: key::VAULT.to_owned(), value: Some(ByteBuf::from(record)) })
}

/// A connection on which the core has been let in and has the whole roster, and the gateway's end of it.
pub(crate) fn connect(core: &mut Core) -> Channel {
    let member = core.member.as_ref().unwrap();
    let (initiator, first) =
        Initiator::start(member.identity.noise(), &gateway_key().public().unwrap()).unwrap();
    let (far, answer) = respond(&gateway_key(), &first).unwrap();
    let near = initiator.finish(&answer).unwrap();
    let mut session = Session::new(near, "gw1".parse().unwrap(), true, member.directory.place(), NOW);
    session.current = true;
    core.connection = Connection::Up(Box::new(session));
    far
}

/// A one-time key of the core's device, as a gateway hands it out.
pub(crate) fn one_time_key(core: &mut Core) -> ClaimedPrekey {
    let member = core.member.as_mut().unwrap();
    let device = member.me().device;
    let prekey = member.account.refill(24, device, member.identity.signer(), NOW).unwrap().remove(0);
    ClaimedPrekey { device, prekey }
}

/// Gives the core the log.
pub(crate) fn take_all(core: &mut Core, entries: &[ByteBuf]) {
    let member = core.member.as_mut().unwrap();
    member.directory.take(0, entries, NOW).unwrap();
    member.meet_everybody();
}

pub(super) fn member_of_ref(core: &Core) -> &Member {
    core.member.as_ref().unwrap()
}

pub(super) fn member_of(core: &mut Core) -> &mut Member {
    core.member.as_mut().unwrap()
}
