//! Who was to get what, and who got it: kept beside the cores and told by nobody but disks, views and the gateway's door.
//!
//! A send is followed from the commit that typed it. At the commit that sealed it the roster on that device's disk says
//! who is meant: every device of the others in the conversation, and the sender's own others. The gateway's door says for whom
//! it was wrapped. From then on each of these devices has to show it once.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use extension_core::{
    Target,
    view::{ChatMessage, MessageState},
};
use protocol::{
    envelope::Addressed,
    id::{DeviceId, MessageId, RoomId, UserId},
    roster::{RevocationReason, Roster, Source},
};

use crate::{
    gateway::Gateway,
    world::{Commit, Seeded},
};

/// How long a device that just published its first keys may be left out: a sender asks again after twenty seconds, and
/// clocks jump by minutes.
const NEW_KEYS_MS: u64 = 15 * 60 * 1000;
/// How long a message of somebody who left is good for, by the clock of whoever said so.
const GRACE_MS: u64 = 5 * 60 * 1000;
/// How long a message may be under way while things still go wrong.
const LATE_MS: u64 = 60 * 60 * 60 * 1000;

/// Sends that are remembered after they are complete, so that their senders' views can be checked.
const MAX_RECENT: usize = 20_000;

/// What may not happen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// A device that was meant to show a message never did, and nobody was told.
    Lost,
    /// A device showed it twice, or somebody's message appeared under two ids.
    ShownTwice,
    /// Somebody showed it who was not meant to.
    ShownToStranger,
    /// It says something else, or stands in another conversation.
    Altered,
    /// The sender's roster had a device that it was not wrapped for.
    LeftOut,
    /// It was wrapped for a device that the sender's roster did not name.
    WrappedForStranger,
    /// It cannot be read and stayed so.
    Undecryptable,
    /// What was shown is not in the view any more, or the view has what was never told.
    Forgotten,
    /// It is on all devices, and its sender does not know.
    NotTold,
    /// It was refused for a reason that nothing explains.
    Refused,
    /// Something waits in an outbox although everybody has everything.
    Waits,
    /// A device that was removed still has records.
    NotWiped,
}

/// One of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    pub kind: Kind,
    pub told: String,
}

/// Why a device need not show what was wrapped for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Excuse {
    /// It does not belong to the office any more.
    ReaderRemoved,
    /// The sending device was lost to somebody, or wrote when it had left: nothing of it is taken.
    SenderRemoved,
    /// Reader or sender left the room.
    LeftRoom,
    /// The bus died with its mailboxes, and the sender left the office or the room, so that it is not offered again.
    MailLost,
}

impl Excuse {
    /// For a table.
    pub const fn name(self) -> &'static str {
        match self {
            Self::ReaderRemoved => "  not shown: the device was removed",
            Self::SenderRemoved => "  not shown: the sender was removed",
            Self::LeftRoom => "  not shown: left the room",
            Self::MailLost => "  not shown: bus died, sender removed",
        }
    }
}

/// What became of all sends.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// Typed by people, and stored.
    pub sends: u64,
    /// Of these, into rooms.
    pub room_sends: u64,
    /// Shown by another device than the one that sent.
    pub shown: u64,
    /// Could not be opened at first and were shown later.
    pub healed: u64,
    /// Are on every device that was meant.
    pub complete: u64,
    /// Never left the device, which was removed.
    pub went_with_device: u64,
    /// Refused because the sender did not belong to the room any more, and told so.
    pub told_not_member: u64,
    /// Were dated too far ahead because a clock had jumped, and told so.
    pub told_clock: u64,
    /// Had nobody left to go to, and told so.
    pub told_nobody_left: u64,
    /// Devices that had no keys yet when something was sealed.
    pub without_keys: u64,
}

/// A message that is not on every device.
struct Open {
    host: usize,
    device: DeviceId,
    user: UserId,
    target: Target,
    message: MessageId,
    typed_at: u64,
    /// Length of the sender's roster, and time.
    sealed: Option<(usize, u64)>,
    wraps: BTreeSet<DeviceId>,
    shown: BTreeSet<DeviceId>,
    state: MessageState,
    reason: Option<String>,
}

/// Who was in the office at one length of the roster.
struct Snapshot {
    devices: BTreeMap<UserId, Vec<DeviceId>>,
    rooms: BTreeMap<RoomId, Vec<UserId>>,
}

