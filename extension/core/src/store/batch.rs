//! The records that a turn changes, in clear, until the turn ends and they are sealed.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_bytes::ByteBuf;
use zeroize::Zeroizing;

use super::VaultKey;
use crate::{effects::Write, error::CoreError, rng::Rng};

/// One transaction. The last word on a key counts.
#[derive(Default)]
pub(crate) struct Batch(BTreeMap<String, Option<Zeroizing<Vec<u8>>>>);

impl Batch {
    pub(crate) fn put<T: Serialize>(&mut self, key: String, value: &T) -> Result<(), CoreError> {
        self.0.insert(key, Some(Zeroizing::new(protocol::codec::encode(value)?)));
        Ok(())
    }

    pub(crate) fn delete(&mut self, key: String) {
        self.0.insert(key, None);
    }

    /// What would be sealed.
    #[cfg(test)]
    pub(crate) fn into_plain(self) -> Vec<(String, Zeroizing<Vec<u8>>)> {
        self.0.into_iter().filter_map(|(key, value)| Some((key, value?))).collect()
    }

    /// Seals everything for the host.
    pub(crate) fn seal(self, vault: &VaultKey, rng: &mut dyn Rng) -> Result<Vec<Write>, CoreError> {
        self.0
            .into_iter()
            .map(|(key, value)| {
                let value = value.map(|plain| vault.seal(&key, &plain, rng)).transpose()?;
                Ok(Write { key, value: value.map(ByteBuf::from) })
            })
            .collect()
    }
}
