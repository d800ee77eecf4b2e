//! A browser writes nothing and asks nobody before a passphrase wraps its keys.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs,
    unreachable_pub
)]
#![allow(dead_code, clippy::pedantic)]

use extension_core::view::{JobState, Stage, Step};
use protocol::id::UserId;
use simulation::{Crash, World};

const PASSPHRASE: &str = "plum tractor violin nine";

/// Somebody who has given an invite to a browser and was asked for a passphrase.
fn asked(seed: u64) -> (World, usize) {
    let mut world = World::new(seed);
    world.passphrase_first = true;
    let (user, invite) = world.gateway.invite("Ann");
    let ann = world.add(user, &invite);
    (world, ann)
}

fn step(world: &World, host: usize) -> Option<Step> {
    world.hosts[host].core.view().entering.map(|entering| entering.step)
}

fn stage(world: &World, host: usize) -> Stage {
    world.hosts[host].core.view().stage
}

fn choose(world: &mut World, host: usize) {
    world.act(host, |core, now| core.set_passphrase(PASSPHRASE, "choose", now)).unwrap();
}

fn unsaved(world: &World, host: usize) -> usize {
    world.hosts[host].session.keys().filter(|name| name.starts_with("session/unsaved/")).count()
}

#[test]
fn nothing_is_stored_and_nobody_is_asked_before_there_is_a_passphrase() {
    let (mut world, ann) = asked(200);
    world.pass(60_000);
    assert_eq!((stage(&world, ann), step(&world, ann)), (Stage::Entering, Some(Step::Passphrase)));
    assert!(world.hosts[ann].records.is_empty());
    assert_eq!(world.hosts[ann].conn, None);
    assert!(world.gateway.frames.is_empty());

    choose(&mut world, ann);
    assert_eq!(unsaved(&world, ann), 0);
    let vault = world.hosts[ann].session["session/vault"].clone();
    let holds = |bytes: &[u8]| bytes.windows(vault.len()).any(|window| window == vault);
    assert!(holds(&[b"xx".as_slice(), &vault].concat()), "the check sees what it should");
    assert!(
        world.hosts[ann].records.len() > 2 && world.hosts[ann].records.values().all(|value| !holds(value))
    );
    world.settle();
    assert_eq!(stage(&world, ann), Stage::Member);
    assert!(world.hosts[ann].records.values().all(|value| !holds(value)));

    world.restart_browser(ann);
    assert_eq!(stage(&world, ann), Stage::Locked);
    world.act(ann, |core, now| core.unlock(PASSPHRASE, now)).unwrap();
    world.settle();
    assert_eq!(stage(&world, ann), Stage::Member);
}

#[test]
fn the_passphrase_chosen_on_the_way_in_signs_in_elsewhere_and_locks_there_too() {
    let (mut world, ann) = asked(201);
    choose(&mut world, ann);
    world.settle();
    assert_eq!(world.job(ann, "choose").state, JobState::Done);
    let me = world.hosts[ann].core.view().me.unwrap();
    assert_eq!(me.signs_in_elsewhere, Some(true));
    let user = world.hosts[ann].user;
    assert!(world.gateway.passphrases.contains_key(&user));

    let elsewhere = world.add_new(user);
    world.act(elsewhere, |core, now| core.sign_in("ws://gateway", "Ann", PASSPHRASE, now)).unwrap();
    world.settle();
    assert_eq!(stage(&world, elsewhere), Stage::Member, "nothing was to be chosen");
    assert!(world.hosts[elsewhere].core.view().me.unwrap().has_passphrase);
    world.restart_browser(elsewhere);
    assert_eq!(stage(&world, elsewhere), Stage::Locked);
    world.act(elsewhere, |core, now| core.unlock(PASSPHRASE, now)).unwrap();
    world.settle();
    assert_eq!(stage(&world, elsewhere), Stage::Member);
}

#[test]
fn a_background_that_ends_meanwhile_asks_again() {
    let (mut world, ann) = asked(202);
    world.reopen(ann);
    world.drain();
    assert_eq!(step(&world, ann), Some(Step::Passphrase));
    assert_eq!(world.hosts[ann].conn, None);
    choose(&mut world, ann);
    world.settle();
    assert_eq!(stage(&world, ann), Stage::Member);
}

#[test]
fn a_browser_that_is_closed_meanwhile_has_used_nothing_up() {
    let (mut world, ann) = asked(203);
    world.restart_browser(ann);
    assert_eq!(stage(&world, ann), Stage::New);
    assert!(world.hosts[ann].records.is_empty());
    let (_, invite) = world.gateway.invite("Cas");
    world.act(ann, |core, now| core.join(&invite, now)).unwrap();
    choose(&mut world, ann);
    world.settle();
    assert_eq!(stage(&world, ann), Stage::Member);
}

