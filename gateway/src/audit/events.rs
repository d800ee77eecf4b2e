//! Which fields the record of each happening has. Opaque ids, sizes and codes; there is nothing else to put in.

use std::net::IpAddr;

use protocol::{
    audit::{Event, EventKind, Outcome, Recipient, size_class},
    envelope::{Envelope, Header},
    error::ErrorCode,
    id::{CapsuleId, DeviceId, EventId, UserId},
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

/// A person set a passphrase, or it was refused.
pub fn passphrase_set(principal: &Principal, refused: Option<ErrorCode>) -> Result<Event, NoRandomness> {
    let event = by(principal, Event::new(fresh_id()?, EventKind::PassphraseSet));
    Ok(ended(event, refused))
}

/// Somebody signed in with a passphrase, or tried to; `user` where somebody in the office has the name.
pub fn sign_in(user: Option<UserId>, refused: Option<ErrorCode>, ip: IpAddr) -> Result<Event, NoRandomness> {
    let mut event = Event::new(fresh_id()?, EventKind::PassphraseSignIn);
    event.actor = user;
    event.ip = Some(ip);
    Ok(ended(event, refused))
}

/// A device left a capsule, or was not let.
pub fn capsule_stored(
    principal: &Principal,
    capsule: CapsuleId,
    bytes: usize,
    refused: Option<ErrorCode>,
) -> Result<Event, NoRandomness> {
    let mut event = by(principal, Event::new(fresh_id()?, EventKind::CapsuleStore));
    event.object = Some(capsule.into());
    event.bytes = Some(size_class(bytes));
    Ok(ended(event, refused))
}

/// Somebody fetched a capsule, or asked in vain; `principal` is absent for who is no device.
pub fn capsule_fetched(
    principal: Option<&Principal>,
    ip: IpAddr,
    capsule: CapsuleId,
    refused: Option<ErrorCode>,
) -> Result<Event, NoRandomness> {
    let mut event = Event::new(fresh_id()?, EventKind::CapsuleFetch);
    if let Some(principal) = principal {
        event = by(principal, event);
    }
    event.ip = Some(ip);
    event.object = Some(capsule.into());
    Ok(ended(event, refused))
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

fn ended(mut event: Event, refused: Option<ErrorCode>) -> Event {
    if refused.is_some() {
        event.outcome = Outcome::MinorFailure;
        event.reason = refused;
    }
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
