//! Receiving a message: look it up, decrypt it on a copy, check everything, and only then let it change
//! anything. Ratchet, content, seen-set and the confirmation belong to one turn, so to one transaction:
//! a crash before it leaves a message that comes again, a crash after it one that is confirmed again.

use protocol::{
    envelope::Addressed,
    frame::{ConfirmDelivery, FetchRoster},
    id::MessageId,
};

use super::{Core, connection::ROSTER_WAIT_MS, member::Member, turn::Turn};
use crate::{
    chain::Follows,
    directory::{Device, Place, Standing},
    effects::Notice,
    error::CoreError,
    lost::Fate,
    message::{
        open::{Opened, open},
        payload::Content,
    },
    olm::Decrypted,
    refusal::Refusal,
    seen::Sighting,
    target::Target,
    view::MessageState,
};

/// What to do with a refused message.
struct Refused {
    refusal: Refusal,
    /// Whether to show in this conversation that something came that cannot be read.
    show_with: Option<Target>,
}

/// Why a message is not taken now.
enum NotTaken {
    Refused(Refused),
    /// The roster, as far as it is here, does not explain it, and there is more: as far as the sender has it, where that could be
    /// read.
    Early(Option<Place>),
}

impl From<Refusal> for NotTaken {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(Refused { refusal, show_with: None })
    }
}

impl Core {
    pub(super) fn receive(&mut self, addressed: Addressed, turn: &mut Turn) -> Result<(), CoreError> {
        let Some(member) = &self.member else { return Ok(()) };
        let header = &addressed.header;
        let (message, device) = (header.message, header.sender_device);
        if addressed.wrap.device != member.me().device {
            // Not confirmed: it would be somebody else's message.
            self.refusals.count(Refusal::OtherDevice);
            return Ok(());
        }
        match member.seen.sighting(device, message) {
            Sighting::Known => return self.confirm(message, turn),
            Sighting::TooOld => {
                self.refusals.count(Refusal::TooOld);
                return self.confirm(message, turn);
            }
            Sighting::New => {}
        }
        // Both clocks have to say so: a wrong one alone must not lose messages.
        if header.expires_ms <= turn.now.min(self.clock.wall(turn.now)) {
            self.refusals.count(Refusal::Expired);
            return self.confirm(message, turn);
        }
        let Some(sender) = member.directory.sender(device).cloned() else {
            let refusal = if member.directory.is_distrusted(device) {
                Refusal::SenderDistrusted
            } else if member.directory.any_device(device).is_some() {
                Refusal::SenderLeft
            } else {
                // Enrolled a moment ago, perhaps: wait for the roster. Not confirmed, so it comes again at worst.
                return self.defer(addressed, turn);
            };
            self.refusals.count(refusal);
            return self.confirm(message, turn);
        };
        let whole = self.connection.session().is_some_and(|session| session.current);
        match decrypt(member, &addressed, &sender, whole) {
            Ok((decrypted, opened, target)) => {
                self.keep(&addressed, decrypted, opened, target, &sender, turn)?;
                self.turn_ratchet(&sender, turn)?;
            }
            Err(NotTaken::Early(place)) => return self.wait_for_roster(addressed, place, turn),
            // Not confirmed: its sender keeps it, and is told, now or when there is room to remember it.
            Err(NotTaken::Refused(refused)) => match self.refuse(&addressed, &refused, turn) {
                Fate::Asked => return Ok(()),
                Fate::Later => {
                    if let Some(session) = self.connection.session_mut() {
                        session.left_for_later.insert(device);
                    }
                    return Ok(());
                }
                Fate::GivenUp => {}
            },
        }
        self.confirm(message, turn)
    }

    /// A message that overtook the entry that explains it is tried again when the roster has grown. Not confirmed, so it
    /// comes again at worst.
    fn wait_for_roster(
        &mut self,
        addressed: Addressed,
        place: Option<Place>,
        turn: &mut Turn,
    ) -> Result<(), CoreError> {
        if let (Some(member), Some(session), Some(place)) =
            (&mut self.member, self.connection.session_mut(), place)
        {
            member.directory.meet_colleague(place);
            session.roster_by.get_or_insert(turn.now + ROSTER_WAIT_MS);
        }
        self.defer(addressed, turn)
    }

