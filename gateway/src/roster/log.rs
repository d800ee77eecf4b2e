//! Replaying and following the stream.

use std::{
    sync::{PoisonError, RwLock, RwLockReadGuard},
    time::Duration,
};

use async_nats::Subscriber;
use bytes::Bytes;
use futures_util::StreamExt;
use protocol::{
    id::{Hash, OfficeId},
    roster::{Roster, RosterError},
    subject,
};
use tokio::sync::{Mutex, watch};

use super::replica::Replica;
use crate::{
    bus::{Bus, BusError},
    config::Config,
};

/// Entries asked for at once.
const PAGE: usize = 500;
/// Pauses between looks for an entry that was announced and is not stored yet.
const LOOK_AGAIN: [u64; 8] = [2, 5, 10, 25, 50, 100, 500, 2000];

/// Why the roster cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum RosterLogError {
    /// The bus did not give it.
    #[error("the roster cannot be read: {0}")]
    Bus(#[from] BusError),
    /// The stream contradicts itself.
    #[error(
        "the roster in stream ROSTER is damaged at message {sequence}: {source}; restore the broker's store from a \
         backup, and keep the damaged one for the auditor"
    )]
    Contradiction {
        /// Where.
        sequence: u64,
        /// What is wrong.
        source: RosterError,
    },
    /// Messages are missing.
    #[error(
        "stream ROSTER has message {found} where {expected} comes next; restore the broker's store from a backup"
    )]
    Missing {
        /// The next.
        expected: u64,
        /// What came.
        found: u64,
    },
    /// Somebody else's roster.
    #[error(
        "stream ROSTER holds office {found} but the configuration says {expected}; use the gateway.toml and the \
         broker's store of one and the same office"
    )]
    OtherOffice {
        /// Of the configuration.
        expected: OfficeId,
        /// In the stream.
        found: OfficeId,
    },
}

/// The replica. Shared by all sessions; read without waiting for the bus.
#[derive(Debug)]
pub struct RosterLog {
    pub(super) bus: Bus,
    pub(super) office: OfficeId,
    replica: RwLock<Replica>,
    length: watch::Sender<u64>,
    /// One reader of the stream at a time.
    reading: Mutex<()>,
    /// One writer of this process at a time; writers of other processes are found out by the stream.
    pub(super) writing: Mutex<()>,
}

impl RosterLog {
    /// Replays the stream. It is empty until somebody opens the office.
    pub async fn open(bus: Bus, config: &Config) -> Result<Self, RosterLogError> {
        let log = Self {
            bus,
            office: config.office(),
            replica: RwLock::default(),
            length: watch::Sender::new(0),
            reading: Mutex::default(),
            writing: Mutex::default(),
        };
        log.catch_up().await?;
        Ok(log)
    }

    /// Looks something up.
    pub fn look<T>(&self, question: impl FnOnce(&Roster) -> T) -> T {
        question(&self.replica().roster)
    }

    /// The exact bytes of at most `count` entries from `first` on, as many as one frame takes.
    pub fn page(&self, first: u64, count: usize) -> Vec<Bytes> {
        self.replica().page(first, count)
    }

    /// The exact bytes of one entry.
    pub fn entry(&self, index: u64) -> Option<Bytes> {
        self.replica().entry(index).cloned()
    }

    /// Hash of the last entry when there were `length`; none where there are fewer.
    pub fn head_at(&self, length: u64) -> Option<Hash> {
        self.replica().head_at(length)
    }

    /// Number of entries.
    pub fn length(&self) -> u64 {
        self.replica().roster.length()
    }

    /// Tells when the roster has grown.
    pub fn growth(&self) -> watch::Receiver<u64> {
        self.length.subscribe()
    }

    /// Follows the stream from news on its subject and after each reconnect. Ends only on a contradiction,
    /// which the server takes as a reason to stop; owned by the server.
    pub async fn follow(&self, mut news: Subscriber) -> RosterLogError {
        let mut link = self.bus.changes();
        loop {
            let looked = tokio::select! {
                announced = news.next() => match announced {
                    Some(_) => self.look_for_growth().await,
                    // The connection was drained: the process is stopping.
                    None => std::future::pending().await,
                },
                _ = link.changed() => self.catch_up().await,
            };
            match looked {
                // Comes back with the bus.
                Ok(()) | Err(RosterLogError::Bus(_)) => {}
                Err(error) => return error,
            }
        }
    }

    /// An announced entry may be a moment away from being stored, or may have lost its race and never come.
    async fn look_for_growth(&self) -> Result<(), RosterLogError> {
        let before = self.length();
        for pause in LOOK_AGAIN {
            self.catch_up().await?;
            if self.length() > before {
                break;
            }
            tokio::time::sleep(Duration::from_millis(pause)).await;
        }
        Ok(())
    }

    /// Reads what is new in the stream.
    pub async fn catch_up(&self) -> Result<(), RosterLogError> {
        let _turn = self.reading.lock().await;
        loop {
            // Nothing is ever deleted from the stream, so entry n is message n + 1.
            let next = self.length() + 1;
            let page = self.bus.read(subject::ROSTER_STREAM, subject::ROSTER, next, PAGE).await?;
            let complete = page.left == 0;
            for (stored, expected) in page.messages.into_iter().zip(next..) {
                if stored.sequence != expected {
                    return Err(RosterLogError::Missing { expected, found: stored.sequence });
                }
                self.take(stored.sequence, stored.payload)?;
            }
            if complete {
                return Ok(());
            }
        }
    }

    fn take(&self, sequence: u64, entry: Bytes) -> Result<(), RosterLogError> {
        let mut replica = self.replica.write().unwrap_or_else(PoisonError::into_inner);
        replica.apply(entry).map_err(|source| RosterLogError::Contradiction { sequence, source })?;
        if let Some(found) = replica.roster.office().filter(|found| *found != self.office) {
            return Err(RosterLogError::OtherOffice { expected: self.office, found });
        }
        let length = replica.roster.length();
        drop(replica);
        self.length.send_replace(length);
        Ok(())
    }

    pub(super) fn replica(&self) -> RwLockReadGuard<'_, Replica> {
        self.replica.read().unwrap_or_else(PoisonError::into_inner)
    }
}
