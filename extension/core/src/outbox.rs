//! Messages that are not on every device they are meant for. A message is here from the moment it is typed
//! until each wrapped device confirmed it, it was refused for good, or its time is over.
//!
//! A message is sealed once; from then on exactly these bytes are offered, however often, so that gateway and
//! recipients know it again. How far it has come is a record of its own: a room of 500 devices confirms 500 times, and
//! the sealed bytes are not written again each time.

use std::collections::{BTreeMap, BTreeSet};

use protocol::{
    envelope::Envelope,
    id::{ConversationId, DeviceId, MessageId},
};
use serde::{Deserialize, Serialize};

use crate::{
    chain::Link,
    error::CoreError,
    message::payload::Content,
    secret::Secret,
    store::{Batch, Keep, countable, damaged, key, read},
    target::Target,
};

/// For whom a message is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Recipient {
    /// Everybody in the conversation, and one's own other devices.
    Everybody(Target),
    /// One device alone.
    Device(DeviceId),
}

/// Messages that may wait for a gateway at once.
pub(crate) const MAX_WAITING: usize = 500;
/// Messages that may be under way at once, those among them that a gateway has and that some device has not confirmed: one
/// colleague's computer that is switched off for three days must not keep people from writing.
pub(crate) const MAX_UNDER_WAY: usize = 2_000;
/// Wraps of these, of about 300 bytes each: 30 MB.
const MAX_WRAPS_UNDER_WAY: usize = 100_000;

/// All messages under way, in the order in which they were typed.
#[derive(Debug, Default)]
pub(crate) struct Outbox {
    items: BTreeMap<u64, Item>,
    places: BTreeMap<MessageId, u64>,
    /// By the time at which they are given up: looked at in every turn.
    expiries: BTreeSet<(u64, u64)>,
    /// Places of those that were not offered on this connection: looked at in every turn.
    to_offer: BTreeSet<u64>,
    /// Those that left since this was asked last.
    left: Vec<(ConversationId, MessageId)>,
    changed: BTreeSet<MessageId>,
    moved: BTreeSet<MessageId>,
}

/// A message under way.
#[derive(Serialize, Deserialize)]
pub(crate) struct Item {
    /// Its place in the order of typing.
    pub(crate) place: u64,
    pub(crate) message: MessageId,
    pub(crate) conversation: ConversationId,
    /// To whom.
    pub(crate) to: Recipient,
    pub(crate) expires_ms: u64,
    pub(crate) body: Body,
    /// Whether a gateway accepted it.
    #[serde(skip)]
    pub(crate) accepted: bool,
    /// Devices that it was sealed for and that have not confirmed it.
    #[serde(skip)]
    pub(crate) waiting: BTreeSet<DeviceId>,
    /// Whether a gateway may have it whose answer was lost: it was sealed before this connection.
    #[serde(skip)]
    pub(crate) may_be_out: bool,
}

/// How far a sealed message has come.
#[derive(Serialize, Deserialize)]
struct Progress {
    accepted: bool,
    waiting: BTreeSet<DeviceId>,
}

/// What is to be sent.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Body {
    /// Waits for sessions with the recipients' devices.
    Typed { content: Content },
    /// Ready to be offered.
    Sealed(Sealed),
}

/// A sealed message.
#[derive(Serialize, Deserialize)]
pub(crate) struct Sealed {
    pub(crate) envelope: Envelope,
    /// Opens the payload; kept so that the message can be wrapped again for a device that lost its
    /// session.
    pub(crate) root: Secret,
    /// Its place in its chain.
    pub(crate) link: Option<Link>,
}

impl Outbox {
    pub(crate) fn restore(&mut self, name: &str, bytes: &[u8]) -> Result<(), CoreError> {
        let item: Item = read(name, bytes)?;
        countable(name, item.place)?;
        if self.items.contains_key(&item.place) || self.places.contains_key(&item.message) {
            return Err(damaged(name, "another message is in its place"));
        }
        self.put(item);
        Ok(())
    }

