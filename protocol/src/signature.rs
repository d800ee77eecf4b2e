//! Signatures with nkeys (Ed25519). Every signature is over a purpose and the exact bytes that were
//! signed, so a signature made for one thing never counts for another, and nothing is re-encoded
//! before it is checked.

use std::fmt;

use nkeys::{KeyPair, KeyPairType};
use serde::{Deserialize, Serialize};

use crate::{id::Signature, key_form};

/// What a signature is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// A device certifies its own keys.
    DeviceCertificate,
    /// A person certifies one of their devices.
    DeviceByPerson,
    /// The holder of an invite certifies the identity that uses it.
    IdentityByInvite,
    /// The author of a roster entry.
    RosterEntry,
    /// An administrator confirms how far the roster goes.
    RosterLease,
    /// A device's Olm account confirms the certificate that names it.
    CertificateByOlm,
    /// A device signs a one-time or fallback key.
    Prekey,
    /// A device, or the holder of another key, proves itself on a Noise channel by signing the handshake hash.
    Channel,
}

impl Purpose {
    const fn label(self) -> &'static str {
        match self {
            Self::DeviceCertificate => "device certificate",
            Self::DeviceByPerson => "device by person",
            Self::IdentityByInvite => "identity by invite",
            Self::RosterEntry => "roster entry",
            Self::RosterLease => "roster lease",
            Self::CertificateByOlm => "certificate by olm",
            Self::Prekey => "prekey",
            Self::Channel => "channel",
        }
    }

    /// What is really signed: protocol name and version, the purpose, a zero byte, the payload.
    pub fn input(self, payload: &[u8]) -> Vec<u8> {
        let mut input = format!("crmplus-chat/{} {}\0", crate::VERSION, self.label()).into_bytes();
        input.extend_from_slice(payload);
        input
    }
}

/// Whose key it is; the first letter of the nkey's text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// The office: `O...`.
    Office,
    /// A person: `A...`.
    Person,
    /// A device: `U...`.
    Device,
    /// An invite: `V...`.
    Invite,
}

impl Role {
    const fn pair_type(self) -> KeyPairType {
        match self {
            Self::Office => KeyPairType::Operator,
            Self::Person => KeyPairType::Account,
            Self::Device => KeyPairType::User,
            Self::Invite => KeyPairType::Service,
        }
    }

    const fn letter(self) -> char {
        match self {
            Self::Office => 'O',
            Self::Person => 'A',
            Self::Device => 'U',
            Self::Invite => 'V',
        }
    }
}

/// Why a key or a signature is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SignatureError {
    /// Not the text of an nkey, or of another role.
    #[error("not the public nkey of a {0:?}")]
    BadKey(Role),
    /// The signature does not belong to this key, purpose and payload.
    #[error("the signature for {0:?} does not hold")]
    BadSignature(Purpose),
    /// The private key could not sign.
    #[error("the key cannot sign")]
    CannotSign,
}

/// Characters of a public nkey's text: prefix, key and checksum (35 bytes) in base32.
const NKEY_TEXT: usize = 56;

/// A public nkey as text (56 characters), checked for form, checksum and a key that only its holder can sign for when it is
/// decoded.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Nkey(String);

impl Nkey {
    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Checks that this is the key of a `role`.
    pub fn require(&self, role: Role) -> Result<(), SignatureError> {
        if self.0.starts_with(role.letter()) { Ok(()) } else { Err(SignatureError::BadKey(role)) }
    }

    /// Checks a signature by this key of a `role`.
    pub fn verify(
        &self,
        role: Role,
        purpose: Purpose,
        payload: &[u8],
        signature: &Signature,
    ) -> Result<(), SignatureError> {
        self.require(role)?;
        let key = KeyPair::from_public_key(&self.0).map_err(|_| SignatureError::BadKey(role))?;
        key.verify(&purpose.input(payload), signature.as_bytes())
            .map_err(|_| SignatureError::BadSignature(purpose))
    }
}

impl TryFrom<String> for Nkey {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        // The length first: the decoder assumes that there are a prefix and a checksum to cut off.
        let sound = text.len() == NKEY_TEXT
            && nkeys::from_public_key(&text).is_ok_and(|(_, key)| key_form::is_sound_ed25519(&key));
        if sound { Ok(Self(text)) } else { Err("not a public nkey".to_owned()) }
    }
}

impl From<Nkey> for String {
    fn from(key: Nkey) -> Self {
        key.0
    }
}

impl fmt::Debug for Nkey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A private signing key. Cannot be printed.
pub struct SigningKey {
    pair: KeyPair,
    role: Role,
    public: Nkey,
}

impl SigningKey {
    /// The key of a 32-byte seed.
    pub fn from_seed(role: Role, seed: [u8; 32]) -> Result<Self, SignatureError> {
        let pair = KeyPair::new_from_raw(role.pair_type(), seed).map_err(|_| SignatureError::BadKey(role))?;
        let public = Nkey(pair.public_key());
        Ok(Self { pair, role, public })
    }

    /// Its public half.
    pub fn public(&self) -> &Nkey {
        &self.public
    }

    /// Signs `payload` for `purpose`.
    pub fn sign(&self, purpose: Purpose, payload: &[u8]) -> Result<Signature, SignatureError> {
        let bytes = self.pair.sign(&purpose.input(payload)).map_err(|_| SignatureError::CannotSign)?;
        Signature::try_from(bytes.as_slice()).map_err(|_| SignatureError::CannotSign)
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SigningKey")
            .field("role", &self.role)
            .field("public", &self.public)
            .finish_non_exhaustive()
    }
}
