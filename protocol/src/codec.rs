//! MessagePack with limits: struct fields by name, so that a newer peer can add some; nothing after
//! the value; bounded depth; bounded size.

use serde::{Serialize, de::DeserializeOwned};

/// Deepest nesting that a value may have. Ours need six.
const MAX_DEPTH: usize = 16;

/// Why bytes are not the wanted value.
#[derive(Debug, thiserror::Error)]
pub enum DecodeError {
    /// More bytes than allowed for this kind of value.
    #[error("{size} bytes where at most {limit} are allowed")]
    TooLarge {
        /// Bytes given.
        size: usize,
        /// Bytes allowed.
        limit: usize,
    },
    /// Not MessagePack of this type.
    #[error("malformed value: {0}")]
    Malformed(#[from] rmp_serde::decode::Error),
    /// Something stands after the value.
    #[error("{0} bytes after the end of the value")]
    Trailing(usize),
    /// The number names nothing in this version.
    #[error("number {0} is not known to this version")]
    UnknownNumber(u16),
}

/// The value could not be encoded. Cannot happen for this crate's own types.
#[derive(Debug, thiserror::Error)]
#[error("cannot encode: {0}")]
pub struct EncodeError(#[from] rmp_serde::encode::Error);

/// The bytes of `value`.
pub fn encode<T: Serialize + ?Sized>(value: &T) -> Result<Vec<u8>, EncodeError> {
    Ok(rmp_serde::to_vec_named(value)?)
}

/// The value in `bytes`, which may have at most `limit` bytes.
pub fn decode<T: DeserializeOwned>(bytes: &[u8], limit: usize) -> Result<T, DecodeError> {
    if bytes.len() > limit {
        return Err(DecodeError::TooLarge { size: bytes.len(), limit });
    }
    let mut rest = bytes;
    let mut deserializer = rmp_serde::Deserializer::new(&mut rest);
    deserializer.set_max_depth(MAX_DEPTH);
    let value = T::deserialize(&mut deserializer)?;
    drop(deserializer);
    if rest.is_empty() { Ok(value) } else { Err(DecodeError::Trailing(rest.len())) }
}
