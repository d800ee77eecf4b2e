//! Step 1: what is to be written for a batch, without writing it.

use protocol::{
    audit::{AuditRecord, EventKind, Outcome, SCHEMA_VERSION, timestamp},
    id::{EventId, Hash},
};

use crate::{
    chain::{Link, RunId},
    dedupe::{Dedupe, Verdict},
    durable::StoreError,
    intake::{self, Accepted, Delivery, Reason},
    rejected,
    store::Entry,
};

/// A batch, ready to be written.
#[derive(Debug)]
pub(super) struct Plan {
    pub(super) entry: Entry,
    /// Events of the batch, to be remembered once it is written.
    pub(super) staged: Dedupe,
    /// Links of the batch, of dropped lines too.
    pub(super) links: Vec<Link>,
    pub(super) rejected: Vec<(String, Reason)>,
    pub(super) records: u64,
    pub(super) redelivered: u64,
    pub(super) duplicates: u64,
}

impl Plan {
    pub(super) fn make(batch: &[Delivery], known: &Dedupe, now_ms: u64) -> Result<Self, StoreError> {
        let mut plan = Self {
            entry: Entry::default(),
            staged: Dedupe::new(usize::MAX),
            links: Vec::new(),
            rejected: Vec::new(),
            records: 0,
            redelivered: 0,
            duplicates: 0,
        };
        for delivery in batch {
            plan.add(delivery, known, now_ms)?;
        }
        Ok(plan)
    }

    fn add(&mut self, delivery: &Delivery, known: &Dedupe, now_ms: u64) -> Result<(), StoreError> {
        // Neighbours with one fault become one entry: a message of nothing but newlines must not grow
        // into a hundred times its size.
        let mut refused: Option<(Reason, Vec<u8>)> = None;
        for line in intake::lines(&delivery.body) {
            match intake::read(&delivery.subject, line) {
                Ok(accepted) => {
                    self.reject(&delivery.subject, refused.take(), now_ms)?;
                    self.accept(&accepted, line, known, now_ms)?;
                }
                Err(reason) => {
                    if refused.as_ref().is_some_and(|(other, _)| *other != reason) {
                        self.reject(&delivery.subject, refused.take(), now_ms)?;
                    }
                    match &mut refused {
                        Some((_, bytes)) => {
                            bytes.push(b'\n');
                            bytes.extend_from_slice(line);
                        }
                        None => refused = Some((reason, line.to_vec())),
                    }
                    self.rejected.push((delivery.subject.clone(), reason));
                }
            }
        }
        self.reject(&delivery.subject, refused, now_ms)
    }

    fn reject(
        &mut self,
        subject: &str,
        refused: Option<(Reason, Vec<u8>)>,
        now_ms: u64,
    ) -> Result<(), StoreError> {
        let Some((reason, bytes)) = refused else { return Ok(()) };
        rejected::write_pieces(reason, subject, &bytes, now_ms, &mut self.entry.rejected)
            .map_err(|error| StoreError::Encode(format!("a rejected line: {error}")))
    }

    fn accept(
        &mut self,
        accepted: &Accepted,
        line: &[u8],
        known: &Dedupe,
        now_ms: u64,
    ) -> Result<(), StoreError> {
        let record = &accepted.record;
        let hash = Hash::of(line);
        match self.judge(known, record.id, hash) {
            Verdict::Redelivered => {
                self.redelivered += 1;
                return Ok(());
            }
            Verdict::New => {
                self.write(line);
                self.entry.days.insert(accepted.day);
                self.staged.written(record.id, hash.into());
                self.records += 1;
            }
            Verdict::Duplicate => {
                let trace = duplicate_of(record, hash, now_ms)
                    .to_line()
                    .map_err(|error| StoreError::Encode(format!("an audit.duplicate: {error}")))?;
                self.write(&trace);
                self.staged.dropped(record.id, hash.into());
                self.duplicates += 1;
            }
        }
        self.links.push(link_of(record, hash));
        Ok(())
    }

    fn judge(&self, known: &Dedupe, id: EventId, hash: Hash) -> Verdict {
        match (known.judge(id, hash.into()), self.staged.judge(id, hash.into())) {
            (Verdict::Redelivered, _) | (_, Verdict::Redelivered) => Verdict::Redelivered,
            (Verdict::Duplicate, _) | (_, Verdict::Duplicate) => Verdict::Duplicate,
            (Verdict::New, Verdict::New) => Verdict::New,
        }
    }

    fn write(&mut self, line: &[u8]) {
        self.entry.lines.extend_from_slice(line);
        self.entry.lines.push(b'\n');
    }
}

/// Where a line with that record and hash stands in its chain.
pub(crate) fn link_of(record: &AuditRecord, hash: Hash) -> Link {
    Link {
        run: RunId { gw: record.gw.clone(), boot: record.boot },
        gseq: record.gseq,
        prev: record.prev,
        hash,
    }
}

/// What stands in the trail instead of a dropped line: its place in the gateway's chain and its hash, so that
/// the chain can be followed through it.
fn duplicate_of(dropped: &AuditRecord, hash: Hash, now_ms: u64) -> AuditRecord {
    let mut random = [0; 10];
    let derived = Hash::of_parts("crmplus-chat/1 audit.duplicate", &[hash.as_bytes()]);
    for (slot, byte) in random.iter_mut().zip(derived.as_bytes()) {
        *slot = *byte;
    }
    AuditRecord {
        v: SCHEMA_VERSION,
        id: EventId::new(now_ms, random),
        ts: timestamp(now_ms),
        kind: EventKind::AuditDuplicate,
        outcome: Outcome::Success,
        reason: None,
        actor: None,
        device: None,
        conv: None,
        obj: Some(dropped.id.into()),
        rcpt: Vec::new(),
        bytes: None,
        ip: None,
        gw: dropped.gw.clone(),
        boot: dropped.boot,
        gseq: dropped.gseq,
        prev: dropped.prev,
        hash: Some(hash),
    }
}
