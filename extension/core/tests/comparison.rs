//! Two people compare keys by pictures, over a gateway that may be anybody's. What a dishonest device can say is in
//! `src/comparison/tests.rs`.

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
    CoreError, Notice, Refusal, Target,
    view::{ComparisonState as Is, ComparisonView, JobResult, Keys, MessageState, Person},
};
use protocol::{envelope::Addressed, id::UserId, roster::StaffRole};
use simulation::World;

const MINUTE: u64 = 60 * 1000;
const PASSPHRASE: &str = "a long passphrase for tests";

fn code(result: Result<(), CoreError>) -> &'static str {
    result.unwrap_err().code()
}

fn person(world: &World, host: usize, other: usize) -> Person {
    let user = world.hosts[other].user;
    world.hosts[host].core.view().people.into_iter().find(|person| person.user == user).unwrap()
}

fn comparison(world: &World, host: usize, other: usize) -> Option<ComparisonView> {
    person(world, host, other).comparison
}

fn is(world: &World, host: usize, other: usize) -> Option<Is> {
    comparison(world, host, other).map(|comparison| comparison.state)
}

fn reason(world: &World, host: usize, other: usize) -> Option<&'static str> {
    comparison(world, host, other).and_then(|comparison| comparison.reason)
}

fn pictures(world: &World, host: usize, other: usize) -> Vec<&'static str> {
    comparison(world, host, other).unwrap().emoji.iter().map(|emoji| emoji.name).collect()
}

fn keys(world: &World, host: usize, other: usize) -> Keys {
    person(world, host, other).keys
}

fn start(world: &mut World, host: usize, other: usize) {
    let user = world.hosts[other].user;
    world.act(host, |core, now| core.start_comparison(user, now)).unwrap();
}

fn accept(world: &mut World, host: usize, other: usize) {
    let user = world.hosts[other].user;
    world.act(host, |core, now| core.accept_comparison(user, now)).unwrap();
}

fn close(world: &mut World, host: usize, other: usize) {
    let user = world.hosts[other].user;
    world.act(host, |core, now| core.close_comparison(user, now)).unwrap();
    world.drain();
}

fn say(world: &mut World, host: usize, other: usize, matches: bool) -> Result<(), CoreError> {
    let user = world.hosts[other].user;
    let id = comparison(world, host, other).unwrap().id;
    let said = world.act(host, |core, now| core.finish_comparison(user, id, matches, now));
    world.drain();
    said
}

/// `one` asks, `other` agrees, both see pictures.
fn compare(world: &mut World, one: usize, other: usize) {
    start(world, one, other);
    world.drain();
    assert_eq!(is(world, other, one), Some(Is::Asked));
    accept(world, other, one);
    world.drain();
    assert_eq!(is(world, one, other), Some(Is::Comparing));
    assert_eq!(is(world, other, one), Some(Is::Comparing));
}

/// An office with a lead and two people.
fn staffed(seed: u64) -> (World, usize, usize, usize) {
    let (mut world, lead) = World::opened(seed);
    let ann = world.hire(lead, "Ann", StaffRole::Staff);
    let ben = world.hire(lead, "Ben", StaffRole::Staff);
    (world, lead, ann, ben)
}

/// Whoever has the office key gives the person of `host` new keys: on another browser.
fn replace(world: &mut World, lead: usize, host: usize) -> usize {
    let user = world.hosts[host].user;
    let job = format!("again {}", world.hosts.len());
    world.act(lead, |core, now| core.invite_again(user, MINUTE * 60, &job, now)).unwrap();
    world.drain();
    let Some(JobResult::Sheets { sheets }) = world.job(lead, &job).result else { panic!("no sheet") };
    let fresh = world.add(user, &sheets[0].link);
    world.settle();
    fresh
}

/// Ann types a message while she is away, and Ben gets new keys meanwhile.
fn replace_unseen(world: &mut World, lead: usize, ann: usize, ben: usize) -> usize {
    world.cut(ann);
    world.send(ann, ben, "typed before");
    let connecting = world.hosts[ann].wake_at.take();
    let fresh = replace(world, lead, ben);
    world.hosts[ann].wake_at = connecting;
    world.settle();
    fresh
}

fn refusals(world: &World, host: usize) -> Vec<(Refusal, u64)> {
    world.hosts[host].core.refusals().all().collect()
}

