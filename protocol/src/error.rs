//! The stable codes that a peer is told. They say what went wrong and nothing about keys or state.
//! Numbers are never used twice; a WebSocket close code is 4000 plus the number.

use serde::{Deserialize, Serialize};

macro_rules! codes {
    ($($(#[$doc:meta])* $name:ident = $number:literal, $text:literal;)*) => {
        /// Why the gateway refuses something.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
        #[serde(into = "u16", from = "u16")]
        #[non_exhaustive]
        pub enum ErrorCode {
            $($(#[$doc])* $name,)*
            /// A code of a newer version.
            Unknown(u16),
        }

        impl ErrorCode {
            /// Every code of this version.
            pub const ALL: &[Self] = &[$(Self::$name,)*];

            /// The stable number.
            pub const fn number(self) -> u16 {
                match self {
                    $(Self::$name => $number,)*
                    Self::Unknown(number) => number,
                }
            }

            /// The stable name, as it stands in audit records, counters and the user interface.
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$name => $text,)*
                    Self::Unknown(_) => "unknown",
                }
            }

            /// The code with that number.
            pub const fn from_number(number: u16) -> Self {
                match number {
                    $($number => Self::$name,)*
                    other => Self::Unknown(other),
                }
            }
        }
    };
}

codes! {
    /// First byte of the connection names a protocol version that the gateway does not speak.
    UnsupportedVersion = 1, "unsupported_version";
    /// The Noise handshake failed: not a client of this gateway key.
    HandshakeFailed = 2, "handshake_failed";
    /// No handshake or no authentication in time.
    HandshakeTimeout = 3, "handshake_timeout";
    /// A frame that cannot be read, or a Noise message that does not decrypt.
    BadFrame = 4, "bad_frame";
    /// A frame number that this version does not know.
    UnknownFrame = 5, "unknown_frame";
    /// A frame or a field in it is over its limit.
    FrameTooLarge = 6, "frame_too_large";
    /// The frame needs an authenticated device.
    NotAuthenticated = 7, "not_authenticated";
    /// Unknown device, other Noise key, or wrong signature.
    AuthenticationFailed = 8, "authentication_failed";
    /// The device was revoked.
    DeviceRevoked = 9, "device_revoked";
    /// No such invite in this office.
    InviteUnknown = 10, "invite_unknown";
    /// The invite's time is over.
    InviteExpired = 11, "invite_expired";
    /// The invite was used already.
    InviteUsed = 12, "invite_used";
    /// The device certificate does not hold together.
    BadCertificate = 13, "bad_certificate";
    /// The frame acts for another device or person.
    NotYours = 14, "not_yours";
    /// A recipient device is not in the roster.
    UnknownRecipient = 15, "unknown_recipient";
    /// The message's own time is over.
    MessageExpired = 16, "message_expired";
    /// The sender's clock is off by more than the allowed amount.
    ClockSkew = 17, "clock_skew";
    /// More frames in a second than allowed.
    RateLimited = 18, "rate_limited";
    /// The client does not read what it is sent.
    SlowReader = 19, "slow_reader";
    /// The gateway has as many connections or actions under way as it takes.
    Overloaded = 20, "overloaded";
    /// The audit record could not be stored, so the action was not taken. Try again.
    AuditUnavailable = 21, "audit_unavailable";
    /// The bus could not be reached. Try again.
    BusUnavailable = 22, "bus_unavailable";
    /// The gateway is being stopped.
    GatewayStopping = 23, "gateway_stopping";
    /// The same device connected again.
    Replaced = 24, "replaced";
    /// Nothing was heard for longer than allowed.
    Idle = 25, "idle";
    /// A defect of the gateway.
    Internal = 26, "internal";
    /// The roster has grown meanwhile: read it and sign again.
    RosterMoved = 27, "roster_moved";
    /// The author of an entry or message may not do that.
    NotAllowed = 28, "not_allowed";
    /// The signature of an entry, a lease or a visit does not hold.
    BadSignature = 29, "bad_signature";
    /// An entry is older than what it follows, or from the future.
    EntryClock = 30, "entry_clock";
    /// Somebody in the office has that name.
    NameTaken = 31, "name_taken";
    /// The entry makes no sense in the roster as it is.
    BadEntry = 32, "bad_entry";
    /// The entry, certificate or lease belongs to another office or person.
    OtherOffice = 33, "other_office";
    /// The device connected before from a later state: its profile was copied or restored from a backup.
    ProfileCopied = 34, "profile_copied";
    /// Name and passphrase do not belong together. Also where nobody has that name.
    WrongPassphrase = 35, "wrong_passphrase";
    /// Too many attempts; wait.
    TooManyAttempts = 36, "too_many_attempts";
    /// No such code, or used or expired.
    CodeUnknown = 37, "code_unknown";
    /// The person left the office.
    PersonRevoked = 38, "person_revoked";
    /// The sender does not belong to the room.
    NotAMember = 39, "not_a_member";
    /// The office is open already.
    OfficeOpen = 40, "office_open";
    /// The office is not open yet.
    OfficeNotOpen = 41, "office_not_open";
}

impl ErrorCode {
    /// The WebSocket close code that carries this code.
    pub const fn close_code(self) -> u16 {
        4000 + self.number()
    }

    /// The code in a WebSocket close code, where it is one of ours.
    pub const fn from_close_code(close: u16) -> Option<Self> {
        match close {
            4001..=4999 => Some(Self::from_number(close - 4000)),
            _ => None,
        }
    }
}

impl From<ErrorCode> for u16 {
    fn from(code: ErrorCode) -> Self {
        code.number()
    }
}

impl From<u16> for ErrorCode {
    fn from(number: u16) -> Self {
        Self::from_number(number)
    }
}

impl std::fmt::Display for ErrorCode {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}
