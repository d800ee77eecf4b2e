//! The core as the host sees it: commands and events in, [`Effects`] out.
//!
//! Every call is one turn. Within it the parts change in memory and note what of them changed; at its end
//! [`Core::finish`] collects that into one batch of sealed records. Nothing leaves the device before the host has committed
//! the batch, so a crash at any point leaves either the state before the turn, of which nothing was sent, or
//! the state after it, from which everything is sent again that is not known to have arrived.

mod clock;
mod connection;
mod enter;
mod frames;
mod join;
mod member;
mod open;
mod receive;
mod send;
mod show;
mod turn;
mod visit;

use clock::GatewayClock;
use connection::Connection;
use member::Member;
use protocol::id::UserId;
use turn::Turn;

use crate::{
    effects::{Effects, StoredRecord},
    error::CoreError,
    link::{Due, Link, Reason},
    refusal::Refusals,
    rng::{OsRng, Rng, make_u64},
    store::VaultKey,
    view::Problem,
};

/// What a host learns about the network and the computer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hint {
    /// There is a network (again), or another one.
    Online,
    /// There is none.
    Offline,
    /// The computer woke, or a person asks to be connected now.
    Wake,
}

/// One device of one person.
pub struct Core {
    rng: Box<dyn Rng>,
    vault: Option<VaultKey>,
    /// None before an invite was given.
    member: Option<Member>,
    link: Link,
    connection: Connection,
    clock: GatewayClock,
    problem: Option<Problem>,
    refusals: Refusals,
    broken: bool,
}

impl Core {
    /// Opens the core from what the host has stored; nothing, for a new device.
    pub fn open(records: Vec<StoredRecord>, now_ms: u64) -> Result<Self, CoreError> {
        Self::open_with(records, now_ms, Box::new(OsRng))
    }

    /// Begins: connects if this device has joined or was joining.
    pub fn start(&mut self, now_ms: u64) -> Result<Effects, CoreError> {
        self.turn(now_ms, |core, turn| {
            if let Some(member) = &core.member {
                core.link.start(member.identity.home().gateways.clone(), turn.now);
                turn.changed = true;
            }
            Ok(())
        })
    }

    /// Uses an invite.
    pub fn join(&mut self, invite_text: &str, now_ms: u64) -> Result<Effects, CoreError> {
        self.turn(now_ms, |core, turn| core.begin_joining(invite_text, turn))
    }

    /// Opens an office with the text that its gateway printed.
    pub fn found(
        &mut self,
        text: &str,
        office_name: &str,
        name: &str,
        now_ms: u64,
    ) -> Result<Effects, CoreError> {
        self.turn(now_ms, |core, turn| core.begin_founding(text, office_name, name, turn))
    }

    /// Sends a text to a colleague: it is stored at once and delivered when it can be.
    pub fn send_text(&mut self, user: UserId, text: &str, now_ms: u64) -> Result<Effects, CoreError> {
        self.turn(now_ms, |core, turn| core.queue_text(user, text, turn))
    }

    /// The conversation with a colleague was looked at.
    pub fn mark_read(&mut self, user: UserId, now_ms: u64) -> Result<Effects, CoreError> {
        self.turn(now_ms, |core, turn| {
            if let Some(member) = &mut core.member {
                let conversation = member.conversation_with(user);
                turn.changed |= member.history.mark_read(conversation);
            }
            Ok(())
        })
    }

    /// The socket that was asked for is open.
    pub fn socket_opened(&mut self, now_ms: u64) -> Result<Effects, CoreError> {
        self.turn(now_ms, Self::begin_handshake)
    }

    /// The socket received a binary message.
    pub fn socket_message(&mut self, bytes: &[u8], now_ms: u64) -> Result<Effects, CoreError> {
        self.turn(now_ms, |core, turn| core.take_message(bytes, turn))
    }

