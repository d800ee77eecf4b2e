//! One entry: what its author signed, and the signature.

use serde::{Deserialize, Serialize};

use super::{change::Change, error::RosterError};
use crate::{
    codec,
    id::{Hash, OfficeId, Signature, UserId},
    limits::MAX_ROSTER_ENTRY,
    signature::{Purpose, SigningKey},
};

/// What an author signs. It names the entry before it, so an author vouches for the whole log up to here,
/// and nobody can put the entry anywhere else.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Entry {
    /// The office.
    pub office: OfficeId,
    /// Its place, from 0.
    pub index: u64,
    /// Hash of the [`Entry`] bytes before it; zeros for the first.
    pub previous: Hash,
    /// Author's clock, milliseconds since 1970.
    pub made_ms: u64,
    /// Whose key signed it: a person's identity key, or the office key.
    pub author: Option<UserId>,
    /// What it changes.
    pub change: Change,
}

/// An [`Entry`] as it travels and is stored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignedEntry {
    /// Encoded [`Entry`]; the chain is over these bytes, not over the signature.
    #[serde(with = "serde_bytes")]
    pub entry: Vec<u8>,
    /// [`Purpose::RosterEntry`].
    pub signature: Signature,
}

impl SignedEntry {
    /// Signs `entry` and gives the bytes that travel.
    pub fn make(entry: &Entry, author: &SigningKey) -> Result<Vec<u8>, RosterError> {
        let bytes = codec::encode(entry)?;
        let signature = author.sign(Purpose::RosterEntry, &bytes)?;
        Ok(codec::encode(&Self { entry: bytes, signature })?)
    }

    /// Reads both layers and checks nothing but their form.
    pub fn read(bytes: &[u8]) -> Result<(Self, Entry), RosterError> {
        let signed: Self = codec::decode(bytes, MAX_ROSTER_ENTRY)?;
        let entry = codec::decode(&signed.entry, MAX_ROSTER_ENTRY)?;
        Ok((signed, entry))
    }

    /// What the next entry names as `previous`.
    pub fn hash(&self) -> Hash {
        Hash::of(&self.entry)
    }
}
