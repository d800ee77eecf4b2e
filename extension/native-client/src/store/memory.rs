//! Records in memory. A clone shares them, so that a test can drop a client and open another from what
//! the first had committed.

use std::{
    collections::BTreeMap,
    io,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use extension_core::{StoredRecord, Write};

use super::Store;

/// Records in memory, shared by all clones.
#[derive(Clone, Default)]
pub struct MemoryStore(Arc<Mutex<BTreeMap<String, Vec<u8>>>>);

impl MemoryStore {
    /// Number of records.
    pub fn len(&self) -> usize {
        self.records().len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.records().is_empty()
    }

    /// A store with the same records that changes by itself from now on: a copied browser profile.
    #[must_use]
    pub fn copy(&self) -> Self {
        Self(Arc::new(Mutex::new(self.records().clone())))
    }

    fn records(&self) -> MutexGuard<'_, BTreeMap<String, Vec<u8>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Store for MemoryStore {
    fn load(&mut self) -> io::Result<Vec<StoredRecord>> {
        let record =
            |(key, value): (&String, &Vec<u8>)| StoredRecord { key: key.clone(), value: value.clone() };
        Ok(self.records().iter().map(record).collect())
    }

    fn commit(&mut self, writes: &[Write]) -> io::Result<()> {
        let mut records = self.records();
        for write in writes {
            match &write.value {
                Some(value) => records.insert(write.key.clone(), value.to_vec()),
                None => records.remove(&write.key),
            };
        }
        Ok(())
    }
}

impl std::fmt::Debug for MemoryStore {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("MemoryStore").field("records", &self.len()).finish()
    }
}
