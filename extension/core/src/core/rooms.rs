//! Rooms as conversations: who may write, what they are called.

use protocol::{
    envelope::Header,
    id::{ConversationId, RoomId, UserId},
    limits::MAX_MESSAGE_LIFE_MS,
    roster::RoomName,
};

use super::{Core, member::Member, turn::Turn};
use crate::{
    directory::{GRACE_MS, Place},
    error::CoreError,
    message::payload::Content,
    outbox::Recipient,
    refusal::Refusal,
    target::Target,
};

impl Core {
    /// The room has this name: tells everybody in it, by a message that shows nothing else.
    pub(super) fn name_room(
        &mut self,
        room: RoomId,
        name: RoomName,
        turn: &mut Turn,
    ) -> Result<(), CoreError> {
        let now = self.clock.wall(turn.now);
        let message = self.new_message_id(now)?;
        let Some(member) = &mut self.member else { return Ok(()) };
        let commitment = member.directory.roster().room(room).map(|room| room.name);
        if let Some(commitment) = commitment {
            member.room_names.put(room, name, commitment);
        }
        let to = Recipient::Everybody(Target::Room(room));
        // A full outbox: the name comes with the next message in the room.
        let _ = member.outbox.add(message, room.into(), to, now + MAX_MESSAGE_LIFE_MS, Content::RoomInfo);
        Ok(())
    }
}

impl Member {
    pub(super) fn conversation_of(&self, target: Target) -> ConversationId {
        match target {
            Target::Person(user) => self.conversation_with(user),
            Target::Room(room) => room.into(),
        }
    }

    /// The name that goes with a message into a room.
    pub(super) fn name_for(&self, to: Recipient) -> Option<RoomName> {
        match to {
            Recipient::Everybody(Target::Room(room)) => self.room_names.get(room).cloned(),
            _ => None,
        }
    }

    /// Whether the recipient's keys changed and nobody has said that they are right. Comparing them is what helps then, so
    /// that alone goes on.
    pub(super) fn is_blocked(&self, to: Recipient, content: &Content) -> bool {
        if matches!(content, Content::Compare(_)) {
            return false;
        }
        let Recipient::Everybody(Target::Person(user)) = to else { return false };
        self.has_changed_keys(user)
    }

    pub(super) fn has_changed_keys(&self, user: UserId) -> bool {
        let known = self.directory.person(user);
        known.is_some_and(|known| self.pins.keys_of(known) == crate::view::Keys::Changed)
    }

    /// Whether this person can write there now.
    pub(super) fn may_write(&self, target: Target) -> Result<(), CoreError> {
        let me = self.me().user;
        match target {
            Target::Person(user) if user == me || self.directory.person(user).is_none() => {
                Err(CoreError::UnknownPerson)
            }
            Target::Person(user) if self.has_changed_keys(user) => Err(CoreError::KeysChanged),
            Target::Room(room) if !self.directory.roster().is_member(room, me) => Err(CoreError::UnknownRoom),
            _ => Ok(()),
        }
    }

    /// The same for what is not words: who makes a room of a role or a place need not be in it, and has to tell its name.
    pub(super) fn may_say(&self, target: Target, content: &Content) -> Result<(), CoreError> {
        match (target, content) {
            (Target::Room(room), Content::RoomInfo)
                if self.directory.roster().names_room(room, self.me().user) =>
            {
                Ok(())
            }
            _ => self.may_write(target),
        }
    }

    /// Whether `sender`, who had the roster up to `place`, could write in this room, and this person read it. A message that
    /// was under way when somebody was removed is still good.
    pub(super) fn check_room(
        &self,
        room: RoomId,
        sender: UserId,
        place: Place,
        header: &Header,
        content: &Content,
    ) -> Result<(), Refusal> {
        let roster = self.directory.roster();
        let names = matches!(content, Content::RoomInfo) && roster.names_room(room, sender);
        let belonged = |user: UserId| {
            let Some(known) = roster.room(room) else { return false };
            let departure = known.closed.as_ref().or_else(|| known.departed.get(&user));
            roster.is_member(room, user)
                || departure.is_some_and(|gone| {
                    place.length <= gone.index
                        && header.message.created_ms() < gone.at_ms.saturating_add(GRACE_MS)
                })
        };
        let may = names || belonged(sender);
        if may && belonged(self.me().user) { Ok(()) } else { Err(Refusal::NotAMember) }
    }
}
