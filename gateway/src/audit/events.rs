//! Which fields the record of each happening has. Opaque ids, sizes and codes; there is nothing else to put in.

use std::net::IpAddr;

use protocol::{
    audit::{Event, EventKind, Outcome, Recipient, size_class},
    envelope::{Envelope, Header},
    error::ErrorCode,
    id::{DeviceId, EventId, InviteId, MessageId, UserId},
};

use crate::{
    clock::{self, NoRandomness},
    principal::Principal,
};

/// A gateway began or stopped to serve.
pub fn gateway(kind: EventKind) -> Result<Event, NoRandomness> {
    Ok(Event::new(fresh_id()?, kind))
}

/// An invite was made.
pub fn invite_issued(invite: InviteId) -> Result<Event, NoRandomness> {
    let mut event = Event::new(fresh_id()?, EventKind::InviteIssue);
    event.message = Some(object(invite));
    Ok(event)
}

/// A device was enrolled. Told again when the device enrols again after a crash, with the same id.
pub fn enrolled(principal: &Principal, invite: InviteId, created_ms: u64) -> Event {
    let mut rest = [0; 10];
    for (slot, byte) in rest.iter_mut().zip(invite.as_bytes()) {
        *slot = *byte;
    }
    let use_of_invite = MessageId::new(created_ms, rest);
    let id = EventId::of_message(EventKind::DeviceEnrol.name(), use_of_invite, principal.device);
    let mut event = by(principal, Event::new(id, EventKind::DeviceEnrol));
    event.message = Some(object(invite));
    event
}

/// An enrolment was refused.
pub fn enrolment_refused(invite: InviteId, code: ErrorCode, ip: IpAddr) -> Result<Event, NoRandomness> {
    let mut event = Event::new(fresh_id()?, EventKind::DeviceEnrol);
    event.outcome = Outcome::MinorFailure;
    event.reason = Some(code);
    event.message = Some(object(invite));
    event.ip = Some(ip);
    Ok(event)
}

/// Somebody failed to prove who they are.
pub fn authentication_failed(
    device: Option<DeviceId>,
    code: ErrorCode,
    ip: IpAddr,
) -> Result<Event, NoRandomness> {
    let mut event = Event::new(fresh_id()?, EventKind::AuthFailure);
    event.outcome = Outcome::SeriousFailure;
    event.reason = Some(code);
    event.device = device;
    event.ip = Some(ip);
    Ok(event)
}

/// A session began.
pub fn login(principal: &Principal) -> Result<Event, NoRandomness> {
    Ok(by(principal, Event::new(fresh_id()?, EventKind::SessionLogin)))
}

/// A session ended; `reason` is absent when the peer closed it.
pub fn logout(principal: &Principal, reason: Option<ErrorCode>) -> Result<Event, NoRandomness> {
    let mut event = by(principal, Event::new(fresh_id()?, EventKind::SessionLogout));
    event.reason = reason;
    Ok(event)
}

/// A message is accepted.
pub fn sent(principal: &Principal, envelope: &Envelope, rcpt: Vec<Recipient>) -> Event {
    let header = &envelope.header;
    let id = EventId::of_message(EventKind::MessageSent.name(), header.message, header.sender_device);
    let mut event = about(header, by(principal, Event::new(id, EventKind::MessageSent)));
    event.rcpt = rcpt;
    event.bytes = Some(size_class(envelope.payload.ciphertext.len()));
    event
}

/// A message is refused.
pub fn refused(principal: &Principal, header: &Header, code: ErrorCode) -> Event {
    let id = EventId::of_message(EventKind::MessageRefused.name(), header.message, principal.device);
    let mut event = about(header, by(principal, Event::new(id, EventKind::MessageRefused)));
    event.outcome = Outcome::MinorFailure;
    event.reason = Some(code);
    event
}

/// A device has confirmed a message: the device acts, the record names the message.
pub fn delivered(principal: &Principal, header: &Header, bytes: usize) -> Event {
    let id = EventId::of_message(EventKind::MessageDelivered.name(), header.message, principal.device);
    let mut event = about(header, by(principal, Event::new(id, EventKind::MessageDelivered)));
    event.bytes = Some(size_class(bytes));
    event
}

/// The person and device as one element of `rcpt`.
pub const fn recipient(user: UserId, device: DeviceId) -> Recipient {
    Recipient { user, device }
}

fn by(principal: &Principal, mut event: Event) -> Event {
    event.actor = Some(principal.user);
    event.device = Some(principal.device);
    event.ip = Some(principal.ip);
    event
}

fn about(header: &Header, mut event: Event) -> Event {
    event.conv = Some(header.conversation);
    event.message = Some(header.message);
    event
}

/// Field `obj` holds 32 hex digits, whatever they name; the record's kind says what.
const fn object(invite: InviteId) -> MessageId {
    MessageId::from_bytes(*invite.as_bytes())
}

fn fresh_id() -> Result<EventId, NoRandomness> {
    Ok(EventId::new(clock::now_ms(), clock::random()?))
}