#[test]
fn who_stops_leaves_nothing_behind() {
    let (mut world, ann) = asked(204);
    assert!(unsaved(&world, ann) > 0);
    world.act(ann, |core, now| core.stop_entering(now)).unwrap();
    assert_eq!(stage(&world, ann), Stage::New);
    assert!(world.hosts[ann].session.is_empty() && world.hosts[ann].records.is_empty());
}

#[test]
fn a_second_invite_takes_the_place_of_the_first() {
    let (mut world, ann) = asked(205);
    let (user, invite) = world.gateway.invite("Cas");
    world.act(ann, |core, now| core.join(&invite, now)).unwrap();
    world.reopen(ann);
    choose(&mut world, ann);
    world.settle();
    assert_eq!(world.hosts[ann].core.view().me.unwrap().user, user);
}

#[test]
fn a_crash_while_the_keys_are_written_loses_neither_keys_nor_invite() {
    for crash in [Crash::BeforeCommit, Crash::AfterCommit, Crash::AfterSession, Crash::AfterSocket] {
        let (mut world, ann) = asked(206);
        // In the turn that writes.
        world.patient = true;
        world.crash.insert(ann, crash);
        choose(&mut world, ann);
        assert!(world.crash.is_empty(), "the crash happened");
        world.drain();
        if crash == Crash::BeforeCommit {
            assert!(world.hosts[ann].records.is_empty());
            assert_eq!(step(&world, ann), Some(Step::Passphrase));
            choose(&mut world, ann);
        }
        world.settle();
        assert_eq!(stage(&world, ann), Stage::Member, "{crash:?}");
        assert_eq!(unsaved(&world, ann), 0, "{crash:?}");
        world.restart_browser(ann);
        assert_eq!(stage(&world, ann), Stage::Locked, "{crash:?}");
    }
}

#[test]
fn a_registration_that_was_cut_off_goes_on_with_the_next_connection() {
    let (mut world, ann) = asked(207);
    choose(&mut world, ann);
    // Until the registration has begun.
    while world.gateway.frames.iter().all(|frame| frame.name() != "BeginPassphrase") {
        assert!(world.step(ann));
    }
    world.cut(ann);
    world.settle();
    assert!(world.gateway.passphrases.contains_key(&world.hosts[ann].user));
}

#[test]
fn who_cannot_sign_in_elsewhere_is_told_and_can_mend_it() {
    let (mut world, ann) = asked(208);
    choose(&mut world, ann);
    // In, and the background ends before the passphrase is registered.
    while stage(&world, ann) != Stage::Member {
        assert!(world.step(ann));
    }
    world.reopen(ann);
    world.settle();
    assert_eq!(world.hosts[ann].core.view().me.unwrap().signs_in_elsewhere, Some(false));
    world.done(ann, "mend", |core, job, now| core.set_passphrase(PASSPHRASE, job, now));
    assert_eq!(world.hosts[ann].core.view().me.unwrap().signs_in_elsewhere, Some(true));
}

#[test]
fn a_browser_that_was_wiped_owes_a_passphrase_again() {
    let (mut world, ann) = asked(209);
    choose(&mut world, ann);
    world.settle();
    world.act(ann, |core, now| core.sign_out(now)).unwrap();
    world.drain();
    assert_eq!(stage(&world, ann), Stage::New);
    assert!(world.hosts[ann].records.is_empty() && world.hosts[ann].session.is_empty());
    let (_, invite) = world.gateway.invite("Cas");
    world.act(ann, |core, now| core.join(&invite, now)).unwrap();
    assert_eq!(step(&world, ann), Some(Step::Passphrase));
    assert!(world.hosts[ann].records.is_empty());
}

#[test]
fn an_office_is_opened_under_a_passphrase_too() {
    let mut world = World::new(210);
    world.gateway = simulation::gateway::Gateway::unopened(simulation::START);
    world.passphrase_first = true;
    let lead = world.add_new(UserId::from_bytes([0; 16]));
    let text = world.gateway.founding_text();
    world.act(lead, |core, now| core.found(&text, "Riverside", "Lee Lead", now)).unwrap();
    assert_eq!(step(&world, lead), Some(Step::Passphrase));
    assert!(world.hosts[lead].records.is_empty());
    choose(&mut world, lead);
    world.settle();
    assert!(world.hosts[lead].core.view().me.unwrap().holds_office_key);
}

#[test]
fn a_weak_passphrase_is_refused_on_the_way_in() {
    let (mut world, ann) = asked(211);
    let refused = world.act(ann, |core, now| core.set_passphrase("short", "choose", now)).unwrap_err();
    assert_eq!(refused.code(), "weak_passphrase");
    assert_eq!(step(&world, ann), Some(Step::Passphrase));
}
