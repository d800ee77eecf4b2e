//! Conversations as they are shown. Kept for as long as the office's policy says, sealed like everything else; a message that is
//! still in the outbox stays for as long as it is there.

use std::collections::{BTreeMap, BTreeSet, btree_map::Entry};

use protocol::id::{ConversationId, DeviceId, MessageId, UserId};
use serde::{Deserialize, Serialize};

use crate::{
    chain::Chains,
    effects::Touched,
    error::CoreError,
    outbox::Outbox,
    rng::Rng,
    secret::Secret,
    secretbox,
    store::{Batch, Keep, UnderDay, countable, key, read},
    target::Target,
    view::{ChatMessage, ConversationView, Last, MessageState},
};

/// Messages kept of one conversation; the oldest go first.
const MAX_MESSAGES: usize = 2_000;
/// Of these, messages that could not be opened: a gateway can make up any number of them.
const MAX_UNDECRYPTABLE: usize = 100;
/// Characters of the preview.
const PREVIEW: usize = 120;

/// A day: the keys of what is kept are deleted with it.
const DAY_MS: u64 = 24 * 60 * 60 * 1000;

/// A message, and until when it is kept, in milliseconds since 1970.
type Kept = (u64, ConversationId, MessageId);

/// All conversations.
#[derive(Debug, Default)]
pub(crate) struct History {
    /// Keys of the days until which messages are kept: deleting one makes its messages unreadable wherever copies of the
    /// records lie.
    days: BTreeMap<u64, Secret>,
    changed_days: BTreeSet<u64>,
    talks: BTreeMap<ConversationId, Talk>,
    /// All messages by the time until which they are kept: looked at in every turn.
    kept: BTreeSet<Kept>,
    /// Those that were kept long enough and are still in the outbox.
    overdue: BTreeSet<Kept>,
    changed_talks: BTreeSet<ConversationId>,
    changed: BTreeSet<(ConversationId, MessageId)>,
    /// What changed in this turn, in this order.
    touched: Vec<Touched>,
}

#[derive(Debug, Default)]
struct Talk {
    with: Option<Target>,
    unread: u32,
    messages: BTreeMap<u64, Line>,
    places: BTreeMap<MessageId, u64>,
}

#[derive(Serialize, Deserialize)]
struct TalkRecord {
    with: Target,
    unread: u32,
}

/// Where a message belongs, whose it is, and how long it is kept.
pub(crate) struct Place {
    pub(crate) conversation: ConversationId,
    pub(crate) with: Target,
    pub(crate) message: MessageId,
    pub(crate) sender: UserId,
    /// Milliseconds since 1970, by this device's clock.
    pub(crate) keep_until: u64,
    /// The sending device, and the message's number in its chain.
    pub(crate) link: Option<(DeviceId, u64)>,
}

/// What a line says.
struct Said {
    mine: bool,
    text: String,
    state: MessageState,
    reason: Option<String>,
}

/// A message of a conversation.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Line {
    /// Its place in the order in which messages came to this device.
    place: u64,
    conversation: ConversationId,
    pub(crate) message: MessageId,
    pub(crate) mine: bool,
    sender: UserId,
    pub(crate) text: String,
    pub(crate) state: MessageState,
    pub(crate) reason: Option<String>,
    keep_until: u64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    link: Option<(DeviceId, u64)>,
}

impl History {
    pub(crate) fn restore_day(&mut self, name: &str, bytes: &[u8]) -> Result<(), CoreError> {
        let day = name.split_once('/').and_then(|(_, day)| day.parse().ok());
        let day = day.ok_or_else(|| crate::store::damaged(name, "its name is not one of a day"))?;
        self.days.insert(day, read(name, bytes)?);
        Ok(())
    }

    /// Makes the keys of the days that what changed is kept until.
    pub(crate) fn make_days(&mut self, rng: &mut dyn Rng) -> Result<(), CoreError> {
        for (conversation, message) in &self.changed {
            let line = self
                .talks
                .get(conversation)
                .and_then(|talk| talk.places.get(message).and_then(|place| talk.messages.get(place)));
            let Some(day) = line.map(Line::day) else { continue };
            if let Entry::Vacant(vacant) = self.days.entry(day) {
                vacant.insert(Secret::make(rng)?);
                self.changed_days.insert(day);
            }
        }
        Ok(())
    }

