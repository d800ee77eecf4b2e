//! What a malicious gateway tries with the roster, with the keys that it hands out and with the mailbox. None of it succeeds, each
//! is noticed by its name, and what it held back arrives in the end.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs,
    unreachable_pub
)]
#![allow(dead_code, clippy::pedantic)]

use extension_core::{
    Refusal,
    view::{Keys, MessageState, Stage},
};
use protocol::{
    device::{DeviceCertificate, DeviceStatement},
    envelope::Addressed,
    frame::{ClientFrame, ConfirmDelivery, RosterEntries},
    id::{Curve25519Public, DeviceId, OlmSigningPublic, Signature, UserId},
    identity::{IdentityCertificate, IdentityStatement},
    prekey::{PrekeyPurpose, PrekeyStatement, SignedPrekey},
    roster::{
        Change, DeviceAdded, Entry, PersonJoined, PersonRevoked, Policy, PolicyChanged, SignedEntry, Source,
    },
    signature::{Role, SigningKey},
};
use serde_bytes::ByteBuf;
use simulation::{START, World};

const MINUTE: u64 = 60 * 1000;

fn alarm(world: &World, host: usize) -> Option<String> {
    world.hosts[host].core.view().alarm.map(|alarm| alarm.code)
}

fn count(world: &World, host: usize, refusal: Refusal) -> u64 {
    world.hosts[host].core.refusals().of(refusal)
}

/// Takes what waits for somebody out of the mailbox.
fn steal(world: &mut World, host: usize) -> Vec<Addressed> {
    let device = world.hosts[host].device();
    std::mem::take(world.gateway.mailbox.get_mut(&device).unwrap())
}

/// Pushes entries to one device alone, as what follows what it has.
fn push(world: &mut World, host: usize, entries: &[Vec<u8>]) {
    let first = world.gateway.entries.len() as u64;
    let conn = world.hosts[host].conn.unwrap();
    let entries = entries.iter().cloned().map(ByteBuf::from).collect();
    world.gateway.send(conn, RosterEntries { first, entries });
    world.drain();
}

/// Sending is stopped, and goes on once the gateway is honest again.
fn held_until_honest(world: &mut World, from: usize, to: usize, text: &str) {
    world.send(from, to, text);
    world.drain();
    let user = world.hosts[to].user;
    assert_eq!(world.hosts[from].states(user).last(), Some(&MessageState::Queued));
    world.cut(from);
    world.settle();
    assert_eq!(alarm(world, from), None);
    assert_eq!(world.hosts[from].states(user).last(), Some(&MessageState::Delivered));
    assert_eq!(world.hosts[to].texts(world.hosts[from].user).last().unwrap(), text);
}

/// A device that the gateway has the keys of.
fn own_device(world: &World, of: UserId) -> (DeviceStatement, SigningKey) {
    let key = SigningKey::from_seed(Role::Device, [66; 32]).unwrap();
    let statement = DeviceStatement {
        office: world.gateway.office,
        user: of,
        device: DeviceId::from_bytes([66; 16]),
        signing_key: key.public().clone(),
        noise_key: Curve25519Public::from_bytes([66; 32]),
        olm_identity: Curve25519Public::from_bytes([67; 32]),
        olm_signing: OlmSigningPublic::from_bytes([6; 32]),
        created_ms: world.now,
    };
    (statement, key)
}

fn no_olm(_: &[u8]) -> Signature {
    Signature::from_bytes([0; 64])
}

/// An entry at the end of the log, whatever the rules say to it.
fn entry(world: &World, author: Option<UserId>, key: &SigningKey, change: Change) -> Vec<u8> {
    let roster = &world.gateway.roster;
    let entry = Entry {
        office: world.gateway.office,
        index: roster.length(),
        previous: roster.head(),
        made_ms: world.now,
        author,
        change,
    };
    SignedEntry::make(&entry, key).unwrap()
}

