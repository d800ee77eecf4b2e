//! What a command to the core can fail with. The code is stable and meant for programs; the message
//! says what to do and is meant for people. Neither ever holds content, names or keys.

use protocol::{error::ErrorCode, roster::RosterError, text::TextError};

/// Why a command was not carried out.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CoreError {
    /// The pasted text is no invite.
    #[error(transparent)]
    Text(#[from] TextError),
    /// The change of the roster would be refused.
    #[error("the office's rules do not allow this ({0})")]
    Roster(ErrorCode),
    /// The invite's time is over.
    #[error("this invite has expired; ask for a new one")]
    InviteExpired,
    /// The invite holds together but cannot be used: no address, or keys that no gateway can have.
    #[error("this invite names no usable gateway; ask for a new one")]
    InviteUnusable,
    /// This browser belongs to an office already.
    #[error("this browser has joined already; remove the extension's data first to join again")]
    AlreadyMember,
    /// Nothing can be sent before joining.
    #[error("this browser has not joined yet; paste an invite first")]
    NotMember,
    /// The office key is on another device.
    #[error(
        "the key of the office is not on this device; take it from the recovery kit, or use the first administrator's browser"
    )]
    NoOfficeKey,
    /// Only with a connection.
    #[error("there is no connection to the gateway; try again when it is back")]
    NotConnected,
    /// The other person's text does not belong to the keys that are known here.
    #[error(
        "this does not match the keys that this device knows; do not go on before you have found out why"
    )]
    SafetyMismatch,
    /// A kit of another office.
    #[error("this is the recovery kit of another office")]
    OtherOffice,
    /// Somebody's keys changed.
    #[error("the keys of this person changed; compare the safety number, or say that you go on anyway")]
    KeysChanged,
    /// Nothing to answer.
    #[error("this comparison is over; begin another one")]
    ComparisonOver,
    /// Two people compare while both are there.
    #[error("this colleague is not on line; compare by emoji when you both are")]
    NotOnline,
    /// A contradiction in the roster has stopped sending.
    #[error("sending is stopped by a warning; look into that first")]
    SendingStopped,
    /// Not an address of a gateway.
    #[error("this is not the address of a gateway; it looks like 192.168.1.20:7421")]
    Address,
    /// Nothing to unlock.
    #[error("the chat is not locked")]
    NotLocked,
    /// Nothing could open the lock.
    #[error("set a passphrase first; it is what opens the lock")]
    NoPassphrase,
    /// Too easy to guess.
    #[error(
        "this passphrase is too easy to guess; take at least 12 characters or four words, and not your name"
    )]
    WeakPassphrase,
    /// Too many commands under way.
    #[error("too much is under way; wait a moment")]
    Busy,
    /// A job of that name is there, or the name is empty or long.
    #[error("a job needs a new name of 1 to 64 characters")]
    JobName,
    /// A name that cannot be.
    #[error("a name has 1 to 100 characters and no line breaks")]
    Name,
    /// No such room, or not in it.
    #[error("there is no such room; reload the list")]
    UnknownRoom,
    /// Nobody with this id, or oneself.
    #[error("there is no such colleague; reload the list of people")]
    UnknownPerson,
    /// Nothing to send.
    #[error("the message is empty; type something first")]
    TextEmpty,
    /// Too much to send.
    #[error("the message has {length} characters where {limit} are allowed; split it")]
    TextTooLong {
        /// Characters given.
        length: usize,
        /// Characters allowed.
        limit: usize,
    },
    /// Too many messages are under way.
    #[error(
        "{waiting} messages wait to be sent, and {under_way} altogether have not reached every device; wait until the \
         connection is back, or remove workstations that are not used any more"
    )]
    OutboxFull {
        /// Messages that no gateway has accepted.
        waiting: usize,
        /// All messages that some device has not confirmed.
        under_way: usize,
    },
    /// A stored record does not open or makes no sense.
    #[error("the stored record {key} cannot be used: {why}; remove the extension's data and join again")]
    StorageDamaged {
        /// Which record; opaque.
        key: String,
        /// What is wrong with it.
        why: &'static str,
    },
    /// The records were written by another version.
    #[error("the stored data is of another version; update the extension")]
    StorageVersion,
    /// The operating system gives no random bytes.
    #[error("the system gives no random numbers; restart the browser")]
    Randomness,
    /// A defect, or a library that refused what it must not refuse.
    #[error("internal error while {0}; the core must be opened again from storage")]
    Internal(&'static str),
    /// A call failed half-way before; what is in memory may be ahead of the disk.
    #[error("an earlier call failed; the core must be opened again from storage")]
    Broken,
}

