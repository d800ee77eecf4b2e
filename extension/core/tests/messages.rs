//! Joining, sending and receiving with an honest gateway.

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
    Core, Hint, Notice, Socket,
    view::{LinkState, MessageState, Presence, Reason, Stage},
};
use protocol::{
    error::ErrorCode,
    frame::{BusState, ClientFrame},
    roster::StaffRole,
};
use simulation::{START, World, gateway::Gateway};

#[test]
fn two_colleagues_chat() {
    let (mut world, [ann, ben]) = World::with_people(1, ["Ann", "Ben"]);
    world.send(ann, ben, "hello Ben");
    world.drain();
    world.send(ben, ann, "hello Ann");
    world.drain();

    let (ann_user, ben_user) = (world.hosts[ann].user, world.hosts[ben].user);
    assert_eq!(world.hosts[ann].texts(ben_user), ["hello Ben", "hello Ann"]);
    assert_eq!(world.hosts[ben].texts(ann_user), ["hello Ben", "hello Ann"]);
    assert_eq!(world.hosts[ann].states(ben_user), [MessageState::Delivered, MessageState::Received]);
    assert_eq!(world.hosts[ben].states(ann_user), [MessageState::Received, MessageState::Delivered]);
    assert_eq!(world.hosts[ben].notices, [Notice::Message { from: ann_user.into() }]);
    assert!(world.gateway.mailbox.values().all(Vec::is_empty));
}

#[test]
fn the_view_tells_people_presence_unread_and_preview() {
    let (mut world, [ann, ben]) = World::with_people(2, ["Ann", "Ben"]);
    world.send(ann, ben, "one");
    world.send(ann, ben, "two");
    world.drain();
    let ann_user = world.hosts[ann].user;

    let view = world.hosts[ben].core.view();
    assert_eq!(view.unread, 2);
    let person = &view.people[0];
    assert_eq!((person.name.as_str(), person.role), ("Ann", StaffRole::Staff));
    assert_eq!((person.unread, person.presence), (2, Presence::Online));
    assert_eq!(person.last.as_ref().unwrap().text, "two");
    assert_eq!(view.me.unwrap().role, StaffRole::Staff);
    assert_eq!(view.link.gateway.as_deref(), Some("gw1"));

    world.act(ben, |core, now| core.mark_read(ann_user, now)).unwrap();
    world.reopen(ben);
    let view = world.hosts[ben].core.view();
    assert_eq!((view.unread, view.people[0].unread), (0, 0));
    assert_eq!(view.people[0].presence, Presence::Unknown);
}

#[test]
fn every_device_of_both_people_gets_a_message() {
    let (mut world, [ann, ben]) = World::with_people(3, ["Ann", "Ben"]);
    let (ann_user, ben_user) = (world.hosts[ann].user, world.hosts[ben].user);
    let ben_two = world.add_device(ben);
    let ann_two = world.add_device(ann);
    world.settle();

    world.send(ann, ben, "to all");
    world.drain();
    for host in [ben, ben_two] {
        assert_eq!(world.hosts[host].texts(ann_user), ["to all"]);
    }
    let copy = &world.hosts[ann_two].messages(ben_user)[0];
    assert_eq!((copy.text.as_str(), copy.mine, copy.state), ("to all", true, MessageState::Sent));
    assert_eq!(world.hosts[ann_two].core.view().unread, 0);
    assert_eq!(world.hosts[ann].states(ben_user), [MessageState::Delivered]);
}

#[test]
fn what_is_typed_without_a_connection_is_sent_in_order_when_it_is_back() {
    let (mut world, [ann, ben]) = World::with_people(4, ["Ann", "Ben"]);
    world.reachable = false;
    world.cut(ann);
    for number in 0..100 {
        world.send(ann, ben, &number.to_string());
    }
    world.pass(120_000);
    let (ann_user, ben_user) = (world.hosts[ann].user, world.hosts[ben].user);
    assert!(world.hosts[ann].states(ben_user).iter().all(|state| *state == MessageState::Queued));
    let link = world.hosts[ann].core.view().link;
    assert_eq!((link.state, link.reason), (LinkState::Reconnecting, Some(Reason::GatewayUnreachable)));
    assert!(link.retry_at.is_some());

    world.reopen(ann);
    world.reachable = true;
    world.settle();
    let expected: Vec<_> = (0..100).map(|number: i32| number.to_string()).collect();
    assert_eq!(world.hosts[ben].texts(ann_user), expected);
    assert!(world.hosts[ann].states(ben_user).iter().all(|state| *state == MessageState::Delivered));
}

