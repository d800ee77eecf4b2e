//! Whether a visitor holds what they say.

use std::net::IpAddr;

use protocol::{
    error::ErrorCode,
    frame::{Visit, Visitor},
    id::InviteId,
    roster::Roster,
    signature::{Nkey, Purpose, Role},
};

use super::failures;
use crate::{clock, line::Line, services::Services};

/// Judges a visit.
pub(super) async fn judge(
    services: &Services,
    line: &Line,
    visit: &Visit,
    ip: IpAddr,
) -> Result<(), ErrorCode> {
    let outcome = prove(services, line, visit).await;
    if let Err(code) = outcome {
        failures::note(services, None, code, ip);
    }
    outcome
}

async fn prove(services: &Services, line: &Line, visit: &Visit) -> Result<(), ErrorCode> {
    let (key, role) = match visit.visitor {
        Visitor::Founder => (founder(services).await?, Role::Invite),
        _ if services.roster.length() == 0 => return Err(ErrorCode::OfficeNotOpen),
        Visitor::Invited(invite) => (invited(services, line, invite).await?, Role::Invite),
        Visitor::Person(user) => {
            let known = services
                .look_twice(|roster| {
                    let user = roster.any_user(user)?;
                    Some((user.identity.clone(), user.revoked.is_some()))
                })
                .await;
            let (key, revoked) = known.ok_or(ErrorCode::AuthenticationFailed)?;
            if revoked {
                return Err(ErrorCode::PersonRevoked);
            }
            (key, Role::Person)
        }
        Visitor::Office => {
            let key = services.roster.look(|roster| roster.office_key().cloned());
            (key.ok_or(ErrorCode::OfficeNotOpen)?, Role::Office)
        }
    };
    key.verify(role, Purpose::Channel, line.handshake_hash().as_bytes(), &visit.channel)
        .map_err(|_| ErrorCode::BadSignature)
}

/// The founding text is worth something only while there is no office.
async fn founder(services: &Services) -> Result<Nkey, ErrorCode> {
    // Another gateway may have opened it a moment ago.
    services.look_twice(|roster| (roster.length() > 0).then_some(())).await;
    let key = (services.roster.length() == 0).then(|| services.founding_key.clone());
    key.flatten().ok_or(ErrorCode::OfficeOpen)
}

/// A sheet of paper that was used shows nobody the office any more, but for the device that used it: it
/// may not know yet that it is in.
async fn invited(services: &Services, line: &Line, invite: InviteId) -> Result<Nkey, ErrorCode> {
    let now_ms = clock::now_ms();
    let question = |roster: &Roster| {
        let invite = roster.invite(invite).filter(|invite| !invite.withdrawn)?;
        let by = invite.used_by.and_then(|device| roster.device(device));
        let by_this_one = by.is_some_and(|device| Some(&device.noise_key) == line.remote());
        Some(if by_this_one || invite.is_open(now_ms) {
            Ok(invite.issued.key.clone())
        } else if invite.used_by.is_some() {
            Err(ErrorCode::InviteUsed)
        } else {
            Err(ErrorCode::InviteExpired)
        })
    };
    services.look_twice(question).await.unwrap_or(Err(ErrorCode::InviteUnknown))
}
