//! A message on its way in: authorise, commit the audit record, accept, hand to the relay. In this order and in
//! the client's order; a crash between two steps leaves the message in the client's outbox.

use std::collections::HashSet;

use futures_util::future::BoxFuture;
use protocol::{
    audit::Recipient,
    bus::Parcel,
    envelope::Envelope,
    error::ErrorCode,
    frame::{Accepted, GatewayFrame, Refused},
    id::{EventId, MessageId, RoomId},
    limits::{MAX_CLOCK_AHEAD_MS, MAX_MESSAGE_LIFE_MS, MAX_SEALED, MAX_WRAP, MAX_WRAPS},
    roster::Roster,
};
use tokio::sync::OwnedSemaphorePermit;

use crate::{
    audit::events,
    clock,
    counters::Happening,
    line::{End, Line, retryable},
    principal::Principal,
    roster::ended,
    services::Services,
};

/// What became of a message that the client offered.
#[derive(Debug)]
pub(super) enum Decision {
    /// Its record is stored.
    Accept {
        /// What to deliver.
        envelope: Envelope,
        /// A place for each delivery.
        places: OwnedSemaphorePermit,
        /// The stored record.
        event: EventId,
    },
    /// Not now or never.
    Refuse {
        /// Which message.
        message: MessageId,
        /// Why.
        code: ErrorCode,
    },
}

/// Judges a message; the decision comes when its record is stored.
pub(super) fn decide(
    services: &Services,
    principal: &Principal,
    mut envelope: Envelope,
) -> BoxFuture<'static, Decision> {
    let message = envelope.header.message;
    let refuse = move |code| Box::pin(std::future::ready(Decision::Refuse { message, code }));
    let judged = services.roster.look(|roster| authorise(principal, &envelope, roster, clock::now_ms()));
    let recipients = match judged {
        Ok(recipients) => recipients,
        Err(code) => {
            services.audit.note(events::refused(principal, &envelope.header, code));
            return refuse(code);
        }
    };
    if recipients.len() < envelope.wraps.len() {
        services.counters.count(Happening::SkippedRevoked);
        let there: HashSet<_> = recipients.iter().map(|recipient| recipient.device).collect();
        envelope.wraps.retain(|wrap| there.contains(&wrap.device));
    }
    let Some(places) = services.relay.reserve(recipients.len()) else {
        return refuse(ErrorCode::Overloaded);
    };
    let record = events::sent(principal, &envelope, recipients);
    let event = record.id;
    if services.recent.knows(event) {
        services.counters.count(Happening::AcceptedAgain);
        return Box::pin(std::future::ready(Decision::Accept { envelope, places, event }));
    }
    match services.audit.submit(record) {
        Ok(commit) => Box::pin(async move {
            match commit.stored().await {
                Ok(()) => Decision::Accept { envelope, places, event },
                Err(_) => Decision::Refuse { message, code: ErrorCode::AuditUnavailable },
            }
        }),
        Err(_) => refuse(ErrorCode::AuditUnavailable),
    }
}

/// Tells the client, and sends an accepted message on its way.
pub(super) async fn carry_out(services: &Services, line: &mut Line, decision: Decision) -> Result<(), End> {
    match decision {
        Decision::Accept { envelope, mut places, event } => {
            let at_ms = clock::now_ms();
            services.recent.remember(event);
            services.counters.count(Happening::Accepted);
            line.send(&Accepted { message: envelope.header.message, at_ms }.into())?;
            for addressed in envelope.address(at_ms) {
                // As many places as wraps were reserved.
                let Some(place) = places.split(1) else { break };
                services.relay.deliver(addressed.wrap.device, Parcel::Message(addressed), place).await;
            }
            Ok(())
        }
        Decision::Refuse { message, code } => {
            services.counters.refused(code);
            line.send(&refused(message, code))
        }
    }
}

/// The refusal of a message.
pub(super) fn refused(message: MessageId, code: ErrorCode) -> GatewayFrame {
    Refused { code, message: Some(message), request: None, frame: None, retry: retryable(code) }.into()
}

/// Whether this device may send this message now, and to whom it goes: not to devices that were revoked since
/// the sender read the roster.
fn authorise(
    principal: &Principal,
    envelope: &Envelope,
    roster: &Roster,
    now_ms: u64,
) -> Result<Vec<Recipient>, ErrorCode> {
    let Envelope { header, payload, wraps } = envelope;
    if header.sender_user != principal.user || header.sender_device != principal.device {
        return Err(ErrorCode::NotYours);
    }
    if let Some(revoked) = ended(roster, principal.device) {
        return Err(revoked.code);
    }
    let room = RoomId::from(header.conversation);
    let may_write = roster.is_member(room, principal.user) || roster.names_room(room, principal.user);
    if roster.room(room).is_some() && !may_write {
        return Err(ErrorCode::NotAMember);
    }
    let oversized = payload.ciphertext.len() > MAX_SEALED
        || wraps.len() > MAX_WRAPS
        || wraps.iter().any(|wrap| wrap.body.len() > MAX_WRAP);
    if oversized {
        return Err(ErrorCode::FrameTooLarge);
    }
    let created_ms = header.message.created_ms();
    if created_ms > now_ms + MAX_CLOCK_AHEAD_MS || header.expires_ms > created_ms + MAX_MESSAGE_LIFE_MS {
        return Err(ErrorCode::ClockSkew);
    }
    if header.expires_ms <= now_ms {
        return Err(ErrorCode::MessageExpired);
    }
    let mut seen = HashSet::with_capacity(wraps.len());
    if wraps.is_empty() || !wraps.iter().all(|wrap| seen.insert(wrap.device)) {
        return Err(ErrorCode::BadFrame);
    }
    let mut recipients = Vec::with_capacity(wraps.len());
    for wrap in wraps {
        let device = roster.any_device(wrap.device).ok_or(ErrorCode::UnknownRecipient)?;
        if device.revoked.is_none() {
            recipients.push(events::recipient(device.statement.user, wrap.device));
        }
    }
    Ok(recipients)
}
