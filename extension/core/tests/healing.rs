//! Undecryptable messages repair themselves, gaps show, ratchets turn, old state is never used again.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs,
    unreachable_pub
)]
#![allow(dead_code, clippy::pedantic)]

use std::collections::BTreeSet;

use extension_core::{Refusal, view::MessageState};
use protocol::{envelope::Addressed, frame::ClientFrame, id::MessageId};
use simulation::World;

const MINUTE: u64 = 60 * 1000;

fn introduced(seed: u64) -> (World, usize, usize) {
    let (mut world, [ann, ben]) = World::with_people(seed, ["Ann", "Ben"]);
    world.send(ann, ben, "before");
    world.drain();
    world.send(ben, ann, "answer");
    world.drain();
    (world, ann, ben)
}

/// Takes the waiting copies out of somebody's mailbox.
fn steal(world: &mut World, host: usize) -> Vec<Addressed> {
    let device = world.hosts[host].device();
    std::mem::take(world.gateway.mailbox.get_mut(&device).unwrap())
}

#[test]
fn a_message_that_cannot_be_opened_is_shown_and_then_sealed_again() {
    let (mut world, ann, ben) = introduced(100);
    let ann_user = world.hosts[ann].user;
    world.gateway.hold(true);
    world.send(ann, ben, "damaged on the way");
    world.drain();
    let mut copy = steal(&mut world, ben).remove(0);
    *copy.wrap.body.last_mut().unwrap() ^= 1;
    world.gateway.hold(false);
    world.inject(ben, copy);
    let last = world.hosts[ben].messages(ann_user).pop().unwrap();
    assert_eq!((last.state, last.reason.as_deref()), (MessageState::Undecryptable, Some("cannot_decrypt")));
    assert_eq!(world.hosts[ann].states(world.hosts[ben].user)[2], MessageState::Sent);

    world.pass(10_000);
    assert_eq!(world.hosts[ben].texts(ann_user), ["before", "answer", "damaged on the way"]);
    assert_eq!(world.hosts[ben].core.view().unread, 2);
    assert_eq!(world.hosts[ann].states(world.hosts[ben].user)[2], MessageState::Delivered);
    assert_eq!(outbox(&world, ann) + outbox(&world, ben), 0);
}

fn outbox(world: &World, host: usize) -> usize {
    world.hosts[host]
        .records
        .keys()
        .filter(|key| key.starts_with("outbox/") || key.starts_with("progress/"))
        .count()
}

/// A mailbox turned upside down: of three hundred messages the ratchet opens those that it keeps keys for.
#[test]
fn more_messages_than_are_remembered_as_lost_are_healed_all_the_same() {
    let (mut world, ann, ben) = introduced(110);
    let ann_user = world.hosts[ann].user;
    world.gateway.hold(true);
    let texts: Vec<_> = (0..300).map(|number| format!("number {number}")).collect();
    for text in &texts {
        world.send(ann, ben, text);
        world.drain();
    }
    let device = world.hosts[ben].device();
    world.gateway.mailbox.get_mut(&device).unwrap().reverse();
    world.gateway.hold(false);
    world.cut(ben);
    world.settle();
    assert!(world.hosts[ben].core.refusals().of(Refusal::CannotDecrypt) > 200);

    world.pass(30 * MINUTE);
    let mut came = world.hosts[ben].texts(ann_user).split_off(2);
    came.sort_by_key(|text| text["number ".len()..].parse::<u32>().unwrap());
    assert_eq!(came, texts);
    assert_eq!(outbox(&world, ann) + outbox(&world, ben), 0);
}