    pub(crate) fn restore_talk(&mut self, name: &str, bytes: &[u8]) -> Result<(), CoreError> {
        let record: TalkRecord = read(name, bytes)?;
        let conversation = name
            .split_once('/')
            .and_then(|(_, id)| id.parse().ok())
            .ok_or_else(|| crate::store::damaged(name, "its name is not one of a conversation"))?;
        let talk = self.talks.entry(conversation).or_default();
        talk.with = Some(record.with);
        talk.unread = record.unread;
        Ok(())
    }

    pub(crate) fn restore_line(&mut self, name: &str, bytes: &[u8]) -> Result<(), CoreError> {
        let under: UnderDay = read(name, bytes)?;
        let Some(key) = self.days.get(&under.day) else {
            return Err(crate::store::damaged(name, "the key of its day is missing"));
        };
        let plain = secretbox::open(key, &under.sealed);
        let plain =
            plain.ok_or_else(|| crate::store::damaged(name, "it does not open under its day's key"))?;
        let line: Line = read(name, &plain)?;
        countable(name, line.place)?;
        self.kept.insert((line.keep_until, line.conversation, line.message));
        let talk = self.talks.entry(line.conversation).or_default();
        talk.places.insert(line.message, line.place);
        talk.messages.insert(line.place, line);
        Ok(())
    }

    /// Adds one's own message.
    pub(crate) fn add_mine(&mut self, place: &Place, text: String, state: MessageState) {
        self.put(place, Said { mine: true, text, state, reason: None });
    }

    /// Adds a colleague's message, in the place of what could not be opened before.
    pub(crate) fn add_theirs(&mut self, place: &Place, text: String) {
        self.put(place, Said { mine: false, text, state: MessageState::Received, reason: None });
        let talk = self.talks.entry(place.conversation).or_default();
        talk.unread = talk.unread.saturating_add(1);
        self.changed_talks.insert(place.conversation);
    }

    /// Shows that a message came and cannot be opened. False where that is shown already or too often.
    pub(crate) fn add_undecryptable(&mut self, place: &Place, mine: bool, reason: &'static str) -> bool {
        let talk = self.talks.entry(place.conversation).or_default();
        let lines = talk.messages.values();
        let many = lines.filter(|line| line.state == MessageState::Undecryptable).count();
        if talk.places.contains_key(&place.message) || many >= MAX_UNDECRYPTABLE {
            return false;
        }
        let reason = Some(reason.to_owned());
        self.put(place, Said { mine, text: String::new(), state: MessageState::Undecryptable, reason });
        true
    }

    /// Takes away what could not be opened.
    pub(crate) fn remove_undecryptable(&mut self, conversation: ConversationId, message: MessageId) {
        let state = self.state(conversation, message);
        if state == Some(MessageState::Undecryptable) {
            self.remove(conversation, message);
        }
    }

    /// Whether the conversation has a readable message of this id.
    pub(crate) fn holds(&self, conversation: ConversationId, message: MessageId) -> bool {
        self.line(conversation, message).is_some_and(|line| line.state != MessageState::Undecryptable)
    }

    /// Changes state and reason of one's own message. False where nothing changed.
    pub(crate) fn mark(
        &mut self,
        conversation: ConversationId,
        message: MessageId,
        state: MessageState,
        reason: Option<&'static str>,
    ) -> bool {
        let Some(talk) = self.talks.get_mut(&conversation) else { return false };
        let line = talk.places.get(&message).and_then(|place| talk.messages.get_mut(place));
        let Some(line) = line.filter(|line| line.mine) else { return false };
        if line.state == state && line.reason.as_deref() == reason {
            return false;
        }
        line.state = state;
        line.reason = reason.map(str::to_owned);
        self.changed.insert((conversation, message));
        self.touched.extend(talk.with.map(|with| Touched { with, message }));
        true
    }

