//! The audit trail as the sink gets it, with the checks that hold for every trail.

use std::{
    collections::{HashMap, HashSet},
    time::Duration,
};

use async_nats::jetstream::{self, consumer::PullConsumer};
use broker_config::{Identity, throwaway::ThrowawayBroker};
use futures_util::StreamExt;
use protocol::{
    audit::{AuditRecord, EventKind},
    id::{BootId, Hash, ObjectId},
};

use super::PATIENCE;

pub struct Trail {
    consumer: PullConsumer,
    pub records: Vec<AuditRecord>,
    /// Number and hash of the last record of each run.
    chains: HashMap<BootId, (u64, Hash)>,
}

impl Trail {
    pub async fn of(broker: &ThrowawayBroker) -> Self {
        let client = broker.connect(Identity::Sink).await.unwrap();
        let consumer = jetstream::new(client).get_consumer_from_stream("sink", "AUDIT").await.unwrap();
        Self { consumer, records: Vec::new(), chains: HashMap::new() }
    }

    /// Reads what is there; every run's chain must go on without a gap.
    pub async fn read(&mut self) -> &[AuditRecord] {
        let fetch = self.consumer.fetch().max_messages(200).expires(Duration::from_millis(100));
        let mut batches = fetch.messages().await.unwrap();
        while let Some(batch) = batches.next().await {
            let batch = batch.unwrap();
            for line in batch.payload.split_inclusive(|byte| *byte == b'\n') {
                let line = line.strip_suffix(b"\n").expect("a newline after each record");
                self.take(line);
            }
            batch.ack().await.unwrap();
        }
        &self.records
    }

    fn take(&mut self, line: &[u8]) {
        let record = AuditRecord::from_line(line).unwrap();
        let chain = self.chains.get(&record.boot);
        let (number, previous) =
            chain.map_or((0, Hash::from_bytes([0; 32])), |(number, hash)| (number + 1, *hash));
        assert_eq!((record.gseq, record.prev), (number, previous), "the chain of {} breaks", record.boot);
        self.chains.insert(record.boot, (number, Hash::of(line)));
        self.records.push(record);
    }

    /// Waits until there are so many different events of the kind.
    pub async fn wait_for(&mut self, kind: EventKind, count: usize) {
        let enough = async {
            while self.events(kind).len() < count {
                self.read().await;
            }
        };
        let came = tokio::time::timeout(PATIENCE, enough).await.is_ok();
        assert!(came, "only {} of {count} {kind} in {:#?}", self.events(kind).len(), self.records);
    }

    /// Different events of the kind: told again after a crash they count once, as in the sink.
    pub fn events(&self, kind: EventKind) -> Vec<&AuditRecord> {
        let mut seen = HashSet::new();
        self.of_kind(kind).filter(|record| seen.insert(record.id)).collect()
    }

    pub fn of_kind(&self, kind: EventKind) -> impl Iterator<Item = &AuditRecord> {
        self.records.iter().filter(move |record| record.kind == kind)
    }

    pub fn about(&self, kind: EventKind, object: impl Into<ObjectId>) -> Vec<&AuditRecord> {
        let object = object.into();
        self.events(kind).into_iter().filter(|record| record.obj == Some(object)).collect()
    }
}