/// Each damaged copy is asked for, and what is sealed again is damaged too.
#[test]
fn a_gateway_that_damages_everything_makes_two_devices_ask_ever_more_rarely() {
    let (mut world, ann, ben) = introduced(111);
    let (ann_user, device) = (world.hosts[ann].user, world.hosts[ben].device());
    world.gateway.held.insert(device);
    let before = world.gateway.log.len();
    for number in 0..30 {
        world.send(ann, ben, &number.to_string());
    }
    let mut given = BTreeSet::new();
    for _ in 0..1_800 {
        let conn = world.gateway.conn_of(device).unwrap();
        for mut copy in world.gateway.mailbox.get(&device).cloned().unwrap_or_default() {
            if given.insert(copy.header.message) {
                *copy.wrap.body.last_mut().unwrap() ^= 1;
                world.gateway.send(conn, copy);
            }
        }
        world.pass(2_000);
    }
    world.gateway.held.clear();
    world.cut(ben);
    world.settle();
    let cost = world.gateway.log.len() - before;
    world.pass(8 * 60 * MINUTE);
    assert_eq!(world.hosts[ben].texts(ann_user).len(), 32);
    assert!(cost < 1_000, "{cost} messages in an hour");
}

#[test]
fn a_device_that_lost_its_sessions_gets_everything_again() {
    let (mut world, ann, ben) = introduced(101);
    let (ann_user, ben_user) = (world.hosts[ann].user, world.hosts[ben].user);
    // As if the record had been lost: what Ann sends in the old session opens nowhere.
    world.cut(ben);
    world.reachable = false;
    let session = format!("sessions/{}", world.hosts[ann].device());
    assert!(world.hosts[ben].records.remove(&session).is_some());
    world.reopen(ben);
    for number in 0..10 {
        world.send(ann, ben, &number.to_string());
    }
    world.reachable = true;
    world.settle();
    assert_eq!(world.hosts[ben].core.refusals().of(Refusal::CannotDecrypt), 10);
    world.pass(MINUTE);
    let mut texts = world.hosts[ben].texts(ann_user);
    texts.retain(|text| text.len() == 1);
    assert_eq!(texts, (0..10).map(|number| number.to_string()).collect::<Vec<_>>());
    assert!(world.hosts[ann].states(ben_user).iter().all(|state| *state != MessageState::Sent));
    // The healed session goes on.
    world.send(ann, ben, "after");
    world.drain();
    world.send(ben, ann, "and back");
    world.drain();
    assert_eq!(world.hosts[ben].texts(ann_user).last().unwrap(), "and back");
    assert_eq!(world.hosts[ann].texts(ben_user).last().unwrap(), "and back");
    assert_eq!(world.hosts[ben].core.refusals().of(Refusal::CannotDecrypt), 10);
}

#[test]
fn a_sender_is_asked_for_nothing_that_came_after_all() {
    let (mut world, ann, ben) = introduced(102);
    world.gateway.hold(true);
    world.send(ann, ben, "twice");
    world.drain();
    let honest = steal(&mut world, ben).remove(0);
    let mut copy = honest.clone();
    copy.wrap.body.truncate(40);
    world.gateway.hold(false);
    world.inject(ben, copy);
    world.inject(ben, honest);
    world.gateway.frames.clear();
    world.pass(MINUTE);
    let sent = |frame: &ClientFrame| matches!(frame, ClientFrame::SendMessage(_));
    assert!(!world.gateway.frames.iter().any(sent));
    assert_eq!(world.hosts[ben].texts(world.hosts[ann].user).last().unwrap(), "twice");
}

#[test]
fn a_made_up_message_costs_a_few_reports_and_is_then_let_go() {
    let (mut world, ann, ben) = introduced(103);
    let mut copy = world.gateway.log[0].clone();
    copy.wrap.device = world.hosts[ben].device();
    copy.header.message = MessageId::new(world.now, [9; 10]);
    world.gateway.deliver(copy.clone());
    world.drain();
    world.gateway.frames.clear();
    world.pass(24 * 60 * MINUTE);
    let reports =
        world.gateway.frames.iter().filter(|frame| matches!(frame, ClientFrame::SendMessage(_))).count();
    assert_eq!(reports, 5 + 5, "five reports, each with an answer");
    // Nobody has it: it was let go, and is let go whenever it is offered once more.
    assert!(world.gateway.mailbox[&world.hosts[ben].device()].is_empty());
    world.gateway.deliver(copy);
    world.drain();
    assert!(world.gateway.mailbox[&world.hosts[ben].device()].is_empty());
    assert_eq!(
        world.hosts[ben].messages(world.hosts[ann].user).last().unwrap().state,
        MessageState::Undecryptable
    );
}

