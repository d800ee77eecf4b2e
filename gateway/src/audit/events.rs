//! Which fields the record of each happening has. Opaque ids, sizes and codes; there is nothing else to put in.

use std::net::IpAddr;

use protocol::{
    audit::{Event, EventKind, Outcome, Recipient, size_class},
    envelope::{Envelope, Header},
    error::ErrorCode,
    id::{DeviceId, EventId, UserId},
};

use crate::{
    clock::{self, NoRandomness},
    principal::Principal,
};

/// A gateway began or stopped to serve.
pub fn gateway(kind: EventKind) -> Result<Event, NoRandomness> {
    Ok(Event::new(fresh_id()?, kind))
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
    event.object = Some(header.message.into());
    event
}

pub(super) fn fresh_id() -> Result<EventId, NoRandomness> {
    Ok(EventId::new(clock::now_ms(), clock::random()?))
}