#[test]
fn a_message_for_a_device_that_is_away_waits_in_its_mailbox() {
    let (mut world, [ann, ben]) = World::with_people(5, ["Ann", "Ben"]);
    world.reachable = false;
    world.cut(ben);
    world.send(ann, ben, "later");
    world.drain();
    let (ann_user, ben_user) = (world.hosts[ann].user, world.hosts[ben].user);
    assert_eq!(world.hosts[ann].states(ben_user), [MessageState::Sent]);
    world.reachable = true;
    world.settle();
    assert_eq!(world.hosts[ben].texts(ann_user), ["later"]);
    assert_eq!(world.hosts[ann].states(ben_user), [MessageState::Delivered]);
}

#[test]
fn both_may_write_first_at_the_same_moment() {
    let (mut world, [ann, ben]) = World::with_people(6, ["Ann", "Ben"]);
    world.send(ann, ben, "from Ann");
    world.send(ben, ann, "from Ben");
    world.drain();
    for round in 0..20 {
        world.send(ann, ben, &format!("a{round}"));
        world.send(ben, ann, &format!("b{round}"));
        world.drain();
    }
    let (ann_user, ben_user) = (world.hosts[ann].user, world.hosts[ben].user);
    let received = |host: usize, with| {
        world.hosts[host].states(with).iter().filter(|state| **state == MessageState::Received).count()
    };
    assert_eq!((received(ann, ben_user), received(ben, ann_user)), (21, 21));
}

#[test]
fn one_time_keys_are_refilled_and_a_fallback_key_stands_in() {
    let (mut world, [ann, ben]) = World::with_people(7, ["Ann", "Ben"]);
    let device = world.hosts[ben].device();
    assert_eq!(world.gateway.one_time[&device].len(), 50);
    assert!(world.gateway.fallback.contains_key(&device));

    world.gateway.one_time.get_mut(&device).unwrap().clear();
    world.send(ann, ben, "by fallback key");
    world.drain();
    assert_eq!(world.hosts[ben].texts(world.hosts[ann].user), ["by fallback key"]);

    world.cut(ben);
    world.settle();
    assert_eq!(world.gateway.one_time[&device].len(), 50);
}

#[test]
fn a_fallback_key_is_published_until_it_is_known_to_have_arrived_and_again_after_a_week() {
    let (mut world, [ann]) = World::with_people(8, ["Ann"]);
    let published = |world: &World| {
        let with_fallback =
            |frame: &&ClientFrame| matches!(frame, ClientFrame::PublishPrekeys(p) if p.fallback.is_some());
        world.gateway.frames.iter().filter(with_fallback).count()
    };
    assert_eq!(published(&world), 1);
    world.reopen(ann);
    world.settle();
    assert_eq!(published(&world), 2, "nothing showed that the first had arrived");
    world.pass(20_000);
    world.reopen(ann);
    world.settle();
    assert_eq!(published(&world), 2);
    world.now += 8 * 24 * 3600 * 1000;
    world.reopen(ann);
    world.settle();
    assert_eq!(published(&world), 3);
}

#[test]
fn a_message_waits_for_the_keys_of_a_device_that_has_published_none() {
    let (mut world, [ann, ben]) = World::with_people(9, ["Ann", "Ben"]);
    let device = world.hosts[ben].device();
    let keys = world.gateway.one_time.remove(&device).unwrap();
    let fallback = world.gateway.fallback.remove(&device).unwrap();
    world.send(ann, ben, "first");
    world.send(ann, ben, "second");
    world.drain();
    let ben_user = world.hosts[ben].user;
    assert_eq!(world.hosts[ann].states(ben_user), [MessageState::Queued; 2]);
    world.gateway.one_time.insert(device, keys);
    world.gateway.fallback.insert(device, fallback);
    world.pass(30_000);
    assert_eq!(world.hosts[ben].texts(world.hosts[ann].user), ["first", "second"]);
}

