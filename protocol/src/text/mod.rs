//! What a person pastes, types or scans: `crmplus-chat://<kind>/<version>/` and then base64url without padding of
//! MessagePack and the first four bytes of its SHA-256, so that a cut or mistyped text is told from a wrong one. White
//! space anywhere is ignored, since mail programs wrap lines.

mod code;
mod founding;
mod invite;
mod recovery;

pub use code::{Code, CodeLink};
use data_encoding::BASE64URL_NOPAD;
pub use founding::Founding;
pub use invite::{Invite, InviteSecret};
pub use recovery::{OfficeSecret, RecoveryKit};
use serde::{Serialize, de::DeserializeOwned};

use crate::{
    codec::{self, EncodeError},
    id::Hash,
};

const SCHEME: &str = "crmplus-chat://";
const CHECKSUM: usize = 4;
/// Longest text that is looked at.
const MAX_TEXT: usize = 4096;

/// Why a text cannot be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TextError {
    /// Does not start like one of ours.
    #[error("this is not a text of CRM+ Chat; it should start with {SCHEME}")]
    NotOurs,
    /// One of ours, but for another purpose.
    #[error("this text is for something else; here goes the one that starts with {SCHEME}{0}/")]
    OtherKind(&'static str),
    /// Of a later version.
    #[error("this text is for a newer version of the chat; update the extension")]
    OtherVersion,
    /// Cut off or mistyped.
    #[error(
        "the text is incomplete or was changed on the way; copy it again, from the first to the last character"
    )]
    Damaged,
}

/// What a text is for, and in which version.
struct Kind {
    name: &'static str,
    version: u8,
}

impl Kind {
    fn write<T: Serialize>(&self, value: &T) -> Result<String, EncodeError> {
        let mut bytes = codec::encode(value)?;
        let sum = Hash::of(&bytes);
        bytes.extend(sum.as_bytes().iter().take(CHECKSUM));
        Ok(format!("{SCHEME}{}/{}/{}", self.name, self.version, BASE64URL_NOPAD.encode(&bytes)))
    }

    fn read<T: DeserializeOwned>(&self, text: &str) -> Result<T, TextError> {
        if text.len() > MAX_TEXT {
            return Err(TextError::NotOurs);
        }
        let text: String = text.split_whitespace().collect();
        let rest = text.strip_prefix(SCHEME).ok_or(TextError::NotOurs)?;
        let (name, rest) = rest.split_once('/').ok_or(TextError::Damaged)?;
        if name != self.name {
            return Err(TextError::OtherKind(self.name));
        }
        let (version, body) = rest.split_once('/').ok_or(TextError::Damaged)?;
        if version != self.version.to_string() {
            return Err(TextError::OtherVersion);
        }
        let bytes = BASE64URL_NOPAD.decode(body.as_bytes()).map_err(|_| TextError::Damaged)?;
        let split = bytes.len().checked_sub(CHECKSUM).ok_or(TextError::Damaged)?;
        let (value, sum) = bytes.split_at_checked(split).ok_or(TextError::Damaged)?;
        if !Hash::of(value).as_bytes().starts_with(sum) {
            return Err(TextError::Damaged);
        }
        codec::decode(value, MAX_TEXT).map_err(|_| TextError::Damaged)
    }
}

/// What a text of ours is for: the word after the scheme.
pub fn kind_of(text: &str) -> Option<String> {
    let text: String = text.chars().filter(|letter| !letter.is_whitespace()).take(MAX_TEXT).collect();
    text.strip_prefix(SCHEME).and_then(|rest| rest.split_once('/')).map(|(kind, _)| kind.to_owned())
}
