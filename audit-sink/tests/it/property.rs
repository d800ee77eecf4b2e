//! Any records, in any split into messages and batches, with redeliveries, retold events and crashes at any byte:
//! each event stands there once, and each chain is whole.

use std::{fs, path::Path};

use audit_sink::intake::Delivery;
use proptest::{collection::vec, prelude::*};
use protocol::audit::AuditRecord;

use crate::support::{NOW, gateway::Gateway, open, trail};

#[derive(Debug, Clone)]
enum Telling {
    /// Something new, by one of three gateway runs.
    New(usize),
    /// An event that was told before, chosen by the number, by one of the runs.
    Again(usize, prop::sample::Index),
}

#[derive(Debug, Clone)]
enum Step {
    /// Commit so many messages that have not been acknowledged, and some that have.
    Commit { fresh: usize, again: Vec<prop::sample::Index>, acknowledged: bool },
    /// Commit, but the power fails in the middle of the write; start again.
    Torn { fresh: usize, kept: prop::sample::Index },
    /// Kill and start again.
    Restart,
}

fn telling() -> impl Strategy<Value = Telling> {
    prop_oneof![
        3 => (0..3_usize).prop_map(Telling::New),
        1 => (0..3_usize, any::<prop::sample::Index>()).prop_map(|(run, which)| Telling::Again(run, which)),
    ]
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        4 => (1..5_usize, vec(any::<prop::sample::Index>(), 0..3), any::<bool>())
            .prop_map(|(fresh, again, acknowledged)| Step::Commit { fresh, again, acknowledged }),
        2 => (1..5_usize, any::<prop::sample::Index>()).prop_map(|(fresh, kept)| Step::Torn { fresh, kept }),
        1 => Just(Step::Restart),
    ]
}

/// All lines that are told, and messages that carry them.
fn tell(tellings: &[Telling], sizes: &[usize]) -> (Vec<Vec<u8>>, Vec<Delivery>) {
    let mut gateways = [Gateway::new("gw1", 1), Gateway::new("gw1", 2), Gateway::new("gw2", 3)];
    let mut told: Vec<Vec<u8>> = Vec::new();
    let mut waiting: [Vec<Vec<u8>>; 3] = Default::default();
    let mut messages = Vec::new();
    for (position, telling) in tellings.iter().enumerate() {
        let now = NOW + position as u64;
        let (run, line) = match telling {
            Telling::Again(run, which) if !told.is_empty() => {
                let event = AuditRecord::from_line(which.get::<Vec<u8>>(&told)).unwrap().id;
                (*run, gateways[*run].retell(event, now))
            }
            Telling::New(run) | Telling::Again(run, _) => (*run, gateways[*run].tell(now)),
        };
        told.push(line.clone());
        waiting[run].push(line);
        if waiting[run].len() >= sizes[position % sizes.len()] {
            messages.push(gateways[run].deliver(&std::mem::take(&mut waiting[run])));
        }
    }
    for (gateway, lines) in gateways.iter().zip(waiting).filter(|(_, lines)| !lines.is_empty()) {
        messages.push(gateway.deliver(&lines));
    }
    (told, messages)
}

fn trail_len(dir: &Path) -> usize {
    trail::files(dir).first().map_or(0, |file| fs::read(file).unwrap().len())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    #[test]
    fn each_event_stands_there_once_and_chains_are_whole(
        tellings in vec(telling(), 1..60),
        sizes in vec(1..6_usize, 1..5),
        steps in vec(step(), 0..12),
    ) {
        let dir = tempfile::tempdir().unwrap();
        let (told, messages) = tell(&tellings, &sizes);
        let mut unacknowledged: Vec<Delivery> = messages.clone();
        let (mut sequencer, _) = open(dir.path(), NOW);

        for step in steps {
            match step {
                Step::Commit { fresh, again, acknowledged } => {
                    let fresh = fresh.min(unacknowledged.len());
                    let mut batch = unacknowledged[..fresh].to_vec();
                    batch.extend(again.iter().map(|which| which.get(&messages).clone()));
                    sequencer.commit(&batch, NOW).unwrap();
                    if acknowledged {
                        unacknowledged.drain(..fresh);
                    } else {
                        unacknowledged.rotate_left(fresh);
                    }
                }
                Step::Torn { fresh, kept } => {
                    let before = trail_len(dir.path());
                    let fresh = fresh.min(unacknowledged.len());
                    sequencer.commit(&unacknowledged[..fresh], NOW).unwrap();
                    drop(sequencer);
                    let after = trail_len(dir.path());
                    if let Some(file) = trail::files(dir.path()).first() {
                        let kept = before + kept.index(after - before + 1);
                        fs::OpenOptions::new().write(true).open(file).unwrap().set_len(kept as u64).unwrap();
                    }
                    unacknowledged.rotate_left(fresh);
                    sequencer = open(dir.path(), NOW).0;
                }
                Step::Restart => {
                    drop(sequencer);
                    sequencer = open(dir.path(), NOW).0;
                }
            }
        }
        let committed = sequencer.commit(&unacknowledged, NOW).unwrap();
        prop_assert_eq!(&committed.findings, &[]);
        prop_assert_eq!(sequencer.overdue(NOW + 1_000_000), &[]);
        trail::check(dir.path(), &told);
    }
}