#[test]
fn what_the_gateway_cannot_take_now_is_offered_again() {
    let (mut world, [ann, ben]) = World::with_people(10, ["Ann", "Ben"]);
    world.gateway.audit_down = true;
    world.send(ann, ben, "patience");
    world.pass(10_000);
    let ben_user = world.hosts[ben].user;
    assert_eq!(world.hosts[ann].states(ben_user), [MessageState::Queued]);
    world.gateway.audit_down = false;
    world.pass(20_000);
    assert_eq!(world.hosts[ann].states(ben_user), [MessageState::Delivered]);
}

#[test]
fn while_the_bus_is_down_nothing_is_offered_and_then_everything_again() {
    let (mut world, [ann, ben]) = World::with_people(11, ["Ann", "Ben"]);
    world.reachable = false;
    world.cut(ben);
    world.send(ann, ben, "accepted, then lost with the bus");
    world.drain();
    world.gateway.mailbox.clear();
    let conn = world.hosts[ann].conn.unwrap();
    world.gateway.send(conn, BusState { up: false });
    world.drain();
    let link = world.hosts[ann].core.view().link;
    assert_eq!((link.state, link.reason), (LinkState::Connected, Some(Reason::BusDown)));
    world.send(ann, ben, "typed meanwhile");
    world.drain();
    assert_eq!(world.gateway.accepted.len(), 1);
    world.gateway.send(conn, BusState { up: true });
    world.reachable = true;
    world.settle();
    let texts = world.hosts[ben].texts(world.hosts[ann].user);
    assert_eq!(texts, ["accepted, then lost with the bus", "typed meanwhile"]);
}

#[test]
fn bad_texts_and_unknown_people_are_refused_with_a_code() {
    let (mut world, [ann, ben]) = World::with_people(12, ["Ann", "Ben"]);
    let (ann_user, ben_user) = (world.hosts[ann].user, world.hosts[ben].user);
    let nobody = protocol::id::UserId::from_bytes([0; 16]);
    let core = &mut world.hosts[ann].core;
    let code = |result: Result<_, extension_core::CoreError>| result.unwrap_err().code();
    assert_eq!(code(core.send_text(ben_user, " \n", START)), "text_empty");
    assert_eq!(code(core.send_text(ben_user, &"ä".repeat(4001), START)), "text_too_long");
    assert_eq!(code(core.send_text(nobody, "x", START)), "unknown_person");
    assert_eq!(code(core.send_text(ann_user, "x", START)), "unknown_person");
    assert_eq!(code(core.join("crmplus-chat://invite/1/x", START)), "already_member");
    world.send(ann, ben, &"ä".repeat(4000));
    world.drain();
    assert_eq!(world.hosts[ben].texts(ann_user)[0].chars().count(), 4000);
}

#[test]
fn the_outbox_is_bounded() {
    let (mut world, [ann, ben]) = World::with_people(13, ["Ann", "Ben"]);
    world.reachable = false;
    world.cut(ann);
    for _ in 0..500 {
        world.send(ann, ben, "x");
    }
    let user = world.hosts[ben].user;
    let error = world.hosts[ann].core.send_text(user, "one more", world.now).unwrap_err();
    assert_eq!(error.code(), "outbox_full");
    world.reachable = true;
    world.settle();
    world.send(ann, ben, "room again");
    world.drain();
    assert_eq!(world.hosts[ben].texts(world.hosts[ann].user).len(), 501);
}

/// What a gateway has is not what a broken connection piles up: there may be more of it.
#[test]
fn a_colleague_who_is_away_keeps_nobody_from_writing_until_two_thousand_wait() {
    let (mut world, [ann, ben]) = World::with_people(17, ["Ann", "Ben"]);
    let ben_user = world.hosts[ben].user;
    world.hosts[ben].reachable = false;
    world.cut(ben);
    for number in 0..2_000 {
        world.send(ann, ben, &number.to_string());
        world.drain();
    }
    let error = world.hosts[ann].core.send_text(ben_user, "one more", world.now).unwrap_err();
    assert_eq!(error.code(), "outbox_full");

    // It is known again after a start, and offered again on a new connection without harm.
    world.reopen(ann);
    world.pass(1_000);
    let error = world.hosts[ann].core.send_text(ben_user, "one more", world.now).unwrap_err();
    assert_eq!(error.code(), "outbox_full");
    world.hosts[ben].reachable = true;
    world.settle();
    world.send(ann, ben, "room again");
    world.drain();
    assert_eq!(world.hosts[ben].texts(world.hosts[ann].user).len(), 2_000, "the oldest line goes");
    assert_eq!(world.hosts[ben].texts(world.hosts[ann].user)[1_999], "room again");
    assert!(!world.hosts[ann].records.keys().any(|key| key.starts_with("outbox/")));
}

