//! An office from its first administrator on: invites, workstations, passphrase and lock, rooms, verification, removal.

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
    Core, Hint, NewPerson, Target,
    view::{JobResult, JobState, Keys, LinkState, MessageState, Stage},
};
use protocol::{
    id::UserId,
    roster::{Change, InviteIssued, InvitesIssued, Policy, RoomMembers, StaffRole},
    signature::{Role, SigningKey},
    text::InviteSecret,
};
use simulation::World;

const PASSPHRASE: &str = "correct horse battery staple";
const MINUTE: u64 = 60 * 1000;

fn nobody() -> UserId {
    UserId::from_bytes([0; 16])
}

fn staffed(seed: u64) -> (World, usize, usize, usize) {
    let (mut world, lead) = World::opened(seed);
    let ann = world.hire(lead, "Ann", StaffRole::Staff);
    let ben = world.hire(lead, "Ben", StaffRole::Staff);
    (world, lead, ann, ben)
}

fn code(result: Result<(), extension_core::CoreError>) -> &'static str {
    result.unwrap_err().code()
}

#[test]
fn the_founder_is_administrator_and_holds_the_office_key() {
    let (world, lead) = World::opened(200);
    let me = world.hosts[lead].core.view().me.unwrap();
    assert_eq!((me.role, me.holds_office_key, me.kit_saved), (StaffRole::Admin, true, false));
    assert!(world.hosts[lead].core.recovery_kit().unwrap().text.starts_with("crmplus-chat://recovery/"));
}

#[test]
fn a_crash_at_any_step_of_opening_an_office_goes_on_where_it_was() {
    use simulation::Crash;
    for crash in Crash::ALL {
        for turn in 0..12 {
            let mut world = World::new(224);
            world.gateway = simulation::gateway::Gateway::unopened(simulation::START);
            let text = world.gateway.founding_text();
            let lead = world.add_new(nobody());
            world.act(lead, |core, now| core.found(&text, "Riverside", "Lee Lead", now)).unwrap();
            for step in 0..60 {
                if step == turn {
                    world.crash.insert(lead, crash);
                }
                world.step(lead);
            }
            world.crash.clear();
            world.settle();
            let me = world.hosts[lead].core.view().me.unwrap();
            assert!(me.holds_office_key, "{crash:?} at {turn}");
            assert_eq!(world.gateway.roster.users().count(), 1, "{crash:?} at {turn}");
        }
    }
}

#[test]
fn an_office_is_opened_once() {
    let (mut world, _) = World::opened(201);
    let text = world.gateway.founding_text();
    let late = world.add_new(nobody());
    world.act(late, |core, now| core.found(&text, "Mine", "Mallory", now)).unwrap();
    world.drain();
    assert_ne!(world.hosts[late].core.view().stage, Stage::Member);
    assert_eq!(world.gateway.roster.users().count(), 1);
}

#[test]
fn people_join_by_link_or_by_typed_code_and_each_invite_serves_one() {
    let (mut world, lead) = World::opened(202);
    let sheet = world.sheet(lead, "Ann", StaffRole::Staff);
    let ann = world.add_new(nobody());
    world.act(ann, |core, now| core.join_by_code(&sheet.address, &sheet.code, now)).unwrap();
    world.settle();
    assert_eq!(world.hosts[ann].core.view().me.unwrap().name, "Ann");
    // Codes are read as people type them.
    let sheet = world.sheet(lead, "Ben", StaffRole::Staff);
    let typed = sheet.code.to_lowercase().replace('-', " ");
    let ben = world.add_new(nobody());
    world.act(ben, |core, now| core.join_by_code(&sheet.address, &typed, now)).unwrap();
    world.settle();
    assert_eq!(world.hosts[ben].core.view().stage, Stage::Member);
    let second = world.add(nobody(), &sheet.link);
    world.drain();
    assert_eq!(world.hosts[second].core.view().problem.unwrap().code, "invite_used");
    let view = world.hosts[lead].core.view();
    assert!(view.invites.is_empty());
    assert_eq!(view.people.len(), 2);
}