#[test]
fn two_people_see_the_same_pictures_and_both_verify() {
    let (mut world, [ann, ben]) = World::with_people(300, ["Ann", "Ben"]);
    compare(&mut world, ann, ben);
    assert_eq!(pictures(&world, ann, ben).len(), 7);
    assert_eq!(pictures(&world, ann, ben), pictures(&world, ben, ann));
    assert_eq!((keys(&world, ann, ben), keys(&world, ben, ann)), (Keys::Unverified, Keys::Unverified));
    say(&mut world, ann, ben, true).unwrap();
    assert_eq!(keys(&world, ann, ben), Keys::Verified);
    assert_eq!(keys(&world, ben, ann), Keys::Unverified, "each person says so for themselves");
    assert_eq!(pictures(&world, ann, ben), pictures(&world, ben, ann), "the other one may be slower");
    say(&mut world, ben, ann, true).unwrap();
    assert_eq!(keys(&world, ben, ann), Keys::Verified);
    assert!(refusals(&world, ann).is_empty() && refusals(&world, ben).is_empty());

    // What was verified is on disk, how is not.
    for (host, other) in [(ann, ben), (ben, ann)] {
        world.reopen(host);
        world.settle();
        assert_eq!(keys(&world, host, other), Keys::Verified);
        assert_eq!(is(&world, host, other), None);
        assert!(!world.hosts[host].records.keys().any(|key| key.starts_with("outbox/")));
    }
}

#[test]
fn comparing_leaves_no_line_no_unread_mark_and_no_gap_and_asks_by_a_notice_without_content() {
    let (mut world, [ann, ben]) = World::with_people(301, ["Ann", "Ben"]);
    let away = world.add_device(ben);
    world.settle();
    let (ann_user, ben_user) = (world.hosts[ann].user, world.hosts[ben].user);
    world.send(ann, ben, "before");
    world.drain();
    for host in [ann, ben] {
        world.hosts[host].notices.clear();
    }
    // One device misses all of it: the steps are too old when it comes back.
    world.cut(away);
    let connecting = world.hosts[away].wake_at.take();
    compare(&mut world, ann, ben);
    say(&mut world, ann, ben, true).unwrap();
    say(&mut world, ben, ann, false).unwrap();
    assert_eq!(world.hosts[ann].texts(ben_user), ["before"]);
    assert_eq!(world.hosts[ben].texts(ann_user), ["before"]);
    assert_eq!(world.hosts[ben].core.view().unread, 1);
    assert_eq!(world.hosts[ben].notices, [Notice::Comparison { from: Target::Person(ann_user) }]);
    assert!(world.hosts[ann].notices.is_empty());

    world.now += 11 * MINUTE;
    world.hosts[away].wake_at = connecting;
    world.settle();
    world.send(ann, ben, "after");
    world.drain();
    for host in [ben, away] {
        let lines = world.hosts[host].messages(ann_user);
        assert_eq!(lines.last().unwrap().text, "after");
        assert!(lines.iter().all(|line| line.missing_before == 0), "nothing that anybody has to miss");
    }
    assert_eq!(is(&world, away, ann), None);
}

#[test]
fn changed_keys_stop_everything_but_comparing_and_a_match_sets_it_free() {
    let (mut world, lead, ann, ben) = staffed(302);
    let ben_user = world.hosts[ben].user;
    let ben = replace_unseen(&mut world, lead, ann, ben);
    assert_eq!(keys(&world, ann, ben), Keys::Changed);
    assert_eq!(
        code(world.act(ann, |core, now| core.send_text(ben_user, "typed after", now))),
        "keys_changed"
    );

    compare(&mut world, ann, ben);
    assert_eq!(pictures(&world, ann, ben), pictures(&world, ben, ann));
    assert_eq!(keys(&world, ann, ben), Keys::Changed);
    assert_eq!(world.hosts[ann].states(ben_user), [MessageState::Queued]);
    assert_eq!(
        code(world.act(ann, |core, now| core.send_text(ben_user, "typed after", now))),
        "keys_changed"
    );
    assert!(world.hosts[ben].texts(world.hosts[ann].user).is_empty());

    say(&mut world, ann, ben, true).unwrap();
    assert_eq!(keys(&world, ann, ben), Keys::Verified);
    assert_eq!(world.hosts[ann].states(ben_user), [MessageState::Delivered]);
    assert_eq!(world.hosts[ben].texts(world.hosts[ann].user), ["typed before"]);
}

