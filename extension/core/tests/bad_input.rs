//! What bad input gets: entries that were forged, shuffled, cut, repeated or dated wrongly, one invite for two browsers, a certificate of
//! another office, a room changed without the right, wrong passphrases, weakened parameters. Each is refused for its own reason, and
//! nothing is lost.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs,
    unreachable_pub
)]
#![allow(dead_code, clippy::pedantic)]

use std::collections::BTreeMap;

use extension_core::{
    Core, Hint, StoredRecord,
    view::{LinkState, MessageState, Stage},
};
use protocol::{
    frame::RosterEntries,
    id::{InviteId, OfficeId, RoomId, UserId},
    opaque::Stretch,
    roster::{
        Change, Entry, InviteIssued, InvitesIssued, RoomMembers, Roster, SignedEntry, Source, StaffRole,
    },
    signature::{Role, SigningKey},
};
use serde_bytes::ByteBuf;
use simulation::World;

const PASSPHRASE: &str = "correct horse battery staple";
const MINUTE: u64 = 60 * 1000;

fn alarm(world: &World, host: usize) -> Option<String> {
    world.hosts[host].core.view().alarm.map(|alarm| alarm.code)
}

fn problem(world: &World, host: usize) -> Option<String> {
    world.hosts[host].core.view().problem.map(|problem| problem.code)
}

fn invites(number: u8, at_ms: u64) -> Change {
    Change::InvitesIssued(InvitesIssued {
        invites: vec![InviteIssued {
            invite: InviteId::from_bytes([number; 16]),
            key: SigningKey::from_seed(Role::Invite, [number; 32]).unwrap().public().clone(),
            user: UserId::from_bytes([number; 16]),
            name: format!("Eve {number}"),
            role: StaffRole::Staff,
            group: None,
            expires_ms: at_ms + 60 * MINUTE,
        }],
    })
}

/// An entry after `roster`, by the office key, with whatever `spoil` does to it.
fn entry(world: &World, roster: &Roster, number: u8, spoil: impl FnOnce(&mut Entry)) -> Vec<u8> {
    let mut entry = Entry {
        office: world.gateway.office,
        index: roster.length(),
        previous: roster.head(),
        made_ms: world.now,
        author: None,
        change: invites(number, world.now),
    };
    spoil(&mut entry);
    SignedEntry::make(&entry, &world.gateway.office_key).unwrap()
}

/// Two entries that follow each other.
fn two(world: &World) -> [Vec<u8>; 2] {
    let first = entry(world, &world.gateway.roster, 90, |_| {});
    let mut roster = world.gateway.roster.clone();
    roster.apply(&first, Source::Stored).unwrap();
    let second = entry(world, &roster, 91, |_| {});
    [first, second]
}

#[test]
fn every_bad_entry_stops_sending_by_name_and_the_honest_log_starts_it_again() {
    type Bad = fn(&World) -> Vec<Vec<u8>>;
    let cases: [(&str, Bad, Option<&str>); 10] = [
        (
            "forged",
            |world| {
                let entry = SignedEntry::read(&two(world)[0]).unwrap().1;
                let other = SigningKey::from_seed(Role::Office, [66; 32]).unwrap();
                vec![SignedEntry::make(&entry, &other).unwrap()]
            },
            Some("roster_invalid"),
        ),
        (
            "changed",
            |world| {
                let [mut first, _] = two(world);
                let at = first.len() / 2;
                first[at] ^= 1;
                vec![first]
            },
            Some("roster_invalid"),
        ),
        ("reordered", |world| two(world).into_iter().rev().collect(), Some("roster_invalid")),
        ("left out", |world| vec![two(world)[1].clone()], Some("roster_invalid")),
        (
            "cut",
            |world| {
                let [first, _] = two(world);
                vec![first[..first.len() - 1].to_vec()]
            },
            Some("roster_invalid"),
        ),
        (
            "repeated at the end",
            |world| vec![world.gateway.entries.last().unwrap().clone()],
            Some("roster_invalid"),
        ),
        (
            "from the future",
            |world| vec![entry(world, &world.gateway.roster, 90, |entry| entry.made_ms += 6 * MINUTE)],
            Some("roster_invalid"),
        ),
        (
            "backdated",
            |world| vec![entry(world, &world.gateway.roster, 90, |entry| entry.made_ms -= 11 * MINUTE)],
            Some("roster_invalid"),
        ),
        (
            "of another office",
            |world| {
                let office = OfficeId::from_bytes([99; 16]);
                vec![entry(world, &world.gateway.roster, 90, |entry| entry.office = office)]
            },
            Some("roster_invalid"),
        ),
        // Not bad at all, so that the others are refused for what is wrong with them.
        ("good", |world| two(world).to_vec(), None),
    ];
    let (mut world, [ann, ben]) = World::with_people(400, ["Ann", "Ben"]);
    let ben_user = world.hosts[ben].user;
    for (number, (name, bad, expected)) in cases.into_iter().enumerate() {
        let before = world.hosts[ann].records.clone();
        let first = world.gateway.entries.len() as u64;
        let entries = bad(&world).into_iter().map(ByteBuf::from).collect();
        let conn = world.hosts[ann].conn.unwrap();
        world.gateway.send(conn, RosterEntries { first, entries });
        world.drain();
        assert_eq!(alarm(&world, ann).as_deref(), expected, "{name}");
        if expected.is_none() {
            assert_eq!(world.hosts[ann].records.len(), before.len() + 2);
            continue;
        }
        assert_eq!(world.hosts[ann].records, before, "{name}");
        world.send(ann, ben, name);
        world.drain();
        assert_eq!(world.hosts[ann].states(ben_user)[number], MessageState::Queued, "{name}");
        world.cut(ann);
        world.settle();
        assert_eq!(alarm(&world, ann), None, "{name}");
        assert_eq!(world.hosts[ann].states(ben_user)[number], MessageState::Delivered, "{name}");
    }
}