#[test]
fn a_gateway_that_somebody_put_between_is_found_out() {
    let (mut world, lead) = World::opened(203);
    let sheet = world.sheet(lead, "Ann", StaffRole::Staff);
    let code = world.add_device_code(lead);
    world.gateway.key = protocol::channel::NoisePrivateKey::from_bytes([8; 32]);
    for (address, code) in [(&sheet.address, &sheet.code), (&code.0, &code.1)] {
        let new = world.add_new(nobody());
        world.act(new, |core, now| core.join_by_code(address, code, now)).unwrap();
        world.drain();
        let view = world.hosts[new].core.view();
        assert_eq!(view.problem.unwrap().code, "wrong_gateway_key");
        assert_eq!(view.stage, Stage::New);
        assert!(world.hosts[new].records.is_empty());
    }
}

#[test]
fn a_withdrawn_invite_is_worth_nothing_and_a_bad_table_invites_nobody() {
    let (mut world, lead) = World::opened(204);
    let sheet = world.sheet(lead, "Ann", StaffRole::Staff);
    let invite = world.hosts[lead].core.view().invites[0].invite;
    world.done(lead, "withdraw", |core, job, now| core.withdraw_invite(invite, job, now));
    let ann = world.add(nobody(), &sheet.link);
    world.drain();
    assert_ne!(world.hosts[ann].core.view().stage, Stage::Member);

    let table = world.hosts[lead].core.read_people("name,role\nAnn,staff\nBen,boss\n");
    assert_eq!((table.people.len(), table.errors.len()), (1, 1));
    let before = world.gateway.roster.length();
    let twice = |name: &str| NewPerson { name: name.to_owned(), role: StaffRole::Staff, group: None };
    let error = world.act(lead, |core, now| core.invite(&[twice("Cas"), twice("cas")], MINUTE, "twins", now));
    assert!(error.is_err());
    world.drain();
    assert_eq!(world.gateway.roster.length(), before, "all of them or none");
}

#[test]
fn staff_cannot_administer() {
    let (mut world, lead, ann, ben) = staffed(205);
    let (lead, ben) = (world.hosts[lead].user, world.hosts[ben].user);
    let person = NewPerson { name: "Eve".to_owned(), role: StaffRole::Staff, group: None };
    let now = world.now;
    let core = &mut world.hosts[ann].core;
    for result in [
        core.revoke_person(ben, "1", now),
        core.revoke_person(lead, "2", now),
        core.set_role(ben, StaffRole::Auditor, "3", now),
        core.invite(&[person], MINUTE, "4", now),
        core.set_policy(Policy::default(), "5", now),
    ] {
        let code = result.unwrap_err().code();
        assert!(["not_allowed", "no_office_key"].contains(&code), "{code}");
    }
    assert!(core.recovery_kit().is_err());
}

#[test]
fn administrators_are_made_and_unmade_by_the_office_key_alone() {
    let (mut world, lead, ann, ben) = staffed(206);
    let (ann_user, ben_user) = (world.hosts[ann].user, world.hosts[ben].user);
    world.done(lead, "promote", |core, job, now| core.set_role(ann_user, StaffRole::Admin, job, now));
    assert_eq!(world.hosts[ann].core.view().me.unwrap().role, StaffRole::Admin);
    let now = world.now;
    let refused = world.hosts[ann].core.set_role(ben_user, StaffRole::Admin, "no", now).unwrap_err();
    assert_eq!(refused.code(), "no_office_key");
    // The kit gives her the key.
    let kit = world.hosts[lead].core.recovery_kit().unwrap().text;
    world.act(ann, |core, now| core.take_office_key(&kit, now)).unwrap();
    world.done(ann, "promote", |core, job, now| core.set_role(ben_user, StaffRole::Admin, job, now));
    assert_eq!(world.hosts[ben].core.view().me.unwrap().role, StaffRole::Admin);
    let (other, _) = World::opened(999);
    let wrong = other.hosts[0].core.recovery_kit().unwrap().text;
    assert_eq!(code(world.act(ben, |core, now| core.take_office_key(&wrong, now))), "other_office");
}

