//! The key under which every record of this device is sealed.
//!
//! It lies in the record `vault`: as it is until a passphrase is set, then wrapped under a key that Argon2id makes of the
//! passphrase. The parameters go into that key, so that lowering them in the record opens nothing, and have a
//! floor. While the device is unlocked the key is also in the session's memory, which outlives the background and not
//! the browser.

use protocol::{id::Hash, opaque::Stretch};
use serde::{Deserialize, Serialize};
use serde_bytes::{ByteBuf, Bytes};
use zeroize::{Zeroize, Zeroizing};

use super::{damaged, key, read};
use crate::{
    error::CoreError,
    rng::{Rng, make_bytes},
    secret::Secret,
    secretbox,
};

const VERSION: u8 = 1;
const WRAP_LABEL: &str = "crmplus-chat/1 vault wrap";
/// Bytes that Argon2id gives.
pub(crate) const STRETCHED: usize = 32;

/// The vault key. Cannot be printed.
#[derive(Clone)]
pub(crate) struct VaultKey(Secret);

/// The one record that is not sealed.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct VaultRecord {
    version: u8,
    kind: Kind,
}

/// How the key is kept.
#[derive(Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Kind {
    /// As it is.
    Unwrapped { key: Secret },
    /// Under a passphrase.
    Passphrase {
        #[serde(with = "serde_bytes")]
        salt: [u8; 16],
        stretch: Stretch,
        #[serde(with = "serde_bytes")]
        sealed: Vec<u8>,
    },
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

impl VaultRecord {
    pub(crate) fn read(bytes: &[u8]) -> Result<Self, CoreError> {
        #[derive(Deserialize)]
        struct Versioned {
            version: u8,
        }
        if read::<Versioned>(key::VAULT, bytes)?.version != VERSION {
            return Err(CoreError::StorageVersion);
        }
        let record: Self = read(key::VAULT, bytes)?;
        match &record.kind {
            Kind::Passphrase { stretch, .. } if !stretch.is_acceptable() => {
                Err(damaged(key::VAULT, "its passphrase is stretched less than is allowed"))
            }
            _ => Ok(record),
        }
    }

    /// The record of a key that nothing wraps yet.
    pub(crate) fn unwrapped(vault: &VaultKey) -> Self {
        Self { version: VERSION, kind: Kind::Unwrapped { key: vault.0.clone() } }
    }

    /// The record of a key under what [`Stretch`] made of a passphrase.
    pub(crate) fn wrap(
        vault: &VaultKey,
        salt: [u8; 16],
        stretch: Stretch,
        stretched: &[u8],
        rng: &mut dyn Rng,
    ) -> Result<Self, CoreError> {
        let wrap = wrap_key(salt, stretch, stretched);
        let sealed = secretbox::seal(&wrap, vault.0.expose(), rng)?;
        Ok(Self { version: VERSION, kind: Kind::Passphrase { salt, stretch, sealed } })
    }

    pub(crate) fn to_bytes(&self) -> Result<Vec<u8>, CoreError> {
        Ok(protocol::codec::encode(self)?)
    }

    /// The key, where nothing wraps it.
    pub(crate) fn key(&self) -> Option<VaultKey> {
        match &self.kind {
            Kind::Unwrapped { key } => Some(VaultKey(key.clone())),
            Kind::Passphrase { .. } => None,
        }
    }

    /// What the passphrase has to be stretched with.
    pub(crate) const fn lock(&self) -> Option<([u8; 16], Stretch)> {
        match &self.kind {
            Kind::Unwrapped { .. } => None,
            Kind::Passphrase { salt, stretch, .. } => Some((*salt, *stretch)),
        }
    }

    /// The key, if the passphrase was the right one.
    pub(crate) fn unwrap_with(&self, stretched: &[u8]) -> Option<VaultKey> {
        let Kind::Passphrase { salt, stretch, sealed } = &self.kind else { return None };
        VaultKey::from_session(&secretbox::open(&wrap_key(*salt, *stretch, stretched), sealed)?)
    }
}

fn wrap_key(salt: [u8; 16], stretch: Stretch, stretched: &[u8]) -> Secret {
    let parameters = [stretch.memory_kib.to_be_bytes(), stretch.passes.to_be_bytes()].concat();
    Secret::from_bytes(*Hash::of_parts(WRAP_LABEL, &[stretched, &salt, &parameters]).as_bytes())
}

impl VaultKey {
    pub(crate) fn make(rng: &mut dyn Rng) -> Result<Self, CoreError> {
        Ok(Self(Secret::make(rng)?))
    }

    /// For the session's memory.
    pub(crate) fn to_session(&self) -> Vec<u8> {
        self.0.expose().to_vec()
    }

    pub(crate) fn from_session(bytes: &[u8]) -> Option<Self> {
        <[u8; 32]>::try_from(bytes).ok().map(|bytes| Self(Secret::from_bytes(bytes)))
    }

    /// A salt for a passphrase.
    pub(crate) fn make_salt(rng: &mut dyn Rng) -> Result<[u8; 16], CoreError> {
        make_bytes(rng)
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
        let record = VaultRecord::unwrapped(&vault);
        let again = VaultRecord::read(&record.to_bytes().unwrap()).unwrap().key().unwrap();
        assert_eq!(again.open("x", &sealed).unwrap().as_slice(), b"y");
        let newer = VaultRecord { version: 2, ..record };
        let read = VaultRecord::read(&newer.to_bytes().unwrap());
        assert_eq!(read.err(), Some(CoreError::StorageVersion));
    }

    #[test]
    fn only_what_the_passphrase_gives_opens_the_vault() {
        let vault = VaultKey::make(&mut OsRng).unwrap();
        let record = VaultRecord::wrap(&vault, [1; 16], Stretch::FLOOR, &[2; 32], &mut OsRng).unwrap();
        assert!(record.key().is_none());
        assert!(record.unwrap_with(&[3; 32]).is_none());
        assert_eq!(record.unwrap_with(&[2; 32]).unwrap().to_session(), vault.to_session());
    }

    #[test]
    fn lowered_parameters_open_nothing_and_weak_ones_are_refused() {
        let vault = VaultKey::make(&mut OsRng).unwrap();
        let record = VaultRecord::wrap(&vault, [1; 16], Stretch::STANDARD, &[2; 32], &mut OsRng).unwrap();
        let with = |stretch| {
            let Kind::Passphrase { salt, sealed, .. } = record.kind.clone() else { panic!("wrapped") };
            VaultRecord { version: VERSION, kind: Kind::Passphrase { salt, stretch, sealed } }
        };
        assert!(with(Stretch::FLOOR).unwrap_with(&[2; 32]).is_none());
        let weak = with(Stretch { memory_kib: 8, passes: 1 }).to_bytes().unwrap();
        assert_eq!(VaultRecord::read(&weak).err().unwrap().code(), "storage_damaged");
    }
}