#[test]
fn what_waits_for_changed_keys_holds_up_nobody_else() {
    let (mut world, lead, ann, ben) = staffed(303);
    let cas = world.hire(lead, "Cas", StaffRole::Staff);
    let cas_user = world.hosts[cas].user;
    world.send(ann, cas, "hello");
    world.drain();
    let ben = replace_unseen(&mut world, lead, ann, ben);
    assert_eq!(keys(&world, ann, ben), Keys::Changed);
    // Cas is away: all of these are accepted, and stay in the outbox.
    world.cut(cas);
    world.hosts[cas].wake_at = None;
    for number in 0..50 {
        world.send(ann, cas, &number.to_string());
        world.drain();
    }
    let states = world.hosts[ann].states(cas_user);
    assert_eq!(states.iter().filter(|state| **state == MessageState::Sent).count(), 50, "{states:?}");
    compare(&mut world, ann, ben);
}

#[test]
fn pictures_that_differ_verify_nothing_and_both_are_warned() {
    let (mut world, lead, ann, ben) = staffed(304);
    let ben = replace(&mut world, lead, ben);
    compare(&mut world, ben, ann);
    say(&mut world, ann, ben, false).unwrap();
    assert_eq!((is(&world, ann, ben), reason(&world, ann, ben)), (Some(Is::Broken), Some("differ")));
    assert_eq!((is(&world, ben, ann), reason(&world, ben, ann)), (Some(Is::Broken), Some("other_differs")));
    assert_eq!((keys(&world, ann, ben), keys(&world, ben, ann)), (Keys::Changed, Keys::Unverified));
    assert_eq!(code(say(&mut world, ben, ann, true)), "comparison_over");
    // The warning stays until somebody puts it away.
    world.pass(30 * MINUTE);
    assert_eq!(reason(&world, ben, ann), Some("other_differs"));
    close(&mut world, ben, ann);
    assert_eq!(is(&world, ben, ann), None);
    assert_eq!(reason(&world, ann, ben), Some("differ"));
    // And they can try again.
    compare(&mut world, ann, ben);
}

#[test]
fn a_match_is_taken_back_when_the_other_person_sees_other_pictures() {
    let (mut world, lead, ann, ben) = staffed(305);
    let ben = replace(&mut world, lead, ben);
    compare(&mut world, ann, ben);
    say(&mut world, ann, ben, true).unwrap();
    assert_eq!(keys(&world, ann, ben), Keys::Verified);
    say(&mut world, ben, ann, false).unwrap();
    assert_eq!(reason(&world, ann, ben), Some("other_differs"));
    assert_eq!(keys(&world, ann, ben), Keys::Changed, "as it was before");
    world.reopen(ann);
    world.settle();
    assert_eq!(keys(&world, ann, ben), Keys::Changed);
}

/// Two offices with the same root, people and office key: one shown to Ann, one shown to Ben, by a gateway that has the
/// office key. In Ann's, "Ben" is a browser of whoever stands in between; in Ben's, "Ann" is.
#[test]
fn somebody_in_between_cannot_make_the_pictures_match() {
    let (mut hers, [ann, as_ben]) = World::with_people(306, ["Ann", "Ben"]);
    let (mut his, [as_ann, ben]) = World::with_people(307, ["Ann", "Ben"]);
    assert_eq!(hers.gateway.roster.root(), his.gateway.roster.root());
    assert_eq!(hers.hosts[ann].user, his.hosts[as_ann].user);
    compare(&mut hers, ann, as_ben);
    compare(&mut his, as_ann, ben);
    assert_ne!(pictures(&hers, ann, as_ben), pictures(&his, ben, as_ann));
    say(&mut hers, ann, as_ben, false).unwrap();
    assert_eq!(keys(&hers, ann, as_ben), Keys::Unverified);
    assert_eq!(reason(&hers, ann, as_ben), Some("differ"));
}

#[test]
fn both_starting_at_the_same_moment_is_one_comparison() {
    let (mut world, [ann, ben]) = World::with_people(308, ["Ann", "Ben"]);
    let other = world.add_device(ann);
    world.settle();
    world.send(ann, ben, "hello");
    world.drain();
    start(&mut world, ann, ben);
    start(&mut world, ben, ann);
    world.drain();
    assert_eq!(pictures(&world, ann, ben).len(), 7);
    assert_eq!(pictures(&world, ann, ben), pictures(&world, ben, ann));
    assert_eq!(is(&world, other, ben), Some(Is::Elsewhere));
    // Pressing the button when the other one has asked already is agreeing.
    close(&mut world, ann, ben);
    close(&mut world, ben, ann);
    start(&mut world, ann, ben);
    world.drain();
    start(&mut world, ben, ann);
    world.drain();
    assert_eq!(pictures(&world, ann, ben), pictures(&world, ben, ann));
    assert!(refusals(&world, ann).is_empty() && refusals(&world, ben).is_empty());
}

