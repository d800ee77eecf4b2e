//! Is anything missing? Each run of a gateway numbers its records from 0 and puts the hash of the line
//! before into each. Here is watched that no number stays away and that the hashes fit.
//!
//! Records may come out of order (JetStream delivers again what was not acknowledged, after newer ones), so
//! a number is missing only when it has not come within a time of grace. Nothing is ever dropped for
//! what is found here: findings are for people.

use std::{
    collections::{BTreeMap, HashMap},
    fmt,
};

use protocol::id::{BootId, GatewayId, Hash};

/// Runs of gateways that are watched; beyond that the one heard of least recently is forgotten.
const MAX_RUNS: usize = 4_096;
/// Stretches that one run may have at a time; beyond that the first gap is taken for final.
const MAX_STRETCHES: usize = 256;

/// One run of a gateway process.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct RunId {
    /// Which gateway.
    pub gw: GatewayId,
    /// Which run of it.
    pub boot: BootId,
}

/// Where a line stands in its gateway's chain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    /// In which chain.
    pub run: RunId,
    /// Which number.
    pub gseq: u64,
    /// What it says of the line before.
    pub prev: Hash,
    /// SHA-256 of the line itself.
    pub hash: Hash,
}

/// What is wrong with a chain, or well again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Finding {
    /// Records have not come in time.
    Gap {
        /// In which chain.
        run: RunId,
        /// First number that is missing.
        first: u64,
        /// Last number that is missing.
        last: u64,
    },
    /// A reported gap, or what was left of it, has closed.
    Closed {
        /// In which chain.
        run: RunId,
        /// The record behind it.
        before: u64,
    },
    /// A record does not continue the line before it.
    WrongPrev {
        /// In which chain.
        run: RunId,
        /// Which record.
        gseq: u64,
    },
    /// Two different records have one number.
    Conflict {
        /// In which chain.
        run: RunId,
        /// Which number.
        gseq: u64,
    },
}

impl fmt::Display for RunId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "gateway {} run {}", self.gw, self.boot)
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Gap { run, first, last } => write!(f, "{run}: records {first} to {last} have not come"),
            Self::Closed { run, before } => {
                write!(f, "{run}: the gap before record {before} has closed")
            }
            Self::WrongPrev { run, gseq } => {
                write!(f, "{run}: record {gseq} does not continue the record before it")
            }
            Self::Conflict { run, gseq } => write!(f, "{run}: two different records have number {gseq}"),
        }
    }
}

/// All chains.
#[derive(Debug, Default)]
pub struct Chains {
    runs: HashMap<RunId, Run>,
    heard: u64,
}

#[derive(Debug, Default)]
struct Run {
    /// By first number. There is a gap before each, but for one that starts at 0.
    stretches: BTreeMap<u64, Stretch>,
    heard: u64,
}

/// Numbers that have come without a break.
#[derive(Debug, Clone, Copy)]
struct Stretch {
    last: u64,
    first_prev: Hash,
    last_hash: Hash,
    gap: Gap,
}

/// The gap before a stretch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Gap {
    /// Known since that moment, in milliseconds.
    Since(u64),
    /// Told.
    Reported,
    /// What was before is not known here: it is in older files.
    BeforeWindow,
}

impl Chains {
    /// Takes note of a line; what is wrong with it is added to `findings`.
    pub fn observe(&mut self, link: &Link, now_ms: u64, findings: &mut Vec<Finding>) {
        self.heard += 1;
        if !self.runs.contains_key(&link.run) && self.runs.len() >= MAX_RUNS {
            self.forget_quietest();
        }
        let run = self.runs.entry(link.run.clone()).or_default();
        run.heard = self.heard;
        run.observe(link, now_ms, findings);
    }

    /// Ends the reading of the files at start: what came before them is not missing.
    pub fn begin(&mut self) {
        for run in self.runs.values_mut() {
            if let Some(mut first) = run.stretches.first_entry() {
                first.get_mut().gap = Gap::BeforeWindow;
            }
        }
    }

    /// Adds each gap that has been open for `grace_ms` and was not told yet.
    pub fn overdue(&mut self, now_ms: u64, grace_ms: u64, findings: &mut Vec<Finding>) {
        for (id, run) in &mut self.runs {
            let mut expected = 0;
            for (&first, stretch) in &mut run.stretches {
                if let Gap::Since(since) = stretch.gap
                    && first > expected
                    && now_ms.saturating_sub(since) >= grace_ms
                {
                    findings.push(Finding::Gap { run: id.clone(), first: expected, last: first - 1 });
                    stretch.gap = Gap::Reported;
                }
                expected = stretch.last.saturating_add(1);
            }
        }
    }

    fn forget_quietest(&mut self) {
        let quietest = self.runs.iter().min_by_key(|(_, run)| run.heard).map(|(id, _)| id.clone());
        if let Some(id) = quietest {
            self.runs.remove(&id);
        }
    }
}

impl Run {
    fn observe(&mut self, link: &Link, now_ms: u64, findings: &mut Vec<Finding>) {
        let Link { run, gseq, prev, hash } = link;
        let before = self.stretches.range(..=*gseq).next_back().map(|(first, stretch)| (*first, *stretch));
        if let Some((_, stretch)) = before
            && *gseq <= stretch.last
        {
            findings.push(Finding::Conflict { run: run.clone(), gseq: *gseq });
            return;
        }
        let before = before.filter(|(_, stretch)| stretch.last.checked_add(1) == Some(*gseq));
        // Whoever lands inside a gap splits it: what is known of the whole holds for both parts.
        let gap_here = self.stretches.range(*gseq..).next().map_or(Gap::Since(now_ms), |(_, next)| next.gap);
        let after = gseq.checked_add(1).and_then(|next| self.stretches.remove(&next));

        let continues = match before {
            Some((_, stretch)) => stretch.last_hash == *prev,
            None => *gseq > 0 || *prev == Hash::from_bytes([0; Hash::LEN]),
        };
        if !continues {
            findings.push(Finding::WrongPrev { run: run.clone(), gseq: *gseq });
        }
        if let Some(after) = after {
            if after.first_prev != *hash {
                findings.push(Finding::WrongPrev { run: run.clone(), gseq: gseq.saturating_add(1) });
            }
            if after.gap == Gap::Reported && (before.is_some() || *gseq == 0) {
                findings.push(Finding::Closed { run: run.clone(), before: gseq.saturating_add(1) });
            }
        }

        let (first, first_prev, gap) = match before {
            Some((first, stretch)) => (first, stretch.first_prev, stretch.gap),
            None => (*gseq, *prev, gap_here),
        };
        let (last, last_hash) = after.map_or((*gseq, *hash), |after| (after.last, after.last_hash));
        self.stretches.insert(first, Stretch { last, first_prev, last_hash, gap });
        if self.stretches.len() > MAX_STRETCHES {
            self.give_up_first_gap(run, findings);
        }
    }

    fn give_up_first_gap(&mut self, run: &RunId, findings: &mut Vec<Finding>) {
        let Some((_, gone)) = self.stretches.pop_first() else { return };
        let Some(mut next) = self.stretches.first_entry() else { return };
        if matches!(next.get().gap, Gap::Since(_)) {
            let (first, last) = (gone.last.saturating_add(1), next.key().saturating_sub(1));
            findings.push(Finding::Gap { run: run.clone(), first, last });
        }
        next.get_mut().gap = Gap::BeforeWindow;
    }
}

#[cfg(test)]
mod tests;
