//! Argon2id: run by the host away from the background, since it takes about a second and 64 MiB.

use std::fmt;

use argon2::{Algorithm, Argon2, Params, Version};
use serde::Serialize;
use serde_bytes::ByteBuf;
use zeroize::Zeroize;

use crate::error::CoreError;

/// Something to be stretched. The host gives the result to [`crate::Core::stretched`].
#[derive(Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct StretchJob {
    /// Comes back with the result.
    pub id: u32,
    /// What is stretched. A secret.
    pub input: ByteBuf,
    /// 16 bytes.
    pub salt: ByteBuf,
    /// Memory in KiB.
    pub memory_kib: u32,
    /// Passes over it.
    pub passes: u32,
    /// Bytes wanted.
    pub length: usize,
}

impl Drop for StretchJob {
    fn drop(&mut self) {
        self.input.zeroize();
    }
}

impl fmt::Debug for StretchJob {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StretchJob").field("id", &self.id).finish_non_exhaustive()
    }
}

/// Argon2id, version 19, one lane.
pub fn stretch(
    input: &[u8],
    salt: &[u8],
    memory_kib: u32,
    passes: u32,
    length: usize,
) -> Result<Vec<u8>, CoreError> {
    let failed = |_| CoreError::Internal("stretching a passphrase");
    let params = Params::new(memory_kib, passes, 1, Some(length)).map_err(failed)?;
    let mut output = vec![0; length];
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
        .hash_password_into(input, salt, &mut output)
        .map_err(failed)?;
    Ok(output)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_goes_in_and_out_and_every_parameter_counts() {
        let one = stretch(b"passphrase", &[1; 16], 64, 2, 32).unwrap();
        assert_eq!(one, stretch(b"passphrase", &[1; 16], 64, 2, 32).unwrap());
        assert_ne!(one, stretch(b"passphrasf", &[1; 16], 64, 2, 32).unwrap());
        assert_ne!(one, stretch(b"passphrase", &[2; 16], 64, 2, 32).unwrap());
        assert_ne!(one, stretch(b"passphrase", &[1; 16], 128, 2, 32).unwrap());
        assert_ne!(one, stretch(b"passphrase", &[1; 16], 64, 3, 32).unwrap());
        assert!(stretch(b"passphrase", &[1; 16], 1, 0, 32).is_err());
    }
}
