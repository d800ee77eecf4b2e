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

/// Messages that may wait at once.
pub(crate) const MAX_WAITING: usize = 500;

/// All messages under way, in the order in which they were typed.
#[derive(Debug, Default)]
pub(crate) struct Outbox {
    items: BTreeMap<u64, Item>,
    places: BTreeMap<MessageId, u64>,
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
        self.places.insert(item.message, item.place);
        self.items.insert(item.place, item);
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

    /// Whether one more message can be added.
    pub(crate) fn require_room(&self) -> Result<(), CoreError> {
        if self.items.len() >= MAX_WAITING { Err(CoreError::OutboxFull(self.items.len())) } else { Ok(()) }
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
        let item = Item { place, message, conversation, to, expires_ms, body, accepted, waiting };
        self.items.insert(place, item);
        self.places.insert(message, place);
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
        if let Some(place) = self.places.remove(&message) {
            self.items.remove(&place);
            self.changed.insert(message);
            self.moved.insert(message);
        }
    }

    /// When the first of them expires.
    pub(crate) fn first_expiry(&self) -> Option<u64> {
        self.items.values().map(|item| item.expires_ms).min()
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
