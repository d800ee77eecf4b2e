//! Everything that a device which has an invite keeps.

use protocol::id::{ConversationId, DeviceId, UserId};

use crate::{
    directory::{Device, Directory},
    error::CoreError,
    history::History,
    identity::Identity,
    olm::{OlmAccount, Sessions},
    outbox::Outbox,
    seen::Seen,
    store::{Batch, Keep, key},
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
        }
    }

    pub(super) fn me(&self) -> &Device {
        self.identity.device()
    }

    pub(super) fn conversation_with(&self, user: UserId) -> ConversationId {
        ConversationId::direct(self.me().user, user)
    }

    /// The colleague of a conversation in which `sender` wrote to this person.
    pub(super) fn colleague_in(&self, conversation: ConversationId, sender: UserId) -> Option<UserId> {
        if sender != self.me().user {
            return (conversation == self.conversation_with(sender)).then_some(sender);
        }
        // One's own other device: the hash tells whom it wrote to.
        self.directory
            .users()
            .find(|user| *user != self.me().user && self.conversation_with(*user) == conversation)
    }

    /// Devices that a message to `user` is for: all of that person's, and one's own others.
    pub(super) fn recipients(&self, user: UserId) -> (Vec<DeviceId>, Vec<DeviceId>) {
        let me = self.me();
        let devices = |user| self.directory.devices_of(user).map(|device| device.device);
        (devices(user).collect(), devices(me.user).filter(|device| *device != me.device).collect())
    }

    /// Gives up messages whose time is over. True where there were some.
    pub(super) fn expire_outbox(&mut self, now: u64) -> bool {
        let over: Vec<_> = self
            .outbox
            .items()
            .filter(|item| item.expires_ms <= now)
            .map(|item| (item.message, item.conversation, item.accepted))
            .collect();
        let any = !over.is_empty();
        for (message, conversation, accepted) in over {
            let state = self.history.state(conversation, message);
            if state != Some(MessageState::Delivered) {
                let state = if accepted { MessageState::Sent } else { MessageState::Refused };
                self.history.mark(conversation, message, state, Some("expired"));
            }
            self.outbox.remove(message);
        }
        any
    }

    /// Everything that changed in this turn.
    pub(super) fn collect(&mut self) -> Result<Batch, CoreError> {
        let mut batch = Batch::default();
        let parts: [&mut dyn Keep; 8] = [
            &mut self.identity,
            &mut self.account,
            &mut self.sessions,
            &mut self.directory,
            &mut self.seen,
            &mut self.outbox,
            &mut self.history,
            &mut self.counter,
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
