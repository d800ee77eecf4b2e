//! What gateways tell each other and the auditor.

use protocol::{
    audit::{Event, EventKind, Outcome, Recipient},
    bus::{OnlineDevice, Parcel, PassphraseRecord, PresenceReport, Seat, StoredCapsule},
    error::ErrorCode,
    id::EventId,
    opaque::Stretch,
};

use super::{DAY_MS, NOW_MS, addressed, delivered, device, header, message, room, user};

pub fn parcels() -> Vec<Parcel> {
    vec![addressed().into(), delivered().into()]
}

pub fn presence_report() -> PresenceReport {
    PresenceReport { online: vec![OnlineDevice { user: user(1), device: device(1) }] }
}

pub fn seat() -> Seat {
    Seat { connection: 12, at_ms: NOW_MS }
}

pub fn passphrase_record() -> PassphraseRecord {
    PassphraseRecord { registration: vec![0x02; 192], stretch: Stretch::STANDARD, backup: vec![0xba; 64] }
}

pub fn stored_capsule() -> StoredCapsule {
    StoredCapsule { sealed: vec![0xca; 64], expires_ms: NOW_MS + DAY_MS, once: true }
}

/// A record with every field but the sink's own, and one of each kind.
pub fn events() -> Vec<Event> {
    let mut sent =
        Event::new(EventId::of_message("message.sent", message(), device(1)), EventKind::MessageSent);
    sent.actor = Some(user(1));
    sent.device = Some(device(1));
    sent.conv = Some(header().conversation);
    sent.object = Some(message().into());
    sent.rcpt = vec![Recipient { user: user(2), device: device(2) }];
    sent.bytes = Some(512);
    sent.ip = Some([127, 0, 0, 1].into());
    let mut refused = Event::new(EventId::new(NOW_MS, [3; 10]), EventKind::RosterRefused);
    refused.outcome = Outcome::SeriousFailure;
    refused.reason = Some(ErrorCode::NotAllowed);
    refused.object = Some(room(1).into());
    let mut events = vec![sent, refused];
    for (kind, number) in EventKind::ALL.iter().zip(0..) {
        events.push(Event::new(EventId::new(NOW_MS, [number; 10]), *kind));
    }
    events
}
