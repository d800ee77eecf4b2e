//! Replaying the log: each entry is checked against all that came before it.

use super::{
    change::{Change, OfficeOpened, RoomMembers},
    entry::{Entry, SignedEntry},
    error::RosterError,
    people::{Device, IssuedInvite, People, User},
    policy::Policy,
    rooms::{Room, Rooms},
};
use crate::{
    device::{DeviceCertificate, DeviceStatement},
    id::{DeviceId, Hash, InviteId, OfficeId, RoomId, UserId},
    limits::{MAX_CLOCK_AHEAD_MS, MAX_ENTRY_BACKDATED_MS},
    signature::{Nkey, Role, SigningKey},
};

/// Where an entry comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// Somebody sent it: everything is checked, its time also against this clock (milliseconds since 1970).
    Wire {
        /// One's own clock.
        now_ms: u64,
    },
    /// Somebody asks whoever keeps the log to append it: as before, and its time must not be long gone. Without that a key
    /// that was good until some day would be good for as long as nothing else is appended.
    New {
        /// One's own clock.
        now_ms: u64,
    },
    /// One's own storage, sealed, where only verified entries come to: form and rules are checked, signatures
    /// and clock are not.
    Stored,
}

/// The roster as replayed so far.
#[derive(Debug, Clone, Default)]
pub struct Roster {
    opening: Option<Opening>,
    length: u64,
    head: Option<Hash>,
    root: Option<Hash>,
    latest_ms: u64,
    people: People,
    rooms: Rooms,
}

/// What the first entry said, and the rules as they are now.
#[derive(Clone)]
struct Opening {
    office: OfficeId,
    key: Nkey,
    name: String,
    policy: Policy,
}

impl std::fmt::Debug for Opening {
    /// Without the name: what is printed may end up in a log.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Opening")
            .field("office", &self.office)
            .field("key", &self.key)
            .finish_non_exhaustive()
    }
}

/// What an entry will do once it is found good.
pub(super) enum Verified {
    Opened(Box<OfficeOpened>, DeviceStatement),
    Joined(InviteId, Nkey, DeviceCertificate, DeviceStatement),
    Added(DeviceCertificate, DeviceStatement),
    AsItSays,
}

/// Who acts, and when: what rules are judged by.
#[derive(Debug, Clone, Copy)]
pub(super) struct Act {
    pub(super) author: Option<UserId>,
    pub(super) index: u64,
    pub(super) made_ms: u64,
    pub(super) signatures: bool,
}

impl Roster {
    /// An empty roster that takes any first entry.
    pub fn new() -> Self {
        Self::default()
    }

    /// An empty roster that takes only the first entry with this hash.
    pub fn pinned(root: Hash) -> Self {
        Self { root: Some(root), ..Self::default() }
    }

    /// Number of entries.
    pub const fn length(&self) -> u64 {
        self.length
    }

    /// Hash of the last entry; zeros before the first.
    pub fn head(&self) -> Hash {
        self.head.unwrap_or(Hash::from_bytes([0; 32]))
    }

    /// Hash of the first entry, once it is known or pinned.
    pub const fn root(&self) -> Option<Hash> {
        self.root
    }

    /// The office, once it is open.
    pub fn office(&self) -> Option<OfficeId> {
        self.opening.as_ref().map(|opening| opening.office)
    }

    /// The office's key.
    pub fn office_key(&self) -> Option<&Nkey> {
        self.opening.as_ref().map(|opening| &opening.key)
    }

    /// What the office is called.
    pub fn office_name(&self) -> Option<&str> {
        self.opening.as_ref().map(|opening| opening.name.as_str())
    }

    /// The rules as they are now.
    pub fn policy(&self) -> Policy {
        self.opening.as_ref().map(|opening| opening.policy).unwrap_or_default()
    }

    /// What a device that is in the office said of itself.
    pub fn device(&self, device: DeviceId) -> Option<&DeviceStatement> {
        self.people.device(device).filter(|device| device.revoked.is_none()).map(|device| &device.statement)
    }

    /// A device that is or was in the office.
    pub fn any_device(&self, device: DeviceId) -> Option<&Device> {
        self.people.device(device)
    }

    /// Every device that is or was in the office, in no order.
    pub fn any_devices(&self) -> impl Iterator<Item = &Device> {
        self.people.devices()
    }