/// The founder of the office, and the key of that person.
fn founder(world: &World) -> (UserId, SigningKey) {
    let founder = world.gateway.roster.users().find(|user| user.name == "The founder").unwrap();
    (founder.user, SigningKey::from_seed(Role::Person, [4; 32]).unwrap())
}

#[test]
fn a_device_that_the_gateway_adds_to_somebody_is_refused_and_gets_nothing() {
    let own = SigningKey::from_seed(Role::Person, [66; 32]).unwrap();
    for case in 0..5 {
        let (mut world, [ann, ben]) = World::with_people(300, ["Ann", "Ben"]);
        let ben_user = world.hosts[ben].user;
        let (statement, device_key) = own_device(&world, ben_user);
        let (admin, admin_key) = founder(&world);
        let by = |person: &SigningKey| {
            Change::DeviceAdded(DeviceAdded {
                certificate: DeviceCertificate::make(&statement, &device_key, person, no_olm).unwrap(),
            })
        };
        let forged = match case {
            // As if by Ben, with a key of the gateway's own.
            0 => entry(&world, Some(ben_user), &own, by(&own)),
            // By an administrator whom the gateway has won.
            1 => entry(&world, Some(admin), &admin_key, by(&admin_key)),
            // By that administrator, as if Ben had certified it.
            2 => entry(&world, Some(admin), &admin_key, by(&own)),
            // With the stolen office key.
            3 => entry(&world, None, &world.gateway.office_key, by(&own)),
            // Ben's own certificate once more.
            _ => {
                let read = |bytes: &Vec<u8>| SignedEntry::read(bytes).unwrap().1.change;
                let certificate = world.gateway.entries.iter().rev().find_map(|bytes| match read(bytes) {
                    Change::PersonJoined(joined) => Some(joined.certificate),
                    _ => None,
                });
                let change = DeviceAdded { certificate: certificate.unwrap() };
                entry(&world, Some(ben_user), &own, Change::DeviceAdded(change))
            }
        };
        push(&mut world, ann, &[forged]);
        assert_eq!(alarm(&world, ann).as_deref(), Some("roster_invalid"), "case {case}");
        let shown = world.hosts[ann].core.view().people;
        let shown = shown.iter().find(|person| person.user == ben_user).unwrap();
        assert_eq!(shown.devices, 1, "case {case}");
        held_until_honest(&mut world, ann, ben, "for Ben alone");
        assert!(world.gateway.log.iter().all(|copy| copy.wrap.device != statement.device));

        // What that device says is nobody's word.
        let mut copy = world.gateway.log.last().unwrap().clone();
        copy.header.sender_device = statement.device;
        copy.wrap.device = world.hosts[ann].device();
        world.inject(ann, copy);
        assert_eq!(world.hosts[ann].texts(ben_user), ["for Ben alone"]);
    }
}

/// Ann is away while Cas joins.
fn joined_meanwhile(seed: u64) -> (World, usize, usize) {
    let (mut world, [ann]) = World::with_people(seed, ["Ann"]);
    world.cut(ann);
    let wake_at = world.hosts[ann].wake_at.take();
    let (user, invite) = world.gateway.invite("Cas");
    let cas = world.add(user, &invite);
    world.settle();
    world.hosts[ann].wake_at = wake_at;
    (world, ann, cas)
}

