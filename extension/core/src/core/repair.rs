//! Healing: a message that cannot be opened is told to its sender, inside a session that works; the sender seals it again
//! for that one device. And a ratchet that only ever receives is turned now and then by a message of its own.

use protocol::{
    id::{ConversationId, DeviceId, MessageId},
    limits::MAX_MESSAGE_LIFE_MS,
};

use super::{Core, member::Member, turn::Turn};
use crate::{
    directory::Device,
    error::CoreError,
    message::{
        payload::{Again, Content, Payload},
        seal,
    },
    outbox::{Body, Recipient},
};

/// Control messages live as long as what they are about may wait at all.
const LIFE_MS: u64 = MAX_MESSAGE_LIFE_MS;

impl Core {
    /// What was left for later comes again on a new connection, once enough of what was asked for has come.
    pub(super) fn fetch_what_was_left(&mut self, turn: &mut Turn) -> Result<(), CoreError> {
        let (Some(member), Some(session)) = (&self.member, self.connection.session()) else { return Ok(()) };
        if session.left_for_later.iter().any(|device| member.lost.has_room(*device)) {
            return self.connect_anew(turn);
        }
        Ok(())
    }

    /// Tells senders what could not be opened, once there is a connection to tell it on.
    pub(super) fn report_lost(&mut self, turn: &mut Turn) -> Result<(), CoreError> {
        if self.connection.session().is_none_or(|session| !session.current) {
            return Ok(());
        }
        let given_up = self.member.as_mut().map(|member| member.lost.give_up(turn.now));
        for message in given_up.into_iter().flatten() {
            self.confirm(message, turn)?;
        }
        let now = self.clock.wall(turn.now);
        while let Some(report) = self.member.as_mut().and_then(|member| member.lost.report(turn.now)) {
            let message = self.new_message_id(now)?;
            let Some(member) = &mut self.member else { return Ok(()) };
            if report.renew {
                member.sessions.renew(report.device);
            }
            let content = Content::Lost(report.messages);
            // A full outbox: the next report says it again.
            member.tell_device(message, report.device, report.conversation, now + LIFE_MS, content);
        }
        Ok(())
    }

    /// A colleague's device cannot open messages of this one: they are sealed again for it. Each such report is answered,
    /// so that the device knows that it was understood.
    pub(super) fn seal_again(
        &mut self,
        device: &Device,
        messages: &[MessageId],
        turn: &Turn,
    ) -> Result<(), CoreError> {
        let now = self.clock.wall(turn.now);
        for message in messages {
            let id = self.new_message_id(now)?;
            let Some(member) = &mut self.member else { return Ok(()) };
            let Some(item) = member.outbox.get(*message) else { continue };
            // Only what this very device was meant to get, and has not confirmed.
            let Body::Sealed(sealed) = &item.body else { continue };
            let to = Recipient::Device(device.device);
            let under_way = member.outbox.items().any(|other| {
                let typed = matches!(&other.body, Body::Typed { content: Content::Again(again) } if again.message == *message);
                typed && other.to == to
            });
            if !item.waiting.contains(&device.device) || under_way {
                continue;
            }
            let Ok(padded) = seal::open(&sealed.root, &sealed.envelope.payload) else { continue };
            let header = &sealed.envelope.header;
            let Ok((payload, room, link)) =
                Payload::from_padded(&padded).and_then(|payload| payload.into_content(header))
            else {
                continue;
            };
            // What says nothing to people, or was itself sealed again, is not worth another copy: that it need not be missed is.
            let (payload, room, link) = match payload {
                Content::Text(_) | Content::RoomInfo => (payload, room, link),
                _ => (Content::Turn, None, None),
            };
            // By a clock that was set back the first copy may live longer than a message may.
            let (conversation, expires_ms) = (item.conversation, item.expires_ms.min(now + LIFE_MS));
            let hash = seal::hash(header, &sealed.envelope.payload);
            let again = Again { message: *message, content: Box::new(payload), room, link, hash };
            // A full outbox: the device asks again.
            member.tell_device(id, device.device, conversation, expires_ms, Content::Again(again));
        }
        if messages.is_empty() { Ok(()) } else { self.send_turn(device, turn) }
    }

    /// After many messages without an answer the ratchet is turned, so that its keys do not live for ever.
    pub(super) fn turn_ratchet(&mut self, device: &Device, turn: &Turn) -> Result<(), CoreError> {
        let due = self.member.as_ref().is_some_and(|member| member.sessions.is_due_for_a_turn(device.device));
        if due { self.send_turn(device, turn) } else { Ok(()) }
    }

    /// A message that says nothing, unless another one for this device alone is under way.
    fn send_turn(&mut self, device: &Device, turn: &Turn) -> Result<(), CoreError> {
        let now = self.clock.wall(turn.now);
        let id = self.new_message_id(now)?;
        let Some(member) = &mut self.member else { return Ok(()) };
        let to = Recipient::Device(device.device);
        if !member.outbox.items().any(|item| item.to == to) {
            let conversation = member.conversation_with(device.user);
            // A full outbox turns it anyway, and is an answer too.
            member.tell_device(id, device.device, conversation, now + LIFE_MS, Content::Turn);
        }
        Ok(())
    }
}

impl Member {
    /// Queues what one device alone gets, if there is room, and if the device has not left: nothing goes to one that has, and
    /// what waits holds up its conversation.
    fn tell_device(
        &mut self,
        message: MessageId,
        device: DeviceId,
        conversation: ConversationId,
        expires_ms: u64,
        content: Content,
    ) {
        if self.directory.device(device).is_some() {
            let to = Recipient::Device(device);
            let _ = self.outbox.add(message, conversation, to, expires_ms, content);
        }
    }
}
