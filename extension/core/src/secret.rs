//! 32 secret bytes: wiped when dropped, never printed, written only into records that are sealed.

use std::fmt;

use serde::{Deserialize, Serialize};
use zeroize::{Zeroize, ZeroizeOnDrop};

use crate::{
    error::CoreError,
    rng::{Rng, make_secret},
};

/// A key, a seed, a message root.
#[derive(Clone, Serialize, Deserialize, Zeroize, ZeroizeOnDrop)]
pub(crate) struct Secret(#[serde(with = "serde_bytes")] [u8; 32]);

impl Secret {
    pub(crate) fn make(rng: &mut dyn Rng) -> Result<Self, CoreError> {
        Ok(Self(*make_secret(rng)?))
    }

    pub(crate) const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    pub(crate) const fn expose(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(..)")
    }
}