pub struct Accountant {
    seed: u64,
    /// Of every send: its message, and the host that sent it.
    sends: Vec<(MessageId, u32)>,
    numbers: HashMap<MessageId, u32>,
    open: BTreeMap<u32, Open>,
    /// Of the newest that are complete: devices of others that showed them.
    others: BTreeMap<u32, Vec<DeviceId>>,
    /// Need not show it any more, and may.
    excused: BTreeSet<(u32, DeviceId)>,
    pub excuses: BTreeMap<Excuse, u64>,
    undecryptable: BTreeSet<(usize, MessageId)>,
    /// Could not be read when they came, and nothing that can has come since.
    never_read: BTreeSet<(usize, MessageId)>,
    /// What each host showed since its views were looked at.
    heard: BTreeMap<usize, Vec<u32>>,
    roster: Roster,
    snapshots: Vec<Snapshot>,
    hosts: BTreeMap<DeviceId, usize>,
    with_keys: BTreeMap<DeviceId, u64>,
    /// When the mailboxes were lost last.
    pub mail_lost_at: u64,
    pub counts: Counts,
    pub violations: Vec<Violation>,
    /// Of everything that was seen, in order: two runs of one seed have the same.
    pub digest: u64,
}

/// What number `number` says: known to whoever knows the seed.
pub fn text_of(seed: u64, number: u64) -> String {
    let mut seeded = Seeded(seed ^ number.wrapping_mul(0x2545_f491_4f6c_dd1d));
    let draw = seeded.draw();
    let letters = if draw.is_multiple_of(50) { 1_500 } else { draw % 90 };
    let mut text = format!("#{number} ");
    text.extend((0..letters).map(|at| char::from(b'a' + ((draw >> (at % 56)) % 26) as u8)));
    text.push('ß');
    text
}

fn number_of(text: &str) -> Option<u32> {
    text.strip_prefix('#')?.split_once(' ')?.0.parse().ok()
}

impl Accountant {
    pub fn new(seed: u64) -> Self {
        Self {
            seed,
            sends: Vec::new(),
            numbers: HashMap::new(),
            open: BTreeMap::new(),
            others: BTreeMap::new(),
            excused: BTreeSet::new(),
            excuses: BTreeMap::new(),
            undecryptable: BTreeSet::new(),
            never_read: BTreeSet::new(),
            heard: BTreeMap::new(),
            roster: Roster::new(),
            snapshots: vec![Snapshot { devices: BTreeMap::new(), rooms: BTreeMap::new() }],
            hosts: BTreeMap::new(),
            with_keys: BTreeMap::new(),
            mail_lost_at: 0,
            counts: Counts::default(),
            violations: Vec::new(),
            digest: seed,
        }
    }

    /// The number of the next send.
    pub fn next(&self) -> u64 {
        self.sends.len() as u64
    }

    /// Sends that are not everywhere yet.
    pub fn under_way(&self) -> usize {
        self.open.len()
    }

    /// Whether this is a person's message that is not everywhere yet.
    pub fn follows(&self, message: MessageId) -> bool {
        self.numbers.contains_key(&message)
    }

    /// Messages that cannot be read now.
    pub fn unreadable(&self) -> usize {
        self.undecryptable.len()
    }

    pub fn blame(&mut self, kind: Kind, told: String) {
        if self.violations.len() < 50 {
            self.violations.push(Violation { kind, told });
        }
    }

    fn note(&mut self, value: u64) {
        self.digest = Seeded(self.digest ^ value).draw();
    }

    /// Reads what the gateway has appended. True where there was something.
    pub fn see_roster(&mut self, gateway: &Gateway) -> bool {
        let known = self.snapshots.len() - 1;
        for entry in &gateway.entries[known..] {
            self.roster.apply(entry, Source::Stored).unwrap();
            let rooms = self.roster.rooms().map(|room| {
                (room.room, self.roster.members(room.room).map(|user| user.user).collect::<Vec<_>>())
            });
            let devices = self.roster.users().map(|user| (user.user, user.devices.clone()));
            self.snapshots.push(Snapshot { devices: devices.collect(), rooms: rooms.collect() });
        }
        gateway.entries.len() > known
    }

    /// A device's first keys are at the gateway.
    pub fn see_keys(&mut self, device: DeviceId, now: u64) {
        self.with_keys.entry(device).or_insert(now);
    }

