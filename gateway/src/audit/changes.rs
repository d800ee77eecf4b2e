//! The records of changes to the roster: who signed what about whom, on which device, from where.

use std::net::IpAddr;

use protocol::{
    audit::{Event, EventKind, Outcome},
    error::ErrorCode,
    id::{ConversationId, DeviceId, EventId, Hash, MessageId, ObjectId, RoomId, UserId},
    roster::{Change, Entry},
};

use super::events::fresh_id;
use crate::{clock::NoRandomness, principal::Principal};

/// Who brought an entry to the gateway.
#[derive(Debug, Clone, Copy)]
pub struct Bringer {
    /// The person of the session; none for a visitor.
    pub user: Option<UserId>,
    /// The device of the session; none for a visitor.
    pub device: Option<DeviceId>,
    /// Where from.
    pub ip: IpAddr,
}

impl Bringer {
    /// Somebody who is no device yet.
    pub const fn visitor(ip: IpAddr) -> Self {
        Self { user: None, device: None, ip }
    }

    /// A device's session.
    pub const fn session(principal: &Principal) -> Self {
        Self { user: Some(principal.user), device: Some(principal.device), ip: principal.ip }
    }
}

/// One record for each invite, device, person or room that the entry is about. Told again after a crash they
/// have the same ids.
pub fn made(by: &Bringer, entry: &Entry, bytes: &[u8]) -> Vec<Event> {
    let (kind, objects) = about(&entry.change);
    let objects = if objects.is_empty() { vec![None] } else { objects.into_iter().map(Some).collect() };
    let record = |object: Option<ObjectId>| {
        let mut event = event(by, entry, kind, object);
        event.id = id(kind, entry, bytes, object);
        event
    };
    objects.into_iter().map(record).collect()
}

/// A change that was refused.
pub fn refused(by: &Bringer, entry: Option<&Entry>, code: ErrorCode) -> Result<Event, NoRandomness> {
    let mut event = if let Some(entry) = entry {
        event(by, entry, EventKind::RosterRefused, about(&entry.change).1.first().copied())
    } else {
        let mut event = Event::new(fresh_id()?, EventKind::RosterRefused);
        event.actor = by.user;
        event.device = by.device;
        event.ip = Some(by.ip);
        event
    };
    event.id = fresh_id()?;
    event.outcome = match code {
        ErrorCode::NotAllowed
        | ErrorCode::BadSignature
        | ErrorCode::BadCertificate
        | ErrorCode::OtherOffice
        | ErrorCode::OfficeOpen => Outcome::SeriousFailure,
        _ => Outcome::MinorFailure,
    };
    event.reason = Some(code);
    Ok(event)
}

fn event(by: &Bringer, entry: &Entry, kind: EventKind, object: Option<ObjectId>) -> Event {
    let mut event = Event::new(EventId::from_bytes([0; 16]), kind);
    // What the office key signs is answered for by whoever has it on their device.
    event.actor = author(entry).or(by.user);
    event.device = by.device.or_else(|| device(&entry.change));
    event.ip = Some(by.ip);
    event.object = object;
    event.conv = room(&entry.change).map(ConversationId::from);
    event
}

fn id(kind: EventKind, entry: &Entry, bytes: &[u8], object: Option<ObjectId>) -> EventId {
    let object = object.map_or([0; 16], |object| *object.as_bytes());
    let hash = Hash::of_parts("crmplus-chat/1 roster event", &[bytes, &object]);
    let mut rest = [0; 10];
    for (slot, byte) in rest.iter_mut().zip(hash.as_bytes()) {
        *slot = *byte;
    }
    let moment = MessageId::new(entry.made_ms, rest);
    EventId::of_message(kind.name(), moment, DeviceId::from_bytes([0; 16]))
}

fn author(entry: &Entry) -> Option<UserId> {
    match &entry.change {
        Change::OfficeOpened(opened) => Some(opened.founder),
        _ => entry.author,
    }
}

/// The device that enters with the change.
fn device(change: &Change) -> Option<DeviceId> {
    let certificate = match change {
        Change::OfficeOpened(opened) => &opened.certificate,
        Change::PersonJoined(joined) => &joined.certificate,
        Change::DeviceAdded(added) => &added.certificate,
        _ => return None,
    };
    certificate.read().ok().map(|statement| statement.device)
}

fn room(change: &Change) -> Option<RoomId> {
    match change {
        Change::RoomMade(change) => Some(change.room),
        Change::RoomChanged(change) => Some(change.room),
        Change::RoomLeft(change) => Some(change.room),
        Change::RoomRenamed(change) => Some(change.room),
        Change::RoomClosed(change) => Some(change.room),
        _ => None,
    }
}

fn about(change: &Change) -> (EventKind, Vec<ObjectId>) {
    match change {
        Change::OfficeOpened(_) => (EventKind::OfficeOpen, Vec::new()),
        Change::InvitesIssued(change) => {
            let invites = change.invites.iter().map(|issued| issued.invite.into());
            (EventKind::InviteIssue, invites.collect())
        }
        Change::InvitesWithdrawn(change) => {
            (EventKind::InviteWithdraw, change.invites.iter().map(|invite| (*invite).into()).collect())
        }
        Change::PersonJoined(change) => {
            let invite = change.identity.read().ok().map(|statement| statement.invite.into());
            (EventKind::PersonJoin, invite.into_iter().collect())
        }
        Change::DeviceAdded(_) => {
            (EventKind::DeviceEnrol, device(change).map(ObjectId::from).into_iter().collect())
        }
        Change::DeviceRevoked(change) => (EventKind::DeviceRevoke, vec![change.device.into()]),
        Change::PersonRevoked(change) => (EventKind::PersonRevoke, vec![change.user.into()]),
        Change::RoleChanged(change) => (EventKind::PersonChange, vec![change.user.into()]),
        Change::PersonMoved(change) => (EventKind::PersonChange, vec![change.user.into()]),
        Change::PolicyChanged(_) => (EventKind::PolicyChange, Vec::new()),
        Change::RoomMade(_)
        | Change::RoomChanged(_)
        | Change::RoomLeft(_)
        | Change::RoomRenamed(_)
        | Change::RoomClosed(_) => {
            (EventKind::RoomChange, room(change).map(ObjectId::from).into_iter().collect())
        }
    }
}
