//! Identifiers, hashes and public keys: fixed-size bytes with a type each, so that a device cannot be
//! passed where a user is meant. Raw bytes in MessagePack, lowercase hex in JSON, in subjects and on
//! screen. None of them says anything about a person.

use std::{fmt, str::FromStr};

use data_encoding::HEXLOWER_PERMISSIVE;
use serde::{
    Deserialize, Deserializer, Serialize, Serializer,
    de::{self, Visitor},
};
use sha2::{Digest, Sha256};

/// The text is not the hex form of the wanted number of bytes.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("expected {expected} hexadecimal digits")]
pub struct ParseIdError {
    /// Hex digits wanted.
    pub expected: usize,
}

macro_rules! fixed_bytes {
    ($(#[$doc:meta])* $name:ident, $len:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name([u8; $len]);

        impl $name {
            /// Size in bytes.
            pub const LEN: usize = $len;

            /// Takes the bytes as they are.
            pub const fn from_bytes(bytes: [u8; $len]) -> Self {
                Self(bytes)
            }

            /// The raw bytes.
            pub const fn as_bytes(&self) -> &[u8; $len] {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&data_encoding::HEXLOWER.encode(&self.0))
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}({self})", stringify!($name))
            }
        }

        impl FromStr for $name {
            type Err = ParseIdError;

            fn from_str(text: &str) -> Result<Self, ParseIdError> {
                let wrong = ParseIdError { expected: $len * 2 };
                let bytes = HEXLOWER_PERMISSIVE.decode(text.as_bytes()).map_err(|_| wrong.clone())?;
                Ok(Self(bytes.try_into().map_err(|_| wrong)?))
            }
        }

        impl TryFrom<&[u8]> for $name {
            type Error = ParseIdError;

            fn try_from(bytes: &[u8]) -> Result<Self, ParseIdError> {
                Ok(Self(bytes.try_into().map_err(|_| ParseIdError { expected: $len * 2 })?))
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                if serializer.is_human_readable() {
                    serializer.collect_str(self)
                } else {
                    serializer.serialize_bytes(&self.0)
                }
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                struct Bytes;
                impl Visitor<'_> for Bytes {
                    type Value = $name;

                    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                        write!(f, "{} bytes of {}", $len, stringify!($name))
                    }

                    fn visit_bytes<E: de::Error>(self, bytes: &[u8]) -> Result<$name, E> {
                        $name::try_from(bytes).map_err(|_| E::invalid_length(bytes.len(), &self))
                    }

                    fn visit_str<E: de::Error>(self, text: &str) -> Result<$name, E> {
                        text.parse().map_err(E::custom)
                    }
                }
                if deserializer.is_human_readable() {
                    deserializer.deserialize_str(Bytes)
                } else {
                    deserializer.deserialize_bytes(Bytes)
                }
            }
        }
    };
}

fixed_bytes!(
    /// An office: everybody who shares one roster.
    OfficeId, 16
);
fixed_bytes!(
    /// A person, for as long as the office exists; never given to somebody else.
    UserId, 16
);
fixed_bytes!(
    /// One browser profile of a person.
    DeviceId, 16
);
fixed_bytes!(
    /// An invite: usable once, by whoever holds its secret.
    InviteId, 16
);
fixed_bytes!(
    /// A room; as a [`ConversationId`] it has the same bytes.
    RoomId, 16
);
fixed_bytes!(
    /// A sealed thing that waits at the gateway for whoever has the code that opens it.
    CapsuleId, 16
);
fixed_bytes!(
    /// Two people, or a room.
    ConversationId, 16
);
fixed_bytes!(
    /// What an audit record is about: a message, an invite, a device, a person or a room.
    ObjectId, 16
);
fixed_bytes!(
    /// A message. The first 48 bits are the sender's clock in milliseconds, the rest is random, so
    /// that everybody can bound for how long a repeat of it must be recognised.
    MessageId, 16
);
fixed_bytes!(
    /// An audit record. Time-ordered like [`MessageId`]; the same event told twice has the same id.
    EventId, 16
);
fixed_bytes!(
    /// One run of a gateway process.
    BootId, 16
);
fixed_bytes!(
    /// A SHA-256 hash.
    Hash, 32
);
fixed_bytes!(
    /// A Curve25519 public key: Noise static key, Olm identity key, one-time key.
    Curve25519Public, 32
);
fixed_bytes!(
    /// An Ed25519 public key of an Olm account (the other Ed25519 keys are nkeys, see `signature`).
    OlmSigningPublic, 32
);
fixed_bytes!(
    /// An Ed25519 signature.
    Signature, 64
);

impl Curve25519Public {
    /// Whether it is in its one form and not of low order, with which everybody would know the shared secret.
    pub fn is_sound(&self) -> bool {
        crate::key_form::is_sound_curve25519(&self.0)
    }
}