    /// Devices that a message to `target` is for, by the roster at this length.
    fn meant(&self, length: usize, target: Target, user: UserId, device: DeviceId) -> BTreeSet<DeviceId> {
        let snapshot = &self.snapshots[length];
        let users = match target {
            Target::Person(person) => vec![person],
            Target::Room(room) => snapshot.rooms.get(&room).cloned().unwrap_or_default(),
        };
        let users = users.into_iter().filter(|other| *other != user).chain([user]);
        let devices = users.filter_map(|user| snapshot.devices.get(&user)).flatten();
        devices.copied().filter(|other| *other != device).collect()
    }

    /// What a host committed. `length` entries of the roster are on its disk.
    pub fn committed(&mut self, commit: Commit, user: UserId, device: DeviceId, length: usize, now: u64) {
        let host = commit.host;
        self.hosts.insert(device, host);
        for (with, line) in commit.lines {
            self.note(line.id.created_ms() ^ (host as u64) << 48 ^ (line.state as u64) << 40);
            if line.state == MessageState::Undecryptable {
                self.undecryptable.insert((host, line.id));
                self.never_read.insert((host, line.id));
                continue;
            }
            self.undecryptable.remove(&(host, line.id));
            if self.never_read.remove(&(host, line.id)) {
                self.counts.healed += 1;
            }
            self.line(host, user, device, with, line, now);
        }
        for message in commit.sealed {
            let Some(number) = self.numbers.get(&message) else { continue };
            if let Some(open) = self.open.get_mut(number) {
                open.sealed = Some((length, now));
            }
        }
    }

    fn line(
        &mut self,
        host: usize,
        user: UserId,
        device: DeviceId,
        with: Target,
        line: ChatMessage,
        now: u64,
    ) {
        let Some(number) = number_of(&line.text) else {
            return self.blame(Kind::Altered, format!("host {host} shows something that nobody wrote"));
        };
        if line.text != text_of(self.seed, number.into()) {
            self.blame(Kind::Altered, format!("#{number} says something else at host {host}"));
        }
        if number as usize == self.sends.len() && line.mine && line.state == MessageState::Queued {
            self.sends.push((line.id, host as u32));
            self.numbers.insert(line.id, number);
            self.counts.sends += 1;
            self.counts.room_sends += u64::from(matches!(with, Target::Room(_)));
            let open = Open {
                host,
                device,
                user,
                target: with,
                message: line.id,
                typed_at: now,
                sealed: None,
                wraps: BTreeSet::new(),
                shown: BTreeSet::new(),
                state: line.state,
                reason: None,
            };
            self.open.insert(number, open);
            return;
        }
        let Some(&(message, from)) = self.sends.get(number as usize) else {
            return self.blame(Kind::ShownToStranger, format!("#{number} was never typed; host {host}"));
        };
        if message != line.id {
            return self.blame(Kind::ShownTwice, format!("#{number} came under another id to host {host}"));
        }
        if from as usize == host {
            if let Some(open) = self.open.get_mut(&number) {
                (open.state, open.reason) = (line.state, line.reason);
            }
            return;
        }
        self.counts.shown += 1;
        self.heard.entry(host).or_default().push(number);
        let Some(open) = self.open.get_mut(&number) else {
            if self.excused.remove(&(number, device)) {
                return;
            }
            return self.blame(Kind::ShownTwice, format!("#{number} again at host {host}, after all had it"));
        };
        let twice = !open.shown.insert(device);
        let stranger = !open.wraps.contains(&device);
        let place = match open.target {
            Target::Person(_) if user != open.user => Target::Person(open.user),
            target => target,
        };
        if twice {
            self.blame(Kind::ShownTwice, format!("#{number} twice at host {host}"));
        } else if stranger {
            self.blame(Kind::ShownToStranger, format!("#{number} at host {host}"));
        } else if place != with {
            self.blame(Kind::Altered, format!("#{number} in another conversation at host {host}"));
        } else if open.shown == open.wraps {
            self.close(number);
            self.counts.complete += 1;
        }
    }

    fn close(&mut self, number: u32) {
        if let Some(open) = self.open.remove(&number) {
            self.numbers.remove(&open.message);
            self.excused.extend(open.wraps.difference(&open.shown).map(|device| (number, *device)));
            let owner = |device: &DeviceId| self.roster.any_device(*device).map(|known| known.statement.user);
            let others = open.shown.into_iter().filter(|device| owner(device) != Some(open.user));
            self.others.insert(number, others.collect());
            if self.others.len() > MAX_RECENT {
                self.others.pop_first();
            }
        }
    }