    pub(crate) fn restore_progress(&mut self, name: &str, bytes: &[u8]) -> Result<(), CoreError> {
        let progress: Progress = read(name, bytes)?;
        let message = name.split_once('/').and_then(|(_, id)| id.parse().ok());
        let place = message.and_then(|message: MessageId| self.places.get(&message));
        let item = place.and_then(|place| self.items.get_mut(place));
        let item = item.ok_or_else(|| damaged(name, "the message that it belongs to is missing"))?;
        item.accepted = progress.accepted;
        item.waiting = progress.waiting;
        Ok(())
    }

    fn put(&mut self, item: Item) {
        self.places.insert(item.message, item.place);
        self.expiries.insert((item.expires_ms, item.place));
        self.to_offer.insert(item.place);
        self.items.insert(item.place, item);
    }

    /// Whether one more message can be added.
    pub(crate) fn require_room(&self) -> Result<(), CoreError> {
        let under_way = self.items.len();
        let waiting = self.items.values().filter(|item| !item.accepted).count();
        let wraps: usize = self.items.values().map(Item::wraps).sum();
        if waiting >= MAX_WAITING || under_way >= MAX_UNDER_WAY || wraps >= MAX_WRAPS_UNDER_WAY {
            Err(CoreError::OutboxFull { waiting, under_way })
        } else {
            Ok(())
        }
    }

    /// Adds a message at the end.
    pub(crate) fn add(
        &mut self,
        message: MessageId,
        conversation: ConversationId,
        to: Recipient,
        expires_ms: u64,
        content: Content,
    ) -> Result<(), CoreError> {
        self.require_room()?;
        let place = self.items.last_key_value().map_or(0, |(last, _)| last + 1);
        let body = Body::Typed { content };
        let (accepted, waiting) = (false, BTreeSet::new());
        let may_be_out = false;
        let item = Item { place, message, conversation, to, expires_ms, body, accepted, waiting, may_be_out };
        self.put(item);
        self.changed.insert(message);
        Ok(())
    }

    /// In the order of typing.
    pub(crate) fn items(&self) -> impl Iterator<Item = &Item> {
        self.items.values()
    }

    pub(crate) fn get(&self, message: MessageId) -> Option<&Item> {
        self.places.get(&message).and_then(|place| self.items.get(place))
    }

    /// The message was sealed for these devices.
    pub(crate) fn seal(&mut self, message: MessageId, sealed: Sealed) {
        let item = self.places.get(&message).and_then(|place| self.items.get_mut(place));
        let Some(item) = item else { return };
        item.waiting = sealed.envelope.wraps.iter().map(|wrap| wrap.device).collect();
        item.body = Body::Sealed(sealed);
        self.changed.insert(message);
        self.moved.insert(message);
    }

    /// How far the message has come, to be changed.
    pub(crate) fn progress_mut(
        &mut self,
        message: MessageId,
    ) -> Option<(&mut bool, &mut BTreeSet<DeviceId>)> {
        let item = self.places.get(&message).and_then(|place| self.items.get_mut(place))?;
        self.moved.insert(message);
        Some((&mut item.accepted, &mut item.waiting))
    }

    pub(crate) fn remove(&mut self, message: MessageId) {
        if let Some(item) = self.places.remove(&message).and_then(|place| self.items.remove(&place)) {
            self.expiries.remove(&(item.expires_ms, item.place));
            self.to_offer.remove(&item.place);
            self.left.push((item.conversation, message));
            self.changed.insert(message);
            self.moved.insert(message);
        }
    }

    /// Those that left since this was asked last.
    pub(crate) fn take_left(&mut self) -> Vec<(ConversationId, MessageId)> {
        std::mem::take(&mut self.left)
    }

