//! The key under which every record of this device is sealed.
//!
//! What this defends today, honestly: the key itself lies unwrapped in the record `vault`, beside what
//! it seals, so whoever can copy the browser's database can read it. What it gives already is that records cannot be
//! changed, swapped or renamed without notice, and that wrapping this one record (by Argon2id from a
//! passphrase) seals everything. The field `kind` is there for that.

use serde::{Deserialize, Serialize};
use serde_bytes::{ByteBuf, Bytes};
use zeroize::{Zeroize, Zeroizing};

use super::{damaged, key, read};
use crate::{error::CoreError, rng::Rng, secret::Secret, secretbox};

const VERSION: u8 = 1;

/// The vault key. Cannot be printed.
pub(crate) struct VaultKey(Secret);

/// The one record that is not sealed.
#[derive(Serialize, Deserialize)]
struct VaultRecord {
    version: u8,
    kind: Kind,
    key: Secret,
}

/// How the key is kept.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Kind {
    /// As it is.
    Unwrapped,
}

/// What is sealed: the value with the name of its record, since the cipher cannot bind the name.
#[derive(Serialize)]
struct Bound<'a> {
    key: &'a str,
    value: &'a Bytes,
}

#[derive(Deserialize)]
struct BoundOwned {
    key: String,
    value: ByteBuf,
}

impl VaultKey {
    pub(crate) fn make(rng: &mut dyn Rng) -> Result<Self, CoreError> {
        Ok(Self(Secret::make(rng)?))
    }

    /// The record that keeps the key.
    pub(crate) fn to_record(&self) -> Result<Vec<u8>, CoreError> {
        let record = VaultRecord { version: VERSION, kind: Kind::Unwrapped, key: self.0.clone() };
        Ok(protocol::codec::encode(&record)?)
    }

    pub(crate) fn from_record(bytes: &[u8]) -> Result<Self, CoreError> {
        #[derive(Deserialize)]
        struct Versioned {
            version: u8,
        }
        if read::<Versioned>(key::VAULT, bytes)?.version != VERSION {
            return Err(CoreError::StorageVersion);
        }
        let record: VaultRecord = read(key::VAULT, bytes)?;
        match record.kind {
            Kind::Unwrapped => Ok(Self(record.key)),
        }
    }

    /// Seals the value of the record `key`.
    pub(crate) fn seal(&self, key: &str, value: &[u8], rng: &mut dyn Rng) -> Result<Vec<u8>, CoreError> {
        let bound = Bound { key, value: Bytes::new(value) };
        let plain = Zeroizing::new(protocol::codec::encode(&bound)?);
        secretbox::seal(&self.0, &plain, rng)
    }

    /// Opens it, and refuses the value of another record under this name.
    pub(crate) fn open(&self, key: &str, sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, CoreError> {
        let plain = secretbox::open(&self.0, sealed).ok_or_else(|| damaged(key, "it does not open"))?;
        let mut bound: BoundOwned = read(key, &plain)?;
        if bound.key != key {
            bound.value.zeroize();
            return Err(damaged(key, "it was sealed under another name"));
        }
        Ok(Zeroizing::new(bound.value.into_vec()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng::OsRng;

    #[test]
    fn a_record_opens_only_under_its_own_name_and_key() {
        let vault = VaultKey::make(&mut OsRng).unwrap();
        let sealed = vault.seal("chat/1", b"text", &mut OsRng).unwrap();
        assert_eq!(vault.open("chat/1", &sealed).unwrap().as_slice(), b"text");
        assert_eq!(vault.open("chat/2", &sealed).unwrap_err().code(), "storage_damaged");
        let other = VaultKey::make(&mut OsRng).unwrap();
        assert!(other.open("chat/1", &sealed).is_err());
    }

    #[test]
    fn every_flipped_byte_of_a_record_is_noticed() {
        let vault = VaultKey::make(&mut OsRng).unwrap();
        let sealed = vault.seal("identity", b"secret", &mut OsRng).unwrap();
        for at in 0..sealed.len() {
            let mut changed = sealed.clone();
            changed[at] ^= 1;
            assert!(vault.open("identity", &changed).is_err(), "byte {at}");
        }
    }

    #[test]
    fn the_vault_record_comes_back_and_another_version_is_refused() {
        let vault = VaultKey::make(&mut OsRng).unwrap();
        let sealed = vault.seal("x", b"y", &mut OsRng).unwrap();
        let again = VaultKey::from_record(&vault.to_record().unwrap()).unwrap();
        assert_eq!(again.open("x", &sealed).unwrap().as_slice(), b"y");
        let newer = protocol::codec::encode(&VaultRecord { version: 2, kind: Kind::Unwrapped, key: vault.0 })
            .unwrap();
        assert_eq!(VaultKey::from_record(&newer).err(), Some(CoreError::StorageVersion));
    }
}
