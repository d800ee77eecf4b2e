//! What the gateway says to a device that was let in.

use protocol::{
    error::ErrorCode,
    frame::{Accepted, Delivered, FetchRoster, GatewayFrame, Presence, Refused, RosterEntries},
    id::MessageId,
    limits::MAX_CLOCK_AHEAD_MS,
};

use super::{
    Core,
    connection::{ROSTER_WAIT_MS, Request},
    turn::Turn,
};
use crate::{
    directory::{Standing, Trouble},
    error::CoreError,
    link::Reason,
    outbox::Body,
    view::MessageState,
};

/// How long the gateway's time is believed without doubt.
const CLOCK_DOUBT_MS: u64 = 10_000;
/// How long a message may have to wait until the gateway's clock has come as far as its own date. Further ahead, a person has
/// to look at the clock.
const MOST_EARLY_MS: u64 = 5 * 60 * 1000;
/// Number of that frame, see [`protocol::frame::ClientFrame`].
const RENEW_LEASE: u16 = 11;

impl Core {
    pub(super) fn take_frame(&mut self, frame: GatewayFrame, turn: &mut Turn) -> Result<(), CoreError> {
        match frame {
            // Answers to requests of other sessions, or of none.
            GatewayFrame::Visiting(_)
            | GatewayFrame::Capsule(_)
            | GatewayFrame::SignInAnswer(_)
            | GatewayFrame::SignedIn(_) => Ok(()),
            GatewayFrame::Lease(lease) => self.take_lease(&lease, turn),
            GatewayFrame::PassphraseAnswer(answer) => self.take_passphrase_answer(&answer, turn),
            GatewayFrame::Appended(appended) => self.take_appended(appended.request, turn),
            GatewayFrame::Done(done) => self.take_done(done.request, turn),
            GatewayFrame::Devices(devices) => {
                self.take_devices(&devices, turn);
                Ok(())
            }
            GatewayFrame::Deliver(addressed) => self.receive(addressed, turn),
            GatewayFrame::Accepted(accepted) => {
                self.take_accepted(&accepted, turn);
                Ok(())
            }
            GatewayFrame::Delivered(delivered) => {
                self.take_delivered(&delivered, turn);
                Ok(())
            }
            GatewayFrame::Refused(refused) => self.take_refused(&refused, turn),
            GatewayFrame::RosterEntries(entries) => self.take_roster(&entries, turn),
            GatewayFrame::Prekeys(prekeys) => {
                self.take_prekeys(prekeys, turn);
                Ok(())
            }
            GatewayFrame::PrekeysLow(low) => self.stock_up(low.one_time_keys, turn),
            GatewayFrame::Presence(presence) => {
                self.take_presence(&presence, turn);
                Ok(())
            }
            GatewayFrame::BusState(state) => {
                if let Some(session) = self.connection.session_mut() {
                    // Mailboxes live in the bus's memory: what was accepted may be gone with it.
                    if state.up {
                        session.forget_offers();
                        if let Some(member) = &mut self.member {
                            member.outbox.offer_all();
                        }
                    }
                    session.bus_up = state.up;
                    turn.changed = true;
                }
                Ok(())
            }
            GatewayFrame::Pong(pong) => {
                if let (Some(member), Some(session)) = (&mut self.member, self.connection.session_mut())
                    && session.fallback_ping == Some(pong.number)
                {
                    session.fallback_ping = None;
                    member.account.fallback_settled();
                }
                Ok(())
            }
            // Once a session, and only as its first frame.
            GatewayFrame::Welcome(_) => self.give_up(Reason::GatewayUnreachable, turn),
        }
    }

    fn take_accepted(&mut self, accepted: &Accepted, turn: &mut Turn) {
        let (Some(member), Some(session)) = (&mut self.member, self.connection.session_mut()) else { return };
        session.unanswered.remove(&accepted.message);
        session.holds = 0;
        if !is_sealed(member.outbox.get(accepted.message)) {
            return;
        }
        let Some(item) = member.outbox.get(accepted.message).filter(|item| !item.accepted) else { return };
        let conversation = item.conversation;
        if let Some((is_accepted, _)) = member.outbox.progress_mut(accepted.message) {
            *is_accepted = true;
        }
        if member.history.state(conversation, accepted.message) == Some(MessageState::Queued) {
            turn.changed |= member.history.mark(conversation, accepted.message, MessageState::Sent, None);
        }
    }

    fn take_delivered(&mut self, delivered: &Delivered, turn: &mut Turn) {
        let Some(member) = &mut self.member else { return };
        if !is_sealed(member.outbox.get(delivered.message)) {
            return;
        }
        let owner = member.directory.any_device(delivered.device).map(|device| device.statement.user);
        let me = member.me().user;
        let Some(conversation) = member.outbox.get(delivered.message).map(|item| item.conversation) else {
            return;
        };
        let Some((accepted, waiting)) = member.outbox.progress_mut(delivered.message) else { return };
        // A device confirms only what a gateway accepted; the acceptance itself may have been lost.
        *accepted = true;
        let theirs = owner != Some(me);
        if !waiting.remove(&delivered.device) {
            return;
        }
        let done = waiting.is_empty();
        let state = if theirs { Some(MessageState::Delivered) } else { None };
        let queued = member.history.state(conversation, delivered.message) == Some(MessageState::Queued);
        if let Some(state) = state.or_else(|| queued.then_some(MessageState::Sent)) {
            turn.changed |= member.history.mark(conversation, delivered.message, state, None);
        }
        if done {
            member.outbox.remove(delivered.message);
            if let Some(session) = self.connection.session_mut() {
                session.unanswered.remove(&delivered.message);
            }
        }
    }

