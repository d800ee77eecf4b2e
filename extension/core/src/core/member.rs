//! Everything that a device which has an invite keeps.

use std::collections::BTreeSet;

use protocol::{
    error::ErrorCode,
    id::{ConversationId, DeviceId, MessageId, UserId},
};

use crate::{
    chain::Chains,
    comparison::Comparisons,
    directory::{Device, Directory},
    error::CoreError,
    history::{History, Place},
    identity::Identity,
    lost::Lost,
    olm::{OlmAccount, Sessions},
    outbox::{Body, Outbox, Recipient},
    pins::Pins,
    room_names::RoomNames,
    seen::Seen,
    store::{Batch, Keep, key},
    target::Target,
    view::MessageState,
};

#[derive(Debug)]
pub(super) struct Member {
    pub(super) identity: Identity,
    pub(super) account: OlmAccount,
    pub(super) sessions: Sessions,
    pub(super) directory: Directory,
    pub(super) seen: Seen,
    pub(super) outbox: Outbox,
    pub(super) history: History,
    pub(super) counter: Counter,
    pub(super) room_names: RoomNames,
    pub(super) pins: Pins,
    pub(super) chains: Chains,
    pub(super) lost: Lost,
    /// In memory alone.
    pub(super) comparisons: Comparisons,
}

/// Numbers the messages of this device; a number is on disk before the message that bears it leaves.
#[derive(Debug, Default)]
pub(super) struct Counter {
    next: u64,
    changed: bool,
}

impl Counter {
    pub(super) const fn restore(next: u64) -> Self {
        Self { next, changed: false }
    }

    pub(super) fn take(&mut self) -> u64 {
        let number = self.next;
        self.next += 1;
        self.changed = true;
        number
    }
}

impl Member {
    pub(super) fn new(identity: Identity, account: OlmAccount) -> Self {
        let directory = Directory::pinned(identity.home().roster_root);
        Self {
            identity,
            account,
            sessions: Sessions::default(),
            directory,
            seen: Seen::default(),
            outbox: Outbox::default(),
            history: History::default(),
            counter: Counter::default(),
            room_names: RoomNames::default(),
            pins: Pins::default(),
            chains: Chains::default(),
            lost: Lost::default(),
            comparisons: Comparisons::default(),
        }
    }

    pub(super) fn me(&self) -> &Device {
        self.identity.device()
    }

    pub(super) fn conversation_with(&self, user: UserId) -> ConversationId {
        ConversationId::direct(self.me().user, user)
    }

    /// Remembers the keys of whoever is new.
    pub(super) fn meet_everybody(&mut self) {
        for user in self.directory.roster().users() {
            self.pins.meet(user);
        }
    }

    /// Where a message of `sender` in `conversation` belongs, if this person is part of it.
    pub(super) fn target_of(&self, conversation: ConversationId, sender: UserId) -> Option<Target> {
        if self.directory.roster().room(conversation.into()).is_some() {
            return Some(Target::Room(conversation.into()));
        }
        self.colleague_in(conversation, sender).map(Target::Person)
    }

    fn colleague_in(&self, conversation: ConversationId, sender: UserId) -> Option<UserId> {
        if sender != self.me().user {
            return (conversation == self.conversation_with(sender)).then_some(sender);
        }
        // One's own other device: the hash tells whom it wrote to, who may have left since.
        let mut users = self.directory.users().chain(self.directory.all_owners());
        users.find(|user| self.conversation_with(*user) == conversation)
    }

    /// Where a message is shown, and until when.
    pub(super) fn line_of(
        &self,
        conversation: ConversationId,
        with: Target,
        message: MessageId,
        sender: UserId,
        now: u64,
    ) -> Place {
        let keep_until = self.keep_until(now);
        Place { conversation, with, message, sender, keep_until, link: None }
    }

    /// Until when what is to be seen from `now` on is kept.
    pub(super) fn keep_until(&self, now: u64) -> u64 {
        now.saturating_add(self.directory.roster().policy().history_ms)
    }

    /// Devices that a message is for: those of the others, and one's own others.
    pub(super) fn recipients(&self, to: Recipient) -> (Vec<DeviceId>, Vec<DeviceId>) {
        let me = self.me();
        let devices = |user| self.directory.devices_of(user).map(|device| device.device);
        let theirs = match to {
            Recipient::Device(device) => {
                return (
                    self.directory.device(device).map(|device| device.device).into_iter().collect(),
                    Vec::new(),
                );
            }
            Recipient::Everybody(Target::Person(user)) => devices(user).collect(),
            Recipient::Everybody(Target::Room(room)) => {
                let members = self.directory.roster().members(room).filter(|user| user.user != me.user);
                let trusted = members.filter(|user| !self.has_changed_keys(user.user));
                trusted.flat_map(|user| devices(user.user)).collect()
            }
        };
        (theirs, devices(me.user).filter(|device| *device != me.device).collect())
    }