    /// What the gateway has let in.
    pub fn taken(&mut self, copies: &[Addressed]) {
        for copies in copies.chunk_by(|one, other| one.header.message == other.header.message) {
            let Some(&number) = self.numbers.get(&copies[0].header.message) else { continue };
            let Some(open) = self.open.get_mut(&number) else { continue };
            let first = open.wraps.is_empty();
            if !first {
                continue;
            }
            open.wraps = copies.iter().map(|copy| copy.wrap.device).collect();
            let (target, user, device, wraps) = (open.target, open.user, open.device, open.wraps.clone());
            let Some((length, at)) = open.sealed else {
                self.blame(Kind::Lost, format!("#{number} left its device before it was stored"));
                continue;
            };
            let meant = self.meant(length, target, user, device);
            for device in meant.difference(&wraps).filter(|device| self.roster.device(**device).is_some()) {
                if self.with_keys.get(device).is_some_and(|since| since + NEW_KEYS_MS <= at) {
                    let told = format!("#{number} was not sealed for {device}");
                    self.violations.push(Violation { kind: Kind::LeftOut, told });
                } else {
                    self.counts.without_keys += 1;
                }
            }
            if let Some(device) = wraps.difference(&meant).next() {
                self.blame(Kind::WrappedForStranger, format!("#{number} for {device}"));
            }
        }
    }

    /// Why a device need not show a message that was wrapped for it; nothing, where it has to.
    fn excuse(&self, open: &Open, reader: DeviceId) -> Option<Excuse> {
        let Some(owner) = self.roster.device(reader).map(|known| known.user) else {
            return Some(Excuse::ReaderRemoved);
        };
        let (length, created) =
            (open.sealed.map_or(0, |(length, _)| length as u64), open.message.created_ms());
        let good = |index: u64, at_ms: u64| length <= index && created < at_ms + GRACE_MS;
        let gone = self.roster.any_device(open.device).and_then(|known| known.revoked.as_ref());
        if gone.is_some_and(|gone| gone.reason == RevocationReason::Lost || !good(gone.index, gone.at_ms)) {
            return Some(Excuse::SenderRemoved);
        }
        // Whose device is gone offers nothing again; what the bus held is all there is.
        // So is what somebody wrote who left the room: the gateway does not take it again.
        let was_out = |room| {
            let known = self.roster.room(room);
            let came = known.and_then(|known| known.arrived.get(&open.user));
            !self.roster.is_member(room, open.user) || came.is_some_and(|came| length <= *came)
        };
        let out = matches!(open.target, Target::Room(room) if was_out(room));
        let alone = gone.is_some() || open.state == MessageState::Refused || out;
        if alone && self.mail_lost_at >= open.typed_at {
            return Some(Excuse::MailLost);
        }
        let Target::Room(room) = open.target else { return None };
        let known = self.roster.room(room)?;
        let stays = [owner, open.user].into_iter().all(|user| {
            let gone = known.closed.as_ref().or_else(|| known.departed.get(&user));
            self.roster.is_member(room, user) || gone.is_some_and(|gone| good(gone.index, gone.at_ms))
        });
        if stays { None } else { Some(Excuse::LeftRoom) }
    }

    /// Settles what people who left made impossible, and finds what is late. At the end everything is.
    pub fn review(&mut self, now: u64, end: bool) {
        let mut closing = Vec::new();
        let mut late = Vec::new();
        for (&number, open) in &self.open {
            let is_late = end || now > open.typed_at + LATE_MS;
            let gone = self.roster.device(open.device).is_none();
            if !open.wraps.is_empty() {
                let missing: Vec<_> = open.wraps.difference(&open.shown).copied().collect();
                let excuses: Vec<_> = missing.iter().map(|device| self.excuse(open, *device)).collect();
                let must = missing.iter().zip(&excuses).filter(|(_, excuse)| excuse.is_none());
                let must: Vec<_> = must.map(|(device, _)| *device).collect();
                if must.is_empty() {
                    closing.push((number, excuses.into_iter().flatten().collect()));
                } else if is_late {
                    late.push((number, self.missing(open, &must)));
                }
            } else if gone || open.state == MessageState::Refused {
                closing.push((number, Vec::new()));
            } else if is_late && !(end && self.nobody_left(open)) {
                let told = format!("it is {:?}, sealed: {}", open.state, open.sealed.is_some());
                late.push((number, told));
            }
        }
        for (number, excuses) in closing {
            for excuse in excuses {
                *self.excuses.entry(excuse).or_default() += 1;
            }
            self.settle(number);
        }
        for (number, told) in late {
            let open = &self.open[&number];
            let unread = open.wraps.difference(&open.shown).filter_map(|device| self.hosts.get(device));
            let mut unread = unread.map(|host| (*host, open.message));
            let unread = unread.any(|line| self.never_read.contains(&line));
            let kind = if unread { Kind::Undecryptable } else { Kind::Lost };
            let (from, to) =
                (open.host, if matches!(open.target, Target::Room(_)) { "room" } else { "person" });
            self.blame(kind, format!("#{number} of host {from} to a {to}: {told}"));
            self.close(number);
        }
    }

