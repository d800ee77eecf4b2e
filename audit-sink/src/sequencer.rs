//! The commit order. A batch of bus messages becomes part of the trail in four steps:
//!
//! 1. **Plan**, in memory: read lines, sort out what is known, gather the bytes.
//! 2. **Write**: marks for records of other days, then rejected lines, then the trail; each is on the disk, with its
//!    name, before the next.
//! 3. **Remember**: events and chain links of the batch.
//! 4. **Acknowledge** each message; that is the caller's part, after [`Sequencer::commit`] has returned `Ok`.
//!
//! A crash or an error
//! * before or in 1: nothing happened. The messages come again.
//! * in 2, before the trail: there may be a mark too many (a query opens one file more) and rejected
//!   lines that will stand there twice after a crash. The messages come again.
//! * in 2, in the trail: the file ends in some whole lines of the batch and perhaps in a torn one.
//!   After an error that can be tried again they are cut off and written again. After a crash the start
//!   reads the whole ones like any others, so that they are known when they come again, and cuts off the torn one.
//! * between 2 and 4, or in 4: everything is on the disk, and messages that are not acknowledged come again.
//!   Their lines are known by event and hash, and nothing is written.
//!
//! So a record is acknowledged only when it is on the disk, and stands there once.

use std::collections::BTreeMap;

use crate::{
    chain::{Chains, Finding},
    counters::Counters,
    dedupe::Dedupe,
    durable::{FolderLock, StoreError},
    intake::Delivery,
    store::Store,
};

mod plan;

use plan::Plan;
pub(crate) use plan::link_of;

/// The only writer of a trail.
#[derive(Debug)]
pub struct Sequencer {
    store: Store,
    dedupe: Dedupe,
    chains: Chains,
    counters: Counters,
    gap_grace_ms: u64,
    _lock: FolderLock,
}

/// What was seen in a batch that a person should hear of.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Committed {
    /// Faults in the chains of gateways.
    pub findings: Vec<Finding>,
    /// Lines kept beside the trail, by subject and reason.
    pub rejected: BTreeMap<(String, &'static str), u64>,
    /// Known events had to be forgotten for want of room.
    pub forgotten: u64,
}

impl Sequencer {
    /// Goes on with what recovery found.
    pub(crate) const fn new(
        lock: FolderLock,
        store: Store,
        dedupe: Dedupe,
        chains: Chains,
        gap_grace_ms: u64,
    ) -> Self {
        Self { store, dedupe, chains, counters: Counters::ZERO, gap_grace_ms, _lock: lock }
    }

    /// Steps 1 to 3. After `Ok` the messages may be acknowledged; after an error none of them may, and
    /// the same batch can be given again.
    pub fn commit(&mut self, batch: &[Delivery], now_ms: u64) -> Result<Committed, StoreError> {
        let plan = Plan::make(batch, &self.dedupe, now_ms)?;
        self.store.append(&plan.entry, now_ms)?;

        let mut committed = Committed::default();
        for link in &plan.links {
            self.chains.observe(link, now_ms, &mut committed.findings);
        }
        let forgotten_before = self.dedupe.forgotten();
        self.dedupe.absorb(plan.staged);
        committed.forgotten = self.dedupe.forgotten() - forgotten_before;
        for (subject, reason) in plan.rejected {
            *committed.rejected.entry((subject, reason.name())).or_default() += 1;
            self.counters.rejected += 1;
        }
        self.counters.messages += batch.len() as u64;
        self.counters.records += plan.records;
        self.counters.redelivered += plan.redelivered;
        self.counters.duplicates += plan.duplicates;
        self.count(&committed.findings);
        Ok(committed)
    }

    /// Gaps that have been open for too long and were not told yet.
    pub fn overdue(&mut self, now_ms: u64) -> Vec<Finding> {
        let mut findings = Vec::new();
        self.chains.overdue(now_ms, self.gap_grace_ms, &mut findings);
        self.count(&findings);
        findings
    }

    /// Counts since the start.
    pub const fn counters(&self) -> &Counters {
        &self.counters
    }

    fn count(&mut self, findings: &[Finding]) {
        for finding in findings {
            match finding {
                Finding::Gap { first, last, .. } => {
                    self.counters.gaps += 1;
                    self.counters.missing =
                        self.counters.missing.saturating_add((last - first).saturating_add(1));
                }
                Finding::Closed { .. } => self.counters.closed_gaps += 1,
                Finding::WrongPrev { .. } => self.counters.wrong_prev += 1,
                Finding::Conflict { .. } => self.counters.conflicts += 1,
            }
        }
    }
}
