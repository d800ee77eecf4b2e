//! As much as is allowed fits, and no more.

use protocol::{
    codec,
    id::{Curve25519Public, DeviceId, Hash, InviteId, OlmSigningPublic, RoomId, Signature, UserId},
    limits::{MAX_INVITES, MAX_NAME, MAX_ROOM_MEMBERS, MAX_ROOMS},
    roster::{
        Change, InviteIssued, PersonJoined, RoomChanged, RoomMade, RoomMembers, RosterError, SignedEntry,
        Source, StaffRole,
    },
    signature::{Role, SigningKey},
    text::InviteSecret,
};

use crate::samples::{Log, identity, identity_statement, invites, issued, joined, room, statement, user};

/// Bytes of which no two numbers have the same. Below the prime, for keys.
fn bytes<const N: usize>(tag: u8, number: usize) -> [u8; N] {
    let mut bytes = [tag; N];
    bytes[..8].copy_from_slice(&(number as u64).to_be_bytes());
    bytes
}

/// Takes an entry as one's own storage gives it: nobody has to sign thousands of them.
fn store(log: &mut Log, author: Option<UserId>, change: impl Into<Change>) -> Result<(), RosterError> {
    let mut entry = log.next(None, change);
    entry.author = author;
    let signed =
        SignedEntry { entry: codec::encode(&entry).unwrap(), signature: Signature::from_bytes([0; 64]) };
    log.roster.apply(&codec::encode(&signed).unwrap(), Source::Stored).map(|_| ())
}

fn invite(number: usize) -> InviteIssued {
    InviteIssued {
        invite: InviteId::from_bytes(bytes(1, number)),
        user: UserId::from_bytes(bytes(2, number)),
        key: InviteSecret::from_bytes(bytes(3, number)).signing_key().unwrap().public().clone(),
        name: format!("Stranger {number}"),
        ..issued(9, StaffRole::Staff)
    }
}

/// Uses `invite(number)`, with signatures that nobody checks.
fn join(number: usize) -> PersonJoined {
    let key = |role, tag| SigningKey::from_seed(role, bytes(tag, number)).unwrap().public().clone();
    let InviteIssued { invite, user, .. } = invite(number);
    let mut who = identity_statement(2, 2);
    (who.invite, who.user, who.identity) = (invite, user, key(Role::Person, 4));
    let mut device = statement(2, 2);
    (device.user, device.device) = (user, DeviceId::from_bytes(bytes(5, number)));
    device.signing_key = key(Role::Device, 6);
    device.noise_key = Curve25519Public::from_bytes(bytes(7, number));
    device.olm_identity = Curve25519Public::from_bytes(bytes(8, number));
    device.olm_signing = OlmSigningPublic::from_bytes(bytes(9, number));
    let mut joined = joined(2, 2);
    joined.identity = identity(2, 2);
    joined.identity.statement = codec::encode(&who).unwrap();
    joined.certificate.statement = codec::encode(&device).unwrap();
    joined
}

#[test]
fn as_many_invites_as_allowed_fit_into_an_entry_with_the_longest_names() {
    let mut log = Log::opened();
    let many = (0..MAX_INVITES).map(|number| InviteIssued {
        name: format!("{number:0>MAX_NAME$}"),
        group: Some("g".repeat(MAX_NAME)),
        ..invite(number)
    });
    log.by(1, invites(many)).unwrap();
    assert_eq!(log.roster.invites().count(), MAX_INVITES);
}

#[test]
fn a_room_takes_as_many_people_as_allowed_and_no_more() {
    let mut log = Log::opened();
    let mut people = vec![user(1)];
    for number in 0..MAX_ROOM_MEMBERS {
        let invite = invite(number);
        people.push(invite.user);
        store(&mut log, None, invites([invite])).unwrap();
        store(&mut log, people.last().copied(), join(number)).unwrap();
    }
    let late = people.pop().unwrap();
    let full = RoomMade { room: room(1), name: Hash::of(b"name"), members: RoomMembers::Chosen(people) };
    log.by(1, full).unwrap();
    assert_eq!(log.roster.members(room(1)).count(), MAX_ROOM_MEMBERS);

    let one_more = RoomChanged { room: room(1), add: vec![late], remove: vec![] };
    assert!(matches!(log.by(1, one_more), Err(RosterError::Members)));
    let instead = RoomChanged { room: room(1), add: vec![late], remove: vec![user(1)] };
    log.by(1, instead).unwrap();
    assert_eq!(log.roster.members(room(1)).count(), MAX_ROOM_MEMBERS);
}

#[test]
fn an_office_has_as_many_rooms_as_allowed_and_no_more() {
    let mut log = Log::opened();
    let made = |number| RoomMade {
        room: RoomId::from_bytes(bytes(1, number)),
        name: Hash::of(b"name"),
        members: RoomMembers::Everyone,
    };
    for number in 0..MAX_ROOMS {
        store(&mut log, Some(user(1)), made(number)).unwrap();
    }
    assert!(matches!(store(&mut log, Some(user(1)), made(MAX_ROOMS)), Err(RosterError::Members)));
    assert_eq!(log.roster.rooms().count(), MAX_ROOMS);
}