#[test]
fn messages_that_cannot_be_delivered_expire_and_history_is_kept_for_a_day() {
    let (mut world, [ann, ben]) = World::with_people(14, ["Ann", "Ben"]);
    world.send(ann, ben, "delivered");
    world.drain();
    world.reachable = false;
    world.cut(ann);
    world.send(ann, ben, "stuck");
    let ben_user = world.hosts[ben].user;
    world.pass(25 * 3600 * 1000);
    assert_eq!(world.hosts[ann].texts(ben_user), ["stuck"]);
    assert_eq!(world.hosts[ann].states(ben_user), [MessageState::Queued]);
    // Its time is over: that is said, and stands there for as long as any message.
    world.pass(48 * 3600 * 1000);
    let shown = world.hosts[ann].messages(ben_user);
    assert_eq!((shown[0].state, shown[0].reason.as_deref()), (MessageState::Refused, Some("expired")));
    world.reopen(ann);
    world.pass(22 * 3600 * 1000);
    assert_eq!(world.hosts[ann].texts(ben_user), ["stuck"]);
    world.pass(3 * 3600 * 1000);
    assert!(world.hosts[ann].messages(ben_user).is_empty());
    let chat = |key: &&String| key.starts_with("chat/") || key.starts_with("outbox/");
    assert_eq!(world.hosts[ann].records.keys().filter(chat).count(), 0);
    assert!(world.hosts[ben].texts(world.hosts[ann].user).is_empty());
}

#[test]
fn what_is_older_than_history_is_kept_while_it_is_under_way_and_goes_when_it_has_arrived() {
    let (mut world, [ann, ben]) = World::with_people(18, ["Ann", "Ben"]);
    let ben_user = world.hosts[ben].user;
    world.hosts[ben].reachable = false;
    world.cut(ben);
    world.send(ann, ben, "until tomorrow");
    world.pass(50 * 60 * 60 * 1000);
    // The key of its day is there still, also after a start.
    world.reopen(ann);
    world.pass(1_000);
    assert_eq!(world.hosts[ann].texts(ben_user), ["until tomorrow"]);

    world.hosts[ben].reachable = true;
    world.settle();
    assert_eq!(world.hosts[ben].texts(world.hosts[ann].user), ["until tomorrow"]);
    assert!(world.hosts[ann].texts(ben_user).is_empty());
    assert!(!world.hosts[ann].records.keys().any(|key| key.starts_with("chat/") || key.starts_with("day/")));
}

#[test]
fn a_refused_invite_ends_joining_and_drops_the_keys() {
    let mut world = World::new(15);
    let (user, invite) = world.gateway.invite("Ann");
    let first = world.add(user, &invite);
    world.settle();
    assert_eq!(world.hosts[first].core.view().stage, Stage::Member);

    let second = world.add(user, &invite);
    assert!(!world.hosts[second].records.is_empty());
    world.drain();
    let view = world.hosts[second].core.view();
    assert_eq!(view.stage, Stage::New);
    assert_eq!(view.problem.unwrap().code, "invite_used");
    assert!(world.hosts[second].records.is_empty());
    assert_eq!(world.hosts[second].wake_at, None);
}

#[test]
fn a_close_code_alone_does_not_end_joining() {
    // Close codes travel in clear, so anybody on the network could send one.
    let mut world = World::new(16);
    let (user, invite) = world.gateway.invite("Ann");
    let ann = world.add(user, &invite);
    world.step(ann);
    let code = ErrorCode::InviteUsed.close_code();
    world.act(ann, |core, now| core.socket_closed(code, now)).unwrap();
    assert_eq!(world.hosts[ann].core.view().stage, Stage::Entering);
    world.settle();
    assert_eq!(world.hosts[ann].core.view().stage, Stage::Member);
}