#[test]
fn a_crash_between_loss_and_report_forgets_neither() {
    let (mut world, ann, ben) = introduced(104);
    world.gateway.hold(true);
    world.send(ann, ben, "lost and found");
    world.drain();
    let mut copy = steal(&mut world, ben).remove(0);
    copy.wrap.body.truncate(40);
    world.gateway.hold(false);
    world.inject(ben, copy);
    world.reopen(ben);
    world.settle();
    world.pass(10_000);
    assert_eq!(world.hosts[ben].texts(world.hosts[ann].user).last().unwrap(), "lost and found");
}

#[test]
fn an_omitted_message_shows_and_a_late_one_fills_the_gap() {
    let (mut world, ann, ben) = introduced(105);
    let ann_user = world.hosts[ann].user;
    world.gateway.hold(true);
    for text in ["one", "two", "three", "four"] {
        world.send(ann, ben, text);
    }
    world.drain();
    let mut copies = steal(&mut world, ben);
    world.gateway.hold(false);
    let four = copies.pop().unwrap();
    world.inject(ben, copies[0].clone());
    world.inject(ben, four);
    let missing = |world: &World| world.hosts[ben].messages(ann_user).last().unwrap().missing_before;
    let is_four = |world: &World| world.hosts[ben].messages(ann_user)[3].text == "four";
    assert!(is_four(&world));
    assert_eq!(missing(&world), 2);
    world.reopen(ben);
    world.settle();
    assert_eq!(missing(&world), 2, "a gap is remembered");
    world.inject(ben, copies[1].clone());
    world.inject(ben, copies[2].clone());
    assert!(world.hosts[ben].messages(ann_user).iter().all(|line| line.missing_before == 0));
}

#[test]
fn a_ratchet_that_only_receives_is_turned_after_twenty_messages() {
    let (mut world, ann, ben) = introduced(106);
    world.gateway.frames.clear();
    for number in 0..25 {
        world.send(ann, ben, &number.to_string());
        world.drain();
    }
    let ben_device = world.hosts[ben].device();
    let turns = world.gateway.frames.iter().filter(|frame| {
        matches!(frame, ClientFrame::SendMessage(send) if send.envelope.header.sender_device == ben_device)
    });
    assert_eq!(turns.count(), 1);
    assert_eq!(world.hosts[ann].texts(world.hosts[ben].user).len(), 27, "a turn is no message to people");
    assert_eq!(world.hosts[ann].core.view().unread, 1);
}

#[test]
fn what_somebody_sent_before_signing_out_still_arrives_and_nothing_later() {
    let (mut world, [ann, ben]) = World::with_people(107, ["Ann", "Ben"]);
    let ann_user = world.hosts[ann].user;
    let other = world.add_device(ann);
    world.settle();
    world.gateway.hold(true);
    world.send(other, ben, "my last words here");
    world.drain();
    let copy = steal(&mut world, ben).remove(0);
    let device = world.hosts[other].device();
    world.act(other, |core, now| core.sign_out(now)).unwrap();
    world.drain();
    assert!(world.hosts[other].records.is_empty(), "signing out wipes");
    world.gateway.hold(false);
    world.inject(ben, copy);
    assert_eq!(world.hosts[ben].texts(ann_user), ["my last words here"]);
    assert!(world.gateway.roster.device(device).is_none());
}

#[test]
fn nothing_of_a_lost_device_is_taken_any_more() {
    let (mut world, [ann, ben]) = World::with_people(108, ["Ann", "Ben"]);
    let other = world.add_device(ann);
    world.settle();
    world.gateway.hold(true);
    world.send(other, ben, "by a thief");
    world.drain();
    let copy = steal(&mut world, ben).remove(0);
    let device = world.hosts[other].device();
    world.act(ann, |core, now| core.revoke_device(device, true, "revoke", now)).unwrap();
    world.drain();
    world.gateway.hold(false);
    world.inject(ben, copy);
    assert!(world.hosts[ben].texts(world.hosts[ann].user).is_empty());
}