#[test]
fn an_entry_that_is_known_already_changes_nothing() {
    let (mut world, [ann]) = World::with_people(401, ["Ann"]);
    let before = world.hosts[ann].records.clone();
    let conn = world.hosts[ann].conn.unwrap();
    for first in 0..world.gateway.entries.len() {
        let entries = world.gateway.entries[first..].iter().cloned().map(ByteBuf::from).collect();
        world.gateway.send(conn, RosterEntries { first: first as u64, entries });
    }
    world.drain();
    let after = &world.hosts[ann].records;
    let changed: Vec<_> = after.iter().filter(|(key, value)| before.get(*key) != Some(value)).collect();
    assert_eq!(changed.iter().map(|(key, _)| key.as_str()).collect::<Vec<_>>(), [""; 0]);
    assert_eq!((after.len(), alarm(&world, ann)), (before.len(), None));
}

#[test]
fn of_two_browsers_that_use_one_invite_at_the_same_moment_one_gets_in() {
    // However many steps the second is behind.
    for lag in 0..12 {
        let mut world = World::new(402);
        let (user, invite) = world.gateway.invite("Ann");
        let first = world.add(user, &invite);
        for _ in 0..lag {
            world.step(first);
        }
        let second = world.add(user, &invite);
        // Step by step in turn, the later one ahead.
        for _ in 0..60 {
            world.step(second);
            world.step(first);
        }
        world.drain();
        let stages = [first, second].map(|host| world.hosts[host].core.view().stage);
        let members = stages.iter().filter(|stage| **stage == Stage::Member).count();
        assert_eq!(members, 1, "{lag}: {stages:?}");
        let loser = if stages[0] == Stage::Member { second } else { first };
        assert_eq!(problem(&world, loser).as_deref(), Some("invite_used"), "{lag}");
        assert!(world.hosts[loser].records.is_empty(), "{lag}: nothing of it stays");
        assert_eq!(world.gateway.roster.user(user).unwrap().devices.len(), 1);
    }
}

#[test]
fn an_invite_that_is_over_or_leads_to_another_office_lets_nobody_in() {
    let mut world = World::new(403);
    let (user, invite) = world.gateway.invite("Ann");
    let late = world.add_new(user);
    let at = world.now + 25 * 60 * MINUTE;
    let error = world.act(late, |core, _| core.join(&invite, at)).unwrap_err();
    assert_eq!(error.code(), "invite_expired");
    assert_eq!(world.hosts[late].core.view().stage, Stage::New);
    // The gateway shows another office with the same key of its own: another first entry.
    let mut other = simulation::gateway::Gateway::new(world.now + 1);
    other.invite("Ann");
    let honest = std::mem::replace(&mut world.gateway.entries, other.entries.clone());
    let honest = (honest, std::mem::replace(&mut world.gateway.roster, other.roster.clone()));
    let led = world.add(user, &invite);
    world.pass(MINUTE);
    assert_eq!(world.hosts[led].core.view().stage, Stage::Entering);
    assert_eq!(problem(&world, led).as_deref(), Some("roster_fork"));
    assert_eq!(world.gateway.entries, other.entries, "it has told that office nothing");
    // The true one is entered as soon as the person tries again.
    (world.gateway.entries, world.gateway.roster) = honest;
    world.act(led, |core, now| core.hint(Hint::Wake, now)).unwrap();
    world.settle();
    assert_eq!(world.hosts[led].core.view().stage, Stage::Member);
}