    /// One's own message will not arrive, or not everywhere. That is to be seen, however old the message is: it is kept until
    /// `keep_until` from now on. False where nothing changed.
    pub(crate) fn fail(
        &mut self,
        conversation: ConversationId,
        message: MessageId,
        state: MessageState,
        reason: &'static str,
        keep_until: u64,
    ) -> bool {
        if !self.mark(conversation, message, state, Some(reason)) {
            return false;
        }
        let talk = self.talks.get_mut(&conversation);
        let line =
            talk.and_then(|talk| talk.places.get(&message).and_then(|place| talk.messages.get_mut(place)));
        if let Some(line) = line.filter(|line| line.keep_until < keep_until) {
            let former = (line.keep_until, conversation, message);
            line.keep_until = keep_until;
            self.kept.remove(&former);
            self.overdue.remove(&former);
            self.kept.insert((keep_until, conversation, message));
        }
        true
    }

    /// What was added or changed since this was asked last.
    pub(crate) fn take_touched(&mut self) -> Vec<Touched> {
        std::mem::take(&mut self.touched)
    }

    /// One message.
    pub(crate) fn message(
        &self,
        conversation: ConversationId,
        message: MessageId,
        chains: &Chains,
    ) -> Option<ChatMessage> {
        self.line(conversation, message).map(|line| line.show(chains))
    }

    /// How far a message has come.
    pub(crate) fn state(&self, conversation: ConversationId, message: MessageId) -> Option<MessageState> {
        self.line(conversation, message).map(|line| line.state)
    }

    /// Everything in the conversation has been read. False where it had been already.
    pub(crate) fn mark_read(&mut self, conversation: ConversationId) -> bool {
        let Some(talk) = self.talks.get_mut(&conversation).filter(|talk| talk.unread > 0) else {
            return false;
        };
        talk.unread = 0;
        self.changed_talks.insert(conversation);
        true
    }

    /// Deletes what has been kept long enough. False where there was nothing.
    pub(crate) fn expire(&mut self, now: u64, outbox: &mut Outbox) -> bool {
        for (conversation, message) in outbox.take_left() {
            let until = self.line(conversation, message).map(|line| line.keep_until);
            // Judged anew with what is due now: the clock may have been set back since.
            self.kept.extend(until.and_then(|until| self.overdue.take(&(until, conversation, message))));
        }
        let mut old = Vec::new();
        while let Some(first) = self.kept.first().copied().filter(|(until, ..)| *until <= now) {
            let (_, conversation, message) = first;
            self.kept.pop_first();
            if outbox.get(message).is_some() {
                self.overdue.insert(first);
            } else {
                old.push((conversation, message));
            }
        }
        for (conversation, message) in &old {
            self.remove(*conversation, *message);
        }
        let today = now / DAY_MS;
        let over: Vec<_> = self.days.range(..today).map(|(day, _)| *day).collect();
        for day in over {
            let in_use = |set: &BTreeSet<Kept>| set.first().is_some_and(|(until, ..)| until / DAY_MS <= day);
            if !in_use(&self.kept) && !in_use(&self.overdue) {
                self.days.remove(&day);
                self.changed_days.insert(day);
            }
        }
        !old.is_empty()
    }

    /// When the next message has been kept long enough. Those in the outbox are looked at again when they leave it.
    pub(crate) fn first_expiry(&self) -> Option<u64> {
        self.kept.first().map(|(until, ..)| *until)
    }

    /// There is another outbox, which holds none of the messages here.
    pub(crate) fn outbox_is_gone(&mut self) {
        self.kept.append(&mut self.overdue);
    }

    pub(crate) fn unread(&self, conversation: ConversationId) -> u32 {
        self.talks.get(&conversation).map_or(0, |talk| talk.unread)
    }

    /// The newest message of a conversation.
    pub(crate) fn last(&self, conversation: ConversationId) -> Option<Last> {
        let (_, line) = self.talks.get(&conversation)?.messages.last_key_value()?;
        Some(Last {
            at: line.message.created_ms(),
            mine: line.mine,
            sender: line.sender,
            text: line.text.chars().take(PREVIEW).collect(),
        })
    }

    /// The whole conversation.
    pub(crate) fn show(
        &self,
        conversation: ConversationId,
        with: Target,
        chains: &Chains,
    ) -> ConversationView {
        let lines = self.talks.get(&conversation).map(Talk::in_order).unwrap_or_default();
        let messages = lines.into_iter().map(|line| line.show(chains)).collect();
        ConversationView { with, messages, blocked: None }
    }

    fn line(&self, conversation: ConversationId, message: MessageId) -> Option<&Line> {
        let talk = self.talks.get(&conversation)?;
        talk.places.get(&message).and_then(|place| talk.messages.get(place))
    }

