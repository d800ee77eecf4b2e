//! Entries and what they amount to.

use bytes::Bytes;
use protocol::{
    id::OfficeId,
    limits::{MAX_ROSTER_ENTRIES_PER_FRAME, MAX_ROSTER_ENTRY},
    roster::{Change, Roster, RosterError},
};

/// The roster with the exact bytes of its entries.
#[derive(Debug, Default)]
pub(super) struct Replica {
    pub(super) roster: Roster,
    entries: Vec<Bytes>,
}

impl Replica {
    /// Takes the next entry.
    pub(super) fn apply(&mut self, entry: Bytes) -> Result<Change, RosterError> {
        let change = self.roster.apply(&entry)?;
        self.entries.push(entry);
        Ok(change)
    }

    /// As many entries from `first` on as one frame takes.
    pub(super) fn page(&self, first: u64) -> Vec<Bytes> {
        let first = usize::try_from(first).unwrap_or(usize::MAX);
        self.entries.iter().skip(first).take(MAX_ROSTER_ENTRIES_PER_FRAME).cloned().collect()
    }

    pub(super) fn entry(&self, index: u64) -> Option<&Bytes> {
        self.entries.get(usize::try_from(index).ok()?)
    }

    /// Whether it is this office's roster, once it has begun.
    pub(super) fn is_of(&self, office: OfficeId) -> bool {
        self.roster.office().is_none_or(|found| found == office)
    }
}

// A frame of entries must fit into a frame.
const _: () = assert!(MAX_ROSTER_ENTRIES_PER_FRAME * (MAX_ROSTER_ENTRY + 8) < protocol::limits::MAX_FRAME);