#[test]
fn an_office_whose_administrators_lost_everything_comes_back_from_its_kit() {
    let (mut world, lead, ann, _) = staffed(207);
    let kit = world.hosts[lead].core.recovery_kit().unwrap().text;
    let lost = world.hosts[lead].user;
    let fresh = world.add_new(nobody());
    world.act(fresh, |core, now| core.restore_office(&kit, "Lee Restored", now)).unwrap();
    world.settle();
    let me = world.hosts[fresh].core.view().me.unwrap();
    assert_eq!((me.role, me.holds_office_key, me.kit_saved), (StaffRole::Admin, true, true));
    world.done(fresh, "remove", |core, job, now| core.revoke_person(lost, job, now));
    assert_eq!(world.hosts[lead].core.view().stage, Stage::Removed);
    world.hosts[fresh].user = me.user;
    world.send(ann, fresh, "are you back?");
    world.drain();
    assert_eq!(world.hosts[fresh].texts(world.hosts[ann].user), ["are you back?"]);
    // A kit with another root is another office's.
    let (other, _) = World::opened(998);
    let wrong = other.hosts[0].core.recovery_kit().unwrap().text;
    let mallory = world.add_new(nobody());
    world.act(mallory, |core, now| core.restore_office(&wrong, "Mallory", now)).unwrap();
    world.drain();
    assert_ne!(world.hosts[mallory].core.view().stage, Stage::Member);
}

#[test]
fn a_crash_at_any_step_of_restoring_goes_on_where_it_was() {
    use simulation::Crash;
    for crash in Crash::ALL {
        for turn in 0..8 {
            let (mut world, lead) = World::opened(208);
            let kit = world.hosts[lead].core.recovery_kit().unwrap().text;
            let fresh = world.add_new(nobody());
            world.act(fresh, |core, now| core.restore_office(&kit, "Restored", now)).unwrap();
            for step in 0..60 {
                if step == turn {
                    world.crash.insert(fresh, crash);
                }
                world.step(fresh);
            }
            world.crash.clear();
            world.settle();
            assert_eq!(world.hosts[fresh].core.view().stage, Stage::Member, "{crash:?} at {turn}");
            assert_eq!(world.gateway.roster.users().count(), 2, "{crash:?} at {turn}");
        }
    }
}

#[test]
fn a_second_workstation_by_passphrase_gets_what_is_new_while_the_first_is_off() {
    let (mut world, _, ann, ben) = staffed(209);
    let ann_user = world.hosts[ann].user;
    world.done(ann, "set", |core, job, now| core.set_passphrase(PASSPHRASE, job, now));
    world.gateway.renew_lease(world.now);
    // The first workstation is switched off.
    world.hosts[ann].wake_at = None;
    world.cut(ann);
    world.hosts[ann].wake_at = None;
    let desk = world.add_new(ann_user);
    world.act(desk, |core, now| core.sign_in("ws://gateway", "ann", PASSPHRASE, now)).unwrap();
    world.drain();
    let view = world.hosts[desk].core.view();
    assert_eq!((view.stage, view.me.unwrap().user), (Stage::Member, ann_user));
    world.send(ben, ann, "for both");
    world.drain();
    let ben_user = world.hosts[ben].user;
    assert_eq!(world.hosts[desk].texts(ben_user), ["for both"]);
    world.reopen(ann);
    world.settle();
    assert_eq!(world.hosts[ann].texts(ben_user), ["for both"]);
    world.send(desk, ben, "from the desk");
    world.drain();
    assert_eq!(world.hosts[ann].texts(ben_user), ["for both", "from the desk"]);
    assert_eq!(world.hosts[ann].messages(ben_user)[1].state, MessageState::Sent);
}

#[test]
fn a_wrong_passphrase_or_an_unknown_name_signs_nobody_in() {
    let (mut world, _, ann, _) = staffed(210);
    world.done(ann, "set", |core, job, now| core.set_passphrase(PASSPHRASE, job, now));
    for (name, passphrase) in
        [("Ann", "correct horse battery stable"), ("Nobody", PASSPHRASE), ("Ben", PASSPHRASE)]
    {
        let new = world.add_new(nobody());
        world.act(new, |core, now| core.sign_in("ws://gateway", name, passphrase, now)).unwrap();
        world.drain();
        let view = world.hosts[new].core.view();
        assert_eq!(
            (view.stage, view.problem.unwrap().code.as_str()),
            (Stage::New, "wrong_passphrase"),
            "{name}"
        );
        assert!(world.hosts[new].records.is_empty());
    }
    assert_eq!(world.gateway.roster.user(world.hosts[ann].user).unwrap().devices.len(), 1);
}

