//! The recovery kit: the office key on paper. Whoever holds it administers the office.

use std::fmt;

use serde::{Deserialize, Serialize};
use zeroize::{Zeroize, ZeroizeOnDrop};

use super::{Kind, TextError};
use crate::{
    codec::EncodeError,
    id::{Curve25519Public, Hash, OfficeId},
    signature::{Role, SignatureError, SigningKey},
};

const KIND: Kind = Kind { name: "recovery", version: 1 };

/// The seed of the office key. Never sent to a gateway.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, Zeroize, ZeroizeOnDrop)]
pub struct OfficeSecret(#[serde(with = "serde_bytes")] [u8; 32]);

impl OfficeSecret {
    /// Takes 32 random bytes.
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The signing key of this secret.
    pub fn signing_key(&self) -> Result<SigningKey, SignatureError> {
        SigningKey::from_seed(Role::Office, self.0)
    }
}

impl fmt::Debug for OfficeSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("OfficeSecret(..)")
    }
}

/// What the kit says.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecoveryKit {
    /// The office.
    pub office: OfficeId,
    /// What it is called.
    pub office_name: String,
    /// Hash of the first roster entry.
    pub roster_root: Hash,
    /// Addresses of gateways.
    pub gateways: Vec<String>,
    /// Noise key that each of them must prove.
    pub gateway_key: Curve25519Public,
    /// The office key's seed.
    pub secret: OfficeSecret,
}

impl RecoveryKit {
    /// The text to print and to keep in a safe.
    pub fn to_text(&self) -> Result<String, EncodeError> {
        KIND.write(self)
    }

    /// Reads a text that a person pasted.
    pub fn from_text(text: &str) -> Result<Self, TextError> {
        KIND.read(text)
    }
}

impl fmt::Debug for RecoveryKit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RecoveryKit").field("office", &self.office).finish_non_exhaustive()
    }
}