#[test]
fn a_room_is_changed_by_nobody_without_the_right() {
    let (mut world, lead) = World::opened(405);
    let [ann, ben, cas] = ["Ann", "Ben", "Cas"].map(|name| world.hire(lead, name, StaffRole::Staff));
    let users = [ann, ben, cas].map(|host| world.hosts[host].user);
    let members = RoomMembers::Chosen(vec![users[0], users[1]]);
    world.done(lead, "room", |core, job, now| core.make_room("Front desk", members, job, now));
    let room = world.hosts[lead].core.view().rooms[0].room;
    let before = (world.gateway.roster.length(), world.gateway.roster.room(room).cloned());
    let (add, remove) = (vec![users[2]], vec![users[1]]);
    for host in [ann, cas] {
        for number in 0..3 {
            let error = world.act(host, |core, now| match number {
                0 => core.change_room(room, add.clone(), remove.clone(), "change", now),
                1 => core.close_room(room, "close", now),
                _ => core.rename_room(room, "Mine", "rename", now),
            });
            assert_eq!(error.unwrap_err().code(), "not_allowed", "{host} {number}");
        }
    }
    let error = world.act(cas, |core, now| core.leave_room(room, "leave", now)).unwrap_err();
    assert_eq!(error.code(), "bad_entry", "one leaves what one is in");
    let nowhere = RoomId::from_bytes([1; 16]);
    assert!(world.act(lead, |core, now| core.close_room(nowhere, "close", now)).is_err());
    world.drain();
    assert_eq!((world.gateway.roster.length(), world.gateway.roster.room(room).cloned()), before);
    world.act(ann, |core, now| core.send_text(room, "still here", now)).unwrap();
    world.drain();
    assert_eq!(world.hosts[ben].texts(room), ["still here"]);
}

/// An entry of a member without the right, which a gateway passes on.
#[test]
fn a_room_changed_behind_the_rules_changes_for_nobody() {
    let (mut world, lead) = World::opened(406);
    let [ann, ben] = ["Ann", "Ben"].map(|name| world.hire(lead, name, StaffRole::Staff));
    let users = [ann, ben].map(|host| world.hosts[host].user);
    let members = RoomMembers::Chosen(users.to_vec());
    world.done(lead, "room", |core, job, now| core.make_room("Front desk", members, job, now));
    let room = world.hosts[lead].core.view().rooms[0].room;
    let roster = &world.gateway.roster;
    let change = protocol::roster::RoomChanged { room, add: vec![], remove: vec![users[1]] };
    let entry = Entry {
        office: world.gateway.office,
        index: roster.length(),
        previous: roster.head(),
        made_ms: world.now,
        author: Some(users[0]),
        change: Change::RoomChanged(change),
    };
    // Whatever key signs: Ann's own is on Ann's device alone.
    let key = SigningKey::from_seed(Role::Person, [66; 32]).unwrap();
    let bytes = SignedEntry::make(&entry, &key).unwrap();
    let (conn, first) = (world.hosts[ben].conn.unwrap(), roster.length());
    world.gateway.send(conn, RosterEntries { first, entries: vec![ByteBuf::from(bytes)] });
    world.drain();
    assert_eq!(alarm(&world, ben).as_deref(), Some("roster_invalid"));
    assert_eq!(world.hosts[ben].core.view().rooms[0].members.len(), 3);
}

fn with_passphrase(seed: u64) -> (World, usize, usize) {
    let (mut world, [ann, ben]) = World::with_people(seed, ["Ann", "Ben"]);
    world.send(ben, ann, "before");
    world.drain();
    world.done(ann, "set", |core, job, now| core.set_passphrase(PASSPHRASE, job, now));
    (world, ann, ben)
}