    fn take_refused(&mut self, refused: &Refused, turn: &mut Turn) -> Result<(), CoreError> {
        match (refused.message, refused.request) {
            (Some(message), _) => self.take_refused_message(message, refused.code, refused.retry, turn),
            (None, Some(request)) => self.take_refused_request(request, refused.code, turn),
            // A lease that somebody else renewed a moment ago: the newer one is on its way.
            (None, None) if refused.frame == Some(RENEW_LEASE) => Ok(()),
            (None, None) => self.leave(refused.code, turn),
        }
    }

    fn take_refused_message(
        &mut self,
        message: MessageId,
        code: ErrorCode,
        retry: bool,
        turn: &mut Turn,
    ) -> Result<(), CoreError> {
        let (Some(member), Some(session)) = (&mut self.member, self.connection.session_mut()) else {
            return Ok(());
        };
        session.unanswered.remove(&message);
        let early_ms =
            message.created_ms().saturating_sub(self.clock.wall(turn.now).saturating_add(MAX_CLOCK_AHEAD_MS));
        let in_doubt = early_ms == 0 && turn.now.abs_diff(session.since) > CLOCK_DOUBT_MS;
        if code == ErrorCode::ClockSkew && in_doubt {
            // A clock was set since the gateway told the time. It tells it again, and takes the same bytes when they are due.
            return self.connect_anew(turn);
        }
        let accepted = member.outbox.get(message).is_some_and(|item| item.accepted);
        let waits = code == ErrorCode::ClockSkew && (accepted || (1..=MOST_EARLY_MS).contains(&early_ms));
        if retry || waits {
            member.outbox.offer_again(message);
            session.hold(turn.now);
            return Ok(());
        }
        if !is_sealed(member.outbox.get(message)) {
            return Ok(());
        }
        let Some(item) = member.outbox.get(message) else { return Ok(()) };
        let (conversation, accepted, may_be_out) = (item.conversation, item.accepted, item.may_be_out);
        let link = if let Body::Sealed(sealed) = &item.body { sealed.link } else { None };
        // What was accepted once stays sent; only its last copies will not arrive.
        if !accepted {
            // Its place is free again, unless somebody may have got it after all: another one there would contradict it.
            if let Some(link) = link.filter(|_| !may_be_out) {
                member.chains.undo(conversation, link);
            }
            let (state, until) = (MessageState::Refused, member.keep_until(turn.now));
            turn.changed |= member.history.fail(conversation, message, state, code.name(), until);
        }
        member.outbox.remove(message);
        Ok(())
    }

    fn take_roster(&mut self, entries: &RosterEntries, turn: &mut Turn) -> Result<(), CoreError> {
        let (Some(member), Some(session)) = (&mut self.member, self.connection.session_mut()) else {
            return Ok(());
        };
        turn.changed = true;
        let length = member.directory.place().length;
        if entries.first > length {
            // A gap: what was pushed overtook what was asked for.
            session.roster_by = Some(turn.now + ROSTER_WAIT_MS);
            return turn.send(&mut session.channel, &FetchRoster { from: length }.into());
        }
        let (first, wall) = (entries.first, self.clock.wall(turn.now));
        if let Err(trouble) = member.directory.take(first, &entries.entries, wall) {
            if trouble != Trouble::FromTheFuture {
                return Ok(());
            }
            // A clock was set since the gateway told the time, perhaps: it tells it again. If it is the gateway's that is wrong, the
            // entry comes in when that is right.
            if turn.now.abs_diff(session.since) > CLOCK_DOUBT_MS {
                member.directory.forget_future();
                return self.connect_anew(turn);
            }
            return self.give_up(Reason::Timeout, turn);
        }
        if !session.current && member.directory.place().length >= session.target.length {
            if member.directory.standing(session.target) != Standing::Known {
                member.directory.note_fork();
                return Ok(());
            }
            session.current = true;
        }
        if session.current && member.directory.claimed().is_none() {
            session.roster_by = None;
        }
        // Somebody may have keys now who had none.
        session.claims.without.clear();
        session.asked_for_roster = false;
        if let Some(lease) = session.lease_ahead.take() {
            self.take_lease(&lease, turn)?;
        }
        self.roster_has_grown(turn)
    }

    /// Somebody has seen more of the roster than is here. A gateway pushes new entries by itself; one that hides them is asked
    /// and given a deadline.
    pub(super) fn ask_for_more_roster(&mut self, turn: &mut Turn) -> Result<(), CoreError> {
        let (Some(member), Some(session)) = (&self.member, self.connection.session_mut()) else {
            return Ok(());
        };
        session.roster_by.get_or_insert(turn.now + ROSTER_WAIT_MS);
        let from = member.directory.place().length;
        turn.send(&mut session.channel, &FetchRoster { from }.into())
    }

