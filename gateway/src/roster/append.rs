//! Writing entries by compare-and-set: each is stored only where it was made for, at the end of the stream. Of
//! two writers in whichever processes one is told that the roster has moved.

use std::ops::Range;

use async_nats::jetstream::message::PublishMessage;
use bytes::Bytes;
use protocol::{
    error::ErrorCode,
    limits::{MAX_APPEND, MAX_ROSTER_ENTRY},
    roster::{Change, Entry, RosterError, SignedEntry, Source},
    subject,
};

use super::log::{RosterLog, RosterLogError};
use crate::{bus::BusError, clock};

/// Why an entry was not written.
#[derive(Debug, thiserror::Error)]
pub enum AppendError {
    /// None, or too many, or one that is too large.
    #[error("1 to {MAX_APPEND} entries of at most {MAX_ROSTER_ENTRY} bytes")]
    Size,
    /// The roster does not take it.
    #[error(transparent)]
    Refused(#[from] RosterError),
    /// The office was opened before.
    #[error("the office is open already")]
    OfficeOpen,
    /// The stream could not be read or written. The entry may or may not be in it.
    #[error(transparent)]
    Log(#[from] RosterLogError),
}

impl AppendError {
    /// What a peer is told.
    pub const fn code(&self) -> ErrorCode {
        match self {
            Self::Size => ErrorCode::FrameTooLarge,
            Self::Refused(error) => error.code(),
            Self::OfficeOpen => ErrorCode::OfficeOpen,
            Self::Log(_) => ErrorCode::BusUnavailable,
        }
    }
}

/// What became of an append.
#[derive(Debug)]
pub struct Appending {
    /// Entries that are in the roster now, with their exact bytes: all, or those before the one that was refused.
    pub written: Vec<(Entry, Bytes)>,
    /// Why it is not all of them.
    pub refused: Option<AppendError>,
    /// Index that the first entry was made for, where it can be read.
    pub claimed: Option<u64>,
}

impl Appending {
    /// Indexes of what was written.
    pub fn range(&self) -> Range<u64> {
        let first = self.claimed.unwrap_or(0);
        first..first + self.written.len() as u64
    }
}

/// What a check found.
enum Checked {
    /// All good, as the next ones.
    Next(Vec<Entry>),
    /// All of them are in the roster: somebody did not hear the first answer.
    There(Vec<Entry>),
}

impl RosterLog {
    /// Makes these the next entries: all or none, unless another process writes in between.
    pub async fn append(&self, entries: Vec<Bytes>) -> Appending {
        let mut appending = Appending { written: Vec::new(), refused: None, claimed: None };
        if let Err(error) = self.write(&entries, &mut appending).await {
            appending.refused = Some(error);
        }
        appending
    }

    async fn write(&self, entries: &[Bytes], appending: &mut Appending) -> Result<(), AppendError> {
        let fits = (1..=MAX_APPEND).contains(&entries.len())
            && entries.iter().all(|entry| entry.len() <= MAX_ROSTER_ENTRY);
        if !fits {
            return Err(AppendError::Size);
        }
        let first = entries.first().ok_or(AppendError::Size)?;
        let claimed = SignedEntry::read(first)?.1.index;
        appending.claimed = Some(claimed);
        let _turn = self.writing.lock().await;
        let checked = match self.check(entries) {
            // Another process may have written what this one has not heard of yet.
            Err(AppendError::Refused(RosterError::Index { .. })) => {
                self.catch_up().await?;
                self.check(entries)?
            }
            checked => checked?,
        };
        match checked {
            Checked::There(read) => {
                appending.written = read.into_iter().zip(entries.iter().cloned()).collect();
                Ok(())
            }
            Checked::Next(read) => {
                for (entry, bytes) in read.into_iter().zip(entries) {
                    self.store(entry.index, bytes).await?;
                    appending.written.push((entry, bytes.clone()));
                }
                Ok(())
            }
        }
    }

    /// Checks everything before anything is written. Only several entries at once need a copy of the roster.
    fn check(&self, entries: &[Bytes]) -> Result<Checked, AppendError> {
        let source = Source::New { now_ms: clock::now_ms() };
        let mut read = Vec::with_capacity(entries.len());
        for entry in entries {
            read.push(SignedEntry::read(entry)?.1);
        }
        let replica = self.replica();
        if read.iter().zip(entries).all(|(entry, bytes)| replica.entry(entry.index) == Some(bytes)) {
            return Ok(Checked::There(read));
        }
        for entry in &read {
            if matches!(entry.change, Change::OfficeOpened(_)) && replica.roster.length() > 0 {
                return Err(AppendError::OfficeOpen);
            }
            if entry.office != self.office {
                return Err(RosterError::OtherOffice.into());
            }
        }
        match entries {
            [only] => drop(replica.roster.consider(only, source)?),
            several => {
                let mut copy = replica.roster.clone();
                drop(replica);
                for entry in several {
                    copy.apply(entry, source)?;
                }
            }
        }
        Ok(Checked::Next(read))
    }

    async fn store(&self, index: u64, entry: &Bytes) -> Result<(), AppendError> {
        // Entry n is message n + 1.
        let message = PublishMessage::build().payload(entry.clone()).expected_last_sequence(index);
        let outcome = self.bus.store(subject::ROSTER.to_owned(), message).await;
        self.catch_up().await?;
        // Also after an answer that did not come: what the stream holds decides.
        let replica = self.replica();
        match (replica.entry(index), outcome) {
            (Some(stored), _) if stored == entry => Ok(()),
            (Some(_), _) => Err(RosterError::Index { expected: replica.roster.length(), got: index }.into()),
            (None, outcome) => {
                let error = outcome.err().unwrap_or(BusError::Conflict);
                Err(RosterLogError::from(error).into())
            }
        }
    }
}
