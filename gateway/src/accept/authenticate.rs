//! A device proves who it is.

use std::net::IpAddr;

use protocol::{
    device::DeviceStatement,
    error::ErrorCode,
    frame::Authenticate,
    id::Signature,
    roster::Roster,
    signature::{Purpose, Role},
};

use super::{connection, failures};
use crate::{
    line::Line,
    principal::Principal,
    roster::{Revoked, ended},
    services::Services,
};

/// Whom a device turned out to be.
pub(super) enum Proved {
    /// A device of the office.
    Member(Principal),
    /// A device that was revoked.
    Revoked(Revoked),
}

/// What the roster says about a device.
struct Standing {
    statement: DeviceStatement,
    ended: Option<Revoked>,
}

/// Judges the frame.
pub(super) async fn authenticate(
    services: &Services,
    line: &Line,
    frame: &Authenticate,
    ip: IpAddr,
) -> Result<Proved, ErrorCode> {
    let outcome = prove(services, line, frame, ip).await;
    if let Err(code) | Ok(Proved::Revoked(Revoked { code, .. })) = outcome {
        failures::note(services, Some(frame.device), code, ip);
    }
    outcome
}

async fn prove(
    services: &Services,
    line: &Line,
    frame: &Authenticate,
    ip: IpAddr,
) -> Result<Proved, ErrorCode> {
    if services.roster.length() == 0 {
        return Err(ErrorCode::OfficeNotOpen);
    }
    let standing = services.look_twice(|roster| standing(roster, frame)).await;
    let Standing { statement, ended } = standing.ok_or(ErrorCode::AuthenticationFailed)?;
    check(line, &statement, &frame.channel)?;
    if let Some(revoked) = ended {
        return Ok(Proved::Revoked(revoked));
    }
    connection::take(services, frame.device, frame.connection).await?;
    Ok(Proved::Member(Principal {
        user: statement.user,
        device: statement.device,
        key: statement.signing_key,
        ip,
    }))
}

fn standing(roster: &Roster, frame: &Authenticate) -> Option<Standing> {
    let device = roster.any_device(frame.device)?;
    Some(Standing { statement: device.statement.clone(), ended: ended(roster, frame.device) })
}

/// The device holds the Noise key that it certified and signs this very handshake.
fn check(line: &Line, statement: &DeviceStatement, signature: &Signature) -> Result<(), ErrorCode> {
    if Some(&statement.noise_key) != line.remote() {
        return Err(ErrorCode::AuthenticationFailed);
    }
    statement
        .signing_key
        .verify(Role::Device, Purpose::Channel, line.handshake_hash().as_bytes(), signature)
        .map_err(|_| ErrorCode::AuthenticationFailed)
}