#[test]
fn a_key_that_the_gateway_swaps_in_an_entry_is_refused() {
    for number in 0..6 {
        let (mut world, ann, cas) = joined_meanwhile(301);
        let device = world.gateway.roster.device(world.hosts[cas].device()).unwrap().clone();
        let honest = world.gateway.entries.clone();
        let (mine, device_key) = own_device(&world, device.user);
        let own = SigningKey::from_seed(Role::Person, [66; 32]).unwrap();
        let Change::PersonJoined(joined) = SignedEntry::read(honest.last().unwrap()).unwrap().1.change else {
            panic!("Cas joined last")
        };
        let identity = joined.identity.read().unwrap();
        let (old, new): (&[u8], &[u8]) = match number {
            0 => (identity.identity.as_str().as_bytes(), own.public().as_str().as_bytes()),
            1 => (device.signing_key.as_str().as_bytes(), mine.signing_key.as_str().as_bytes()),
            2 => (device.noise_key.as_bytes(), mine.noise_key.as_bytes()),
            3 => (device.olm_identity.as_bytes(), mine.olm_identity.as_bytes()),
            4 => (device.olm_signing.as_bytes(), mine.olm_signing.as_bytes()),
            _ => (&[], &[]),
        };
        let swapped = if number < 5 {
            let mut bytes = honest.last().unwrap().clone();
            let found: Vec<_> =
                (0..bytes.len() - old.len()).filter(|at| bytes[*at..*at + old.len()] == *old).collect();
            assert!(!found.is_empty());
            for at in found {
                bytes[at..at + old.len()].copy_from_slice(new);
            }
            bytes
        } else {
            // Everything anew under keys of the gateway's own; only the invite's key is not there.
            let invite = SigningKey::from_seed(Role::Invite, [66; 32]).unwrap();
            let statement = IdentityStatement { identity: own.public().clone(), ..identity.clone() };
            let change = PersonJoined {
                identity: IdentityCertificate::make(&statement, &invite).unwrap(),
                certificate: DeviceCertificate::make(&mine, &device_key, &own, no_olm).unwrap(),
            };
            let last = SignedEntry::read(honest.last().unwrap()).unwrap().1;
            SignedEntry::make(&Entry { change: change.into(), ..last }, &own).unwrap()
        };
        *world.gateway.entries.last_mut().unwrap() = swapped;
        world.settle();
        assert_eq!(alarm(&world, ann).as_deref(), Some("roster_invalid"), "key {number}");
        assert!(world.hosts[ann].core.view().people.iter().all(|person| person.name != "Cas"));
        world.gateway.entries = honest;
        world.cut(ann);
        world.settle();
        assert_eq!(alarm(&world, ann), None);
        world.send(ann, cas, "with the true keys");
        world.drain();
        assert_eq!(world.hosts[cas].texts(world.hosts[ann].user), ["with the true keys"], "key {number}");
    }
}

/// With the stolen office key a gateway can give somebody a new identity; who wrote with that person is stopped, although the
/// new keys are the first thing that comes after they met.
#[test]
fn a_new_identity_is_noticed_by_somebody_who_has_just_joined() {
    let (mut world, [ann, ben]) = World::with_people(311, ["Ann", "Ben"]);
    let ann_user = world.hosts[ann].user;
    world.send(ben, ann, "who are you?");
    world.drain();
    world.cut(ben);
    let wake_at = world.hosts[ben].wake_at.take();
    let invite = world.gateway.invite_user(ann_user, "Ann");
    let thief = world.add(ann_user, &invite);
    world.settle();
    world.hosts[ben].wake_at = wake_at;
    world.settle();
    let shown = world.hosts[ben].core.view().people;
    assert_eq!(shown.iter().find(|person| person.user == ann_user).unwrap().keys, Keys::Changed);
    let refused = world.act(ben, |core, now| core.send_text(ann_user, "still you?", now)).unwrap_err();
    assert_eq!(refused.code(), "keys_changed");
    assert!(world.hosts[thief].texts(world.hosts[ben].user).is_empty());
}