#[test]
fn a_database_rolled_back_by_a_day_becomes_a_new_workstation_and_reuses_no_ratchet() {
    let (mut world, ann, ben) = introduced(109);
    let (ann_user, ben_user) = (world.hosts[ann].user, world.hosts[ben].user);
    let (records, session) = (world.hosts[ben].records.clone(), world.hosts[ben].session.clone());
    let former = world.hosts[ben].device();
    for number in 0..5 {
        world.send(ann, ben, &number.to_string());
        world.send(ben, ann, &number.to_string());
        world.drain();
    }
    world.cut(ben);
    world.settle();
    world.now += 24 * 60 * MINUTE;
    world.hosts[ben].records = records;
    world.hosts[ben].session = session;
    world.reopen(ben);
    world.settle();
    let fresh = world.hosts[ben].device();
    assert_ne!(fresh, former);
    assert_eq!(world.gateway.roster.user(ben_user).unwrap().devices.len(), 2);
    assert!(!world.hosts[ben].records.keys().any(|key| key.starts_with("sessions/")));
    world.send(ann, ben, "hello again");
    world.send(ben, ann, "hello");
    world.drain();
    assert!(world.hosts[ben].texts(ann_user).contains(&"hello again".to_owned()));
    assert!(world.hosts[ann].texts(ben_user).contains(&"hello".to_owned()));
}

#[test]
fn two_browsers_with_one_copied_profile_end_as_two_devices() {
    let (mut world, ann, ben) = introduced(110);
    let ben_user = world.hosts[ben].user;
    let copy = world.add_new(ben_user);
    world.pass(20 * MINUTE);
    world.hosts[copy].records = world.hosts[ben].records.clone();
    world.hosts[copy].session = world.hosts[ben].session.clone();
    world.cut(ben);
    world.settle();
    world.reopen(copy);
    world.settle();
    assert_ne!(world.hosts[copy].device(), world.hosts[ben].device());
    world.send(ann, ben, "for both");
    world.drain();
    let ann_user = world.hosts[ann].user;
    for host in [ben, copy] {
        assert_eq!(world.hosts[host].texts(ann_user).iter().filter(|text| *text == "for both").count(), 1);
    }
}

#[test]
fn history_is_unreadable_once_the_key_of_its_day_is_gone() {
    let (mut world, ann, ben) = introduced(111);
    let day = |world: &World| {
        let days = world.hosts[ann].records.keys().filter(|key| key.starts_with("day/"));
        days.cloned().collect::<Vec<_>>()
    };
    assert_eq!(day(&world).len(), 1);
    let stolen = world.hosts[ann].records.clone();
    world.pass(3 * 24 * 60 * MINUTE);
    assert!(day(&world).is_empty());
    assert!(world.hosts[ann].messages(world.hosts[ben].user).is_empty());
    // Copies of old records without the key of their day: they do not open with what there is now.
    let mut mixed = world.hosts[ann].records.clone();
    mixed.extend(stolen.into_iter().filter(|(key, _)| key.starts_with("chat/")));
    let records =
        mixed.into_iter().map(|(key, value)| extension_core::StoredRecord { key, value }).collect::<Vec<_>>();
    let error = extension_core::Core::open(records, Vec::new(), world.now).unwrap_err();
    assert_eq!(error.code(), "storage_damaged");
}

#[test]
fn what_says_nothing_to_people_leaves_nothing_unreadable_behind() {
    let (mut world, ann, ben) = introduced(112);
    let ben_user = world.hosts[ben].user;
    let device = world.hosts[ann].device();
    world.gateway.held.insert(device);
    for number in 0..25 {
        world.send(ann, ben, &number.to_string());
        world.drain();
    }
    // Ben's device has turned the ratchet, and that copy is damaged on the way.
    let mut copy = steal(&mut world, ann).pop().unwrap();
    *copy.wrap.body.last_mut().unwrap() ^= 1;
    world.gateway.held.clear();
    world.inject(ann, copy);
    let unreadable = |world: &World| {
        let states = world.hosts[ann].states(ben_user);
        states.iter().filter(|state| **state == MessageState::Undecryptable).count()
    };
    assert_eq!(unreadable(&world), 1);
    world.pass(10_000);
    assert_eq!(unreadable(&world), 0);
    assert_eq!(outbox(&world, ann) + outbox(&world, ben), 0);
}

