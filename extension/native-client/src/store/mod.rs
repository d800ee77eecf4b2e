//! Where a client's records are: in memory, or in a file that survives a killed process.

mod file;
mod memory;

use std::io;

use extension_core::{StoredRecord, Write};
pub use file::FileStore;
pub use memory::MemoryStore;

/// Keeps records. One client uses a store at a time.
pub trait Store: Send + 'static {
    /// Everything that was committed.
    fn load(&mut self) -> io::Result<Vec<StoredRecord>>;

    /// Commits all of `writes` or none. When this returns they survive a crash as well as the store
    /// ever does.
    fn commit(&mut self, writes: &[Write]) -> io::Result<()>;
}

impl Store for Box<dyn Store> {
    fn load(&mut self) -> io::Result<Vec<StoredRecord>> {
        self.as_mut().load()
    }

    fn commit(&mut self, writes: &[Write]) -> io::Result<()> {
        self.as_mut().commit(writes)
    }
}
