//! The core as the host sees it: commands and events in, [`Effects`] out.
//!
//! Every call is one turn. Within it the parts change in memory and note what of them changed; at its end
//! [`Core::finish`] collects that into one batch of sealed records. Nothing leaves the device before the host has committed
//! the batch, so a crash at any point leaves either the state before the turn, of which nothing was sent, or
//! the state after it, from which everything is sent again that is not known to have arrived.

mod administration;
mod append;
mod ask;
mod clock;
mod comparing;
mod connection;
mod enter;
mod frames;
mod invites;
mod jobs;
mod join;
mod kit;
#[cfg(test)]
mod large_room;
mod lease;
mod leave;
mod lock;
mod member;
mod open;
mod pairing;
mod passphrase;
mod receive;
mod renew;
mod repair;
mod restore;
mod rooms;
#[cfg(any(test, feature = "targets"))]
pub(crate) mod samples;
mod send;
mod show;
#[cfg(feature = "targets")]
pub mod targets;
#[cfg(all(test, not(feature = "targets")))]
mod targets;
mod turn;
mod unsaved;
mod verification;
mod visit;

use std::collections::BTreeSet;

use clock::GatewayClock;
use connection::Connection;
use member::Member;
use protocol::limits::MAX_MESSAGE_LIFE_MS;
use turn::Turn;
use unsaved::Unsaved;

use crate::{
    effects::{Effects, StoredRecord},
    error::CoreError,
    link::{Due, Link, Reason},
    refusal::Refusals,
    rng::{OsRng, Rng, make_u64},
    store::{VaultKey, VaultRecord},
    target::Target,
    view::Problem,
};

/// What a host learns about the network and the computer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hint {
    /// There is a network (again), or another one.
    Online,
    /// There is none.
    Offline,
    /// A person asks to be connected now.
    Wake,
    /// The computer slept, and whoever wakes it may be somebody else.
    Slept,
    /// The computer was locked.
    ComputerLocked,
    /// Somebody is using the computer.
    Activity,
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
    /// The vault, while its key is not here.
    locked: Option<VaultRecord>,
    /// A passphrase wraps the vault.
    wrapped: bool,
    /// Nothing is written before one does.
    passphrase_first: bool,
    /// What would be on disk if it did.
    unsaved: Option<Unsaved>,
    /// Names in the session's memory that are of no use any more.
    session_leftovers: Vec<String>,
    registering: passphrase::Registering,
    /// When somebody used this device last.
    last_active: u64,
    asking: Option<ask::Asking>,
    stretching: Option<passphrase::UnderWay>,
    last_stretch: u32,
    /// When the last turn was.
    last_turn: u64,
    /// This device was removed and has wiped itself.
    removed: bool,
    jobs: jobs::Jobs,
    appends: append::Appends,
    handing_out: Option<invites::HandingOut>,
    pairing: Option<pairing::Pairing>,
    /// Names of all records on disk.
    stored: BTreeSet<String>,
    refusals: Refusals,
    /// As it was shown after the last turn.
    shown: Option<show::Standing>,
    broken: bool,
}

impl Core {
    /// Opens the core from what the host has stored, on disk and in the session's memory; nothing, for a new device.
    pub fn open(
        records: Vec<StoredRecord>,
        session: Vec<StoredRecord>,
        now_ms: u64,
    ) -> Result<Self, CoreError> {
        Self::open_with(records, session, now_ms, Box::new(OsRng))
    }

    /// Begins: connects if this device has joined or was joining.
    pub fn start(&mut self, now_ms: u64) -> Result<Effects, CoreError> {
        self.turn(now_ms, |core, turn| {
            for name in std::mem::take(&mut core.session_leftovers) {
                turn.keep_in_session(&name, None);
            }
            core.connect_if_saved(turn);
            Ok(())
        })
    }

    /// Uses an invite, or the link of a code.
    pub fn join(&mut self, text: &str, now_ms: u64) -> Result<Effects, CoreError> {
        self.turn(now_ms, |core, turn| match protocol::text::kind_of(text).as_deref() {
            Some("code") => core.ask_by_link(text, turn),
            _ => core.begin_joining(text, turn),
        })
    }

