//! People, devices and rooms that come and go while messages and devices are under way.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs,
    unreachable_pub
)]
#![allow(dead_code, clippy::pedantic)]

use extension_core::view::{MessageState, Stage};
use protocol::roster::{RoomMembers, StaffRole};
use simulation::World;

/// An office with a founder, Ann and Ben.
fn staffed(seed: u64) -> (World, usize, usize, usize) {
    let (mut world, lead) = World::opened(seed);
    let ann = world.hire(lead, "Ann", StaffRole::Staff);
    let ben = world.hire(lead, "Ben", StaffRole::Staff);
    (world, lead, ann, ben)
}

fn go_away(world: &mut World, host: usize) {
    world.hosts[host].reachable = false;
    world.cut(host);
}

fn come_back(world: &mut World, host: usize) {
    world.hosts[host].reachable = true;
    world.settle();
    world.drain();
}

#[test]
fn a_message_in_a_room_that_was_made_meanwhile_waits_for_the_roster() {
    let (mut world, lead, ann, ben) = staffed(300);
    go_away(&mut world, ann);
    let users: Vec<_> = [ann, ben].iter().map(|host| world.hosts[*host].user).collect();
    let members = RoomMembers::Chosen(users);
    world.done(lead, "room", |core, job, now| core.make_room("Front desk", members, job, now));
    let room = world.hosts[lead].core.view().rooms[0].room;
    world.act(lead, |core, now| core.send_text(room, "welcome", now)).unwrap();
    world.drain();
    // Her mailbox comes before the entries that she asks for.
    come_back(&mut world, ann);
    assert_eq!(world.hosts[ann].texts(room), ["welcome"]);
    assert_eq!(world.hosts[ann].core.refusals().all().count(), 0);
}

#[test]
fn a_message_in_a_room_that_one_was_added_to_meanwhile_waits_for_the_roster() {
    let (mut world, lead, ann, ben) = staffed(301);
    let members = RoomMembers::Chosen(vec![world.hosts[ben].user]);
    world.done(lead, "room", |core, job, now| core.make_room("Front desk", members, job, now));
    let (room, ann_user) = (world.hosts[lead].core.view().rooms[0].room, world.hosts[ann].user);
    go_away(&mut world, ann);
    world.done(lead, "add", |core, job, now| core.change_room(room, vec![ann_user], Vec::new(), job, now));
    world.act(ben, |core, now| core.send_text(room, "welcome", now)).unwrap();
    world.drain();
    come_back(&mut world, ann);
    assert_eq!(world.hosts[ann].texts(room), ["welcome"]);
    assert_eq!(world.hosts[ann].core.refusals().all().count(), 0);
}

#[test]
fn a_message_of_an_own_device_to_somebody_new_waits_for_the_roster() {
    let (mut world, lead, ann, _) = staffed(302);
    let other = world.add_device(ann);
    world.settle();
    go_away(&mut world, other);
    let sheet = world.sheet(lead, "Cas", StaffRole::Staff);
    let cas = world.add(world.hosts[lead].user, &sheet.link);
    world.drain();
    world.hosts[cas].user = world.hosts[cas].core.view().me.unwrap().user;
    world.send(ann, cas, "good morning");
    world.drain();
    come_back(&mut world, other);
    assert_eq!(world.hosts[other].texts(world.hosts[cas].user), ["good morning"]);
}

#[test]
fn a_device_that_was_removed_while_it_was_away_wipes_itself_when_it_comes_back() {
    let (mut world, lead, ann, ben) = staffed(303);
    world.send(ben, ann, "for later");
    world.drain();
    go_away(&mut world, ann);
    let device = world.hosts[ann].device();
    world.done(lead, "revoke", |core, job, now| core.revoke_device(device, true, job, now));
    world.hosts[ann].reachable = true;
    world.pass(120_000);
    let view = world.hosts[ann].core.view();
    assert_eq!((view.stage, view.problem.unwrap().code.as_str()), (Stage::Removed, "device_revoked"));
    assert!(world.hosts[ann].records.is_empty() && world.hosts[ann].session.is_empty());
}