#[test]
fn keys_are_committed_before_the_first_connection() {
    let mut gateway = Gateway::new(START);
    let (_, invite) = gateway.invite("Ann");
    let mut core = Core::open(Vec::new(), Vec::new(), START).unwrap();
    let effects = core.join(&invite, START).unwrap();
    assert_eq!(effects.socket, Some(Socket::Connect("ws://gateway".to_owned())));
    assert!(effects.outgoing.is_empty());
    let keys: Vec<_> = effects.writes.iter().map(|write| write.key.as_str()).collect();
    for key in ["vault", "identity", "account"] {
        assert!(keys.contains(&key), "{keys:?}");
    }
}

#[test]
fn an_expired_or_broken_invite_is_refused_at_once() {
    let mut gateway = Gateway::new(START);
    let (_, invite) = gateway.invite("Ann");
    let mut core = Core::open(Vec::new(), Vec::new(), START).unwrap();
    assert_eq!(core.join(&invite, START + 25 * 3600 * 1000).unwrap_err().code(), "invite_expired");
    assert_eq!(core.join("hello", START).unwrap_err().code(), "not_an_invite");
    assert_eq!(core.join(&invite[..invite.len() - 3], START).unwrap_err().code(), "invite_damaged");
    assert_eq!(core.join("crmplus-chat://invite/1/xyz", START).unwrap_err().code(), "invite_version");
    assert_eq!(core.view().stage, Stage::New);
    assert!(core.join(&invite, START).is_ok());
}

#[test]
fn a_gateway_with_another_key_is_told_from_one_that_is_away() {
    let mut world = World::new(17);
    let (user, invite) = world.gateway.invite("Ann");
    world.gateway.key = protocol::channel::NoisePrivateKey::from_bytes([8; 32]);
    let ann = world.add(user, &invite);
    world.drain();
    assert_eq!(world.hosts[ann].core.view().link.reason, Some(Reason::WrongGatewayKey));
    world.gateway.key = protocol::channel::NoisePrivateKey::from_bytes([7; 32]);
    world.settle();
    assert_eq!(world.hosts[ann].core.view().stage, Stage::Member);
}

#[test]
fn a_lost_network_is_shown_and_its_return_connects_at_once() {
    let (mut world, [ann]) = World::with_people(18, ["Ann"]);
    world.reachable = false;
    world.act(ann, |core, now| core.hint(Hint::Offline, now)).unwrap();
    world.cut(ann);
    let link = world.hosts[ann].core.view().link;
    assert_eq!((link.state, link.reason), (LinkState::Offline, Some(Reason::NoNetwork)));
    world.pass(300_000);
    world.reachable = true;
    world.act(ann, |core, now| core.hint(Hint::Online, now)).unwrap();
    world.drain();
    assert_eq!(world.hosts[ann].core.view().link.state, LinkState::Connected);
}

#[test]
fn a_first_message_that_overtakes_the_roster_waits_for_it() {
    let (mut world, [ann]) = World::with_people(20, ["Ann"]);
    let ann_user = world.hosts[ann].user;
    // Ben joins and writes while Ann's connection is slow: her copies pile up behind the roster entries.
    let (ben_user, invite) = world.gateway.invite("Ben");
    let ben = world.add(ben_user, &invite);
    let conn = world.hosts[ann].conn.unwrap();
    let before = world.gateway.entries.len();
    for _ in 0..100 {
        world.step(ben);
    }
    world.act(ben, |core, now| core.send_text(ann_user, "hello", now)).unwrap();
    for _ in 0..100 {
        world.step(ben);
    }
    assert!(world.gateway.entries.len() > before);
    let copies = world.gateway.mailbox[&world.hosts[ann].device()].clone();
    assert_eq!(copies.len(), 1);
    // The gateway lets them overtake: Ann's own view of the log ends before Ben.
    world.hosts[ann].conn = None;
    world.gateway.conns.remove(&conn);
    world.act(ann, |core, now| core.socket_closed(1006, now)).unwrap();
    let entries = world.gateway.entries.clone();
    let full = std::mem::replace(&mut world.gateway.roster, protocol::roster::Roster::new());
    world.gateway.entries.truncate(before - 1);
    for entry in &world.gateway.entries {
        world.gateway.roster.apply(entry, protocol::roster::Source::Stored).unwrap();
    }
    while world.hosts[ann].core.view().link.state != LinkState::Connected || world.step(ann) {
        world.now += 10;
        world.step(ann);
    }
    assert!(world.hosts[ann].core.conversation(ben_user).messages.is_empty());
    world.gateway.roster = full;
    world.gateway.entries = entries.clone();
    let conn = world.hosts[ann].conn.unwrap();
    let rest = entries[before - 1..].iter().cloned().map(serde_bytes::ByteBuf::from).collect();
    world.gateway.send(conn, protocol::frame::RosterEntries { first: before as u64 - 1, entries: rest });
    world.drain();
    assert_eq!(world.hosts[ann].texts(ben_user), ["hello"]);
    assert_eq!(world.hosts[ann].core.view().problem, None);
}

