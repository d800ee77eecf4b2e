//! Sending the roster to one client, as fast as it reads.

use std::{collections::VecDeque, ops::Range};

use protocol::frame::{GatewayFrame, RosterEntries};

use super::RosterLog;
use crate::line::{End, Line};

/// Entries are sent while less than this waits for the client, so that a long roster does not make a slow
/// reader of it.
const AHEAD: usize = 256 * 1024;

/// How far a client has the roster, and what it is told when it has more of it.
#[derive(Debug, Default)]
pub struct RosterFeed {
    /// The next entry to send, once the client has asked.
    next: Option<u64>,
    /// Whether the client waits for an answer, be it an empty one.
    asked: bool,
    /// No entry from here on.
    end: Option<u64>,
    /// Each with the length of the roster that has to be sent before.
    after: VecDeque<(u64, GatewayFrame)>,
}

impl RosterFeed {
    /// The entries behind `since` up to `until`, for one who may see no more.
    pub fn until(since: u64, until: u64) -> Self {
        Self { next: Some(since.saturating_add(1)), end: Some(until.saturating_add(1)), ..Self::default() }
    }

    /// The client wants everything from `first` on. It is answered also when there is nothing.
    pub fn ask(&mut self, first: u64) {
        self.next = Some(first);
        self.asked = true;
    }

    /// Where it stands: the next entry to send.
    pub const fn next(&self) -> Option<u64> {
        self.next
    }

    /// The client has these entries already.
    pub fn skip(&mut self, known: Range<u64>) {
        if self.next.is_some_and(|next| next <= known.end) && !known.is_empty() {
            self.next = Some(known.end);
        }
    }

    /// Says `frame` when the client has been sent the entries below `behind`; where it never asked for the roster,
    /// those from `claimed` on.
    pub fn then(&mut self, claimed: u64, behind: u64, frame: GatewayFrame) {
        if claimed < behind {
            self.next.get_or_insert(claimed);
        }
        self.after.push_back((behind, frame));
    }

    /// Sends what there is, and what waited for it.
    pub fn flow(&mut self, roster: &RosterLog, line: &mut Line) -> Result<(), End> {
        while let Some(first) = self.next
            && line.queued_bytes() < AHEAD
        {
            let most = self.end.map_or(u64::MAX, |end| end.saturating_sub(first));
            let page = roster.page(first, usize::try_from(most).unwrap_or(usize::MAX));
            if page.is_empty() && !self.asked {
                break;
            }
            self.asked = false;
            self.next = Some(first + page.len() as u64);
            let entries = page.iter().map(|entry| entry.to_vec().into()).collect();
            line.send(&RosterEntries { first, entries }.into())?;
        }
        while let Some((behind, _)) = self.after.front()
            && self.next.is_none_or(|next| next >= *behind)
        {
            if let Some((_, frame)) = self.after.pop_front() {
                line.send(&frame)?;
            }
        }
        Ok(())
    }

    /// Whether a feed that has an end has come to it.
    pub fn is_done(&self) -> bool {
        self.end.is_some_and(|end| self.next.is_none_or(|next| next >= end))
    }
}