    /// A person who is in the office.
    pub fn user(&self, user: UserId) -> Option<&User> {
        self.people.user(user).filter(|user| user.revoked.is_none())
    }

    /// A person who is or was in the office.
    pub fn any_user(&self, user: UserId) -> Option<&User> {
        self.people.user(user)
    }

    /// Everybody in the office, in the order of their ids.
    pub fn users(&self) -> impl Iterator<Item = &User> {
        self.people.all().filter(|user| user.revoked.is_none())
    }

    /// The person in the office who goes by `name`, in whatever case and spacing it is written.
    pub fn named(&self, name: &str) -> Option<&User> {
        self.people.named(name).and_then(|user| self.user(user))
    }

    /// A person who is an administrator now.
    pub fn administrator(&self, user: UserId) -> Option<&User> {
        self.user(user).filter(|user| user.is_administrator())
    }

    /// An invite.
    pub fn invite(&self, invite: InviteId) -> Option<&IssuedInvite> {
        self.people.invite(invite)
    }

    /// Every invite, in the order of their ids.
    pub fn invites(&self) -> impl Iterator<Item = &IssuedInvite> {
        self.people.invites()
    }

    /// A room, also one that is closed.
    pub fn room(&self, room: RoomId) -> Option<&Room> {
        self.rooms.room(room)
    }

    /// Every room, also those that are closed, in the order of their ids.
    pub fn rooms(&self) -> impl Iterator<Item = &Room> {
        self.rooms.all()
    }

    /// Whether a person belongs to a room that is open.
    pub fn is_member(&self, room: RoomId, user: UserId) -> bool {
        self.room(room).is_some_and(|room| self.user(user).is_some_and(|user| room.has(user)))
    }

    /// Whether a person may tell the name of an open room, in it or not: administrators, of the rooms that are theirs to make.
    pub fn names_room(&self, room: RoomId, user: UserId) -> bool {
        let theirs = |room: &Room| room.closed.is_none() && !matches!(room.members, RoomMembers::Chosen(_));
        self.room(room).is_some_and(theirs) && self.administrator(user).is_some()
    }

    /// Everybody who belongs to a room; nobody, if it is closed.
    pub fn members(&self, room: RoomId) -> impl Iterator<Item = &User> {
        let room = self.room(room);
        self.users().filter(move |user| room.is_some_and(|room| room.has(user)))
    }

    /// The bytes of the entry that would make `change` now, signed by `author`. Nothing changes yet: see [`Self::apply`].
    pub fn next_entry(
        &self,
        office: OfficeId,
        author: Option<UserId>,
        key: &SigningKey,
        change: Change,
        now_ms: u64,
    ) -> Result<Vec<u8>, RosterError> {
        // Never older than what it follows, also if this clock is slow.
        let made_ms = now_ms.max(self.latest_ms);
        let entry = Entry { office, index: self.length, previous: self.head(), made_ms, author, change };
        let bytes = SignedEntry::make(&entry, key)?;
        let (signed, entry) = SignedEntry::read(&bytes)?;
        self.check(&signed, &entry, Source::Wire { now_ms: made_ms })?;
        Ok(bytes)
    }

    /// Whether [`Self::apply`] would take these bytes as the next entry.
    pub fn consider(&self, bytes: &[u8], source: Source) -> Result<Entry, RosterError> {
        let (signed, entry) = SignedEntry::read(bytes)?;
        self.check(&signed, &entry, source)?;
        Ok(entry)
    }

    /// Takes the next entry. On an error the roster is as it was.
    pub fn apply(&mut self, bytes: &[u8], source: Source) -> Result<Entry, RosterError> {
        let (signed, entry) = SignedEntry::read(bytes)?;
        let verified = self.check(&signed, &entry, source)?;
        let act = act(&entry, source);
        let hash = signed.hash();
        match verified {
            Verified::Opened(opened, statement) => {
                self.root = Some(hash);
                self.people.found(&opened, statement);
                self.opening = Some(Opening {
                    office: entry.office,
                    key: opened.office_key,
                    name: opened.name,
                    policy: opened.policy,
                });
            }
            Verified::Joined(invite, identity, certificate, statement) => {
                self.people.join(invite, identity, certificate, statement, act);
            }
            Verified::Added(certificate, statement) => self.people.add_device(certificate, statement, act),
            Verified::AsItSays => {
                if let (Change::PolicyChanged(changed), Some(opening)) = (&entry.change, &mut self.opening) {
                    opening.policy = changed.policy;
                }
                self.people.change(&entry.change, act);
                self.rooms.change(&entry.change, act);
            }
        }
        self.length += 1;
        self.head = Some(hash);
        self.latest_ms = self.latest_ms.max(entry.made_ms);
        Ok(entry)
    }

