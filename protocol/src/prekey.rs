//! One-time and fallback keys: what a sender needs for the first message to a device that may be away.

use serde::{Deserialize, Serialize};

use crate::{
    codec,
    device::CertificateError,
    id::{Curve25519Public, DeviceId, Signature},
    signature::{Nkey, Purpose, Role, SigningKey},
};

/// Largest encoded statement.
const MAX_STATEMENT: usize = 256;

/// How often a key may be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PrekeyPurpose {
    /// Handed out once.
    OneTime,
    /// Handed out when no one-time key is left; replaced from time to time.
    Fallback,
}

/// "This is a key of mine, for this purpose, until then."
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PrekeyStatement {
    /// Whose key it is.
    pub device: DeviceId,
    /// Number of the key, counted by the device.
    pub key_id: u64,
    /// The key.
    pub key: Curve25519Public,
    /// How often it may be used.
    pub purpose: PrekeyPurpose,
    /// From then on it is not to be used; milliseconds since 1970.
    pub expires_ms: u64,
}

/// A [`PrekeyStatement`] as signed by the device's nkey.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignedPrekey {
    /// Encoded [`PrekeyStatement`].
    #[serde(with = "serde_bytes")]
    pub statement: Vec<u8>,
    /// [`Purpose::Prekey`].
    pub by_device: Signature,
}

impl SignedPrekey {
    /// Signs `statement`.
    pub fn make(statement: &PrekeyStatement, device: &SigningKey) -> Result<Self, CertificateError> {
        let bytes = codec::encode(statement)?;
        Ok(Self { by_device: device.sign(Purpose::Prekey, &bytes)?, statement: bytes })
    }

    /// Reads the statement and checks that `key` of the device signed it. Device, purpose and expiry are
    /// the caller's to compare.
    pub fn verify(&self, key: &Nkey) -> Result<PrekeyStatement, CertificateError> {
        key.verify(Role::Device, Purpose::Prekey, &self.statement, &self.by_device)?;
        Ok(codec::decode(&self.statement, MAX_STATEMENT)?)
    }
}