#[test]
fn a_message_dated_by_a_clock_that_was_set_meanwhile_waits_for_the_gateways() {
    let (mut world, [ann, ben]) = World::with_people(30, ["Ann", "Ben"]);
    let (ann_user, ben_user) = (world.hosts[ann].user, world.hosts[ben].user);
    world.pass(60_000);
    // The gateway's clock is set back by seven minutes.
    world.gateway.ahead_ms = -7 * 60 * 1000;
    world.send(ann, ben, "from the future");
    world.settle();
    assert_eq!(world.hosts[ann].states(ben_user), [MessageState::Queued]);
    world.send(ann, ben, "dated anew");
    world.pass(60_000);
    assert_eq!(world.hosts[ben].texts(ann_user), ["dated anew"]);
    world.pass(2 * 60_000);
    // Shown in the order in which they were written.
    assert_eq!(world.hosts[ben].texts(ann_user), ["from the future", "dated anew"]);
    assert_eq!(world.hosts[ann].states(ben_user), [MessageState::Delivered; 2]);
}

#[test]
fn a_message_from_far_in_the_future_is_refused_and_told() {
    let (mut world, [ann, ben]) = World::with_people(31, ["Ann", "Ben"]);
    world.pass(60_000);
    world.gateway.ahead_ms = -2 * 60 * 60 * 1000;
    world.send(ann, ben, "far too early");
    world.pass(60_000);
    let line = world.hosts[ann].messages(world.hosts[ben].user).remove(0);
    assert_eq!((line.state, line.reason.as_deref()), (MessageState::Refused, Some("clock_skew")));
}

/// It arrived, its sender never heard so, and was then told that its clock is wrong.
#[test]
fn what_may_have_arrived_before_it_was_refused_keeps_its_place_in_the_chain() {
    let (mut world, [ann, ben]) = World::with_people(33, ["Ann", "Ben"]);
    let (ann_user, ben_user) = (world.hosts[ann].user, world.hosts[ben].user);
    world.send(ann, ben, "first");
    world.drain();
    world.send(ann, ben, "taken, and the answer lost");
    // The gateway gets it, and Ann's connection ends before the answer.
    let before = world.gateway.accepted.len();
    while world.gateway.accepted.len() == before {
        assert!(world.step_network(ann));
    }
    world.cut(ann);
    world.gateway.ahead_ms = -2 * 60 * 60 * 1000;
    world.settle();
    assert_eq!(world.hosts[ann].states(ben_user)[1], MessageState::Refused);
    for text in ["after it", "and after that"] {
        world.send(ann, ben, text);
        world.drain();
    }
    let texts = ["first", "taken, and the answer lost", "after it", "and after that"];
    assert_eq!(world.hosts[ben].texts(ann_user), texts);
    assert_eq!(world.hosts[ben].core.refusals().of(extension_core::Refusal::ChainContradiction), 0);
    assert!(world.hosts[ben].messages(ann_user).iter().all(|line| line.missing_before == 0));
}

#[test]
fn an_entry_that_looks_like_the_future_to_a_clock_that_was_set_back_is_taken_after_all() {
    let (mut world, [ann, ben]) = World::with_people(32, ["Ann", "Ben"]);
    world.pass(60_000);
    world.hosts[ann].ahead_ms = -8 * 60 * 1000;
    let before = world.gateway.roster.length();
    world.gateway.invite("Cas");
    world.settle();
    world.pass(60_000);
    let view = world.hosts[ann].core.view();
    assert!(view.alarm.is_none());
    let records = world.hosts[ann].records.keys().filter(|key| key.starts_with("roster/")).count() as u64;
    assert_eq!(records, before + 1);
    world.send(ann, ben, "still here");
    world.drain();
    assert_eq!(world.hosts[ben].texts(world.hosts[ann].user), ["still here"]);
}
