use super::*;

fn run() -> RunId {
    RunId { gw: "gw1".parse().unwrap(), boot: BootId::from_bytes([7; 16]) }
}

/// Hash of the line with that number, in a chain without faults.
fn hash(gseq: u64) -> Hash {
    Hash::of(&gseq.to_be_bytes())
}

fn link(gseq: u64) -> Link {
    let prev = gseq.checked_sub(1).map_or(Hash::from_bytes([0; 32]), hash);
    Link { run: run(), gseq, prev, hash: hash(gseq) }
}

fn observe(chains: &mut Chains, gseqs: impl IntoIterator<Item = u64>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for gseq in gseqs {
        chains.observe(&link(gseq), 1_000, &mut findings);
    }
    findings
}

fn overdue(chains: &mut Chains, now_ms: u64) -> Vec<Finding> {
    let mut findings = Vec::new();
    chains.overdue(now_ms, 500, &mut findings);
    findings
}

#[test]
fn a_chain_in_any_order_is_whole() {
    for order in [vec![0, 1, 2, 3, 4], vec![4, 3, 2, 1, 0], vec![2, 0, 4, 1, 3]] {
        let mut chains = Chains::default();
        assert_eq!(observe(&mut chains, order), []);
        assert_eq!(overdue(&mut chains, 9_000), []);
        assert_eq!(chains.runs[&run()].stretches.len(), 1);
    }
}

#[test]
fn a_gap_is_told_once_and_only_after_the_time_of_grace() {
    let mut chains = Chains::default();
    observe(&mut chains, [0, 1, 5]);
    assert_eq!(overdue(&mut chains, 1_499), []);
    assert_eq!(overdue(&mut chains, 1_500), [Finding::Gap { run: run(), first: 2, last: 4 }]);
    assert_eq!(overdue(&mut chains, 9_000), []);
    assert_eq!(observe(&mut chains, [2, 3]), []);
    assert_eq!(observe(&mut chains, [4]), [Finding::Closed { run: run(), before: 5 }]);
}

#[test]
fn the_first_records_of_a_run_are_missed_too() {
    let mut chains = Chains::default();
    observe(&mut chains, [3]);
    assert_eq!(overdue(&mut chains, 2_000), [Finding::Gap { run: run(), first: 0, last: 2 }]);
    assert_eq!(observe(&mut chains, [1]), []);
    assert_eq!(overdue(&mut chains, 9_000), [], "told already");
    let closed = |before| Finding::Closed { run: run(), before };
    assert_eq!(observe(&mut chains, [2, 0]), [closed(3), closed(1)]);
}

#[test]
fn what_stands_in_older_files_is_not_missed() {
    let mut chains = Chains::default();
    observe(&mut chains, [100, 101]);
    chains.begin();
    assert_eq!(observe(&mut chains, [102]), []);
    assert_eq!(overdue(&mut chains, 9_000), []);
}

#[test]
fn a_line_that_does_not_continue_the_one_before_is_told() {
    let mut chains = Chains::default();
    observe(&mut chains, [0, 2]);
    let mut findings = Vec::new();
    chains.observe(&Link { hash: Hash::of(b"other"), ..link(1) }, 1_000, &mut findings);
    assert_eq!(findings, [Finding::WrongPrev { run: run(), gseq: 2 }]);
    findings.clear();
    chains.observe(&Link { prev: Hash::of(b"other"), ..link(3) }, 1_000, &mut findings);
    assert_eq!(findings, [Finding::WrongPrev { run: run(), gseq: 3 }]);
    findings.clear();
    let boot = RunId { boot: BootId::from_bytes([8; 16]), ..run() };
    chains.observe(&Link { run: boot.clone(), prev: hash(1), ..link(0) }, 1_000, &mut findings);
    assert_eq!(findings, [Finding::WrongPrev { run: boot, gseq: 0 }]);
}

#[test]
fn two_records_with_one_number_are_told() {
    let mut chains = Chains::default();
    observe(&mut chains, [0, 1, 2]);
    assert_eq!(observe(&mut chains, [1]), [Finding::Conflict { run: run(), gseq: 1 }]);
}

#[test]
fn memory_is_bounded_whatever_numbers_come() {
    let mut chains = Chains::default();
    let findings = observe(&mut chains, (0..2_000).map(|number| number * 2).chain([u64::MAX]));
    assert_eq!(chains.runs[&run()].stretches.len(), MAX_STRETCHES);
    assert_eq!(findings.first(), Some(&Finding::Gap { run: run(), first: 1, last: 1 }));
    for number in 0..5_000_u64 {
        let mut boot = [0; 16];
        boot[..8].copy_from_slice(&number.to_be_bytes());
        let other = RunId { boot: BootId::from_bytes(boot), ..run() };
        chains.observe(&Link { run: other, ..link(0) }, 1_000, &mut Vec::new());
    }
    assert_eq!(chains.runs.len(), MAX_RUNS);
}
