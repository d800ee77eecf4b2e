//! The text that a gateway prints at its first start: whoever has it opens the office and makes its key.

use serde::{Deserialize, Serialize};

use super::{InviteSecret, Kind, TextError};
use crate::{
    codec::EncodeError,
    id::{Curve25519Public, OfficeId},
};

const KIND: Kind = Kind { name: "open", version: 1 };

/// Opens an office, once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Founding {
    /// The id that the office will have.
    pub office: OfficeId,
    /// Addresses of gateways, `ws://host:port` or `wss://...`, best first.
    pub gateways: Vec<String>,
    /// Noise key that each of them must prove.
    pub gateway_key: Curve25519Public,
    /// Proves to the gateway that one was given this text. Worth nothing once the office is open.
    pub secret: InviteSecret,
}

impl Founding {
    /// The text to hand out.
    pub fn to_text(&self) -> Result<String, EncodeError> {
        KIND.write(self)
    }

    /// Reads a text that a person pasted.
    pub fn from_text(text: &str) -> Result<Self, TextError> {
        KIND.read(text)
    }
}
