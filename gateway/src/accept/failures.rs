//! Failed proofs: counted by whoever tells the peer, recorded here unless there are so many that somebody
//! is trying to fill the trail.

use std::net::IpAddr;

use protocol::{error::ErrorCode, id::DeviceId};

use crate::{audit::events, rate::allowed, services::Services};

/// Records a failure to prove who one is.
pub(super) fn note(services: &Services, device: Option<DeviceId>, code: ErrorCode, ip: IpAddr) {
    let proof_failed = matches!(
        code,
        ErrorCode::HandshakeFailed
            | ErrorCode::AuthenticationFailed
            | ErrorCode::BadSignature
            | ErrorCode::DeviceRevoked
            | ErrorCode::PersonRevoked
            | ErrorCode::ProfileCopied
            | ErrorCode::InviteUnknown
            | ErrorCode::InviteExpired
            | ErrorCode::InviteUsed
            | ErrorCode::OfficeOpen
    );
    if proof_failed
        && allowed(&services.failures)
        && let Ok(event) = events::authentication_failed(device, code, ip)
    {
        services.audit.note(event);
    }
}