    /// When the first of them expires.
    pub(crate) fn first_expiry(&self) -> Option<u64> {
        self.expiries.first().map(|(at, _)| *at)
    }

    /// Those whose time is over.
    pub(crate) fn expired(&self, now: u64) -> impl Iterator<Item = &Item> {
        let over = self.expiries.iter().take_while(move |(at, _)| *at <= now);
        over.filter_map(|(_, place)| self.items.get(place))
    }

    /// Those that were not offered on this connection, in the order of typing.
    pub(crate) fn to_offer(&self) -> impl Iterator<Item = &Item> {
        self.to_offer.iter().filter_map(|place| self.items.get(place))
    }

    /// The message was offered.
    pub(crate) fn note_offered(&mut self, message: MessageId) {
        if let Some(place) = self.places.get(&message) {
            self.to_offer.remove(place);
        }
    }

    /// The message is to be offered once more.
    pub(crate) fn offer_again(&mut self, message: MessageId) {
        self.to_offer.extend(self.places.get(&message));
    }

    /// All of them are to be offered (again): there is a new connection, or what the gateway had may be lost.
    pub(crate) fn offer_all(&mut self) {
        self.to_offer = self.items.keys().copied().collect();
        for item in self.items.values_mut() {
            item.may_be_out |= matches!(item.body, Body::Sealed(_));
        }
    }
}

impl Item {
    const fn wraps(&self) -> usize {
        match &self.body {
            Body::Sealed(sealed) => sealed.envelope.wraps.len(),
            Body::Typed { .. } => 0,
        }
    }
}

impl Keep for Outbox {
    fn flush(&mut self, batch: &mut Batch) -> Result<(), CoreError> {
        for message in std::mem::take(&mut self.changed) {
            match self.get(message) {
                Some(item) => batch.put(key::outbox(message), item)?,
                None => batch.delete(key::outbox(message)),
            }
        }
        for message in std::mem::take(&mut self.moved) {
            match self.get(message).filter(|item| matches!(item.body, Body::Sealed(_))) {
                Some(Item { accepted, waiting, .. }) => {
                    let progress = Progress { accepted: *accepted, waiting: waiting.clone() };
                    batch.put(key::progress(message), &progress)?;
                }
                None => batch.delete(key::progress(message)),
            }
        }
        Ok(())
    }
}

impl std::fmt::Debug for Item {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Item")
            .field("message", &self.message)
            .field("accepted", &self.accepted)
            .field("sealed", &matches!(self.body, Body::Sealed(_)))
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use protocol::id::UserId;

    use super::*;

    #[test]
    fn two_records_of_one_place_or_of_one_message_are_damage() {
        let mut outbox = Outbox::default();
        let message = |number: u8| MessageId::new(7, [number; 10]);
        let to = Recipient::Everybody(Target::Person(UserId::from_bytes([2; 16])));
        for number in 1..=2 {
            outbox.add(message(number), ConversationId::from_bytes([1; 16]), to, 9, Content::Turn).unwrap();
        }
        let mut batch = Batch::default();
        outbox.flush(&mut batch).unwrap();
        let records = batch.into_plain();
        let mut restored = Outbox::default();
        for (name, bytes) in &records {
            restored.restore(name, bytes).unwrap();
        }
        assert_eq!(restored.items().count(), 2);
        for (name, bytes) in &records {
            assert_eq!(restored.restore(name, bytes).unwrap_err().code(), "storage_damaged");
        }
        let mut moved: Item = read("outbox", &records[0].1).unwrap();
        moved.message = message(3);
        let mut batch = Batch::default();
        batch.put(key::outbox(message(3)), &moved).unwrap();
        let (name, bytes) = batch.into_plain().remove(0);
        assert_eq!(restored.restore(&name, &bytes).unwrap_err().code(), "storage_damaged");
        assert_eq!((restored.items().count(), restored.expiries.len()), (2, 2));
    }
}
