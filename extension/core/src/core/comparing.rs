//! Comparing keys by pictures: what people do, what comes in, what ends it. The comparison itself is [`crate::comparison`].

use protocol::id::{DeviceId, MessageId, UserId};

use super::{Core, member::Member, turn::Turn};
use crate::{
    Effects,
    comparison::{
        Fate, Here, LIFE_MS,
        exchange::{Party, Whom},
        step::Compare,
        take::Incoming,
    },
    directory::Device,
    effects::Notice,
    error::CoreError,
    message::payload::Content,
    outbox::Recipient,
    target::Target,
    view::Presence,
};

impl Core {
    /// Asks somebody who is on line to compare keys, or agrees to what that person asked.
    pub fn start_comparison(&mut self, user: UserId, now_ms: u64) -> Result<Effects, CoreError> {
        self.turn(now_ms, |core, turn| {
            core.require_company(user)?;
            let id = core.new_message_id(core.clock.wall(turn.now))?;
            core.act_on_comparison(user, id, turn, |member, here| {
                let peer = member.whom(user).ok_or(CoreError::UnknownPerson)?;
                member.comparisons.start(here, peer, id).map(Some)
            })
        })
    }

    /// Agrees to compare with somebody who asked.
    pub fn accept_comparison(&mut self, user: UserId, now_ms: u64) -> Result<Effects, CoreError> {
        self.turn(now_ms, |core, turn| {
            core.require_company(user)?;
            let id = core.new_message_id(core.clock.wall(turn.now))?;
            core.act_on_comparison(user, id, turn, |member, here| {
                member.comparisons.accept(here, user).map(Some)
            })
        })
    }

    /// People compared the pictures of this comparison. If they match, the key that they stand for is verified.
    pub fn finish_comparison(
        &mut self,
        user: UserId,
        comparison: MessageId,
        matches: bool,
        now_ms: u64,
    ) -> Result<Effects, CoreError> {
        self.turn(now_ms, |core, turn| {
            let id = core.new_message_id(core.clock.wall(turn.now))?;
            core.act_on_comparison(user, id, turn, |member, _| {
                if !matches {
                    return member.comparisons.differ(user, comparison).map(Some);
                }
                let before = member.pins.remembered(user);
                let compared = member.comparisons.matched(user, comparison, before)?;
                member.pins.verify_key(user, compared.identity);
                Ok(None)
            })
        })
    }

    /// Declines, stops, or puts away how it ended.
    pub fn close_comparison(&mut self, user: UserId, now_ms: u64) -> Result<Effects, CoreError> {
        self.turn(now_ms, |core, turn| {
            let id = core.new_message_id(core.clock.wall(turn.now))?;
            core.act_on_comparison(user, id, turn, |member, _| Ok(member.comparisons.close(user)))
        })
    }

    /// Takes a step that came in `message` of `from`, in the conversation `target`.
    pub(super) fn take_comparison(
        &mut self,
        target: Target,
        from: &Device,
        message: MessageId,
        compare: &Compare,
        turn: &mut Turn,
    ) -> Result<(), CoreError> {
        let reply_id = self.new_message_id(self.clock.wall(turn.now))?;
        let Some(here) = self.here(turn) else { return Ok(()) };
        let Some(member) = &mut self.member else { return Ok(()) };
        let user = if let Target::Person(user) = target { Some(user) } else { None };
        let incoming = Incoming {
            target,
            peer: user.and_then(|user| member.whom(user)),
            sender: member.party(from),
            message,
            compare,
        };
        let taken = member.comparisons.take(&here, incoming);
        if let Some((whom, before)) = taken.undo {
            member.pins.take_back(whom.user, &whom.identity, before);
        }
        if let (Some(user), Some(reply)) = (user, taken.reply) {
            let until = self.clock.wall(turn.now).saturating_add(LIFE_MS);
            // A full outbox: the comparison ends by its time.
            let _ = member.queue_step(user, reply_id, reply, until);
        }
        if let Some(refusal) = taken.refusal {
            self.refusals.count(refusal);
        }
        if taken.asks {
            turn.notices.push(Notice::Comparison { from: target });
        }
        turn.changed = true;
        Ok(())
    }

    /// Whether somebody can be compared with now.
    fn require_company(&self, user: UserId) -> Result<(), CoreError> {
        let member = self.member.as_ref().filter(|member| member.identity.is_enrolled());
        let member = member.ok_or(CoreError::NotMember)?;
        if user == member.me().user || member.directory.person(user).is_none() {
            return Err(CoreError::UnknownPerson);
        }
        if member.directory.trouble().is_some() {
            return Err(CoreError::SendingStopped);
        }
        if !self.connection.session().is_some_and(|session| session.current && session.bus_up) {
            return Err(CoreError::NotConnected);
        }
        if self.presence_of(user) == Presence::Online { Ok(()) } else { Err(CoreError::NotOnline) }
    }

    /// Does something with the comparison with `user`, and sends the step that comes of it as message `id`.
    fn act_on_comparison(
        &mut self,
        user: UserId,
        id: MessageId,
        turn: &mut Turn,
        act: impl FnOnce(&mut Member, &Here) -> Result<Option<Compare>, CoreError>,
    ) -> Result<(), CoreError> {
        let here = self.here(turn).ok_or(CoreError::NotMember)?;
        let member = self.member.as_mut().ok_or(CoreError::NotMember)?;
        // Before anything changes: a command that is refused leaves all as it was.
        member.outbox.require_room()?;
        if let Some(step) = act(member, &here)? {
            member.queue_step(user, id, step, here.wall.saturating_add(LIFE_MS))?;
        }
        turn.changed = true;
        Ok(())
    }

    fn here(&self, turn: &Turn) -> Option<Here> {
        let member = self.member.as_ref()?;
        Some(Here {
            root: member.identity.home().roster_root,
            me: member.party(member.me())?,
            now: turn.now,
            wall: self.clock.wall(turn.now),
        })
    }
}

impl Member {
    fn whom(&self, user: UserId) -> Option<Whom> {
        self.directory.person(user).map(|known| Whom { user, identity: known.identity.clone() })
    }

    /// A device of the office, with its person.
    fn party(&self, device: &Device) -> Option<Party> {
        let device = self.directory.device(device.device)?;
        Some(Party {
            whom: self.whom(device.user)?,
            device: device.device,
            device_key: device.signing_key.clone(),
        })
    }

    /// Tells all devices of both people. Nobody needs a step later than `until`.
    fn queue_step(
        &mut self,
        user: UserId,
        id: MessageId,
        compare: Compare,
        until: u64,
    ) -> Result<(), CoreError> {
        let (conversation, to) = (self.conversation_with(user), Recipient::Everybody(user.into()));
        self.outbox.add(id, conversation, to, until, Content::Compare(compare))
    }

    /// The roster has grown: comparisons with somebody who has other keys now, or with a device that left, end.
    pub(super) fn look_up_comparisons(&mut self) {
        let directory = &self.directory;
        let fate = |peer: &Whom, device: Option<DeviceId>| {
            if directory.person(peer.user).is_none_or(|known| known.identity != peer.identity) {
                return Fate::OtherKeys;
            }
            let gone = |device| directory.device(device).is_none();
            if device.is_some_and(gone) { Fate::DeviceGone } else { Fate::Same }
        };
        self.comparisons.look_up(fate);
    }
}
