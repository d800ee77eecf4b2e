//! Why there is no connection, in the words of the user interface.

use protocol::error::ErrorCode;
use serde::Serialize;

/// Why there is no connection, or not a whole one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// The browser says that there is no network.
    NoNetwork,
    /// Nobody answers at the address, or the connection broke.
    GatewayUnreachable,
    /// Who answers cannot prove the key of the invite.
    WrongGatewayKey,
    /// The gateway speaks another version.
    UnsupportedVersion,
    /// The gateway does not let this device in.
    NotAllowed,
    /// The gateway cannot reach the bus.
    BusDown,
    /// The same device connected a second time.
    SignedOutByGateway,
    /// No answer in time.
    Timeout,
    /// The gateway is being stopped.
    GatewayStopping,
    /// The gateway has too much to do.
    Overloaded,
}

/// WebSocket's own code for "going away".
const GOING_AWAY: u16 = 1001;

impl Reason {
    /// The reason that a close code gives.
    pub(crate) const fn of_close(code: u16) -> Self {
        match ErrorCode::from_close_code(code) {
            Some(code) => Self::of_code(code),
            None if code == GOING_AWAY => Self::GatewayStopping,
            None => Self::GatewayUnreachable,
        }
    }

    /// The reason that a refusal of the session gives.
    pub(crate) const fn of_code(code: ErrorCode) -> Self {
        match code {
            ErrorCode::UnsupportedVersion | ErrorCode::UnknownFrame => Self::UnsupportedVersion,
            ErrorCode::HandshakeFailed => Self::WrongGatewayKey,
            ErrorCode::HandshakeTimeout | ErrorCode::Idle => Self::Timeout,
            ErrorCode::NotAuthenticated
            | ErrorCode::AuthenticationFailed
            | ErrorCode::DeviceRevoked
            | ErrorCode::InviteUnknown
            | ErrorCode::InviteExpired
            | ErrorCode::InviteUsed
            | ErrorCode::BadCertificate
            | ErrorCode::NotYours => Self::NotAllowed,
            ErrorCode::AuditUnavailable | ErrorCode::BusUnavailable => Self::BusDown,
            ErrorCode::GatewayStopping => Self::GatewayStopping,
            ErrorCode::Replaced => Self::SignedOutByGateway,
            ErrorCode::RateLimited | ErrorCode::SlowReader | ErrorCode::Overloaded => Self::Overloaded,
            _ => Self::GatewayUnreachable,
        }
    }

    /// Whether trying again soon can only do harm.
    pub(super) const fn stays_away(self) -> bool {
        matches!(self, Self::SignedOutByGateway | Self::NotAllowed | Self::UnsupportedVersion)
    }
}
