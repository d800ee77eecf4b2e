//! The way of an audit record: an action hands over its event and waits; one task numbers, chains and
//! stores the records of all actions that came meanwhile as one message (`writer`).
//!
//! The queue holds `limits.audit_queue` events. When it is full, or the record is not stored within
//! `limits.audit_within`, the action is refused and its client tries again: no action without its record.

pub mod changes;
pub mod events;
mod recent;
mod writer;

use std::time::Duration;

use protocol::audit::Event;
pub use recent::Recent;
use tokio::sync::{mpsc, oneshot};
pub use writer::AuditWriter;

/// The record could not be stored in time. Nothing was done; the same action may be tried again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the audit record could not be stored in time")]
pub struct AuditUnavailable;

/// Hands events to the writer. Cheap to clone; the writer ends when the last clone is gone.
#[derive(Debug, Clone)]
pub struct AuditLog {
    queue: mpsc::Sender<Pending>,
    within: Duration,
}

/// An event on its way to the writer.
#[derive(Debug)]
struct Pending {
    event: Event,
    stored: oneshot::Sender<()>,
    /// Whether it happened already, so that the record is needed even when nobody waits for it.
    fact: bool,
}

impl AuditLog {
    /// Joins the queue at once, in the order of calls; the action happens when [`Commit::stored`] is `Ok`.
    pub fn submit(&self, event: Event) -> Result<Commit, AuditUnavailable> {
        let (stored, receiver) = oneshot::channel();
        self.queue.try_send(Pending { event, stored, fact: false }).map_err(|_| AuditUnavailable)?;
        Ok(Commit { stored: receiver, within: self.within })
    }

    /// Stores the record of an action that has not happened yet.
    pub async fn record(&self, event: Event) -> Result<(), AuditUnavailable> {
        self.submit(event)?.stored().await
    }

    /// Stores the record of something that has happened: it stays in the queue when the wait is over.
    pub async fn record_fact(&self, event: Event) -> Result<(), AuditUnavailable> {
        let (stored, receiver) = oneshot::channel();
        let pending = Pending { event, stored, fact: true };
        let stored = async {
            self.queue.send(pending).await.map_err(|_| AuditUnavailable)?;
            receiver.await.map_err(|_| AuditUnavailable)
        };
        tokio::time::timeout(self.within, stored).await.unwrap_or(Err(AuditUnavailable))
    }

    /// Hands over the record of something that was refused; nobody waits for it. Dropped when the queue is
    /// full: a stranger who causes refusals must not be able to stop the office.
    pub fn note(&self, event: Event) {
        let (stored, _) = oneshot::channel();
        let _ = self.queue.try_send(Pending { event, stored, fact: true });
    }
}

/// A record that is being stored.
#[derive(Debug)]
pub struct Commit {
    stored: oneshot::Receiver<()>,
    within: Duration,
}

impl Commit {
    /// Waits for it.
    pub async fn stored(self) -> Result<(), AuditUnavailable> {
        match tokio::time::timeout(self.within, self.stored).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(_)) | Err(_) => Err(AuditUnavailable),
        }
    }
}
