//! What a device keeps: records of opaque keys and sealed values, committed by the host.
//!
//! Each part of the core remembers what of it changed and writes exactly that into the [`Batch`] of the
//! turn ([`Keep::flush`]). The host commits a whole batch in one transaction before anything leaves the device,
//! so on disk there is always the state before a turn or after it, never one in between.

mod batch;
pub(crate) mod key;
mod vault;

pub(crate) use batch::{Batch, UnderDay};
use serde::de::DeserializeOwned;
pub(crate) use vault::{STRETCHED, VaultKey, VaultRecord};

use crate::error::CoreError;

/// A part of the core that lives in records.
pub(crate) trait Keep {
    /// Puts what changed since the last flush into `batch`.
    fn flush(&mut self, batch: &mut Batch) -> Result<(), CoreError>;
}

/// The value of an opened record.
pub(crate) fn read<T: DeserializeOwned>(key: &str, bytes: &[u8]) -> Result<T, CoreError> {
    protocol::codec::decode(bytes, bytes.len()).map_err(|_| damaged(key, "it has another form"))
}

/// A place or number from a record, to count on from. Nobody gets beyond this bound by counting: somebody else wrote it.
pub(crate) fn countable(key: &str, number: u64) -> Result<u64, CoreError> {
    if number < 1 << 53 { Ok(number) } else { Err(damaged(key, "a number in it is too large")) }
}

/// The error for a record that cannot be used.
pub(crate) fn damaged(key: &str, why: &'static str) -> CoreError {
    CoreError::StorageDamaged { key: key.to_owned(), why }
}