#[test]
fn a_locked_device_keeps_nothing_readable_and_opens_with_the_passphrase_alone() {
    let (mut world, _, ann, ben) = staffed(211);
    let ben_user = world.hosts[ben].user;
    assert_eq!(code(world.act(ann, |core, now| core.lock(now))), "no_passphrase");
    world.done(ann, "set", |core, job, now| core.set_passphrase(PASSPHRASE, job, now));
    world.send(ben, ann, "before the lock");
    world.drain();
    world.act(ann, |core, now| core.lock(now)).unwrap();
    let view = world.hosts[ann].core.view();
    assert_eq!((view.stage, view.people.len(), view.unread), (Stage::Locked, 0, 0));
    assert!(world.hosts[ann].session.is_empty() && world.hosts[ann].conn.is_none());
    world.send(ben, ann, "while locked");
    world.drain();

    world.act(ann, |core, now| core.unlock("not this one at all", now)).unwrap();
    let view = world.hosts[ann].core.view();
    assert_eq!((view.stage, view.problem.unwrap().code.as_str()), (Stage::Locked, "wrong_passphrase"));
    world.act(ann, |core, now| core.unlock(PASSPHRASE, now)).unwrap();
    world.settle();
    assert_eq!(world.hosts[ann].texts(ben_user), ["before the lock", "while locked"]);
    // A browser that was closed comes back locked; a background that was restarted does not.
    world.reopen(ann);
    assert_eq!(world.hosts[ann].core.view().stage, Stage::Member);
    world.restart_browser(ann);
    assert_eq!(world.hosts[ann].core.view().stage, Stage::Locked);
}

#[test]
fn an_idle_device_locks_itself_and_so_does_one_whose_computer_is_locked_or_slept() {
    let (mut world, _, ann, _) = staffed(212);
    world.done(ann, "set", |core, job, now| core.set_passphrase(PASSPHRASE, job, now));
    let idle = Policy::default().idle_lock_ms;
    world.pass(idle - MINUTE);
    world.act(ann, |core, now| core.hint(Hint::Activity, now)).unwrap();
    world.pass(idle - MINUTE);
    assert_eq!(world.hosts[ann].core.view().stage, Stage::Member);
    world.pass(2 * MINUTE);
    assert_eq!(world.hosts[ann].core.view().stage, Stage::Locked);
    world.act(ann, |core, now| core.unlock(PASSPHRASE, now)).unwrap();
    world.settle();
    assert_eq!(world.hosts[ann].core.view().stage, Stage::Member);
    for hint in [Hint::ComputerLocked, Hint::Slept] {
        world.act(ann, |core, now| core.hint(hint, now)).unwrap();
        assert_eq!(world.hosts[ann].core.view().stage, Stage::Locked, "{hint:?}");
        world.act(ann, |core, now| core.unlock(PASSPHRASE, now)).unwrap();
        world.settle();
    }
}

#[test]
fn weak_passphrases_and_lowered_parameters_are_refused() {
    let (mut world, _, ann, _) = staffed(213);
    assert_eq!(code(world.act(ann, |core, now| core.set_passphrase("short", "set", now))), "weak_passphrase");
}

