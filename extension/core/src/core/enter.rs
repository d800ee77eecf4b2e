//! From an open socket to being let in: Noise, then the proof of this device.

use protocol::{
    channel::{Channel, Initiator},
    error::ErrorCode,
    frame::{FetchRoster, GatewayFrame, Ping, PublishPrekeys, RosterEntries, Welcome},
    limits::MAX_FRAME,
};

use super::{
    Core,
    connection::{Connection, ROSTER_WAIT_MS, Session},
    join::{ends_joining, problem_of},
    turn::Turn,
};
use crate::{directory::Place, error::CoreError, link::Reason};

impl Core {
    pub(super) fn begin_handshake(&mut self, turn: &mut Turn) -> Result<(), CoreError> {
        if self.asking.is_some() && self.link.opened(turn.now) {
            let (initiator, first) = Initiator::introduce()?;
            self.connection = Connection::Shaking(Box::new(initiator));
            turn.send_raw(first);
            return Ok(());
        }
        let Some(member) = &self.member else { return Ok(()) };
        if self.link.opened(turn.now) {
            let identity = &member.identity;
            let (initiator, first) = Initiator::start(identity.noise(), &identity.home().gateway_key)?;
            self.connection = Connection::Shaking(Box::new(initiator));
            turn.send_raw(first);
        }
        Ok(())
    }

    pub(super) fn take_message(&mut self, bytes: &[u8], turn: &mut Turn) -> Result<(), CoreError> {
        self.link.heard(turn.now);
        match std::mem::replace(&mut self.connection, Connection::None) {
            Connection::Shaking(initiator) => match initiator.finish(bytes) {
                Ok(channel) if self.asking.is_some() => self.introduced(channel, turn),
                Ok(channel) => self.prove(channel, turn),
                // Only the owner of the gateway key can answer this handshake.
                Err(_) => self.give_up(Reason::WrongGatewayKey, turn),
            },
            Connection::Introduced(mut introduced) => match read_frame(introduced.channel(), bytes) {
                Read::Partial | Read::Unknown => {
                    self.connection = Connection::Introduced(introduced);
                    Ok(())
                }
                Read::Frame(frame) => self.take_introduced_frame(introduced, frame, turn),
                Read::Bad => self.give_up(Reason::GatewayUnreachable, turn),
            },
            Connection::Visiting(mut visit) => match read_frame(&mut visit.channel, bytes) {
                Read::Partial | Read::Unknown => {
                    self.connection = Connection::Visiting(visit);
                    Ok(())
                }
                Read::Frame(frame) => self.take_visit_frame(visit, frame, turn),
                Read::Bad => self.give_up(Reason::GatewayUnreachable, turn),
            },
            Connection::Entering(mut channel) => match read_frame(&mut channel, bytes) {
                // That its own entry is stored, a visitor may have seen in the roster before it was told.
                Read::Partial | Read::Frame(GatewayFrame::Appended(_)) => {
                    self.connection = Connection::Entering(channel);
                    Ok(())
                }
                Read::Frame(GatewayFrame::RosterEntries(entries)) => {
                    self.connection = Connection::Entering(channel);
                    self.read_while_entering(&entries, turn)
                }
                Read::Frame(GatewayFrame::Welcome(welcome)) => self.enter(*channel, welcome, turn),
                Read::Frame(GatewayFrame::Refused(refused)) => self.leave(refused.code, turn),
                Read::Frame(_) | Read::Unknown | Read::Bad => self.give_up(Reason::GatewayUnreachable, turn),
            },
            Connection::Up(mut session) => {
                let read = read_frame(&mut session.channel, bytes);
                self.connection = Connection::Up(session);
                match read {
                    Read::Frame(frame) => self.take_frame(frame, turn),
                    // A newer gateway may say more than this version understands.
                    Read::Partial | Read::Unknown => Ok(()),
                    Read::Bad => self.give_up(Reason::GatewayUnreachable, turn),
                }
            }
            // No message can come before the handshake has begun; a host that mixes up its sockets gets a new one.
            Connection::Opening => self.give_up(Reason::GatewayUnreachable, turn),
            Connection::None => Ok(()),
        }
    }

    /// What grew while this device was a visitor; and the entry that removed it, which a device is shown before it is refused. It
    /// wipes itself for the entry and not for the gateway's word.
    fn read_while_entering(&mut self, entries: &RosterEntries, turn: &mut Turn) -> Result<(), CoreError> {
        let now = self.clock.wall(turn.now);
        let Some(member) = &mut self.member else { return Ok(()) };
        // Anything that does not follow is asked for after Welcome.
        let follows = entries.first <= member.directory.place().length;
        if follows && member.directory.take(entries.first, &entries.entries, now).is_ok() {
            return self.roster_has_grown(turn);
        }
        Ok(())
    }