    /// The socket is closed, or could not be opened. `code` is the WebSocket close code, 1006 where there was none.
    pub fn socket_closed(&mut self, code: u16, now_ms: u64) -> Result<Effects, CoreError> {
        self.turn(now_ms, |core, turn| {
            if core.link.is_active() {
                let roll = make_u64(core.rng.as_mut())?;
                core.link.closed(code, turn.now, roll);
                core.connection = Connection::None;
                turn.changed = true;
            }
            Ok(())
        })
    }

    /// Time has passed.
    pub fn tick(&mut self, now_ms: u64) -> Result<Effects, CoreError> {
        self.turn(now_ms, |_, _| Ok(()))
    }

    /// Something about the network or the computer.
    pub fn hint(&mut self, hint: Hint, now_ms: u64) -> Result<Effects, CoreError> {
        self.turn(now_ms, |core, turn| {
            match hint {
                Hint::Online => core.link.network_found(turn.now),
                Hint::Offline => core.link.network_lost(turn.now),
                Hint::Wake => core.link.woken(turn.now),
            }
            turn.changed = true;
            Ok(())
        })
    }

    /// Which received messages were refused, and how often, since the core was opened.
    pub const fn refusals(&self) -> &Refusals {
        &self.refusals
    }

    /// Runs one turn. An error that a command is refused with leaves everything as it was; any other error
    /// leaves the core unusable, since memory may then be ahead of what is stored.
    fn turn(
        &mut self,
        now: u64,
        step: impl FnOnce(&mut Self, &mut Turn) -> Result<(), CoreError>,
    ) -> Result<Effects, CoreError> {
        if self.broken {
            return Err(CoreError::Broken);
        }
        let mut turn = Turn::new(now);
        let result = step(self, &mut turn).and_then(|()| self.finish(turn));
        self.broken = result.as_ref().is_err_and(CoreError::is_fatal);
        result
    }

    /// Does what is due, and collects what has changed.
    fn finish(&mut self, mut turn: Turn) -> Result<Effects, CoreError> {
        self.advance(&mut turn)?;
        let mut writes = std::mem::take(&mut turn.raw_writes);
        if let (Some(member), Some(vault)) = (&mut self.member, &self.vault) {
            writes.extend(member.collect()?.seal(vault, self.rng.as_mut())?);
        }
        let touched = self.member.as_mut().map(|member| member.history.take_touched()).unwrap_or_default();
        let wake_at = self.wake_at();
        Ok(turn.into_effects(writes, touched, wake_at))
    }

    fn advance(&mut self, turn: &mut Turn) -> Result<(), CoreError> {
        loop {
            match self.link.due(turn.now) {
                Due::Nothing => break,
                Due::Connect(address) => {
                    self.connection = Connection::Opening;
                    turn.connect(address);
                }
                Due::Ping => self.ping(turn)?,
                Due::GiveUp(reason) => self.give_up(reason, turn)?,
            }
        }
        self.expire(turn);
        self.check_waits(turn)?;
        self.pump(turn)
    }

    /// Ends the connection from this side and arranges the next one.
    fn give_up(&mut self, reason: Reason, turn: &mut Turn) -> Result<(), CoreError> {
        let roll = make_u64(self.rng.as_mut())?;
        self.link.failed(reason, turn.now, roll);
        self.connection = Connection::None;
        turn.close();
        Ok(())
    }

    /// Deletes what has been kept long enough and gives up what could not be delivered in time.
    fn expire(&mut self, turn: &mut Turn) {
        let Some(member) = &mut self.member else { return };
        turn.changed |= member.expire_outbox(self.clock.wall(turn.now));
        turn.changed |= member.history.expire(turn.now, &member.outbox);
    }

    fn wake_at(&self) -> Option<u64> {
        let member = self.member.as_ref();
        [
            self.link.wake_at(),
            member.and_then(|member| member.outbox.first_expiry()).map(|at| self.clock.local(at)),
            member.and_then(|member| member.history.first_expiry(&member.outbox)),
            self.connection.wake_at(),
        ]
        .into_iter()
        .flatten()
        .min()
    }
}

impl std::fmt::Debug for Core {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Core")
            .field("member", &self.member)
            .field("link", &self.link)
            .field("broken", &self.broken)
            .finish_non_exhaustive()
    }
}