    /// Tries again what waited for the roster.
    pub(super) fn receive_deferred(&mut self, turn: &mut Turn) -> Result<(), CoreError> {
        let deferred = self.connection.session_mut().map(super::connection::Session::take_deferred);
        for addressed in deferred.into_iter().flatten() {
            let known = self
                .member
                .as_ref()
                .is_some_and(|member| member.directory.any_device(addressed.header.sender_device).is_some());
            if known {
                self.receive(addressed, turn)?;
            } else if let Some(session) = self.connection.session_mut() {
                session.defer(addressed);
            }
        }
        if self.connection.session().is_some_and(|session| session.current && session.has_dropped) {
            // What was dropped comes again on a new connection, and the roster is here now.
            return self.connect_anew(turn);
        }
        Ok(())
    }

    /// Makes an opened message part of this device.
    fn keep(
        &mut self,
        addressed: &Addressed,
        decrypted: Decrypted,
        opened: Opened,
        target: Target,
        from: &Device,
        turn: &mut Turn,
    ) -> Result<(), CoreError> {
        let Some(member) = &mut self.member else { return Ok(()) };
        let header = &addressed.header;
        member.sessions.accept(decrypted, &mut member.account);
        member.seen.add(header.sender_device, header.message, Some(opened.counter));
        member.lost.heard(from.device, turn.now);
        member.lost.found(from.device, header.message);
        // What was sealed again takes the place of what could not be opened.
        let (content, room, link, hash, message) = match opened.content {
            Content::Again(again) => {
                let known = member.seen.sighting(from.device, again.message) != Sighting::New;
                if !known {
                    member.seen.add(from.device, again.message, None);
                }
                member.lost.found(from.device, again.message);
                let content = if known { Content::Turn } else { *again.content };
                (content, again.room, again.link.filter(|_| !known), again.hash, again.message)
            }
            content => (content, opened.room, opened.link, opened.hash, header.message),
        };
        if let Some(link) = link {
            let follows = member.chains.take(header.conversation, from.device, link, hash);
            if follows == Follows::Contradicts {
                self.refusals.count(Refusal::ChainContradiction);
            }
        }
        if let (Target::Room(room), Some(name)) = (target, room)
            && let Some(commitment) = member.directory.roster().room(room).map(|room| room.name)
        {
            member.room_names.put(room, name, commitment);
        }
        let mut place = member.line_of(header.conversation, target, message, header.sender_user, turn.now);
        place.link = link.map(|link| (from.device, link.number));
        let (mut cannot_open, mut step) = (Vec::new(), None);
        match content {
            Content::Text(text) if place.sender == member.me().user => {
                member.history.add_mine(&place, text, MessageState::Sent);
            }
            Content::Text(text) => {
                member.history.add_theirs(&place, text);
                turn.notices.push(Notice::Message { from: target });
            }
            Content::Lost(messages) => cannot_open = messages,
            Content::Compare(compare) => step = Some(compare),
            Content::RoomInfo | Content::Turn | Content::Again(_) => {}
        }
        // What could not be opened and says nothing to people is not missed any more.
        member.history.remove_undecryptable(header.conversation, message);
        turn.changed = true;
        let ahead = member.directory.standing(opened.roster) == Standing::Ahead;
        member.directory.meet_colleague(opened.roster);
        if ahead {
            self.ask_for_more_roster(turn)?;
        }
        if message != header.message {
            // The first copy need not wait any longer.
            self.confirm(message, turn)?;
        }
        if let Some(compare) = step {
            self.take_comparison(target, from, message, &compare, turn)?;
        }
        self.seal_again(from, &cannot_open, turn)
    }

