//! The first frame: a new device uses an invite, or an enrolled one proves who it is.

use std::{
    net::IpAddr,
    sync::{Mutex, PoisonError},
};

use protocol::{
    device::{CertificateError, DeviceStatement},
    error::ErrorCode,
    frame::{Authenticate, ClientFrame, Enrol},
    id::{DeviceId, InviteId, Signature},
    roster::{DeviceEnrolled, Roster, RosterError},
    signature::{Purpose, Role},
};

use crate::{
    audit::events,
    line::{End, Heard, Line},
    principal::Principal,
    rate::TokenBucket,
    roster::AppendError,
    services::Services,
};

/// Who was let in.
#[derive(Debug)]
pub struct Admitted {
    /// The device.
    pub principal: Principal,
    /// Used by it just now.
    pub enrolment: Option<Enrolment>,
}

/// An enrolment whose record is still to be stored.
#[derive(Debug, Clone, Copy)]
pub struct Enrolment {
    /// The invite that was used.
    pub invite: InviteId,
    /// The device's clock.
    pub created_ms: u64,
}

/// Waits for the first frame and judges it.
pub(super) async fn admit(services: &Services, line: &mut Line, ip: IpAddr) -> Result<Admitted, End> {
    let first = loop {
        match line.next().await? {
            Heard::Frame(frame) => break frame,
            Heard::Drained => {}
            // The first frame fits into one Noise message: no stranger gets room for half a frame.
            Heard::Something => return Err(ErrorCode::BadFrame.into()),
            Heard::Unknown(_) => return Err(ErrorCode::NotAuthenticated.into()),
        }
    };
    let outcome = match first {
        ClientFrame::Authenticate(frame) => {
            let outcome = authenticate(services, line, &frame, ip).await;
            if let Err(code) = outcome {
                note_failure(services, Some(frame.device), code, ip);
            }
            outcome
        }
        ClientFrame::Enrol(frame) => {
            let invite = frame.invite;
            let outcome = enrol(services, line, frame, ip).await;
            if let Err(code) = outcome {
                note_refused_enrolment(services, invite, code, ip);
            }
            outcome
        }
        _ => Err(ErrorCode::NotAuthenticated),
    };
    Ok(outcome?)
}

async fn authenticate(
    services: &Services,
    line: &Line,
    frame: &Authenticate,
    ip: IpAddr,
) -> Result<Admitted, ErrorCode> {
    let statement = look_twice(services, |roster| roster.device(frame.device).cloned()).await;
    let statement = statement.ok_or(ErrorCode::AuthenticationFailed)?;
    prove(line, &statement, &frame.channel)?;
    Ok(Admitted { principal: principal(statement, ip), enrolment: None })
}

async fn enrol(services: &Services, line: &Line, frame: Enrol, ip: IpAddr) -> Result<Admitted, ErrorCode> {
    let invite = look_twice(services, |roster| roster.invite(frame.invite).cloned()).await;
    let invite = invite.ok_or(ErrorCode::InviteUnknown)?;
    let statement = frame
        .certificate
        .verify(&invite.issued.key)
        .map_err(|_: CertificateError| ErrorCode::BadCertificate)?;
    prove(line, &statement, &frame.channel)?;
    // A device that crashed before it could store its Welcome comes again with the same certificate.
    let again = invite.used_by == Some(statement.device)
        && services.roster.look(|roster| roster.certificate(statement.device) == Some(&frame.certificate));
    if !again {
        let change = DeviceEnrolled { invite: frame.invite, certificate: frame.certificate };
        services.roster.append(change.into()).await.map_err(|error| code_of(&error))?;
    }
    let enrolment = Enrolment { invite: frame.invite, created_ms: statement.created_ms };
    Ok(Admitted { principal: principal(statement, ip), enrolment: Some(enrolment) })
}

/// What is not in the roster may have been entered by another process a moment ago, so the stream is asked once
/// before somebody is turned away; not for everybody, or strangers could keep the bus busy.
async fn look_twice<T>(services: &Services, question: impl Fn(&Roster) -> Option<T>) -> Option<T> {
    let known = services.roster.look(&question);
    if known.is_some() || !allowed(&services.second_looks) {
        return known;
    }
    // Without the bus the answer stays what it was; nobody can be let in without it anyway.
    let _ = services.roster.catch_up().await;
    services.roster.look(&question)
}

/// The device holds the Noise key that it certified and signs this very handshake.
fn prove(line: &Line, statement: &DeviceStatement, signature: &Signature) -> Result<(), ErrorCode> {
    if statement.noise_key != *line.remote() {
        return Err(ErrorCode::AuthenticationFailed);
    }
    statement
        .signing_key
        .verify(Role::Device, Purpose::Channel, line.handshake_hash().as_bytes(), signature)
        .map_err(|_| ErrorCode::AuthenticationFailed)
}

fn principal(statement: DeviceStatement, ip: IpAddr) -> Principal {
    Principal { user: statement.user, device: statement.device, key: statement.signing_key, ip }
}

fn code_of(error: &AppendError) -> ErrorCode {
    match error {
        AppendError::Refused(RosterError::InviteUnknown) => ErrorCode::InviteUnknown,
        AppendError::Refused(RosterError::InviteUsed) => ErrorCode::InviteUsed,
        AppendError::Refused(RosterError::InviteExpired) => ErrorCode::InviteExpired,
        AppendError::Refused(_) => ErrorCode::BadCertificate,
        AppendError::Log(_) => ErrorCode::BusUnavailable,
        AppendError::Busy => ErrorCode::Overloaded,
    }
}

/// Counts a failure, and records it unless there are so many that somebody is trying to fill the trail.
pub(super) fn note_failure(services: &Services, device: Option<DeviceId>, code: ErrorCode, ip: IpAddr) {
    let proof_failed = matches!(
        code,
        ErrorCode::HandshakeFailed | ErrorCode::AuthenticationFailed | ErrorCode::DeviceRevoked
    );
    if proof_failed
        && allowed(&services.failures)
        && let Ok(event) = events::authentication_failed(device, code, ip)
    {
        services.audit.note(event);
    }
}

fn note_refused_enrolment(services: &Services, invite: InviteId, code: ErrorCode, ip: IpAddr) {
    if allowed(&services.failures)
        && let Ok(event) = events::enrolment_refused(invite, code, ip)
    {
        services.audit.note(event);
    }
}

fn allowed(bucket: &Mutex<TokenBucket>) -> bool {
    bucket.lock().unwrap_or_else(PoisonError::into_inner).take(1)
}
