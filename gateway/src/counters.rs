//! What happened, as numbers. A closed set: a counter cannot be named after somebody.

use std::{
    collections::BTreeMap,
    sync::atomic::{AtomicU64, Ordering},
};

use protocol::error::ErrorCode;

macro_rules! happenings {
    ($($(#[$doc:meta])* $name:ident = $text:literal,)*) => {
        /// What is counted, besides refusals.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum Happening { $($(#[$doc])* $name,)* }

        impl Happening {
            /// All of them.
            pub const ALL: &[Self] = &[$(Self::$name,)*];

            /// The stable name, as it stands in the log.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$name => $text,)* }
            }
        }
    };
}

happenings! {
    /// A TCP connection was taken.
    Connected = "connected",
    /// A peer outside the allowed address ranges was cut before a byte was read.
    PeerRefused = "peer_refused",
    /// A connection came while all places were taken.
    ConnectionRefused = "connection_refused",
    /// A web page tried to connect.
    OriginRefused = "origin_refused",
    /// Bytes that are no WebSocket upgrade.
    UpgradeFailed = "upgrade_failed",
    /// A session began.
    SessionStarted = "session_started",
    /// A session ended.
    SessionEnded = "session_ended",
    /// A message was accepted.
    Accepted = "accepted",
    /// A message was accepted before and offered again.
    AcceptedAgain = "accepted_again",
    /// A device confirmed a message.
    Confirmed = "confirmed",
    /// A confirmation of a message that this session was not given.
    StrayConfirmation = "stray_confirmation",
    /// A parcel was put into a mailbox.
    Mailed = "mailed",
    /// A parcel could be neither delivered nor put into a mailbox; its sender offers it again.
    Undelivered = "undelivered",
    /// Keys and mail of a device that was revoked are deleted.
    DeviceCleared = "device_cleared",
    /// A message went without the copies for devices that were revoked.
    SkippedRevoked = "skipped_revoked",
    /// A one-time key was handed out.
    PrekeyClaimed = "prekey_claimed",
    /// A fallback key was handed out because no one-time key was left.
    FallbackClaimed = "fallback_claimed",
    /// Audit records stored.
    AuditRecords = "audit_records",
    /// Audit batches stored; records divided by batches is the group size.
    AuditBatches = "audit_batches",
    /// An audit batch had to be sent again.
    AuditRetries = "audit_retries",
    /// The connection to the bus was lost.
    BusLost = "bus_lost",
    /// The bus refused an operation or the client dropped messages for a slow session.
    BusErrors = "bus_errors",
}

/// The counters of one gateway. Cheap to count, read by tests and by the log.
#[derive(Debug)]
pub struct Counters {
    happenings: Vec<AtomicU64>,
    refusals: Vec<AtomicU64>,
}

impl Default for Counters {
    fn default() -> Self {
        let zeros = |count: usize| (0..count).map(|_| AtomicU64::new(0)).collect();
        Self { happenings: zeros(Happening::ALL.len()), refusals: zeros(ErrorCode::ALL.len()) }
    }
}

impl Counters {
    /// Counts one; gives which one it was, from 1.
    pub fn count(&self, happening: Happening) -> u64 {
        self.count_many(happening, 1)
    }

    /// Counts several at once; gives how many there are now.
    pub fn count_many(&self, happening: Happening, number: u64) -> u64 {
        let counter = self.happenings.get(happening as usize);
        counter.map_or(0, |counter| counter.fetch_add(number, Ordering::Relaxed) + number)
    }

    /// Counts a refusal by its code.
    pub fn refused(&self, code: ErrorCode) {
        if let Some(counter) = refusal_place(code).and_then(|place| self.refusals.get(place)) {
            counter.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// How often that happened.
    pub fn happened(&self, happening: Happening) -> u64 {
        self.happenings.get(happening as usize).map_or(0, |counter| counter.load(Ordering::Relaxed))
    }

    /// How often that code was given.
    pub fn refusals(&self, code: ErrorCode) -> u64 {
        let counter = refusal_place(code).and_then(|place| self.refusals.get(place));
        counter.map_or(0, |counter| counter.load(Ordering::Relaxed))
    }

    /// All that are not zero, by name; refusals as `refused.<code>`.
    pub fn snapshot(&self) -> BTreeMap<String, u64> {
        let happenings = Happening::ALL.iter().map(|&kind| (kind.name().to_owned(), self.happened(kind)));
        let refusals =
            ErrorCode::ALL.iter().map(|&code| (format!("refused.{}", code.name()), self.refusals(code)));
        happenings.chain(refusals).filter(|(_, count)| *count > 0).collect()
    }
}

fn refusal_place(code: ErrorCode) -> Option<usize> {
    ErrorCode::ALL.iter().position(|&other| other == code)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_counter_counts_for_itself_and_shows_by_name() {
        let counters = Counters::default();

        for &code in ErrorCode::ALL {
            counters.refused(code);
        }
        for &happening in Happening::ALL {
            counters.count_many(happening, 2);
        }

        let snapshot = counters.snapshot();
        assert_eq!(snapshot.len(), ErrorCode::ALL.len() + Happening::ALL.len());
        assert_eq!(snapshot["refused.slow_reader"], 1);
        assert_eq!(snapshot["peer_refused"], 2);
    }
}