#[test]
fn what_was_typed_for_somebody_who_left_is_told_when_that_is_known() {
    let (mut world, lead, ann, ben) = staffed(304);
    let ben_user = world.hosts[ben].user;
    go_away(&mut world, ann);
    world.send(ann, ben, "typed while away");
    world.done(lead, "revoke", |core, job, now| core.revoke_person(ben_user, job, now));
    come_back(&mut world, ann);
    let line = world.hosts[ann].messages(ben_user).remove(0);
    assert_eq!((line.state, line.reason.as_deref()), (MessageState::Refused, Some("unknown_recipient")));
    assert!(!world.hosts[ann].records.keys().any(|key| key.starts_with("outbox/")));
}

/// However old the message is by then: history is kept for a day.
#[test]
fn whoever_wrote_before_the_weekend_to_somebody_who_left_on_it_is_told() {
    let (mut world, lead, ann, ben) = staffed(308);
    let ben_user = world.hosts[ben].user;
    go_away(&mut world, ann);
    world.send(ann, ben, "on Friday");
    world.done(lead, "revoke", |core, job, now| core.revoke_person(ben_user, job, now));
    world.pass(60 * 60 * 60 * 1000);
    come_back(&mut world, ann);
    let line = world.hosts[ann].messages(ben_user).remove(0);
    let told = (line.text.as_str(), line.state, line.reason.as_deref());
    assert_eq!(told, ("on Friday", MessageState::Refused, Some("unknown_recipient")));
}

#[test]
fn what_was_sealed_for_somebody_who_left_before_it_was_taken_is_told() {
    let (mut world, lead, ann, ben) = staffed(305);
    let ben_user = world.hosts[ben].user;
    world.send(ann, ben, "an established session");
    world.drain();
    world.gateway.swallow = true;
    world.send(ann, ben, "never taken");
    world.drain();
    world.gateway.swallow = false;
    world.done(lead, "revoke", |core, job, now| core.revoke_person(ben_user, job, now));
    let line = world.hosts[ann].messages(ben_user).pop().unwrap();
    assert_eq!((line.state, line.reason.as_deref()), (MessageState::Refused, Some("unknown_recipient")));
    assert!(!world.hosts[ann].records.keys().any(|key| key.starts_with("outbox/")));
}

#[test]
fn an_own_device_shows_what_was_written_to_somebody_who_has_left_since() {
    let (mut world, lead, ann, ben) = staffed(306);
    let ben_user = world.hosts[ben].user;
    let other = world.add_device(ann);
    world.settle();
    // Her other computer hears of the departure first.
    let device = world.hosts[other].device();
    world.gateway.held.insert(device);
    world.send(ann, ben, "a farewell");
    world.drain();
    world.done(lead, "revoke", |core, job, now| core.revoke_person(ben_user, job, now));
    world.gateway.held.clear();
    world.gateway.drain_mailbox(device);
    world.drain();
    assert_eq!(world.hosts[other].texts(ben_user), ["a farewell"]);
    assert!(world.gateway.mailbox[&device].is_empty());
}

#[test]
fn more_than_can_wait_for_the_roster_comes_once_it_is_here() {
    let (mut world, lead, ann, ben) = staffed(307);
    go_away(&mut world, ann);
    let users: Vec<_> = [ann, ben].iter().map(|host| world.hosts[*host].user).collect();
    let members = RoomMembers::Chosen(users);
    world.done(lead, "room", |core, job, now| core.make_room("Front desk", members, job, now));
    let room = world.hosts[lead].core.view().rooms[0].room;
    for number in 0..150 {
        world.act(lead, |core, now| core.send_text(room, &number.to_string(), now)).unwrap();
        world.drain();
    }
    world.hosts[ann].reachable = true;
    world.settle();
    world.pass(60_000);
    let texts: Vec<_> = (0..150).map(|number| number.to_string()).collect();
    assert_eq!(world.hosts[ann].texts(room), texts);
}