#[test]
fn one_of_two_devices_accepts_and_the_other_stops_asking() {
    let (mut world, [ann, ben]) = World::with_people(309, ["Ann", "Ben"]);
    let other = world.add_device(ben);
    world.settle();
    start(&mut world, ann, ben);
    world.drain();
    assert_eq!((is(&world, ben, ann), is(&world, other, ann)), (Some(Is::Asked), Some(Is::Asked)));
    accept(&mut world, other, ann);
    world.drain();
    assert_eq!(is(&world, ben, ann), Some(Is::Elsewhere));
    assert_eq!(pictures(&world, ann, ben), pictures(&world, other, ann));
    let ann_user = world.hosts[ann].user;
    let late = world.act(ben, |core, now| core.accept_comparison(ann_user, now));
    assert_eq!(code(late), "comparison_over");
    say(&mut world, other, ann, true).unwrap();
    assert_eq!(keys(&world, other, ann), Keys::Verified);

    // Both at once: the one whose answer comes first.
    close(&mut world, ann, ben);
    close(&mut world, other, ann);
    start(&mut world, ann, ben);
    world.drain();
    accept(&mut world, ben, ann);
    accept(&mut world, other, ann);
    world.drain();
    let mut there = [is(&world, ben, ann), is(&world, other, ann)];
    there.sort_by_key(|state| *state != Some(Is::Comparing));
    assert_eq!(there, [Some(Is::Comparing), Some(Is::Elsewhere)]);
    assert_eq!(is(&world, ann, ben), Some(Is::Comparing));
}

#[test]
fn only_somebody_who_is_on_line_can_be_asked() {
    let (mut world, [ann, ben]) = World::with_people(310, ["Ann", "Ben"]);
    let (ann_user, ben_user) = (world.hosts[ann].user, world.hosts[ben].user);
    let ask =
        |world: &mut World, user: UserId| code(world.act(ann, |core, now| core.start_comparison(user, now)));
    assert_eq!(ask(&mut world, ann_user), "unknown_person");
    assert_eq!(ask(&mut world, UserId::from_bytes([1; 16])), "unknown_person");
    world.cut(ben);
    world.hosts[ben].wake_at = None;
    world.cut(ann);
    assert_eq!(ask(&mut world, ben_user), "not_connected");
    world.drain();
    let wake = world.hosts[ann].wake_at.unwrap();
    world.now = world.now.max(wake);
    world.drain();
    assert_eq!(ask(&mut world, ben_user), "not_online");
    // What contradicts itself in the roster stops this too.
    let first = world.gateway.entries.len() as u64;
    let conn = world.hosts[ann].conn.unwrap();
    let entries = vec![serde_bytes::ByteBuf::from(vec![1, 2, 3])];
    world.gateway.send(conn, protocol::frame::RosterEntries { first, entries });
    world.drain();
    assert_eq!(ask(&mut world, ben_user), "sending_stopped");
}

#[test]
fn a_comparison_ends_after_ten_minutes() {
    let (mut world, [ann, ben]) = World::with_people(311, ["Ann", "Ben"]);
    start(&mut world, ann, ben);
    world.drain();
    world.pass(10 * MINUTE + 1);
    assert_eq!(reason(&world, ann, ben), Some("expired"));
    assert_eq!(is(&world, ben, ann), None);
    compare(&mut world, ann, ben);
    world.pass(10 * MINUTE + 1);
    assert_eq!((reason(&world, ann, ben), reason(&world, ben, ann)), (Some("expired"), Some("expired")));
    assert_eq!(code(say(&mut world, ann, ben, true)), "comparison_over");
    assert_eq!(keys(&world, ann, ben), Keys::Unverified);
}

#[test]
fn either_side_can_end_it_at_any_time() {
    let (mut world, [ann, ben]) = World::with_people(312, ["Ann", "Ben"]);
    // Declined.
    start(&mut world, ann, ben);
    world.drain();
    close(&mut world, ben, ann);
    assert_eq!((reason(&world, ann, ben), is(&world, ben, ann)), (Some("declined"), None));
    // Withdrawn before it was answered.
    start(&mut world, ann, ben);
    world.drain();
    close(&mut world, ann, ben);
    assert_eq!((is(&world, ann, ben), is(&world, ben, ann)), (None, None));
    // Stopped before the pictures were compared.
    compare(&mut world, ann, ben);
    close(&mut world, ann, ben);
    assert_eq!((is(&world, ann, ben), reason(&world, ben, ann)), (None, Some("stopped")));
    assert_eq!(keys(&world, ben, ann), Keys::Unverified);
}

