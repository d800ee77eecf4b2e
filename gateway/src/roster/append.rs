//! Writing an entry by compare-and-set: it is stored only where it was made for, at the end of the stream.
//! Of two writers with the same invite one is told [`RosterError::InviteUsed`], in whichever process they are.

use async_nats::jetstream::message::PublishMessage;
use bytes::Bytes;
use protocol::{
    roster::{Change, RosterError},
    subject,
};

use super::log::{RosterLog, RosterLogError};
use crate::{bus::BusError, clock};

/// Races that a writer loses before it gives up. Each means that somebody else succeeded.
const ATTEMPTS: usize = 50;

/// Why an entry was not written.
#[derive(Debug, thiserror::Error)]
pub enum AppendError {
    /// The change makes no sense in the roster as it is now.
    #[error(transparent)]
    Refused(#[from] RosterError),
    /// The stream could not be read or written. The entry may or may not be in it.
    #[error(transparent)]
    Log(#[from] RosterLogError),
    /// Others were faster each time.
    #[error("the roster is being changed by others all the time; try again")]
    Busy,
}

impl RosterLog {
    /// Makes `change` the next entry; gives its index.
    pub async fn append(&self, change: Change) -> Result<u64, AppendError> {
        let _turn = self.writing.lock().await;
        for _ in 0..ATTEMPTS {
            let (index, entry) = {
                let replica = self.replica();
                let entry = replica.roster.next_entry(change.clone(), clock::now_ms())?;
                (replica.roster.length(), Bytes::from(entry))
            };
            let message = PublishMessage::build().payload(entry.clone()).expected_last_sequence(index);
            let outcome = self.bus.store(subject::ROSTER.to_owned(), message).await;
            match outcome {
                Ok(_) | Err(BusError::Conflict | BusError::Unavailable(_)) => self.catch_up().await?,
                Err(error) => return Err(RosterLogError::from(error).into()),
            }
            // Also after an answer that did not come: what the stream holds decides.
            if self.replica().entry(index) == Some(&entry) {
                return Ok(index);
            }
        }
        Err(AppendError::Busy)
    }
}