    fn take_done(&mut self, request: u32, turn: &mut Turn) -> Result<(), CoreError> {
        let Some(session) = self.connection.session_mut() else { return Ok(()) };
        match session.end(request) {
            Some(Request::StoreCapsule) => self.take_capsule_stored(request, false, turn),
            Some(Request::Passphrase(exchange)) => self.passphrase_stored(*exchange, turn),
            _ => Ok(()),
        }
    }

    fn take_refused_request(
        &mut self,
        request: u32,
        code: ErrorCode,
        turn: &mut Turn,
    ) -> Result<(), CoreError> {
        let Some(session) = self.connection.session_mut() else { return Ok(()) };
        match session.end(request) {
            Some(Request::Append) => self.refused_append(code, turn),
            Some(Request::StoreCapsule) => self.take_capsule_stored(request, true, turn),
            Some(Request::Passphrase(exchange)) => {
                self.fail_exchange(*exchange, super::append::problem_of(code));
                turn.changed = true;
                Ok(())
            }
            Some(Request::Devices(job, _)) => {
                self.jobs.fail(&job, super::append::problem_of(code));
                turn.changed = true;
                Ok(())
            }
            None => {
                self.take_refused_claim(request, turn);
                Ok(())
            }
        }
    }

    fn take_presence(&mut self, presence: &Presence, turn: &mut Turn) {
        let Some(session) = self.connection.session_mut() else { return };
        let known = session.presence.get_or_insert_default();
        if presence.complete {
            known.clear();
        }
        for user in &presence.users {
            known.insert(user.user, user.online);
        }
        session.claims.without.clear();
        turn.changed = true;
    }

    /// Looks after everything that was waited for in vain.
    pub(super) fn check_waits(&mut self, turn: &mut Turn) -> Result<(), CoreError> {
        let (Some(member), Some(session)) = (&mut self.member, self.connection.session_mut()) else {
            return Ok(());
        };
        let now = turn.now;
        if session.roster_by.is_some_and(|by| now >= by) {
            // Asked for once more while the gateway itself says that there is more; what only a colleague
            // has seen was asked for already.
            session.roster_by = if session.current {
                // What a colleague has seen may have come by another way, with an entry of one's own.
                if member.directory.claimed().is_some() {
                    member.directory.note_rollback();
                    turn.changed = true;
                }
                None
            } else {
                let from = member.directory.place().length;
                turn.send(&mut session.channel, &FetchRoster { from }.into())?;
                Some(now + ROSTER_WAIT_MS)
            };
        }
        if session.hold_until.is_some_and(|until| now >= until) {
            session.hold_until = None;
        }
        if session.claims.open.as_ref().is_some_and(|claim| now >= claim.by) {
            session.claims.open = None;
        }
        session.claims.without.retain(|_, until| now < *until);
        Ok(())
    }
}

/// Whether the gateway can know of the message at all.
fn is_sealed(item: Option<&crate::outbox::Item>) -> bool {
    item.is_some_and(|item| matches!(item.body, Body::Sealed(_)))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::indexing_slicing)]

    use crate::{
        core::samples::{self, NOW, Office},
        directory::Place,
        rng::OsRng,
    };

    /// A device that is told of an entry which it does not have, and is given until a second from now.
    fn told_of_more() -> (crate::Core, Office) {
        let mut office = Office::of(2, 1, &mut OsRng);
        let (mut core, _) = samples::core_of(office.members.remove(1), Box::new(OsRng));
        samples::take_all(&mut core, &office.entries);
        samples::connect(&mut core);
        let former = office.entries.len();
        let room = protocol::roster::RoomClosed { room: samples::ROOM };
        office.grow(None, &samples::office_key(), room);
        assert_eq!(office.entries.len(), former + 1);
        let place = Place { length: office.roster.length(), head: office.roster.head() };
        core.member.as_mut().unwrap().directory.meet_colleague(place);
        core.connection.session_mut().unwrap().roster_by = Some(NOW + 1_000);
        (core, office)
    }

    #[test]
    fn what_a_colleague_has_seen_and_the_gateway_does_not_show_stops_sending() {
        let (mut core, _) = told_of_more();
        core.tick(NOW + 999).unwrap();
        assert!(core.view().alarm.is_none());
        core.tick(NOW + 1_000).unwrap();
        assert_eq!(core.view().alarm.unwrap().code, "roster_rollback");
    }

    /// As the answer to one's own append brings it.
    #[test]
    fn what_a_colleague_has_seen_and_came_by_another_way_stops_nothing() {
        let (mut core, office) = told_of_more();
        let last = office.entries.len() - 1;
        let member = core.member.as_mut().unwrap();
        member.directory.take(last as u64, &office.entries[last..], NOW).unwrap();
        core.tick(NOW + 1_000).unwrap();
        assert!(core.view().alarm.is_none());
        assert_eq!(core.connection.session().unwrap().roster_by, None);
    }
}
