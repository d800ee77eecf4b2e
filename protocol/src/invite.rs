//! Invites as text: what a person pastes or follows to join.
//!
//! `crmplus-chat://invite/1/` and then base64url without padding of MessagePack [`Invite`] and the first four
//! bytes of its SHA-256, so that a cut or mistyped text is told from a wrong one. White space
//! anywhere in it is ignored, since mail programs wrap lines.

use std::fmt;

use data_encoding::BASE64URL_NOPAD;
use serde::{Deserialize, Serialize};
use zeroize::{Zeroize, ZeroizeOnDrop};

use crate::{
    codec::{self, EncodeError},
    id::{Curve25519Public, Hash, InviteId, OfficeId, UserId},
    signature::{Role, SignatureError, SigningKey},
};

const PREFIX: &str = "crmplus-chat://invite/1/";
const CHECKSUM: usize = 4;
/// Longest text that is looked at.
const MAX_TEXT: usize = 4096;

/// The seed of the invite's signing key: whoever has it may enrol one device. Never sent to a gateway.
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
    /// Hash of the first roster entry: the root that the device will hold everybody to.
    pub roster_root: Hash,
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
    /// Until when it can be used; milliseconds since 1970.
    pub expires_ms: u64,
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

/// Why a text is not an invite.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InviteTextError {
    /// Does not start like one.
    #[error("this is not a chat invite; it should start with {PREFIX}")]
    NotAnInvite,
    /// Of a later version.
    #[error("this invite is for a newer version of the chat; update the extension")]
    OtherVersion,
    /// Cut off or mistyped.
    #[error(
        "the invite is incomplete or was changed on the way; copy it again, from the first to the last character"
    )]
    Damaged,
}

impl Invite {
    /// The text to hand out.
    pub fn to_text(&self) -> Result<String, EncodeError> {
        let mut bytes = codec::encode(self)?;
        let sum = Hash::of(&bytes);
        bytes.extend(sum.as_bytes().iter().take(CHECKSUM));
        Ok(format!("{PREFIX}{}", BASE64URL_NOPAD.encode(&bytes)))
    }

    /// Reads a text that a person pasted.
    pub fn from_text(text: &str) -> Result<Self, InviteTextError> {
        if text.len() > MAX_TEXT {
            return Err(InviteTextError::NotAnInvite);
        }
        let text: String = text.split_whitespace().collect();
        let Some(body) = text.strip_prefix(PREFIX) else {
            let other_version = text.starts_with("crmplus-chat://invite/");
            return Err(if other_version {
                InviteTextError::OtherVersion
            } else {
                InviteTextError::NotAnInvite
            });
        };
        let bytes = BASE64URL_NOPAD.decode(body.as_bytes()).map_err(|_| InviteTextError::Damaged)?;
        let split = bytes.len().checked_sub(CHECKSUM).ok_or(InviteTextError::Damaged)?;
        let (value, sum) = bytes.split_at(split);
        if !Hash::of(value).as_bytes().starts_with(sum) {
            return Err(InviteTextError::Damaged);
        }
        codec::decode(value, MAX_TEXT).map_err(|_| InviteTextError::Damaged)
    }
}
