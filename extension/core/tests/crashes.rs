//! Loss, duplicates, reordering, cut connections and crashes between any two steps: nothing lost, nothing
//! shown twice.

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

use extension_core::view::{MessageState, Stage};
use proptest::prelude::*;
use simulation::{Crash, World};

/// Every turn of the whole story of a join and a first message, ended by every kind of crash, one at a time.
#[test]
fn a_crash_at_any_single_turn_of_joining_and_first_messages_does_no_harm() {
    for crash in Crash::ALL {
        for victim in [0, 1] {
            for turn in 0..40 {
                let mut world = World::new(77);
                let (ann_user, ann_invite) = world.gateway.invite("Ann");
                let (ben_user, ben_invite) = world.gateway.invite("Ben");
                let ann = world.add(ann_user, &ann_invite);
                let ben = world.add(ben_user, &ben_invite);
                // The commit of a pasted invite is what a person waits for; crashes come after it.
                run_with_crash(&mut world, victim, turn, crash);
                let told = format!("{crash:?} of {victim} at turn {turn}");
                for host in [ann, ben] {
                    assert_eq!(world.hosts[host].core.view().stage, Stage::Member, "{told}");
                }
                world.send(ann, ben, "first");
                world.send(ben, ann, "answer");
                run_with_crash(&mut world, victim, turn, crash);
                world.send(ann, ben, "second");
                world.settle();
                world.pass(120_000);
                assert_eq!(world.gateway.roster.users().count(), 3, "{told}");
                let mut texts = world.hosts[ben].texts(ann_user);
                texts.sort();
                assert_eq!(texts, ["answer", "first", "second"], "{told}");
                let mut texts = world.hosts[ann].texts(ben_user);
                texts.sort();
                assert_eq!(texts, ["answer", "first", "second"], "{told}");
                for (host, with) in [(ann, ben_user), (ben, ann_user)] {
                    let done = [MessageState::Delivered, MessageState::Received];
                    assert!(
                        world.hosts[host].states(with).iter().all(|state| done.contains(state)),
                        "{told}"
                    );
                }
            }
        }
    }
}

/// Runs until all is quiet, with a crash at the given step of one host.
fn run_with_crash(world: &mut World, victim: usize, turn: usize, crash: Crash) {
    let mut steps = 0;
    loop {
        let mut any = false;
        for index in 0..world.hosts.len() {
            if index == victim {
                if steps == turn {
                    world.crash.insert(victim, crash);
                }
                steps += 1;
            }
            any |= world.step(index);
        }
        if !any {
            world.crash.clear();
            break;
        }
    }
    world.settle();
}

/// A storm: several people and devices, everybody writes to everybody, while the seeded scheduler cuts, crashes, repeats and
/// reorders.
fn storm(seed: u64, steps: usize) {
    let (mut world, [ann, ben, cas]) = World::with_people(seed, ["Ann", "Ben", "Cas"]);
    let ben_two = world.add_device(ben);
    world.settle();
    let people = [ann, ben, cas];
    let hosts = [ann, ben, cas, ben_two];
    let mut sent: BTreeMap<String, (usize, usize)> = BTreeMap::new();
    for number in 0..steps {
        let draw = world.seeded.draw();
        let host = hosts[(draw >> 8) as usize % hosts.len()];
        match draw % 100 {
            0..=19 => {
                let from = people[(draw >> 16) as usize % 3];
                let to = people[(draw >> 24) as usize % 3];
                if from != to {
                    let text = format!("{number}");
                    let user = world.hosts[to].user;
                    // A crash before the commit means that the message was never taken.
                    world.act(from, |core, now| core.send_text(user, &text, now)).unwrap();
                    sent.insert(text, (from, to));
                }
            }
            20..=22 => world.cut(host),
            23..=25 => {
                let crash = Crash::ALL[(draw >> 32) as usize % Crash::ALL.len()];
                world.crash.insert(host, crash);
                world.step(host);
                world.crash.clear();
            }
            26..=27 => {
                // The gateway repeats something it delivered before.
                let log = &world.gateway.log;
                if !log.is_empty() {
                    let copy = log[(draw >> 16) as usize % log.len()].clone();
                    if let Some(conn) = world.gateway.conn_of(copy.wrap.device) {
                        world.gateway.send(conn, copy);
                    }
                }
            }
            28..=29 => {
                // The mailbox gets out of order, within what a ratchet allows.
                let device = world.hosts[host].core.view().me.unwrap().device;
                if let Some(mailbox) = world.gateway.mailbox.get_mut(&device) {
                    let length = mailbox.len().min(20);
                    mailbox[..length].reverse();
                }
            }
            30 => world.gateway.audit_down = !world.gateway.audit_down,
            31 => world.gateway.swallow = !world.gateway.swallow,
            32 => world.now += draw % 5_000,
            33 => world.gateway.hold(!world.gateway.hold_deliveries),
            _ => {
                world.step(host);
            }
        }
    }
    world.gateway.audit_down = false;
    world.gateway.swallow = false;
    world.gateway.hold(false);
    for host in hosts {
        world.cut(host);
    }
    world.settle();
    world.pass(300_000);
    for (text, (from, to)) in &sent {
        let (from_user, to_user) = (world.hosts[*from].user, world.hosts[*to].user);
        for host in hosts {
            let user = world.hosts[host].user;
            let (with, expected) = if user == to_user {
                (from_user, MessageState::Received)
            } else if user == from_user {
                (to_user, if host == *from { MessageState::Delivered } else { MessageState::Sent })
            } else {
                continue;
            };
            let found: Vec<_> =
                world.hosts[host].messages(with).into_iter().filter(|line| line.text == *text).collect();
            assert_eq!(found.len(), 1, "seed {seed}: {text} at host {host}: {found:?}");
            assert_eq!(found[0].state, expected, "seed {seed}: {text} at host {host}");
        }
    }
    for host in hosts {
        let refused: Vec<_> = world.hosts[host].core.refusals().all().collect();
        assert!(refused.is_empty(), "seed {seed}: host {host} refused {refused:?}");
        let outbox = world.hosts[host].records.keys().filter(|key| key.starts_with("outbox/")).count();
        assert_eq!(outbox, 0, "seed {seed}: host {host} still waits");
    }
}

#[test]
fn storms_lose_nothing_and_double_nothing() {
    for seed in 1..=12 {
        storm(seed, 1_500);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 8, ..ProptestConfig::default() })]

    #[test]
    fn any_storm_loses_nothing_and_doubles_nothing(seed in 1_000_u64..u64::MAX) {
        storm(seed, 600);
    }
}