#[test]
fn a_room_is_read_by_its_members_from_when_they_came_until_they_went() {
    let (mut world, lead, ann, ben) = staffed(214);
    let cas = world.hire(lead, "Cas", StaffRole::Staff);
    let users: Vec<_> = [ann, ben].iter().map(|host| world.hosts[*host].user).collect();
    let members = RoomMembers::Chosen(users.clone());
    world.done(lead, "room", |core, job, now| core.make_room("Front desk", members, job, now));
    let room = world.hosts[lead].core.view().rooms[0].room;
    for host in [lead, ann, ben] {
        assert_eq!(world.hosts[host].core.view().rooms[0].name.as_deref(), Some("Front desk"));
    }
    assert!(world.hosts[cas].core.view().rooms.is_empty());
    let say = |world: &mut World, host: usize, text: &str| {
        world.act(host, |core, now| core.send_text(room, text, now)).unwrap();
        world.drain();
    };
    say(&mut world, ann, "one");
    assert_eq!(
        world.act(cas, |core, now| core.send_text(room, "may I?", now)).unwrap_err().code(),
        "unknown_room"
    );
    let (ben_user, cas_user) = (world.hosts[ben].user, world.hosts[cas].user);
    world.done(lead, "change", |core, job, now| {
        core.change_room(room, vec![cas_user], vec![ben_user], job, now)
    });
    say(&mut world, ann, "two");
    say(&mut world, cas, "three");
    assert_eq!(world.hosts[ben].texts(room), ["one"]);
    assert_eq!(world.hosts[cas].texts(room), ["two", "three"]);
    assert_eq!(world.hosts[cas].core.view().rooms[0].name.as_deref(), Some("Front desk"));
    let device = world.hosts[ben].device();
    let last = world.gateway.log.iter().rev().take(6);
    assert!(last.clone().all(|copy| copy.wrap.device != device), "no wrap for who was removed");
    world.done(cas, "leave", |core, job, now| core.leave_room(room, job, now));
    say(&mut world, ann, "four");
    assert_eq!(world.hosts[cas].texts(room), ["two", "three"]);
    assert!(world.hosts[cas].core.view().rooms.is_empty());
    assert_eq!(world.hosts[lead].texts(Target::Room(room)), ["one", "two", "three", "four"]);
}

#[test]
fn a_room_that_is_made_while_the_outbox_is_full_gets_its_name_with_the_first_message() {
    let (mut world, lead, ann, ben) = staffed(216);
    let (ann_user, ben_user) = (world.hosts[ann].user, world.hosts[ben].user);
    world.hosts[ann].reachable = false;
    world.cut(ann);
    for _ in 0..2_000 {
        world.act(lead, |core, now| core.send_text(ann_user, "hello", now)).unwrap();
        world.drain();
    }
    let members = RoomMembers::Chosen(vec![ben_user]);
    world.done(lead, "room", |core, job, now| core.make_room("Front desk", members, job, now));
    let room = world.hosts[lead].core.view().rooms[0].room;
    let name = |world: &World, host: usize| world.hosts[host].core.view().rooms[0].name.clone();
    assert_eq!((name(&world, lead).as_deref(), name(&world, ben)), (Some("Front desk"), None));
    assert_eq!(
        world.act(lead, |core, now| core.send_text(room, "full", now)).unwrap_err().code(),
        "outbox_full"
    );

    world.hosts[ann].reachable = true;
    world.settle();
    world.act(lead, |core, now| core.send_text(room, "welcome", now)).unwrap();
    world.drain();
    assert_eq!(name(&world, ben).as_deref(), Some("Front desk"));
    assert_eq!(world.hosts[ben].texts(room), ["welcome"]);
}

#[test]
fn rooms_by_role_and_place_follow_the_roster() {
    let (mut world, lead, ann, ben) = staffed(215);
    let (ann_user, place) = (world.hosts[ann].user, "Annex".to_owned());
    let members = RoomMembers::Group(place.clone());
    world.done(lead, "room", |core, job, now| core.make_room("Annex", members, job, now));
    assert!(world.hosts[ann].core.view().rooms.is_empty());
    world.done(lead, "move", |core, job, now| core.set_group(ann_user, Some(place), job, now));
    assert_eq!(world.hosts[ann].core.view().rooms.len(), 1);
    assert!(world.hosts[ben].core.view().rooms.is_empty());
    let members = RoomMembers::Role(StaffRole::Staff);
    world.done(lead, "staff", |core, job, now| core.make_room("Staff", members, job, now));
    assert_eq!(world.hosts[ben].core.view().rooms.len(), 1);
}