#[test]
fn a_swapped_or_outdated_one_time_key_is_counted_and_starts_no_session() {
    let (mut world, [ann, ben]) = World::with_people(302, ["Ann", "Ben"]);
    let device = world.hosts[ben].device();
    let honest = world.gateway.one_time[&device].clone();
    let stranger = SigningKey::from_seed(Role::Device, [1; 32]).unwrap();
    let make = |key, expires_ms| {
        let purpose = PrekeyPurpose::OneTime;
        let statement = PrekeyStatement { device, key_id: 0, key, purpose, expires_ms };
        SignedPrekey::make(&statement, &stranger).unwrap()
    };
    let mut flipped = honest[0].clone();
    let at = flipped.statement.len() - 1;
    flipped.statement[at] ^= 0x80;
    let others = world.gateway.one_time[&world.hosts[ann].device()][0].clone();
    let bad = [
        make(Curve25519Public::from_bytes([9; 32]), START * 2),
        make(Curve25519Public::from_bytes([0; 32]), START * 2),
        flipped,
        others,
    ];
    world.gateway.fallback.remove(&device);
    world.gateway.one_time.get_mut(&device).unwrap().clear();
    world.send(ann, ben, "under Ben's own key");
    for (number, key) in bad.into_iter().enumerate() {
        world.gateway.one_time.get_mut(&device).unwrap().push_back(key);
        world.pass(30_000);
        assert_eq!(count(&world, ann, Refusal::ClaimedKey), number as u64 + 1);
        assert_eq!(world.hosts[ann].states(world.hosts[ben].user), [MessageState::Queued]);
    }
    world.gateway.one_time.insert(device, honest);
    world.pass(30_000);
    assert_eq!(world.hosts[ann].states(world.hosts[ben].user), [MessageState::Delivered]);
}

/// The entry with which Cas is removed; nobody has it yet.
fn removal(world: &World, user: UserId) -> Vec<u8> {
    let gateway = &world.gateway;
    let change = Change::PersonRevoked(PersonRevoked { user });
    gateway.roster.next_entry(gateway.office, None, &gateway.office_key, change, world.now).unwrap()
}

fn knows(world: &World, host: usize, user: UserId) -> bool {
    world.hosts[host].core.view().people.iter().any(|person| person.user == user)
}

#[test]
fn a_revocation_hidden_from_one_person_is_missed_when_a_colleague_writes() {
    let (mut world, [ann, ben, cas]) = World::with_people(303, ["Ann", "Ben", "Cas"]);
    let cas_user = world.hosts[cas].user;
    let hidden = removal(&world, cas_user);
    // Everybody but Ann is told.
    push(&mut world, ben, std::slice::from_ref(&hidden));
    assert!(!knows(&world, ben, cas_user) && knows(&world, ann, cas_user));

    world.send(ben, ann, "do you know?");
    world.drain();
    assert_eq!(alarm(&world, ann), None, "it may only be slow");
    world.pass(20_000);
    assert_eq!(alarm(&world, ann).as_deref(), Some("roster_rollback"));
    world.send(ann, cas, "not for somebody who left");
    world.pass(MINUTE);
    assert_eq!(world.hosts[ann].states(cas_user), [MessageState::Queued]);

    push(&mut world, ann, &[hidden]);
    assert_eq!(alarm(&world, ann), None, "what was hidden has come");
    assert!(!knows(&world, ann, cas_user));
    world.pass(MINUTE);
    let sent = world.gateway.log.iter().filter(|copy| copy.header.sender_user == world.hosts[ann].user);
    assert_eq!(sent.count(), 0);
}

#[test]
fn a_lease_that_knows_more_than_the_gateway_shows_is_noticed() {
    let (mut world, [ann, cas]) = World::with_people(304, ["Ann", "Cas"]);
    let cas_user = world.hosts[cas].user;
    let hidden = removal(&world, cas_user);
    let shown = world.gateway.roster.clone();
    world.gateway.roster.apply(&hidden, Source::Wire { now_ms: world.now }).unwrap();
    world.gateway.renew_lease(world.now);
    world.gateway.roster = shown;
    world.drain();
    assert_eq!(alarm(&world, ann), None, "it may only be slow");
    world.pass(20_000);
    assert_eq!(alarm(&world, ann).as_deref(), Some("roster_rollback"));
    push(&mut world, ann, &[hidden]);
    assert_eq!(alarm(&world, ann), None);
    assert!(!knows(&world, ann, cas_user));
}