impl CoreError {
    /// The stable code.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Text(TextError::NotOurs) => "not_an_invite",
            Self::Text(TextError::OtherKind(_)) => "other_text",
            Self::Text(TextError::OtherVersion) => "invite_version",
            Self::Text(TextError::Damaged) => "invite_damaged",
            Self::Roster(code) => code.name(),
            Self::InviteExpired => "invite_expired",
            Self::InviteUnusable => "invite_unusable",
            Self::AlreadyMember => "already_member",
            Self::NotMember => "not_member",
            Self::NoOfficeKey => "no_office_key",
            Self::NotConnected => "not_connected",
            Self::SafetyMismatch => "safety_mismatch",
            Self::OtherOffice => "other_office",
            Self::KeysChanged => "keys_changed",
            Self::ComparisonOver => "comparison_over",
            Self::NotOnline => "not_online",
            Self::SendingStopped => "sending_stopped",
            Self::Address => "bad_address",
            Self::NotLocked => "not_locked",
            Self::NoPassphrase => "no_passphrase",
            Self::WeakPassphrase => "weak_passphrase",
            Self::Busy => "busy",
            Self::JobName => "job_name",
            Self::Name => "bad_name",
            Self::UnknownRoom => "unknown_room",
            Self::UnknownPerson => "unknown_person",
            Self::TextEmpty => "text_empty",
            Self::TextTooLong { .. } => "text_too_long",
            Self::OutboxFull { .. } => "outbox_full",
            Self::StorageDamaged { .. } => "storage_damaged",
            Self::StorageVersion => "storage_version",
            Self::Randomness => "randomness",
            Self::Internal(_) => "internal",
            Self::Broken => "broken",
        }
    }

    /// For showing.
    pub(crate) fn to_problem(&self) -> crate::view::Problem {
        crate::view::Problem::new(self.code(), &self.to_string())
    }

    /// Whether memory and disk may differ after this error, so that the core has to be opened again.
    pub(crate) const fn is_fatal(&self) -> bool {
        matches!(self, Self::Randomness | Self::Internal(_) | Self::Broken)
    }
}

impl From<protocol::codec::DecodeError> for CoreError {
    fn from(_: protocol::codec::DecodeError) -> Self {
        Self::Internal("decoding a value")
    }
}

impl From<protocol::codec::EncodeError> for CoreError {
    fn from(_: protocol::codec::EncodeError) -> Self {
        Self::Internal("encoding a value")
    }
}

impl From<protocol::signature::SignatureError> for CoreError {
    fn from(_: protocol::signature::SignatureError) -> Self {
        Self::Internal("signing")
    }
}

impl From<protocol::device::CertificateError> for CoreError {
    fn from(_: protocol::device::CertificateError) -> Self {
        Self::Internal("signing a certificate")
    }
}

impl From<protocol::channel::ChannelError> for CoreError {
    fn from(_: protocol::channel::ChannelError) -> Self {
        Self::Internal("using the Noise channel")
    }
}

impl From<RosterError> for CoreError {
    fn from(error: RosterError) -> Self {
        Self::Roster(error.code())
    }
}