    fn enter(&mut self, channel: Channel, welcome: Welcome, turn: &mut Turn) -> Result<(), CoreError> {
        let Some(member) = &mut self.member else { return Ok(()) };
        member.identity.set_enrolled();
        // Before anything else can come: whose keys change from now on is noticed.
        member.meet_everybody();
        self.link.entered(turn.now);
        self.clock.hear(welcome.now_ms, turn.now);
        self.problem = None;
        let target = Place { length: welcome.roster_length, head: welcome.roster_head };
        member.directory.meet_gateway(target);
        member.outbox.offer_all();
        let mut session = Session::new(channel, welcome.gateway, welcome.bus_up, target, turn.now);
        let from = member.directory.place().length;
        session.current = from >= target.length;
        session.has_passphrase = welcome.has_passphrase;
        session.roster_by = (!session.current).then_some(turn.now + ROSTER_WAIT_MS);
        turn.send(&mut session.channel, &FetchRoster { from }.into())?;
        self.connection = Connection::Up(Box::new(session));
        turn.changed = true;
        if let Some(lease) = &welcome.lease {
            self.take_lease(lease, turn)?;
        }
        self.stock_up(welcome.one_time_keys, turn)
    }

    /// Publishes one-time keys if few are left, and a fallback key that the gateway may not have.
    pub(super) fn stock_up(&mut self, published: u32, turn: &mut Turn) -> Result<(), CoreError> {
        let (Some(member), Some(session)) = (&mut self.member, self.connection.session_mut()) else {
            return Ok(());
        };
        let device = member.identity.device().device;
        let (account, signer) = (&mut member.account, member.identity.signer());
        let now = self.clock.wall(turn.now);
        let one_time = account.refill(published, device, signer, now)?;
        let fallback = account.fallback_to_publish(device, signer, now)?;
        if one_time.is_empty() && fallback.is_none() {
            return Ok(());
        }
        let with_fallback = fallback.is_some();
        turn.send(&mut session.channel, &PublishPrekeys { one_time, fallback }.into())?;
        if with_fallback {
            // Frames are not answered one by one; the answer to a ping sent after them shows that they arrived.
            session.fallback_ping = Some(session.pings);
        }
        Ok(())
    }

    pub(super) fn ping(&mut self, turn: &mut Turn) -> Result<(), CoreError> {
        let Some(session) = self.connection.session_mut() else { return Ok(()) };
        let number = session.pings;
        session.pings = session.pings.wrapping_add(1);
        turn.send(&mut session.channel, &Ping { number }.into())
    }

    /// The gateway ends the session, said inside the channel.
    pub(super) fn leave(&mut self, code: ErrorCode, turn: &mut Turn) -> Result<(), CoreError> {
        let enrolled = self.member.as_ref().is_some_and(|member| member.identity.is_enrolled());
        if !enrolled
            && code == ErrorCode::OfficeOpen
            && let Some(member) = &mut self.member
            && member.identity.come_as_person()
        {
            // By this very device, perhaps, which crashed before it knew.
            return self.give_up(Reason::GatewayUnreachable, turn);
        }
        if !enrolled && ends_joining(code) {
            self.end_joining(code, turn);
            return Ok(());
        }
        if code == ErrorCode::ProfileCopied && enrolled {
            return self.become_new_workstation(turn);
        }
        let reason = Reason::of_code(code);
        if matches!(reason, Reason::NotAllowed | Reason::UnsupportedVersion) {
            self.problem = Some(problem_of(code));
        }
        self.give_up(reason, turn)
    }
}

enum Read {
    Partial,
    Frame(GatewayFrame),
    /// A frame of a newer version.
    Unknown,
    Bad,
}

fn read_frame(channel: &mut Channel, bytes: &[u8]) -> Read {
    use protocol::codec::DecodeError;
    match channel.open(bytes) {
        Err(_) => Read::Bad,
        Ok(None) => Read::Partial,
        Ok(Some(frame)) => match GatewayFrame::decode(&frame, MAX_FRAME) {
            Ok(frame) => Read::Frame(frame),
            Err(DecodeError::UnknownNumber(_)) => Read::Unknown,
            Err(_) => Read::Bad,
        },
    }
}