    /// Nobody waits for devices that left the office.
    pub(super) fn drop_revoked(&mut self, now: u64) {
        let directory = &self.directory;
        let gone = |device: &DeviceId| directory.device(*device).is_none();
        let waiting: Vec<_> = self
            .outbox
            .items()
            .filter(|item| item.waiting.iter().any(gone))
            .map(|item| {
                let left: BTreeSet<_> = item.waiting.iter().filter(|device| !gone(device)).copied().collect();
                (item.message, left)
            })
            .collect();
        for (message, left) in waiting {
            if left.is_empty() {
                self.tell_nobody_left(message, ErrorCode::UnknownRecipient, now);
                self.outbox.remove(message);
            } else if let Some((_, waiting)) = self.outbox.progress_mut(message) {
                *waiting = left;
            }
        }
        // For a device that left there is nobody to say anything to.
        let gone = |device: DeviceId| self.directory.device(device).is_none();
        let to_gone: Vec<_> = self
            .outbox
            .items()
            .filter(|item| matches!(item.to, Recipient::Device(device) if gone(device)))
            .map(|item| item.message)
            .collect();
        for message in to_gone {
            self.outbox.remove(message);
        }
        // What was typed and not sealed has nobody to go to: told now, and not when its time is over.
        let to_nobody: Vec<_> = self
            .outbox
            .items()
            .filter_map(|item| match (item.to, &item.body) {
                (Recipient::Everybody(to), Body::Typed { content }) => match self.may_say(to, content) {
                    Err(CoreError::UnknownPerson) => Some((item.message, ErrorCode::UnknownRecipient)),
                    Err(CoreError::UnknownRoom) => Some((item.message, ErrorCode::NotAMember)),
                    _ => None,
                },
                _ => None,
            })
            .collect();
        for (message, code) in to_nobody {
            self.tell_nobody_left(message, code, now);
            self.outbox.remove(message);
        }
        let directory = &self.directory;
        let left =
            |device: DeviceId| directory.any_device(device).is_none_or(|device| device.revoked.is_some());
        self.chains.forget(left);
        self.lost.forget(|device, message| message.is_none() && left(device));
    }

    /// A message that no gateway accepted will reach nobody.
    fn tell_nobody_left(&mut self, message: MessageId, code: ErrorCode, now: u64) {
        let Some(item) = self.outbox.get(message).filter(|item| !item.accepted) else { return };
        let until = self.keep_until(now);
        self.history.fail(item.conversation, message, MessageState::Refused, code.name(), until);
    }

    /// Gives up messages whose time is over, at `wall` by the gateway's clock. True where there were some.
    pub(super) fn expire_outbox(&mut self, wall: u64, now: u64) -> bool {
        let over: Vec<_> =
            self.outbox.expired(wall).map(|item| (item.message, item.conversation, item.accepted)).collect();
        let any = !over.is_empty();
        for (message, conversation, accepted) in over {
            let state = self.history.state(conversation, message);
            if state != Some(MessageState::Delivered) {
                let state = if accepted { MessageState::Sent } else { MessageState::Refused };
                self.history.fail(conversation, message, state, "expired", self.keep_until(now));
            }
            self.outbox.remove(message);
        }
        any
    }

    /// Everything that changed in this turn.
    pub(super) fn collect(&mut self) -> Result<Batch, CoreError> {
        let mut batch = Batch::default();
        let parts: [&mut dyn Keep; 12] = [
            &mut self.identity,
            &mut self.account,
            &mut self.sessions,
            &mut self.directory,
            &mut self.seen,
            &mut self.outbox,
            &mut self.history,
            &mut self.counter,
            &mut self.room_names,
            &mut self.pins,
            &mut self.chains,
            &mut self.lost,
        ];
        for part in parts {
            part.flush(&mut batch)?;
        }
        Ok(batch)
    }
}

impl Keep for Counter {
    fn flush(&mut self, batch: &mut Batch) -> Result<(), CoreError> {
        if std::mem::take(&mut self.changed) {
            batch.put(key::COUNTER.to_owned(), &self.next)?;
        }
        Ok(())
    }
}