#[test]
fn a_room_that_its_maker_is_not_in_has_its_name_and_takes_no_word_from_outside() {
    let (mut world, lead, ann, ben) = staffed(227);
    let members = RoomMembers::Role(StaffRole::Staff);
    world.done(lead, "staff", |core, job, now| core.make_room("Staff", members, job, now));
    world.drain();
    for host in [ann, ben] {
        assert_eq!(world.hosts[host].core.view().rooms[0].name.as_deref(), Some("Staff"));
    }
    assert!(world.hosts[lead].core.view().rooms.is_empty());
    let room = world.hosts[ann].core.view().rooms[0].room;
    assert_eq!(code(world.act(lead, |core, now| core.send_text(room, "may I?", now))), "unknown_room");

    // It is looked after from outside, and by nobody else.
    let others = |world: &World, host: usize| world.hosts[host].core.view().other_rooms;
    let listed = others(&world, lead);
    assert_eq!((listed.len(), listed[0].room, listed[0].can_manage), (1, room, true));
    assert!(others(&world, ann).is_empty());
    world.done(lead, "rename", |core, job, now| core.rename_room(room, "All staff", job, now));
    world.drain();
    assert_eq!(world.hosts[ben].core.view().rooms[0].name.as_deref(), Some("All staff"));
    world.done(lead, "close", |core, job, now| core.close_room(room, job, now));
    assert!(others(&world, lead).is_empty() && world.hosts[ann].core.view().rooms.is_empty());
}

#[test]
fn who_signs_out_and_joins_anew_has_no_lock_until_there_is_a_passphrase() {
    let (mut world, lead, ann, _) = staffed(229);
    world.done(ann, "set", |core, job, now| core.set_passphrase(PASSPHRASE, job, now));
    let user = world.hosts[ann].user;
    world.act(ann, |core, now| core.sign_out(now)).unwrap();
    world.drain();
    assert_eq!(world.hosts[ann].core.view().stage, Stage::New);
    world.done(lead, "again", |core, job, now| core.invite_again(user, MINUTE * 60, job, now));
    let Some(JobResult::Sheets { sheets }) = world.job(lead, "again").result else { panic!("no sheet") };
    let link = sheets[0].link.clone();
    world.act(ann, |core, now| core.join(&link, now)).unwrap();
    world.drain();
    let view = world.hosts[ann].core.view();
    assert!(view.stage == Stage::Member && !view.me.unwrap().has_passphrase);
    assert_eq!(code(world.act(ann, |core, now| core.lock(now))), "no_passphrase");
}

#[test]
fn the_name_of_a_room_is_nowhere_in_clear() {
    let (mut world, lead, ann, _) = staffed(216);
    let members = RoomMembers::Everyone;
    world.done(lead, "room", |core, job, now| core.make_room("Marker-room", members, job, now));
    let holds = |bytes: &[u8]| bytes.windows(7).any(|window| window == b"Marker-");
    assert!(holds(b"a Marker-room"));
    assert!(world.gateway.entries.iter().all(|entry| !holds(entry)));
    assert!(world.hosts[ann].records.values().all(|value| !holds(value)));
    assert_eq!(world.hosts[ann].core.view().rooms[0].name.as_deref(), Some("Marker-room"));
}

#[test]
fn a_revoked_person_wipes_itself_on_the_signed_entry_and_not_on_the_gateways_word() {
    let (mut world, lead, ann, ben) = staffed(217);
    // A gateway's word alone ends nothing.
    let conn = world.hosts[ben].conn.unwrap();
    let refused = protocol::frame::Refused {
        code: protocol::error::ErrorCode::DeviceRevoked,
        message: None,
        request: None,
        frame: Some(1),
        retry: false,
    };
    world.gateway.send(conn, refused);
    world.drain();
    assert!(!world.hosts[ben].records.is_empty());
    assert_ne!(world.hosts[ben].core.view().stage, Stage::Removed);

    let ann_user = world.hosts[ann].user;
    world.done(lead, "remove", |core, job, now| core.revoke_person(ann_user, job, now));
    let view = world.hosts[ann].core.view();
    assert_eq!((view.stage, view.problem.unwrap().code.as_str()), (Stage::Removed, "device_revoked"));
    assert!(world.hosts[ann].records.is_empty() && world.hosts[ann].session.is_empty());
    assert_eq!(
        world.act(lead, |core, now| core.send_text(ann_user, "gone?", now)).unwrap_err().code(),
        "unknown_person"
    );
}