#[test]
fn a_message_is_sealed_again_although_the_clock_was_set_back_since() {
    let (mut world, ann, ben) = introduced(113);
    let ann_user = world.hosts[ann].user;
    world.gateway.hold(true);
    world.send(ann, ben, "damaged on the way");
    world.drain();
    let mut copy = steal(&mut world, ben).remove(0);
    copy.wrap.body.truncate(40);
    world.gateway.hold(false);
    // Everybody hears on the next connection that it is earlier than they thought.
    world.gateway.ahead_ms = -4 * MINUTE as i64;
    world.cut(ann);
    world.cut(ben);
    world.settle();
    world.inject(ben, copy);
    world.pass(10_000);
    assert_eq!(world.hosts[ben].texts(ann_user).last().unwrap(), "damaged on the way");
}

/// Ann and Ben, who have not written to each other, and a gateway that has so many one-time keys of each once more that it
/// has given to others, and those others used.
fn strangers_with_used_keys(seed: u64, many: usize) -> (World, usize, usize) {
    let names = ["Ann", "Ben", "Cas", "Dee", "Eve", "Fay", "Gus", "Hal"];
    let (mut world, [ann, ben, others @ ..]) = World::with_people(seed, names);
    let devices = [world.hosts[ann].device(), world.hosts[ben].device()];
    let keys = devices.map(|device| world.gateway.one_time[&device].clone());
    for other in others.into_iter().take(many) {
        world.send(other, ann, "with a key of Ann's");
        world.send(other, ben, "with a key of Ben's");
        world.drain();
    }
    for (device, keys) in devices.into_iter().zip(keys) {
        world.gateway.one_time.insert(device, keys);
    }
    (world, ann, ben)
}

/// How many messages, of any kind, went between any two devices since.
fn cost(world: &World, before: usize) -> usize {
    world.gateway.log.len() - before
}

#[test]
fn two_devices_neither_of_which_can_open_the_others_first_messages_find_together() {
    // Their first sessions are begun with used keys, and the two that are to mend them as well.
    let (mut world, ann, ben) = strangers_with_used_keys(114, 2);
    let (ann_user, ben_user) = (world.hosts[ann].user, world.hosts[ben].user);
    let before = world.gateway.log.len();
    world.act(ann, |core, now| core.send_text(ben_user, "of Ann", now)).unwrap();
    world.act(ben, |core, now| core.send_text(ann_user, "of Ben", now)).unwrap();
    world.drain();
    world.pass(30_000);
    assert!(world.hosts[ann].core.refusals().of(Refusal::NoOneTimeKey) > 1, "a new session failed too");
    assert!(world.hosts[ben].core.refusals().of(Refusal::NoOneTimeKey) > 1, "a new session failed too");
    world.pass(2 * MINUTE);
    assert_eq!(world.hosts[ann].texts(ben_user).len(), 2);
    assert_eq!(world.hosts[ben].texts(ann_user).len(), 2);
    assert_eq!(outbox(&world, ann) + outbox(&world, ben), 0);
    assert!(cost(&world, before) < 20, "{} messages", cost(&world, before));
    let unreadable = [(ann, ben_user), (ben, ann_user)].map(|(host, user)| world.hosts[host].states(user));
    assert!(unreadable.iter().flatten().all(|state| *state != MessageState::Undecryptable));
}

#[test]
fn a_gateway_that_gives_used_keys_alone_for_hours_buys_little_noise_and_no_loss() {
    let (mut world, ann, ben) = strangers_with_used_keys(115, 6);
    let (ann_user, ben_user) = (world.hosts[ann].user, world.hosts[ben].user);
    let before = world.gateway.log.len();
    for minute in 0..120 {
        world.act(ann, |core, now| core.send_text(ben_user, &minute.to_string(), now)).unwrap();
        world.act(ben, |core, now| core.send_text(ann_user, &minute.to_string(), now)).unwrap();
        world.drain();
        world.pass(MINUTE);
    }
    assert!(world.hosts[ann].core.refusals().of(Refusal::NoOneTimeKey) > 100);
    assert!(cost(&world, before) < 2 * 120 + 30, "{} messages", cost(&world, before));
    world.pass(5 * 60 * MINUTE);
    assert_eq!(world.hosts[ann].texts(ben_user).len(), 240);
    assert_eq!(world.hosts[ben].texts(ann_user).len(), 240);
    assert_eq!(outbox(&world, ann) + outbox(&world, ben), 0);
}

