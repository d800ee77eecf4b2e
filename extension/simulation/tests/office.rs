//! A short story of an office in which everything breaks, and proof that the accountant would notice.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, missing_docs)]

use simulation::{Crash, Figures, Kind, Office, Plan, Sabotage};

fn play(seed: u64, sends: u64, sabotage: Option<Sabotage>) -> Figures {
    Office::open(Plan { seed, sends, people: 14, sabotage }).run(&mut |_| {})
}

#[test]
fn offices_in_which_everything_breaks_lose_nothing() {
    let mut crashes = std::collections::BTreeSet::new();
    for seed in 1..=3 {
        let figures = play(seed, 2_000, None);
        assert!(figures.violations.is_empty(), "{figures}");
        assert_eq!(figures.counts.sends, 2_000);
        crashes.extend(Crash::ALL.into_iter().filter(|crash| figures.crashes_at(*crash) > 0));
    }
    for crash in Crash::ALL {
        assert!(crashes.contains(&crash), "no crash {}", crash.name());
    }
}

#[test]
fn one_seed_plays_one_story() {
    let digests = [7, 7, 8].map(|seed| play(seed, 300, None).digest);
    assert_eq!(digests[0], digests[1]);
    assert_ne!(digests[0], digests[2]);
}

/// Whether the accountant sees it in one of a few stories. Not in each one it can: whoever the copy is for may leave, or the
/// bus may die, after which its sender offers it again.
fn is_noticed(sabotage: Sabotage, kind: Kind) -> bool {
    (9..14)
        .any(|seed| play(seed, 900, Some(sabotage)).violations.iter().any(|violation| violation.kind == kind))
}

#[test]
fn a_copy_that_the_gateway_drops_and_calls_delivered_is_noticed_as_lost() {
    assert!(is_noticed(Sabotage::Lose, Kind::Lost));
}

#[test]
fn a_text_that_comes_under_a_second_id_is_noticed_as_shown_twice() {
    assert!(is_noticed(Sabotage::Repeat, Kind::ShownTwice));
}

#[test]
fn a_copy_that_is_damaged_and_called_delivered_is_noticed_as_unreadable() {
    assert!(is_noticed(Sabotage::Damage, Kind::Undecryptable));
}