#[test]
fn the_wrong_passphrase_twenty_times_opens_nothing_and_loses_nothing() {
    let (mut world, ann, ben) = with_passphrase(407);
    world.act(ann, |core, now| core.lock(now)).unwrap();
    let records = world.hosts[ann].records.clone();
    for number in 0..20 {
        let wrong = format!("correct horse battery stapl{number}");
        world.act(ann, |core, now| core.unlock(&wrong, now)).unwrap();
        assert_eq!(world.hosts[ann].core.view().stage, Stage::Locked);
        assert_eq!(problem(&world, ann).as_deref(), Some("wrong_passphrase"));
        assert!(world.hosts[ann].session.is_empty());
    }
    assert_eq!(world.hosts[ann].records, records);
    world.act(ann, |core, now| core.unlock(PASSPHRASE, now)).unwrap();
    world.settle();
    assert_eq!(world.hosts[ann].texts(world.hosts[ben].user), ["before"]);
    assert_eq!(world.hosts[ann].core.view().link.state, LinkState::Connected);
}

fn opens(records: &BTreeMap<String, Vec<u8>>, now: u64) -> Result<Core, &'static str> {
    let stored = records.iter().map(|(key, value)| StoredRecord { key: key.clone(), value: value.clone() });
    Core::open(stored.collect(), Vec::new(), now).map_err(|error| error.code())
}

#[test]
fn a_vault_with_weakened_parameters_is_refused_or_opens_nothing() {
    let (mut world, ann, _) = with_passphrase(408);
    world.act(ann, |core, now| core.lock(now)).unwrap();
    let honest = world.hosts[ann].records.clone();
    // The record holds the parameters in clear, as MessagePack.
    let number = |stretch: Stretch| protocol::codec::encode(&stretch).unwrap();
    let with = |stretch: Stretch| {
        let (old, new) = (number(Stretch::STANDARD), number(stretch));
        let mut records = honest.clone();
        let vault = records.get_mut("vault").unwrap();
        let at = vault.windows(old.len()).position(|window| window == old).unwrap();
        vault.splice(at..at + old.len(), new);
        records
    };
    let weak = Stretch { memory_kib: 8, passes: 1 };
    assert_eq!(opens(&with(weak), world.now).err(), Some("storage_damaged"));
    let dear = Stretch { memory_kib: u32::MAX, passes: u32::MAX };
    assert_eq!(opens(&with(dear), world.now).err(), Some("storage_damaged"));
    // Within what is allowed, and yet not what was chosen.
    world.hosts[ann].records = with(Stretch::FLOOR);
    world.reopen(ann);
    world.act(ann, |core, now| core.unlock(PASSPHRASE, now)).unwrap();
    assert_eq!(problem(&world, ann).as_deref(), Some("wrong_passphrase"));
    world.hosts[ann].records = honest;
    world.reopen(ann);
    world.act(ann, |core, now| core.unlock(PASSPHRASE, now)).unwrap();
    world.settle();
    assert_eq!(world.hosts[ann].core.view().stage, Stage::Member);
}

#[test]
fn a_backup_with_weakened_parameters_is_refused_at_the_sign_in() {
    let (mut world, ann, _) = with_passphrase(409);
    let user = world.hosts[ann].user;
    let honest = world.gateway.passphrases[&user].clone();
    let mut sign_in = |stretch: Option<Stretch>, backup: Option<Vec<u8>>| {
        let mut record = honest.clone();
        record.stretch = stretch.unwrap_or(honest.stretch);
        record.backup = backup.unwrap_or(honest.backup.clone());
        world.gateway.passphrases.insert(user, record);
        let desk = world.add_new(user);
        world.act(desk, |core, now| core.sign_in("ws://gateway", "Ann", PASSPHRASE, now)).unwrap();
        world.drain();
        let refused = problem(&world, desk);
        let empty = world.hosts[desk].records.is_empty();
        assert_eq!(empty, refused.is_some(), "nothing stays of what was refused");
        refused
    };
    let weak = Stretch { memory_kib: 8, passes: 1 };
    assert_eq!(sign_in(Some(weak), None).as_deref(), Some("weak_parameters"));
    let dear = Stretch { memory_kib: u32::MAX, passes: 10 };
    assert_eq!(sign_in(Some(dear), None).as_deref(), Some("weak_parameters"));
    // Lowered to the floor, the passphrase is another one for both sides.
    assert_eq!(sign_in(Some(Stretch::FLOOR), None).as_deref(), Some("wrong_passphrase"));
    let mut changed = honest.backup.clone();
    *changed.last_mut().unwrap() ^= 1;
    assert_eq!(sign_in(None, Some(changed)).as_deref(), Some("wrong_gateway_key"));
    assert_eq!(sign_in(None, Some(Vec::new())).as_deref(), Some("wrong_gateway_key"));
    assert_eq!(sign_in(None, None), None);
    assert_eq!(world.gateway.roster.user(user).unwrap().devices.len(), 2);
}
