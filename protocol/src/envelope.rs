//! A message on its way: who, to whom, opaque ciphertext.
//!
//! The payload is sealed once. Each recipient device gets the key to it, with a hash of all that
//! belongs to the message, inside its own Olm session: the wrap. What is inside payload and wrap is
//! between devices; see `extension/core`.

use serde::{Deserialize, Serialize};

use crate::id::{ConversationId, DeviceId, Hash, MessageId, UserId};

/// What everybody on the way may know of a message. The same fields stand again inside the sealed
/// payload and the wraps, where nobody on the way can change them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Header {
    /// The message; its first 48 bits are the sender's clock.
    pub message: MessageId,
    /// Where it belongs.
    pub conversation: ConversationId,
    /// Who wrote it.
    pub sender_user: UserId,
    /// On which device.
    pub sender_device: DeviceId,
    /// When nobody is to be shown it any more; milliseconds since 1970.
    pub expires_ms: u64,
}

/// The payload as everybody gets it: nonce and XSalsa20-Poly1305 ciphertext, and the commitment to the
/// key that opens it (the cipher itself does not commit).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SealedPayload {
    /// Hash that only the right message root gives.
    pub commitment: Hash,
    /// 24 bytes of nonce, then ciphertext with its tag.
    #[serde(with = "serde_bytes")]
    pub ciphertext: Vec<u8>,
}

/// Olm's two kinds of message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "u8", try_from = "u8")]
pub enum WrapKind {
    /// Starts a session: Olm message type 0.
    Prekey,
    /// Inside a session: Olm message type 1.
    Normal,
}

impl From<WrapKind> for u8 {
    fn from(kind: WrapKind) -> Self {
        match kind {
            WrapKind::Prekey => 0,
            WrapKind::Normal => 1,
        }
    }
}

impl TryFrom<u8> for WrapKind {
    type Error = String;

    fn try_from(number: u8) -> Result<Self, String> {
        match number {
            0 => Ok(Self::Prekey),
            1 => Ok(Self::Normal),
            other => Err(format!("no Olm message type {other}")),
        }
    }
}

/// The message root for one device, as an Olm message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Wrap {
    /// For whom.
    pub device: DeviceId,
    /// Olm message type.
    pub kind: WrapKind,
    /// Olm message bytes.
    #[serde(with = "serde_bytes")]
    pub body: Vec<u8>,
}

/// The whole message, as the sender hands it to the gateway.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Envelope {
    /// What may be known.
    pub header: Header,
    /// The payload, once.
    pub payload: SealedPayload,
    /// One wrap a recipient device, each device at most once.
    pub wraps: Vec<Wrap>,
}

/// The message as one device gets it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Addressed {
    /// What may be known.
    pub header: Header,
    /// The payload.
    pub payload: SealedPayload,
    /// The wrap for this device.
    pub wrap: Wrap,
    /// Gateway's clock when it accepted the message, milliseconds since 1970.
    pub accepted_ms: u64,
}

impl Envelope {
    /// Takes the envelope apart into one copy a device.
    pub fn address(self, accepted_ms: u64) -> impl Iterator<Item = Addressed> {
        let Self { header, payload, wraps } = self;
        wraps.into_iter().map(move |wrap| Addressed {
            header: header.clone(),
            payload: payload.clone(),
            wrap,
            accepted_ms,
        })
    }
}