#[test]
fn a_workstation_that_was_revoked_while_it_was_off_wipes_itself_when_it_comes_back() {
    let (mut world, lead, ann, ben) = staffed(230);
    world.send(ben, ann, "for Ann alone");
    world.drain();
    world.cut(ann);
    let ann_user = world.hosts[ann].user;
    world.done(lead, "remove", |core, job, now| core.revoke_person(ann_user, job, now));
    world.reopen(ann);
    world.drain();
    let view = world.hosts[ann].core.view();
    assert_eq!((view.stage, view.problem.unwrap().code.as_str()), (Stage::Removed, "device_revoked"));
    assert!(world.hosts[ann].records.is_empty() && world.hosts[ann].session.is_empty());
}

#[test]
fn a_device_that_is_kept_in_the_dark_shows_nothing_and_then_wipes_itself() {
    let (mut world, lead, ann, _) = staffed(218);
    let policy =
        Policy { stale_lock_ms: 2 * 60 * MINUTE, stale_wipe_ms: 4 * 60 * MINUTE, ..Policy::default() };
    world.done(lead, "policy", |core, job, now| core.set_policy(policy, job, now));
    // The gateway hides everything from Ann, and every administrator is away.
    world.reachable = false;
    world.cut(ann);
    world.cut(lead);
    world.pass(3 * 60 * MINUTE);
    let view = world.hosts[ann].core.view();
    assert_eq!((view.stage, view.people.len()), (Stage::Stale, 0));
    world.pass(2 * 60 * MINUTE);
    assert_eq!(world.hosts[ann].core.view().stage, Stage::Removed);
    assert!(world.hosts[ann].records.is_empty());
}

#[test]
fn an_administrators_device_keeps_everybody_fresh() {
    let (mut world, lead, ann, _) = staffed(219);
    let policy =
        Policy { stale_lock_ms: 24 * 60 * MINUTE, stale_wipe_ms: 48 * 60 * MINUTE, ..Policy::default() };
    world.done(lead, "policy", |core, job, now| core.set_policy(policy, job, now));
    world.pass(5 * 24 * 60 * MINUTE);
    world.settle();
    assert_eq!(world.hosts[ann].core.view().stage, Stage::Member);
    assert!(
        world.hosts[ann].core.view().office.unwrap().confirmed_at.unwrap() > world.now - 24 * 60 * MINUTE
    );
}

#[test]
fn safety_numbers_agree_and_a_new_identity_blocks_writing_until_it_is_acknowledged() {
    let (mut world, lead, ann, ben) = staffed(220);
    let (ann_user, ben_user) = (world.hosts[ann].user, world.hosts[ben].user);
    let hers = world.hosts[ann].core.safety_number(ben_user).unwrap();
    let his = world.hosts[ben].core.safety_number(ann_user).unwrap();
    assert_eq!((&hers.groups, &hers.text), (&his.groups, &his.text));
    assert_eq!(hers.groups.len(), 12);
    world.act(ann, |core, now| core.check_safety_text(ben_user, &his.text, now)).unwrap();
    let other = world.hosts[ann].core.safety_number(world.hosts[lead].user).unwrap().text;
    assert_eq!(
        code(world.act(ann, |core, now| core.check_safety_text(ben_user, &other, now))),
        "safety_mismatch"
    );
    let keys = |world: &World, user| {
        world.hosts[ann].core.view().people.into_iter().find(|person| person.user == user).unwrap().keys
    };
    assert_eq!(keys(&world, ben_user), Keys::Verified);

    // A stolen office key gives Ben a new identity.
    let job = "again";
    world.act(lead, |core, now| core.invite_again(ben_user, MINUTE * 60, job, now)).unwrap();
    world.drain();
    let Some(JobResult::Sheets { sheets }) = world.job(lead, job).result else { panic!("no sheet") };
    let thief = world.add(ben_user, &sheets[0].link);
    world.settle();
    assert_eq!(world.hosts[thief].core.view().stage, Stage::Member);
    assert_eq!(keys(&world, ben_user), Keys::Changed);
    let refused = world.act(ann, |core, now| core.send_text(ben_user, "secret", now));
    assert_eq!(code(refused), "keys_changed");
    assert!(world.hosts[ann].core.conversation(ben_user).blocked.is_some());
    world.act(ann, |core, now| core.acknowledge_keys(ben_user, now)).unwrap();
    assert_eq!(keys(&world, ben_user), Keys::Unverified);
    world.act(ann, |core, now| core.send_text(ben_user, "hello again", now)).unwrap();
    world.drain();
    assert_eq!(world.hosts[thief].texts(ann_user), ["hello again"]);
}

