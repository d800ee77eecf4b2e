//! The statement in which a device names its keys, and who signs it.

use serde::{Deserialize, Serialize};

use crate::{
    codec::{self, DecodeError, EncodeError},
    id::{Curve25519Public, DeviceId, OfficeId, OlmSigningPublic, Signature, UserId},
    key_form::{canonical_curve25519, is_sound_curve25519, is_sound_ed25519},
    signature::{Nkey, Purpose, Role, SignatureError, SigningKey},
};

/// Largest encoded statement.
const MAX_STATEMENT: usize = 1024;

/// "I am device D of user U in office O, and these are my keys."
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeviceStatement {
    /// The office.
    pub office: OfficeId,
    /// The person.
    pub user: UserId,
    /// The device; chosen at random by itself.
    pub device: DeviceId,
    /// Signs this statement, one-time keys and channels.
    pub signing_key: Nkey,
    /// Static key of its Noise channels.
    pub noise_key: Curve25519Public,
    /// Identity key of its Olm account.
    pub olm_identity: Curve25519Public,
    /// Signing key of its Olm account.
    pub olm_signing: OlmSigningPublic,
    /// Clock of the device when it was made, milliseconds since 1970.
    pub created_ms: u64,
}

/// A [`DeviceStatement`] as the exact bytes that were signed, with its signatures. The device's nkey
/// vouches for all keys, the Olm account confirms that it belongs to this device, so nobody can put
/// somebody else's Olm key under their own name, and the person's identity key says whose device it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeviceCertificate {
    /// Encoded [`DeviceStatement`].
    #[serde(with = "serde_bytes")]
    pub statement: Vec<u8>,
    /// By the device's nkey, [`Purpose::DeviceCertificate`].
    pub by_device: Signature,
    /// By the Olm account, over [`Purpose::CertificateByOlm`]. Checked where Olm is at hand: by clients.
    pub by_olm: Signature,
    /// By the person's identity key, [`Purpose::DeviceByPerson`].
    pub by_person: Signature,
}

/// Why a certificate is refused.
#[derive(Debug, thiserror::Error)]
pub enum CertificateError {
    /// The statement cannot be read.
    #[error("statement: {0}")]
    Statement(#[from] DecodeError),
    /// A signature does not hold.
    #[error(transparent)]
    Signature(#[from] SignatureError),
    /// A key that is not in its one form, or that everybody could use.
    #[error("the {0} is not a key to rely on")]
    Key(&'static str),
    /// The statement could not be encoded.
    #[error(transparent)]
    Encode(#[from] EncodeError),
}

impl DeviceStatement {
    /// Refuses keys in another form than their one, and keys that everybody could use. Of the Olm identity only the
    /// order is checked here; clients refuse other forms of it when they check the Olm signature.
    fn check_keys(&self) -> Result<(), CertificateError> {
        let olm_identity = canonical_curve25519(self.olm_identity.as_bytes());
        let sound = [
            (is_sound_curve25519(self.noise_key.as_bytes()), "Noise key"),
            (is_sound_curve25519(&olm_identity), "Olm identity key"),
            (is_sound_ed25519(self.olm_signing.as_bytes()), "Olm signing key"),
        ];
        sound
            .into_iter()
            .find(|(sound, _)| !sound)
            .map_or(Ok(()), |(_, name)| Err(CertificateError::Key(name)))
    }
}

impl DeviceCertificate {
    /// Signs `statement` with the device's and the person's key. `olm_sign` signs bytes with the Olm account.
    pub fn make(
        statement: &DeviceStatement,
        device: &SigningKey,
        person: &SigningKey,
        olm_sign: impl FnOnce(&[u8]) -> Signature,
    ) -> Result<Self, CertificateError> {
        let bytes = codec::encode(statement)?;
        Ok(Self {
            by_device: device.sign(Purpose::DeviceCertificate, &bytes)?,
            by_person: person.sign(Purpose::DeviceByPerson, &bytes)?,
            by_olm: olm_sign(&Purpose::CertificateByOlm.input(&bytes)),
            statement: bytes,
        })
    }

    /// Reads the statement and checks the signatures of device and person. The Olm signature is checked
    /// by clients, which have the library for it: over [`Self::olm_input`].
    pub fn verify(&self, person: &Nkey) -> Result<DeviceStatement, CertificateError> {
        let statement = self.read()?;
        let device = &statement.signing_key;
        device.verify(Role::Device, Purpose::DeviceCertificate, &self.statement, &self.by_device)?;
        person.verify(Role::Person, Purpose::DeviceByPerson, &self.statement, &self.by_person)?;
        Ok(statement)
    }

    /// Reads the statement and checks no signature: for what was verified before it was stored.
    pub fn read(&self) -> Result<DeviceStatement, CertificateError> {
        let statement: DeviceStatement = codec::decode(&self.statement, MAX_STATEMENT)?;
        statement.check_keys()?;
        Ok(statement)
    }

    /// The bytes that `by_olm` signs.
    pub fn olm_input(&self) -> Vec<u8> {
        Purpose::CertificateByOlm.input(&self.statement)
    }
}
