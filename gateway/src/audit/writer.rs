//! Group commit: while one batch waits for its acknowledgement, the next gathers in the queue.
//!
//! Crash and loss, step by step:
//! * before the publish: the callers were told nothing; their clients try again;
//! * after the publish, before the acknowledgement: the same bytes go again under the same message id, so
//!   the stream keeps one; the chain never forks, because nothing is chained behind a batch that is not stored;
//! * after the acknowledgement, before the callers hear of it (gateway killed): the actions are tried again
//!   with the same event ids, and the sink keeps the first record of each.

use std::{sync::Arc, time::Duration};

use async_nats::jetstream::message::PublishMessage;
use bytes::Bytes;
use protocol::{
    audit::{Chain, MAX_BATCH, MAX_LINE},
    id::{BootId, GatewayId},
    subject,
};
use tokio::sync::{mpsc, oneshot};
use tokio_util::sync::CancellationToken;

use super::{AuditLog, Pending};
use crate::{
    bus::Bus,
    clock,
    config::Limits,
    counters::{Counters, Happening},
};

const FIRST_RETRY: Duration = Duration::from_millis(50);
const LAST_RETRY: Duration = Duration::from_secs(2);

/// The one owner of the chain of this run.
#[derive(Debug)]
pub struct AuditWriter {
    queue: mpsc::Receiver<Pending>,
    bus: Bus,
    chain: Chain,
    subject: String,
    boot: BootId,
    batches: u64,
    counters: Arc<Counters>,
}

/// Records that are stored together.
struct Batch {
    id: String,
    lines: Bytes,
    callers: Vec<oneshot::Sender<()>>,
}

impl AuditWriter {
    /// A writer, to be run as a task, and the way to it.
    pub fn new(
        bus: Bus,
        gateway: &GatewayId,
        boot: BootId,
        limits: &Limits,
        counters: Arc<Counters>,
    ) -> (AuditLog, Self) {
        let (sender, receiver) = mpsc::channel(limits.audit_queue);
        let writer = Self {
            queue: receiver,
            bus,
            chain: Chain::new(gateway.clone(), boot),
            subject: subject::audit(gateway),
            boot,
            batches: 0,
            counters,
        };
        (AuditLog { queue: sender, within: limits.audit_within }, writer)
    }

    /// Runs until `finish`, and then until what was handed over before is stored; `give_up` ends it although
    /// records are left.
    pub async fn run(mut self, finish: CancellationToken, give_up: CancellationToken) {
        loop {
            let first = tokio::select! {
                biased;
                first = self.queue.recv() => first,
                () = finish.cancelled(), if !self.queue.is_closed() => {
                    self.queue.close();
                    continue;
                }
            };
            let Some(first) = first else { return };
            // Whoever is ready to act now shares this batch.
            tokio::task::yield_now().await;
            let Some(batch) = self.gather(first) else { continue };
            let stored = tokio::select! {
                () = self.store(&batch) => true,
                () = give_up.cancelled() => false,
            };
            if !stored {
                let lost = batch.callers.len() + self.queue.len();
                tracing::error!(records = lost, "audit records could not be stored before the stop");
                return;
            }
            self.counters.count(Happening::AuditBatches);
            self.counters.count_many(Happening::AuditRecords, batch.callers.len() as u64);
            for caller in batch.callers {
                // Nobody waits any more: told "unavailable", and will come again with the same event id.
                let _ = caller.send(());
            }
        }
    }

    fn gather(&mut self, first: Pending) -> Option<Batch> {
        let mut lines = Vec::new();
        let mut callers = Vec::new();
        let now = clock::now_ms();
        let mut next = Some(first);
        while let Some(Pending { event, stored, fact }) = next {
            // An action that was given up must not leave a record, unless it happened anyway.
            if fact || !stored.is_closed() {
                match self.chain.append(event, now) {
                    Ok(line) => {
                        lines.extend_from_slice(&line);
                        lines.push(b'\n');
                        callers.push(stored);
                    }
                    Err(error) => {
                        tracing::error!(%error, "an audit record cannot be written; action refused");
                    }
                }
            }
            let room = lines.len() + MAX_LINE < MAX_BATCH;
            next = if room { self.queue.try_recv().ok() } else { None };
        }
        if callers.is_empty() {
            return None;
        }
        self.batches += 1;
        Some(Batch { id: format!("{}.{}", self.boot, self.batches), lines: lines.into(), callers })
    }

    async fn store(&self, batch: &Batch) {
        let mut link = self.bus.changes();
        let mut pause = FIRST_RETRY;
        loop {
            link.up().await;
            let message = PublishMessage::build().payload(batch.lines.clone()).message_id(&batch.id);
            let outcome = tokio::select! {
                outcome = self.bus.store(self.subject.clone(), message) => outcome,
                // No acknowledgement will come on a connection that is gone.
                () = link.down() => Err(crate::bus::BusError::Unavailable("the connection was lost")),
            };
            match outcome {
                Ok(_) => return,
                Err(error) => {
                    tracing::warn!(%error, records = batch.callers.len(), "audit batch not stored yet");
                }
            }
            self.counters.count(Happening::AuditRetries);
            tokio::time::sleep(pause).await;
            pause = (pause * 2).min(LAST_RETRY);
        }
    }
}
