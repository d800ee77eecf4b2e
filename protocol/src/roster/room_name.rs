//! Names of rooms. The roster, which the gateway sees, holds a commitment; the name and its salt travel inside messages.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::id::Hash;

/// A room's name with the salt that keeps anybody from guessing it by its commitment.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RoomName {
    /// Random.
    #[serde(with = "serde_bytes")]
    pub salt: [u8; 16],
    /// The name, 1 to [`crate::limits::MAX_NAME`] bytes.
    pub text: String,
}

impl RoomName {
    /// What stands in the roster.
    pub fn commitment(&self) -> Hash {
        Hash::of_parts("crmplus-chat/1 room name", &[&self.salt, self.text.as_bytes()])
    }
}

impl fmt::Debug for RoomName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RoomName(..)")
    }
}