    /// Counts and shows it, and sees to it that its sender is asked for it where that can help.
    fn refuse(&mut self, addressed: &Addressed, refused: &Refused, turn: &mut Turn) -> Fate {
        self.refusals.count(refused.refusal);
        let Some(member) = &mut self.member else { return Fate::GivenUp };
        // Said inside the sender's own session, so it is the sender's word and not the gateway's.
        if refused.refusal == Refusal::RosterFork {
            member.directory.note_fork();
            turn.changed = true;
        }
        if let Some(target) = refused.show_with {
            let header = &addressed.header;
            let mine = header.sender_user == member.me().user;
            let place =
                member.line_of(header.conversation, target, header.message, header.sender_user, turn.now);
            turn.changed |= member.history.add_undecryptable(&place, mine, refused.refusal.name());
            // Of a device that left nobody can be asked for it.
            let is_here = member.directory.device(header.sender_device).is_some();
            if refused.refusal.is_repairable() && is_here {
                return member.lost.add(header.sender_device, header.message, header.conversation, turn.now);
            }
        }
        Fate::GivenUp
    }

    fn defer(&mut self, addressed: Addressed, turn: &mut Turn) -> Result<(), CoreError> {
        let (Some(member), Some(session)) = (&self.member, self.connection.session_mut()) else {
            return Ok(());
        };
        session.defer(addressed);
        if std::mem::replace(&mut session.asked_for_roster, true) {
            return Ok(());
        }
        let from = member.directory.place().length;
        turn.send(&mut session.channel, &FetchRoster { from }.into())
    }

    pub(super) fn confirm(&mut self, message: MessageId, turn: &mut Turn) -> Result<(), CoreError> {
        let Some(session) = self.connection.session_mut() else { return Ok(()) };
        turn.send(&mut session.channel, &ConfirmDelivery { message }.into())
    }
}

/// Decrypts and checks; changes nothing. `whole` is whether all of the roster is here that the gateway told of.
fn decrypt(
    member: &Member,
    addressed: &Addressed,
    sender: &Device,
    whole: bool,
) -> Result<(Decrypted, Opened, Target), NotTaken> {
    let (header, me) = (&addressed.header, member.me());
    if sender.device == me.device {
        return Err(Refusal::FromMyself.into());
    }
    if header.sender_user != sender.user {
        return Err(Refusal::SenderMismatch.into());
    }
    let is_early = |opened: &Opened| member.directory.standing(opened.roster) == Standing::Ahead;
    let Some(target) = member.target_of(header.conversation, sender.user) else {
        // A room that was made, or a person who came, a moment ago, perhaps.
        let decrypted =
            member.sessions.decrypt(sender.device, &sender.olm_identity, &addressed.wrap, &member.account);
        let Ok(decrypted) = decrypted else {
            return Err(if whole { Refusal::Conversation.into() } else { NotTaken::Early(None) });
        };
        let opened = open(&decrypted.plaintext, header, &addressed.payload, sender, me, &member.directory);
        return Err(match opened {
            Ok(opened) if is_early(&opened) => NotTaken::Early(Some(opened.roster)),
            _ => Refusal::Conversation.into(),
        });
    };
    if member.history.holds(header.conversation, header.message) {
        return Err(Refusal::MessageIdTaken.into());
    }
    let shown = |refusal| NotTaken::Refused(Refused { refusal, show_with: Some(target) });
    let decrypted = member
        .sessions
        .decrypt(sender.device, &sender.olm_identity, &addressed.wrap, &member.account)
        .map_err(shown)?;
    let opened = open(&decrypted.plaintext, header, &addressed.payload, sender, me, &member.directory)
        .map_err(shown)?;
    if member.seen.knows_counter(sender.device, opened.counter) {
        return Err(shown(Refusal::CounterUsed));
    }
    if member.directory.had_left(sender.device, opened.roster, header.message.created_ms()) {
        return Err(Refusal::SenderLeft.into());
    }
    if let Target::Room(room) = target {
        match member.check_room(room, sender.user, opened.roster, header, &opened.content) {
            Err(_) if is_early(&opened) => return Err(NotTaken::Early(Some(opened.roster))),
            checked => checked?,
        }
    }
    Ok((decrypted, opened, target))
}