/// A report that nobody could read is no reason to let go of what was lost.
#[test]
fn a_colleague_who_comes_back_after_the_weekend_is_asked_until_then() {
    let (mut world, ann, ben) = introduced(116);
    let (ann_user, ann_device, ben_device) =
        (world.hosts[ann].user, world.hosts[ann].device(), world.hosts[ben].device());
    // Whatever Ann sends in the session that she has opens nowhere.
    world.cut(ben);
    world.reachable = false;
    assert!(world.hosts[ben].records.remove(&format!("sessions/{ann_device}")).is_some());
    world.reopen(ben);
    world.reachable = true;
    world.settle();
    world.gateway.held.insert(ben_device);
    world.send(ann, ben, "on Friday");
    world.drain();
    world.hosts[ann].reachable = false;
    world.cut(ann);
    world.gateway.held.clear();
    for _ in 0..2 {
        world.cut(ben);
        world.pass(30 * 60 * MINUTE);
    }
    assert!(!world.gateway.mailbox[&ben_device].is_empty(), "not given up");
    // What Ben asked until now is lost.
    world.gateway.mailbox.remove(&ann_device);
    world.hosts[ann].reachable = true;
    world.settle();
    world.pass(6 * 60 * MINUTE);
    assert_eq!(world.hosts[ben].texts(ann_user).last().unwrap(), "on Friday");
}

/// A message to a device that has left would wait for ever, and with it all that is said in its conversation.
#[test]
fn unreadable_last_words_of_a_device_that_left_stop_no_conversation() {
    let (mut world, [ann, ben]) = World::with_people(117, ["Ann", "Ben"]);
    let (ann_user, ben_user) = (world.hosts[ann].user, world.hosts[ben].user);
    let other = world.add_device(ann);
    world.settle();
    world.gateway.hold(true);
    world.send(other, ben, "my last words here");
    world.drain();
    let mut copy = steal(&mut world, ben).remove(0);
    *copy.wrap.body.last_mut().unwrap() ^= 1;
    world.act(other, |core, now| core.sign_out(now)).unwrap();
    world.drain();
    world.gateway.hold(false);
    world.inject(ben, copy);
    world.pass(MINUTE);
    assert_eq!(world.hosts[ben].states(ann_user), [MessageState::Undecryptable]);
    world.send(ben, ann, "are you there?");
    world.drain();
    assert_eq!(world.hosts[ann].texts(ben_user).last().unwrap(), "are you there?");
}

#[test]
fn a_report_of_a_device_that_left_stops_no_conversation() {
    let (mut world, [ann, ben]) = World::with_people(118, ["Ann", "Ben"]);
    let (ben_user, ben_device) = (world.hosts[ben].user, world.hosts[ben].device());
    let other = world.add_device(ann);
    world.settle();
    world.gateway.held.insert(world.hosts[other].device());
    world.send(ben, ann, "damaged on the way");
    world.drain();
    let mut copy = steal(&mut world, other).remove(0);
    *copy.wrap.body.last_mut().unwrap() ^= 1;
    world.gateway.held.clear();
    world.gateway.held.insert(ben_device);
    world.inject(other, copy);
    world.pass(5_000);
    world.act(other, |core, now| core.sign_out(now)).unwrap();
    world.drain();
    let report = steal(&mut world, ben).pop().unwrap();
    world.gateway.held.clear();
    world.inject(ben, report);
    world.send(ben, ann, "are you there?");
    world.drain();
    assert_eq!(world.hosts[ann].texts(ben_user).last().unwrap(), "are you there?");
    assert_eq!(outbox(&world, ben), 0);
}
