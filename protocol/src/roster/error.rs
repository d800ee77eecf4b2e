//! Why an entry is refused.

use crate::{
    codec::{DecodeError, EncodeError},
    device::CertificateError,
    error::ErrorCode,
    limits::{MAX_INVITES, MAX_NAME, MAX_ROOM_MEMBERS},
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
    /// Of another office.
    #[error("this belongs to another office")]
    OtherOffice,
    /// The change makes no sense here: a second opening, no opening first.
    #[error("roster entry {0} is out of place")]
    OutOfPlace(u64),
    /// Made long before the entry that it follows.
    #[error("roster entry {0} is older than the one before it")]
    BackDated(u64),
    /// Made in the future.
    #[error("roster entry {0} is from the future")]
    FutureDated(u64),
    /// A signature does not hold.
    #[error(transparent)]
    Signature(#[from] SignatureError),
    /// The author may not do this.
    #[error("the author of this entry may not do that")]
    NotAllowed,
    /// A name is empty, too long, or has control characters or some that are not seen in it.
    #[error("a name has 1 to {MAX_NAME} bytes and no control or invisible characters")]
    Name,
    /// Somebody in the office has that name.
    #[error("somebody in the office has that name already")]
    NameTaken,
    /// An id or key is used already.
    #[error("the {0} is in the roster already")]
    Duplicate(&'static str),
    /// Nobody has that id, or nobody any more.
    #[error("no such {0} in the office")]
    Unknown(&'static str),
    /// None, or too many.
    #[error("1 to {MAX_INVITES} invites at once")]
    InviteCount,
    /// No such invite, or taken back.
    #[error("no such invite")]
    InviteUnknown,
    /// The invite was used.
    #[error("the invite was used already")]
    InviteUsed,
    /// The invite's time was over.
    #[error("the invite has expired")]
    InviteExpired,
    /// A certificate does not hold.
    #[error("certificate: {0}")]
    Certificate(#[from] CertificateError),
    /// A certificate names another office or person than it should.
    #[error("the certificate names another office or person")]
    OtherPerson,
    /// The rules are out of bounds.
    #[error("the policy is out of bounds")]
    Policy,
    /// A room has nobody, or too many people, or members that follow from their role.
    #[error("a room of chosen people has 1 to {MAX_ROOM_MEMBERS} members")]
    Members,
    /// The entry could not be encoded.
    #[error(transparent)]
    Encode(#[from] EncodeError),
}

impl RosterError {
    /// What a peer is told.
    pub const fn code(&self) -> ErrorCode {
        match self {
            Self::Decode(_) | Self::Encode(_) => ErrorCode::BadFrame,
            Self::Index { .. } | Self::Chain(_) => ErrorCode::RosterMoved,
            Self::Root | Self::OtherOffice | Self::OtherPerson => ErrorCode::OtherOffice,
            Self::BackDated(_) | Self::FutureDated(_) => ErrorCode::EntryClock,
            Self::Signature(_) => ErrorCode::BadSignature,
            Self::NotAllowed => ErrorCode::NotAllowed,
            Self::NameTaken => ErrorCode::NameTaken,
            Self::InviteUnknown => ErrorCode::InviteUnknown,
            Self::InviteUsed => ErrorCode::InviteUsed,
            Self::InviteExpired => ErrorCode::InviteExpired,
            Self::Certificate(_) => ErrorCode::BadCertificate,
            Self::OutOfPlace(_)
            | Self::Name
            | Self::Duplicate(_)
            | Self::Unknown(_)
            | Self::InviteCount
            | Self::Policy
            | Self::Members => ErrorCode::BadEntry,
        }
    }
}