    fn check(&self, signed: &SignedEntry, entry: &Entry, source: Source) -> Result<Verified, RosterError> {
        let index = entry.index;
        if index != self.length {
            return Err(RosterError::Index { expected: self.length, got: index });
        }
        if entry.previous != self.head() {
            return Err(RosterError::Chain(index));
        }
        if index == 0 && self.root.is_some_and(|root| root != signed.hash()) {
            return Err(RosterError::Root);
        }
        if self.office().is_some_and(|office| office != entry.office) {
            return Err(RosterError::OtherOffice);
        }
        if matches!(entry.change, Change::OfficeOpened(_)) != (index == 0) {
            return Err(RosterError::OutOfPlace(index));
        }
        if entry.made_ms.saturating_add(MAX_ENTRY_BACKDATED_MS) < self.latest_ms {
            return Err(RosterError::BackDated(index));
        }
        if let Source::New { now_ms } = source
            && entry.made_ms.saturating_add(MAX_ENTRY_BACKDATED_MS) < now_ms
        {
            return Err(RosterError::BackDated(index));
        }
        if let Source::Wire { now_ms } | Source::New { now_ms } = source {
            if entry.made_ms > now_ms.saturating_add(MAX_CLOCK_AHEAD_MS) {
                return Err(RosterError::FutureDated(index));
            }
            let (key, role) = self.author_key(entry)?;
            key.verify(role, crate::signature::Purpose::RosterEntry, &signed.entry, &signed.signature)?;
        }
        self.judge(entry, act(entry, source))
    }

    /// The key that has to have signed the entry.
    fn author_key(&self, entry: &Entry) -> Result<(Nkey, Role), RosterError> {
        match (&entry.change, entry.author) {
            (Change::OfficeOpened(opened), None) => Ok((opened.office_key.clone(), Role::Office)),
            (Change::OfficeOpened(_), Some(_)) => Err(RosterError::NotAllowed),
            (Change::PersonJoined(joined), Some(_)) => Ok((joined.identity.read()?.identity, Role::Person)),
            (_, None) => {
                let key = self.office_key().ok_or(RosterError::OutOfPlace(entry.index))?;
                Ok((key.clone(), Role::Office))
            }
            (_, Some(user)) => {
                let user = self.user(user).ok_or(RosterError::NotAllowed)?;
                Ok((user.identity.clone(), Role::Person))
            }
        }
    }

    /// Whether the author may do this, and whether it makes sense.
    fn judge(&self, entry: &Entry, act: Act) -> Result<Verified, RosterError> {
        match &entry.change {
            Change::OfficeOpened(opened) => {
                let statement = self.people.judge_opening(entry.office, opened, act)?;
                Ok(Verified::Opened(Box::new(opened.clone()), statement))
            }
            Change::PersonJoined(joined) => {
                let (identity, statement) = self.people.judge_joining(entry.office, joined, act)?;
                let certificate = joined.certificate.clone();
                Ok(Verified::Joined(identity.invite, identity.identity, certificate, statement))
            }
            Change::DeviceAdded(added) => {
                let statement = self.people.judge_device(entry.office, &added.certificate, act)?;
                Ok(Verified::Added(added.certificate.clone(), statement))
            }
            Change::PolicyChanged(changed) => {
                self.people.require_administrator(act)?;
                changed.policy.check()?;
                Ok(Verified::AsItSays)
            }
            Change::RoomMade(_)
            | Change::RoomChanged(_)
            | Change::RoomLeft(_)
            | Change::RoomRenamed(_)
            | Change::RoomClosed(_) => {
                self.rooms.judge(&self.people, &entry.change, act)?;
                Ok(Verified::AsItSays)
            }
            change => {
                self.people.judge(change, act)?;
                Ok(Verified::AsItSays)
            }
        }
    }
}

fn act(entry: &Entry, source: Source) -> Act {
    Act {
        author: entry.author,
        index: entry.index,
        made_ms: entry.made_ms,
        signatures: source != Source::Stored,
    }
}