    fn missing(&self, open: &Open, must: &[DeviceId]) -> String {
        let hosts: Vec<_> = must.iter().map(|device| self.hosts.get(device).copied()).collect();
        let length = open.sealed.map_or(0, |(length, _)| length);
        let (message, wraps) = (open.message, open.wraps.len());
        format!("not at hosts {hosts:?} of {wraps} devices; {message}, sealed with {length} entries")
    }

    /// Whether a message that was not sealed has nobody to go to any more.
    fn nobody_left(&self, open: &Open) -> bool {
        match open.target {
            Target::Person(user) => self.roster.user(user).is_none_or(|user| user.devices.is_empty()),
            Target::Room(room) => self.roster.members(room).all(|user| user.user == open.user),
        }
    }

    fn settle(&mut self, number: u32) {
        let Some(open) = self.open.get(&number) else { return };
        let gone = self.roster.device(open.device).is_none();
        let reason = open.reason.clone().unwrap_or_default();
        let (state, taken, nobody) = (open.state, !open.wraps.is_empty(), self.nobody_left(open));
        let left_room = match open.target {
            Target::Room(room) => self.roster.room(room).is_some_and(|known| {
                known.closed.is_some()
                    || known.departed.contains_key(&open.user)
                    || known
                        .arrived
                        .get(&open.user)
                        .is_some_and(|index| open.sealed.is_none_or(|(length, _)| length as u64 <= *index))
                    || !self.roster.is_member(room, open.user)
            }),
            Target::Person(_) => false,
        };
        if taken {
            self.counts.complete += 1;
        } else if gone {
            self.counts.went_with_device += 1;
        }
        if state == MessageState::Refused && !gone {
            match reason.as_str() {
                "not_a_member" if left_room => self.counts.told_not_member += 1,
                "unknown_recipient" | "expired" if nobody => self.counts.told_nobody_left += 1,
                "clock_skew" => self.counts.told_clock += 1,
                other => self.blame(Kind::Refused, format!("#{number} was refused: {other}")),
            }
        }
        self.close(number);
    }

    /// Looks at everything that a host shows. `own` is whether its messages' states are to be final.
    pub fn look(&mut self, host: usize, lines: &[ChatMessage], own: bool) {
        let heard = self.heard.remove(&host).unwrap_or_default();
        let mut here = BTreeSet::new();
        let mut unreadable = BTreeSet::new();
        for line in lines {
            if line.state == MessageState::Undecryptable {
                unreadable.insert((host, line.id));
                continue;
            }
            let Some(number) = number_of(&line.text) else { continue };
            if !here.insert(number) {
                self.blame(Kind::ShownTwice, format!("#{number} stands twice at host {host}"));
            }
            let from = self.sends.get(number as usize).map(|(_, from)| *from as usize);
            let done = [MessageState::Delivered, MessageState::Refused];
            let others = self.others.get(&number);
            let mut others = others.into_iter().flatten();
            let told = others.any(|device| self.roster.device(*device).is_some());
            if own && from == Some(host) && told && !done.contains(&line.state) {
                self.blame(Kind::NotTold, format!("#{number} is {:?} at its sender", line.state));
            }
        }
        for number in heard {
            if !here.contains(&number) {
                self.blame(Kind::Forgotten, format!("#{number} was shown by host {host} and is gone"));
            }
        }
        self.undecryptable.retain(|(of, id)| *of != host || unreadable.contains(&(*of, *id)));
        self.undecryptable.extend(unreadable);
    }

    /// Messages that cannot be read and that no person wrote.
    pub fn phantoms(&self) -> usize {
        let written: BTreeSet<_> = self.sends.iter().map(|(message, _)| *message).collect();
        self.undecryptable.iter().filter(|(_, message)| !written.contains(message)).count()
    }

    /// A host is gone, and what it showed with it.
    pub fn forget(&mut self, host: usize) {
        self.heard.remove(&host);
        self.undecryptable.retain(|(of, _)| *of != host);
    }

    /// What a host showed cannot be looked at now.
    pub fn skip(&mut self, host: usize) {
        self.heard.remove(&host);
    }
}