    /// Stops entering and forgets what was begun.
    pub fn stop_entering(&mut self, now_ms: u64) -> Result<Effects, CoreError> {
        self.turn(now_ms, |core, turn| {
            core.require_no_member()?;
            core.asking = None;
            core.stretching = None;
            core.problem = None;
            core.forget_all(turn);
            turn.changed = true;
            Ok(())
        })
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

    /// Sends a text to a colleague or into a room: it is stored at once and delivered when it can be.
    pub fn send_text(
        &mut self,
        to: impl Into<Target>,
        text: &str,
        now_ms: u64,
    ) -> Result<Effects, CoreError> {
        let to = to.into();
        self.turn(now_ms, |core, turn| core.queue_text(to, text, turn))
    }

    /// The conversation was looked at.
    pub fn mark_read(&mut self, with: impl Into<Target>, now_ms: u64) -> Result<Effects, CoreError> {
        let with = with.into();
        self.turn(now_ms, |core, turn| {
            if let Some(member) = &mut core.member {
                let conversation = member.conversation_of(with);
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
                core.connection_lost();
                core.connection = Connection::None;
                turn.changed = true;
            }
            Ok(())
        })
    }

    /// The outcome of a job was seen.
    pub fn forget_job(&mut self, job: &str, now_ms: u64) -> Result<Effects, CoreError> {
        self.turn(now_ms, |core, turn| {
            core.jobs.forget(job);
            turn.changed = true;
            Ok(())
        })
    }

    /// What a table of staff says. Changes nothing.
    pub fn read_people(&self, table: &str) -> crate::people_table::ImportedPeople {
        let member = self.member.as_ref();
        crate::people_table::read(table, |name| {
            member.is_some_and(|member| member.directory.named(name).is_some())
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
                Hint::ComputerLocked | Hint::Slept if core.wrapped && core.locked.is_none() => {
                    core.lock_now(turn);
                    return Ok(());
                }
                Hint::ComputerLocked => return Ok(()),
                Hint::Activity => {
                    core.note_activity(turn);
                    return Ok(());
                }
                Hint::Online => core.link.network_found(turn.now),
                Hint::Offline => core.link.network_lost(turn.now),
                Hint::Wake | Hint::Slept => core.link.woken(turn.now),
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
        self.last_turn = now;
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
            member.history.make_days(self.rng.as_mut())?;
            let sealed = member.collect()?.seal(vault, self.rng.as_mut())?;
            match &mut self.unsaved {
                Some(unsaved) => unsaved.keep(sealed, &mut turn),
                None => writes.extend(sealed),
            }
        }
        for write in &writes {
            if write.value.is_some() {
                self.stored.insert(write.key.clone());
            } else {
                self.stored.remove(&write.key);
            }
        }
        let touched = self.member.as_mut().map(|member| member.history.take_touched()).unwrap_or_default();
        let standing = self.standing();
        if self.shown.as_ref() != Some(&standing) {
            self.shown = Some(standing);
            turn.changed = true;
        }
        let wake_at = self.wake_at();
        Ok(turn.into_effects(writes, touched, wake_at))
    }

    fn advance(&mut self, turn: &mut Turn) -> Result<(), CoreError> {
        self.lock_if_idle(turn);
        if turn.reopen {
            return Ok(());
        }
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
        self.look_after_lease(turn)?;
        self.check_waits(turn)?;
        self.fetch_what_was_left(turn)?;
        self.report_lost(turn)?;
        self.pump_registration(turn)?;
        self.pump_appends(turn)?;
        self.pump_capsules(turn)?;
        self.pump(turn)
    }

    /// What was asked on a connection that is gone is asked again on the next, or is not.
    fn connection_lost(&mut self) {
        self.registering.interrupted();
        self.settle_lost_append();
        self.settle_lost_capsule();
        for (_, request) in
            self.connection.session_mut().map(connection::Session::take_requests).unwrap_or_default()
        {
            let problem = Problem::new("not_connected", "The connection was lost. Try again.");
            match request {
                connection::Request::Passphrase(exchange) => self.fail_exchange(*exchange, problem),
                connection::Request::Devices(job, _) => self.jobs.fail(&job, problem),
                connection::Request::Append | connection::Request::StoreCapsule => {}
            }
        }
        if let Some(pairing) = self.pairing.take() {
            let problem = Problem::new("not_connected", "The connection was lost. Try again.");
            self.jobs.fail(&pairing.job, problem);
        }
    }

    /// Ends the connection from this side and arranges the next one.
    fn give_up(&mut self, reason: Reason, turn: &mut Turn) -> Result<(), CoreError> {
        let roll = make_u64(self.rng.as_mut())?;
        self.link.failed(reason, turn.now, roll);
        self.connection_lost();
        self.connection = Connection::None;
        turn.close();
        Ok(())
    }

    /// Ends the connection to begin another at once.
    fn connect_anew(&mut self, turn: &mut Turn) -> Result<(), CoreError> {
        self.give_up(Reason::Timeout, turn)?;
        self.link.woken(turn.now);
        Ok(())
    }

    /// Deletes what has been kept long enough and gives up what could not be delivered in time.
    fn expire(&mut self, turn: &mut Turn) {
        let Some(member) = &mut self.member else { return };
        turn.changed |= member.expire_outbox(self.clock.wall(turn.now), turn.now);
        turn.changed |= member.history.expire(turn.now, &mut member.outbox);
        turn.changed |= member.comparisons.expire(turn.now);
        let over = turn.now.saturating_sub(MAX_MESSAGE_LIFE_MS);
        member.lost.forget(|_, message| message.is_some_and(|message| message.created_ms() < over));
    }

    fn wake_at(&self) -> Option<u64> {
        let member = self.member.as_ref();
        [
            self.link.wake_at(),
            member.and_then(|member| member.outbox.first_expiry()).map(|at| self.clock.local(at)),
            member.and_then(|member| member.history.first_expiry()),
            member.and_then(|member| member.lost.wake_at()).filter(|_| self.connection.session().is_some()),
            member.and_then(|member| member.comparisons.first_expiry()),
            self.connection.wake_at(),
            self.appends.wake_at(),
            self.lock_at(),
            self.stale_at(),
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
