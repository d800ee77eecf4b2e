//! Entries and what they amount to.

use bytes::Bytes;
use protocol::{
    id::Hash,
    limits::{MAX_FRAME, MAX_ROSTER_BYTES_PER_FRAME, MAX_ROSTER_ENTRIES_PER_FRAME, MAX_ROSTER_ENTRY},
    roster::{Entry, Roster, RosterError, SignedEntry, Source},
};

/// What MessagePack adds to an entry at most.
const OVERHEAD: usize = 8;

/// The roster with the exact bytes of its entries.
#[derive(Debug, Default)]
pub(super) struct Replica {
    pub(super) roster: Roster,
    entries: Vec<Bytes>,
}

impl Replica {
    /// Takes the next entry from the stream. Signatures are checked, the clock is not: whoever wrote it did that.
    pub(super) fn apply(&mut self, entry: Bytes) -> Result<Entry, RosterError> {
        let change = self.roster.apply(&entry, Source::Wire { now_ms: u64::MAX })?;
        self.entries.push(entry);
        Ok(change)
    }

    /// At most `count` entries from `first` on, as many as one frame takes.
    pub(super) fn page(&self, first: u64, count: usize) -> Vec<Bytes> {
        let first = usize::try_from(first).unwrap_or(usize::MAX);
        let mut bytes = 0;
        let fits = |entry: &&Bytes| {
            bytes += entry.len() + OVERHEAD;
            bytes <= MAX_ROSTER_BYTES_PER_FRAME
        };
        let entries = self.entries.iter().skip(first).take(count.min(MAX_ROSTER_ENTRIES_PER_FRAME));
        entries.take_while(fits).cloned().collect()
    }

    pub(super) fn entry(&self, index: u64) -> Option<&Bytes> {
        self.entries.get(usize::try_from(index).ok()?)
    }

    /// Hash of the last entry when there were `length`.
    pub(super) fn head_at(&self, length: u64) -> Option<Hash> {
        let (signed, _) = SignedEntry::read(self.entry(length.checked_sub(1)?)?).ok()?;
        Some(signed.hash())
    }
}

// At least one entry fits into a page, and a page into a frame.
const _: () = assert!(MAX_ROSTER_ENTRY + OVERHEAD <= MAX_ROSTER_BYTES_PER_FRAME);
const _: () = assert!(MAX_ROSTER_BYTES_PER_FRAME + 64 < MAX_FRAME);
