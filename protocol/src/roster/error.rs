//! Why an entry is refused.

use crate::{
    codec::{DecodeError, EncodeError},
    device::CertificateError,
    limits::MAX_NAME,
    signature::SignatureError,
};

/// Why an entry is refused.
#[derive(Debug, thiserror::Error)]
pub enum RosterError {
    /// The entry cannot be read.
    #[error("roster entry: {0}")]
    Decode(#[from] DecodeError),
    /// Another index than the next.
    #[error("roster entry {got} where {expected} comes next")]
    Index {
        /// The next index.
        expected: u64,
        /// The entry's index.
        got: u64,
    },
    /// The hash of the entry before does not match: entries were changed or left out.
    #[error("roster entry {0} does not continue this roster")]
    Chain(u64),
    /// The first entry is not the one that the invite pinned.
    #[error("this is the roster of another office")]
    Root,
    /// The change makes no sense here: a second opening, no opening first, another office.
    #[error("roster entry {0} is out of place")]
    OutOfPlace(u64),
    /// The name is empty or too long.
    #[error("a name has 1 to {MAX_NAME} bytes")]
    Name,
    /// An id is used already.
    #[error("the {0} is in the roster already")]
    Duplicate(&'static str),
    /// No such invite.
    #[error("no such invite")]
    InviteUnknown,
    /// The invite was used.
    #[error("the invite was used already")]
    InviteUsed,
    /// The invite's time was over.
    #[error("the invite has expired")]
    InviteExpired,
    /// The certificate does not hold, or names another office or person than the invite.
    #[error("device certificate: {0}")]
    Certificate(#[from] CertificateError),
    /// The certificate names another office or person than the invite.
    #[error("the device certificate names another office or person than the invite")]
    OtherPerson,
    /// A key is of the wrong kind.
    #[error(transparent)]
    Key(#[from] SignatureError),
    /// The entry could not be encoded.
    #[error(transparent)]
    Encode(#[from] EncodeError),
}
