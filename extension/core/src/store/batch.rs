//! The records that a turn changes, in clear, until the turn ends and they are sealed.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_bytes::ByteBuf;
use zeroize::Zeroizing;

use super::VaultKey;
use crate::{effects::Write, error::CoreError, rng::Rng, secret::Secret, secretbox};

/// One transaction. The last word on a key counts.
#[derive(Default)]
pub(crate) struct Batch(BTreeMap<String, Option<Value>>);

struct Value {
    plain: Zeroizing<Vec<u8>>,
    /// Sealed under this day's key too, before the vault's.
    under: Option<(u64, Secret)>,
}

/// A value under a day's key.
#[derive(Serialize, Deserialize)]
pub(crate) struct UnderDay {
    pub(crate) day: u64,
    #[serde(with = "serde_bytes")]
    pub(crate) sealed: Vec<u8>,
}

impl Batch {
    pub(crate) fn put<T: Serialize>(&mut self, key: String, value: &T) -> Result<(), CoreError> {
        let plain = Zeroizing::new(protocol::codec::encode(value)?);
        self.0.insert(key, Some(Value { plain, under: None }));
        Ok(())
    }

    /// The same for what goes when the key of its day goes.
    pub(crate) fn put_under<T: Serialize>(
        &mut self,
        key: String,
        value: &T,
        day: u64,
        day_key: &Secret,
    ) -> Result<(), CoreError> {
        let plain = Zeroizing::new(protocol::codec::encode(value)?);
        self.0.insert(key, Some(Value { plain, under: Some((day, day_key.clone())) }));
        Ok(())
    }

    pub(crate) fn delete(&mut self, key: String) {
        self.0.insert(key, None);
    }

    /// What would be sealed.
    #[cfg(test)]
    pub(crate) fn into_plain(self) -> Vec<(String, Zeroizing<Vec<u8>>)> {
        self.0.into_iter().filter_map(|(key, value)| Some((key, value?.plain))).collect()
    }

    /// Seals everything for the host.
    pub(crate) fn seal(self, vault: &VaultKey, rng: &mut dyn Rng) -> Result<Vec<Write>, CoreError> {
        self.0
            .into_iter()
            .map(|(key, value)| {
                let value = value.map(|value| value.seal(&key, vault, rng)).transpose()?;
                Ok(Write { key, value: value.map(ByteBuf::from) })
            })
            .collect()
    }
}

impl Value {
    fn seal(self, key: &str, vault: &VaultKey, rng: &mut dyn Rng) -> Result<Vec<u8>, CoreError> {
        let plain = match self.under {
            None => self.plain,
            Some((day, day_key)) => {
                let sealed = secretbox::seal(&day_key, &self.plain, rng)?;
                Zeroizing::new(protocol::codec::encode(&UnderDay { day, sealed })?)
            }
        };
        vault.seal(key, &plain, rng)
    }
}