#[test]
fn a_device_from_which_entries_and_leases_are_hidden_stops_and_then_wipes_itself() {
    let (mut world, [ann, ben]) = World::with_people(305, ["Ann", "Ben"]);
    let policy =
        Policy { stale_lock_ms: 2 * 60 * MINUTE, stale_wipe_ms: 4 * 60 * MINUTE, ..Policy::default() };
    world.gateway.grow(Change::PolicyChanged(PolicyChanged { policy }));
    world.gateway.renew_lease(world.now);
    world.drain();
    let since = world.now;
    // The gateway goes on as before in everything else.
    world.pass(2 * 60 * MINUTE - MINUTE);
    assert_eq!(world.hosts[ann].core.view().stage, Stage::Member);
    world.pass(2 * MINUTE);
    assert_eq!(world.hosts[ann].core.view().stage, Stage::Stale);
    let ben_user = world.hosts[ben].user;
    let _ = world.act(ann, |core, now| core.send_text(ben_user, "to whoever that is", now));
    world.pass(MINUTE);
    assert!(world.gateway.log.is_empty(), "a device that may be in the dark sends nothing");
    world.pass(2 * 60 * MINUTE);
    let view = world.hosts[ann].core.view();
    assert_eq!((view.stage, view.problem.unwrap().code.as_str()), (Stage::Removed, "stale_wiped"));
    assert!(world.hosts[ann].records.is_empty() && world.now > since);
}

#[test]
fn a_device_that_was_long_away_is_fresh_as_soon_as_it_has_read_the_roster() {
    let (mut world, [ann, ben]) = World::with_people(309, ["Ann", "Ben"]);
    world.cut(ann);
    let wake_at = world.hosts[ann].wake_at.take();
    world.now += Policy::default().stale_lock_ms + MINUTE;
    world.gateway.now = world.now;
    world.gateway.invite("Cas");
    world.gateway.renew_lease(world.now);
    world.hosts[ann].wake_at = wake_at;
    world.settle();
    assert_eq!(world.hosts[ann].core.view().stage, Stage::Member);
    assert_eq!((alarm(&world, ann), alarm(&world, ben)), (None, None));
}

#[test]
fn a_lease_of_a_time_to_come_keeps_nobody_fresh() {
    let (mut world, [ann]) = World::with_people(310, ["Ann"]);
    world.gateway.renew_lease(world.now + 365 * 24 * 60 * MINUTE);
    world.drain();
    assert_eq!(world.hosts[ann].core.view().office.unwrap().confirmed_at, None);
    world.pass(Policy::default().stale_lock_ms + MINUTE);
    assert_eq!(world.hosts[ann].core.view().stage, Stage::Stale);
}

#[test]
fn what_a_gateway_carries_for_a_removed_person_is_refused_by_name() {
    let (mut world, [ann, cas]) = World::with_people(306, ["Ann", "Cas"]);
    let cas_user = world.hosts[cas].user;
    world.gateway.hold(true);
    world.send(cas, ann, "I was never removed");
    world.drain();
    let copy = steal(&mut world, ann).remove(0);
    let hidden = removal(&world, cas_user);
    push(&mut world, ann, &[hidden]);
    world.gateway.hold(false);
    world.gateway.frames.clear();
    world.inject(ann, copy.clone());
    assert_eq!(count(&world, ann, Refusal::SenderLeft), 1);
    assert!(world.hosts[ann].texts(cas_user).is_empty());
    assert_eq!(
        world.gateway.frames,
        [ClientFrame::ConfirmDelivery(ConfirmDelivery { message: copy.header.message })]
    );
}

#[test]
fn one_one_time_key_handed_to_two_people_costs_a_second_sealing_and_no_message() {
    let (mut world, [ann, ben, cas]) = World::with_people(307, ["Ann", "Ben", "Cas"]);
    let device = world.hosts[ben].device();
    let keys = world.gateway.one_time[&device].clone();
    world.send(ann, ben, "first with this key");
    world.drain();
    world.gateway.one_time.insert(device, keys);
    world.gateway.hold(true);
    world.send(cas, ben, "second with this key");
    world.drain();
    world.gateway.hold(false);
    world.drain();
    let cas_user = world.hosts[cas].user;
    assert_eq!(count(&world, ben, Refusal::NoOneTimeKey), 1);
    let shown = world.hosts[ben].messages(cas_user);
    assert_eq!(
        (shown[0].state, shown[0].reason.as_deref()),
        (MessageState::Undecryptable, Some("no_one_time_key"))
    );
    world.pass(MINUTE);
    assert_eq!(world.hosts[ben].texts(cas_user), ["second with this key"]);
    assert_eq!(world.hosts[ben].texts(world.hosts[ann].user), ["first with this key"]);
    assert_eq!(world.hosts[cas].states(world.hosts[ben].user), [MessageState::Delivered]);
    // And the sessions go on.
    world.send(ben, cas, "and back");
    world.drain();
    world.send(cas, ben, "and forth");
    world.drain();
    assert_eq!(world.hosts[ben].texts(cas_user).last().unwrap(), "and forth");
    assert_eq!(count(&world, ben, Refusal::NoOneTimeKey), 1);
}