#[test]
fn a_lock_ends_it_and_the_other_side_hears_of_it_when_it_goes_on() {
    let (mut world, [ann, ben]) = World::with_people(313, ["Ann", "Ben"]);
    world.done(ann, "set", |core, job, now| core.set_passphrase(PASSPHRASE, job, now));
    start(&mut world, ann, ben);
    world.drain();
    world.act(ann, |core, now| core.lock(now)).unwrap();
    world.act(ann, |core, now| core.unlock(PASSPHRASE, now)).unwrap();
    world.settle();
    assert_eq!(is(&world, ann, ben), None);
    accept(&mut world, ben, ann);
    world.drain();
    assert_eq!(reason(&world, ben, ann), Some("over"));
    assert_eq!(refusals(&world, ann), [(Refusal::CompareUnknown, 1)]);
}

#[test]
fn keys_that_change_meanwhile_end_it_and_are_not_verified() {
    let (mut world, lead, ann, ben) = staffed(314);
    compare(&mut world, ann, ben);
    let id = comparison(&world, ann, ben).unwrap().id;
    let user = world.hosts[ben].user;
    replace(&mut world, lead, ben);
    assert_eq!(reason(&world, ann, ben), Some("keys_changed"));
    let said = world.act(ann, |core, now| core.finish_comparison(user, id, true, now));
    assert_eq!(code(said), "comparison_over");
    assert_eq!(keys(&world, ann, ben), Keys::Changed);
}

#[test]
fn a_device_or_person_that_is_removed_meanwhile_ends_it() {
    let (mut world, [ann, ben]) = World::with_people(315, ["Ann", "Ben"]);
    let other = world.add_device(ben);
    world.settle();
    start(&mut world, ann, ben);
    world.drain();
    accept(&mut world, other, ann);
    world.drain();
    let device = world.hosts[other].device();
    world.act(ben, |core, now| core.revoke_device(device, true, "revoke", now)).unwrap();
    world.drain();
    assert_eq!(reason(&world, ann, ben), Some("device_gone"));

    let (mut world, lead, ann, ben) = staffed(316);
    let user = world.hosts[ben].user;
    start(&mut world, ben, ann);
    world.drain();
    assert_eq!(is(&world, ann, ben), Some(Is::Asked));
    world.done(lead, "revoke", |core, job, now| core.revoke_person(user, job, now));
    let accept = world.act(ann, |core, now| core.accept_comparison(user, now));
    assert_eq!(code(accept), "unknown_person");
}

#[test]
fn a_network_that_comes_back_goes_on_with_it() {
    let (mut world, [ann, ben]) = World::with_people(317, ["Ann", "Ben"]);
    start(&mut world, ann, ben);
    world.drain();
    world.cut(ann);
    accept(&mut world, ben, ann);
    world.settle();
    assert_eq!(pictures(&world, ann, ben), pictures(&world, ben, ann));
}

#[test]
fn a_gateway_that_repeats_or_holds_back_steps_achieves_nothing() {
    let (mut world, [ann, ben]) = World::with_people(318, ["Ann", "Ben"]);
    world.send(ann, ben, "hello");
    world.drain();
    let first = world.gateway.log.len();
    compare(&mut world, ann, ben);
    let seen = pictures(&world, ann, ben);
    let steps: Vec<Addressed> = world.gateway.log[first..].to_vec();
    assert_eq!(steps.len(), 3, "start, accept, reveal");
    let repeat = |world: &mut World| {
        for step in &steps {
            let to = if step.wrap.device == world.hosts[ann].device() { ann } else { ben };
            world.inject(to, step.clone());
        }
    };
    repeat(&mut world);
    assert_eq!((pictures(&world, ann, ben), pictures(&world, ben, ann)), (seen.clone(), seen));
    close(&mut world, ann, ben);
    close(&mut world, ben, ann);
    repeat(&mut world);
    assert_eq!((is(&world, ann, ben), is(&world, ben, ann)), (None, None));

    // A start that is kept for longer than a comparison takes asks nobody.
    world.gateway.hold(true);
    start(&mut world, ann, ben);
    world.drain();
    let held = world.gateway.log.last().unwrap().clone();
    world.pass(10 * MINUTE);
    world.gateway.mailbox.clear();
    world.gateway.hold(false);
    world.inject(ben, held);
    assert_eq!(is(&world, ben, ann), None);
    assert_eq!(refusals(&world, ben), [(Refusal::Expired, 1)]);
    assert_eq!(reason(&world, ann, ben), Some("expired"));
}