#[test]
fn two_administrators_who_change_the_roster_at_once_both_succeed() {
    let (mut world, lead, ann, ben) = staffed(221);
    let (ann_user, ben_user) = (world.hosts[ann].user, world.hosts[ben].user);
    world.done(lead, "promote", |core, job, now| core.set_role(ann_user, StaffRole::Admin, job, now));
    world.act(lead, |core, now| core.set_group(ben_user, Some("Annex".to_owned()), "one", now)).unwrap();
    world
        .act(ann, |core, now| {
            core.set_policy(Policy { idle_lock_ms: 2 * MINUTE, ..Policy::default() }, "two", now)
        })
        .unwrap();
    world.drain();
    assert_eq!(world.job(lead, "one").state, JobState::Done);
    assert_eq!(world.job(ann, "two").state, JobState::Done);
    assert_eq!(world.gateway.roster.policy().idle_lock_ms, 2 * MINUTE);
    assert_eq!(world.gateway.roster.user(ben_user).unwrap().group.as_deref(), Some("Annex"));
}

#[test]
fn a_change_whose_answer_is_lost_is_not_made_twice() {
    let (mut world, lead, ann, _) = staffed(222);
    let ann_user = world.hosts[ann].user;
    let before = world.gateway.roster.length();
    world.act(lead, |core, now| core.set_group(ann_user, Some("Annex".to_owned()), "move", now)).unwrap();
    // The entry arrives, and the connection dies before anything comes back.
    while world.gateway.roster.length() == before {
        let conn = world.hosts[lead].conn.unwrap();
        let _ = conn;
        world.step(lead);
    }
    world.cut(lead);
    world.settle();
    assert_eq!(world.job(lead, "move").state, JobState::Done);
    assert_eq!(world.gateway.roster.length(), before + 1);
}

#[test]
fn somebody_invited_by_a_stranger_to_the_office_key_is_nobody() {
    let (mut world, lead) = World::opened(223);
    // The gateway makes an invite up: it has no key that the roster knows.
    let secret = InviteSecret::from_bytes([3; 32]);
    let issued = InviteIssued {
        invite: protocol::id::InviteId::from_bytes([3; 16]),
        key: secret.signing_key().unwrap().public().clone(),
        user: nobody(),
        name: "Mallory".to_owned(),
        role: StaffRole::Staff,
        group: None,
        expires_ms: world.now + MINUTE,
    };
    let entry = protocol::roster::Entry {
        office: world.gateway.office,
        index: world.gateway.roster.length(),
        previous: world.gateway.roster.head(),
        made_ms: world.now,
        author: None,
        change: Change::InvitesIssued(InvitesIssued { invites: vec![issued] }),
    };
    let forged = SigningKey::from_seed(Role::Office, [66; 32]).unwrap();
    let bytes = protocol::roster::SignedEntry::make(&entry, &forged).unwrap();
    let conn = world.hosts[lead].conn.unwrap();
    let first = world.gateway.roster.length();
    world.gateway.send(
        conn,
        protocol::frame::RosterEntries { first, entries: vec![serde_bytes::ByteBuf::from(bytes)] },
    );
    world.drain();
    let view = world.hosts[lead].core.view();
    assert_eq!(view.alarm.unwrap().code, "roster_invalid");
    assert!(view.people.is_empty() && view.invites.is_empty());
    assert_eq!(view.link.state, LinkState::Connected);
}

#[test]
fn nothing_that_a_new_browser_was_told_wrongly_stays_on_it() {
    let mut core = Core::open(Vec::new(), Vec::new(), simulation::START).unwrap();
    for text in ["", "crmplus-chat://open/1/xyz", "crmplus-chat://code/1/xyz", "crmplus-chat://recovery/1/x"]
    {
        assert!(core.join(text, simulation::START).is_err());
        assert!(core.found(text, "Office", "Name", simulation::START).is_err());
        assert!(core.restore_office(text, "Name", simulation::START).is_err());
    }
    assert!(core.join_by_code("192.168.1.20:7421", "not a code", simulation::START).is_err());
    assert_eq!(core.view().stage, Stage::New);
}
