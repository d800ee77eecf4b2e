//! Invites: one person, one use.

use std::fmt;

use serde::{Deserialize, Serialize};
use zeroize::{Zeroize, ZeroizeOnDrop};

use super::{Kind, TextError};
use crate::{
    codec::EncodeError,
    id::{Curve25519Public, Hash, InviteId, OfficeId, UserId},
    roster::StaffRole,
    signature::{Role, SignatureError, SigningKey},
};

/// Version 1 were the invites of the first build, which no office key certified.
const KIND: Kind = Kind { name: "invite", version: 2 };

/// The seed of an invite's signing key: whoever has it may join once. Never sent to a gateway.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, Zeroize, ZeroizeOnDrop)]
pub struct InviteSecret(#[serde(with = "serde_bytes")] [u8; 32]);

impl InviteSecret {
    /// Takes 32 random bytes.
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The signing key of this secret.
    pub fn signing_key(&self) -> Result<SigningKey, SignatureError> {
        SigningKey::from_seed(Role::Invite, self.0)
    }
}

impl fmt::Debug for InviteSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("InviteSecret(..)")
    }
}

/// What an invite says.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Invite {
    /// The office.
    pub office: OfficeId,
    /// What it is called.
    pub office_name: String,
    /// Hash of the first roster entry: the root that the device will hold everybody to.
    pub roster_root: Hash,
    /// Entries of the roster when the invite was made, the invite's own among them: a gateway that has fewer hides some.
    pub known_length: u64,
    /// Hash of the last of them.
    pub known_head: Hash,
    /// Addresses of gateways, `ws://host:port` or `wss://...`, best first.
    pub gateways: Vec<String>,
    /// Noise key that each of them must prove.
    pub gateway_key: Curve25519Public,
    /// Which invite this is.
    pub invite: InviteId,
    /// Its secret.
    pub secret: InviteSecret,
    /// Who is invited.
    pub user: UserId,
    /// That person's name, to greet them.
    pub name: String,
    /// What that person will be.
    pub role: StaffRole,
    /// Until when it can be used; milliseconds since 1970.
    pub expires_ms: u64,
}

impl Invite {
    /// The text to hand out.
    pub fn to_text(&self) -> Result<String, EncodeError> {
        KIND.write(self)
    }

    /// Reads a text that a person pasted.
    pub fn from_text(text: &str) -> Result<Self, TextError> {
        KIND.read(text)
    }
}

impl fmt::Debug for Invite {
    /// Without secret and name: what is printed may end up in a log.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Invite")
            .field("office", &self.office)
            .field("gateways", &self.gateways)
            .field("invite", &self.invite)
            .field("user", &self.user)
            .field("expires_ms", &self.expires_ms)
            .finish_non_exhaustive()
    }
}