impl Hash {
    /// SHA-256 over `bytes`.
    pub fn of(bytes: &[u8]) -> Self {
        Self(Sha256::digest(bytes).into())
    }

    /// SHA-256 over a label, a zero byte and the parts, each preceded by its length (8 bytes, big
    /// endian), so that no two lists of parts give the same input.
    pub fn of_parts(label: &str, parts: &[&[u8]]) -> Self {
        let mut hash = Sha256::new();
        hash.update(label.as_bytes());
        hash.update([0]);
        for part in parts {
            hash.update((part.len() as u64).to_be_bytes());
            hash.update(part);
        }
        Self(hash.finalize().into())
    }
}

/// Builds the bytes of a time-ordered id: 48 bits of `at_ms`, then the first 80 bits of `rest`.
fn time_ordered(at_ms: u64, rest: &[u8; 10]) -> [u8; 16] {
    let mut bytes = [0; 16];
    for (slot, byte) in bytes.iter_mut().zip(at_ms.to_be_bytes().into_iter().skip(2).chain(*rest)) {
        *slot = byte;
    }
    bytes
}

fn leading_ms(bytes: &[u8; 16]) -> u64 {
    bytes.iter().take(6).fold(0, |ms, byte| (ms << 8) | u64::from(*byte))
}

impl MessageId {
    /// A new id for `now_ms` with 80 random bits.
    pub fn new(now_ms: u64, random: [u8; 10]) -> Self {
        Self(time_ordered(now_ms, &random))
    }

    /// The sender's clock when the id was made, in milliseconds since 1970.
    pub fn created_ms(&self) -> u64 {
        leading_ms(&self.0)
    }
}

impl EventId {
    /// A new id for an event that can be told only once.
    pub fn new(now_ms: u64, random: [u8; 10]) -> Self {
        Self(time_ordered(now_ms, &random))
    }

    /// The id of something that may be told again after a crash (a message accepted or delivered):
    /// the same for the same `kind`, message and device, whichever gateway tells it.
    pub fn of_message(kind: &str, message: MessageId, device: DeviceId) -> Self {
        let hash = Hash::of_parts("crmplus-chat/1 event", &[kind.as_bytes(), &message.0, &device.0]);
        let mut rest = [0; 10];
        for (slot, byte) in rest.iter_mut().zip(hash.0) {
            *slot = byte;
        }
        Self(time_ordered(message.created_ms(), &rest))
    }

    /// Milliseconds since 1970 that the id carries.
    pub fn created_ms(&self) -> u64 {
        leading_ms(&self.0)
    }
}

macro_rules! objects {
    ($($name:ident),*) => {
        $(impl From<$name> for ObjectId {
            fn from(id: $name) -> Self {
                Self(id.0)
            }
        })*
    };
}
objects!(MessageId, InviteId, DeviceId, UserId, RoomId, EventId, CapsuleId);

impl From<RoomId> for ConversationId {
    fn from(room: RoomId) -> Self {
        Self(room.0)
    }
}

impl From<ConversationId> for RoomId {
    /// The room that this conversation would be; whether there is one is for the roster to say.
    fn from(conversation: ConversationId) -> Self {
        Self(conversation.0)
    }
}

impl ConversationId {
    /// The conversation of two people: the same whoever of them asks.
    pub fn direct(one: UserId, other: UserId) -> Self {
        let (low, high) = if one <= other { (one, other) } else { (other, one) };
        let hash = Hash::of_parts("crmplus-chat/1 direct conversation", &[&low.0, &high.0]);
        let mut bytes = [0; 16];
        for (slot, byte) in bytes.iter_mut().zip(hash.0) {
            *slot = byte;
        }
        Self(bytes)
    }
}

/// Name of a gateway, part of subjects: 1 to 16 of `a-z` and `0-9`.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct GatewayId(String);

/// The text is not a gateway name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a gateway id has 1 to 16 characters of a-z and 0-9")]
pub struct ParseGatewayIdError;

impl GatewayId {
    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for GatewayId {
    type Error = ParseGatewayIdError;

    fn try_from(text: String) -> Result<Self, ParseGatewayIdError> {
        let fits = (1..=16).contains(&text.len())
            && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit());
        if fits { Ok(Self(text)) } else { Err(ParseGatewayIdError) }
    }
}

impl FromStr for GatewayId {
    type Err = ParseGatewayIdError;

    fn from_str(text: &str) -> Result<Self, ParseGatewayIdError> {
        Self::try_from(text.to_owned())
    }
}

impl From<GatewayId> for String {
    fn from(id: GatewayId) -> Self {
        id.0
    }
}

impl fmt::Display for GatewayId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for GatewayId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "GatewayId({})", self.0)
    }
}