#[test]
fn hundreds_of_messages_on_one_time_key_that_two_people_got_are_all_healed() {
    let (mut world, [ann, ben, cas]) = World::with_people(310, ["Ann", "Ben", "Cas"]);
    let device = world.hosts[ben].device();
    let keys = world.gateway.one_time[&device].clone();
    world.send(ann, ben, "first with this key");
    world.drain();
    world.gateway.one_time.insert(device, keys);
    world.hosts[ben].reachable = false;
    world.cut(ben);
    let texts: Vec<_> = (0..700).map(|number| number.to_string()).collect();
    for text in &texts {
        world.send(cas, ben, text);
        world.drain();
    }
    world.hosts[ben].reachable = true;
    world.settle();
    world.pass(10 * MINUTE);
    let cas_user = world.hosts[cas].user;
    let mut came = world.hosts[ben].texts(cas_user);
    came.sort_by_key(|text| text.parse::<u32>().unwrap());
    assert_eq!(came, texts);
    assert!(!world.hosts[cas].records.keys().any(|key| key.starts_with("outbox/")));
}

/// A ratchet keeps the keys of forty messages that it skipped.
#[test]
fn messages_that_the_gateway_drops_and_reorders_beyond_forty_all_arrive_in_their_order() {
    let (mut world, [ann, ben]) = World::with_people(308, ["Ann", "Ben"]);
    let ann_user = world.hosts[ann].user;
    world.send(ann, ben, "before");
    world.drain();
    world.send(ben, ann, "answer");
    world.drain();
    world.gateway.hold(true);
    let texts: Vec<_> = (0..70).map(|number| format!("number {number:02}")).collect();
    for text in &texts {
        world.send(ann, ben, text);
        world.drain();
    }
    let mut copies = steal(&mut world, ben);
    assert_eq!(copies.len(), 70);
    world.gateway.hold(false);
    // Three are dropped for good, the rest comes newest first.
    for dropped in [60, 30, 2] {
        copies.remove(dropped);
    }
    let newest = copies.pop().unwrap();
    world.inject(ben, newest);
    assert_eq!(world.hosts[ben].messages(ann_user).last().unwrap().missing_before, 69);
    for copy in copies.into_iter().rev() {
        world.inject(ben, copy);
    }
    assert!(count(&world, ben, Refusal::CannotDecrypt) > 20, "these keys were not kept");
    let states = world.hosts[ben].states(ann_user);
    assert!(states.contains(&MessageState::Undecryptable));
    world.pass(MINUTE);
    // What was dropped is still in the outbox, and is offered on the next connection.
    world.cut(ann);
    world.settle();
    world.pass(MINUTE);
    let shown = world.hosts[ben].messages(ann_user);
    let theirs: Vec<_> = shown.iter().filter(|line| line.text.starts_with("number")).collect();
    assert_eq!(theirs.iter().map(|line| line.text.clone()).collect::<Vec<_>>(), texts);
    assert!(shown.iter().all(|line| line.missing_before == 0), "nothing is missing in the end");
    assert!(shown.iter().all(|line| line.state != MessageState::Undecryptable));
    assert!(
        world.hosts[ann].states(world.hosts[ben].user)[2..]
            .iter()
            .all(|state| *state == MessageState::Delivered)
    );
}