    fn put(&mut self, at: &Place, said: Said) {
        let Place { conversation, with, message, sender, keep_until, link } = *at;
        let former = self.remove(conversation, message);
        let talk = self.talks.entry(conversation).or_default();
        if talk.with.is_none() {
            talk.with = Some(with);
            self.changed_talks.insert(conversation);
        }
        // What replaces a message that could not be opened stands where that stood.
        let newest = talk.messages.last_key_value().map_or(0, |(last, _)| last + 1);
        let place = former.map_or(newest, |line| line.place);
        let Said { mine, text, state, reason } = said;
        let line = Line { place, conversation, message, mine, sender, text, state, reason, keep_until, link };
        talk.places.insert(message, place);
        talk.messages.insert(place, line);
        self.changed.insert((conversation, message));
        self.touched.push(Touched { with, message });
        let many = talk.messages.len() > MAX_MESSAGES;
        let oldest = talk.messages.values().next().filter(|_| many).map(|line| line.message);
        self.kept.insert((keep_until, conversation, message));
        if let Some(oldest) = oldest {
            self.remove(conversation, oldest);
        }
    }

    fn remove(&mut self, conversation: ConversationId, message: MessageId) -> Option<Line> {
        let talk = self.talks.get_mut(&conversation)?;
        let line = talk.places.remove(&message).and_then(|place| talk.messages.remove(&place))?;
        let kept = (line.keep_until, conversation, message);
        self.kept.remove(&kept);
        self.overdue.remove(&kept);
        self.changed.insert((conversation, message));
        Some(line)
    }
}

impl Talk {
    /// Its messages in the order in which they came, but those of one device in the order in which it wrote them: a gateway
    /// that shuffles them changes nothing of what they say together.
    fn in_order(&self) -> Vec<&Line> {
        let number = |line: &&Line| line.link.map(|(_, number)| number);
        let mut written: BTreeMap<DeviceId, Vec<&Line>> = BTreeMap::new();
        for line in self.messages.values() {
            if let Some((device, _)) = line.link {
                written.entry(device).or_default().push(line);
            }
        }
        for lines in written.values_mut() {
            // The next one is taken from the end.
            lines.sort_by_key(number);
            lines.reverse();
        }
        let next = |line| {
            let of_device = Line::link_device(line).and_then(|device| written.get_mut(&device));
            of_device.and_then(Vec::pop).unwrap_or(line)
        };
        self.messages.values().map(next).collect()
    }
}

impl Line {
    fn link_device(&self) -> Option<DeviceId> {
        self.link.map(|(device, _)| device)
    }

    const fn day(&self) -> u64 {
        self.keep_until / DAY_MS
    }

    fn show(&self, chains: &Chains) -> ChatMessage {
        let missing = |(device, number)| chains.missing_before(self.conversation, device, number);
        ChatMessage {
            id: self.message,
            sender: self.sender,
            mine: self.mine,
            missing_before: self.link.map_or(0, missing),
            text: self.text.clone(),
            at: self.message.created_ms(),
            state: self.state,
            reason: self.reason.clone(),
        }
    }
}

impl Keep for History {
    fn flush(&mut self, batch: &mut Batch) -> Result<(), CoreError> {
        for conversation in std::mem::take(&mut self.changed_talks) {
            if let Some((with, unread)) =
                self.talks.get(&conversation).and_then(|talk| talk.with.map(|with| (with, talk.unread)))
            {
                batch.put(key::talk(conversation), &TalkRecord { with, unread })?;
            }
        }
        for day in std::mem::take(&mut self.changed_days) {
            match self.days.get(&day) {
                Some(day_key) => batch.put(key::day(day), day_key)?,
                None => batch.delete(key::day(day)),
            }
        }
        for (conversation, message) in std::mem::take(&mut self.changed) {
            let name = key::chat(conversation, message);
            let line = self.line(conversation, message);
            match line.and_then(|line| Some((line, self.days.get(&line.day())?))) {
                Some((line, day_key)) => batch.put_under(name, line, line.day(), day_key)?,
                None => batch.delete(name),
            }
        }
        Ok(())
    }
}

impl std::fmt::Debug for Line {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Line")
            .field("message", &self.message)
            .field("state", &self.state)
            .finish_non_exhaustive()
    }
}
