//! Changing the roster: sign at the head, hand over, sign again when somebody was faster.
//!
//! An append that was sent and not answered is not sent blindly again: after the next connection the roster itself says
//! whether it came in.

use std::collections::VecDeque;

use protocol::{
    error::ErrorCode,
    frame::{AppendRoster, FetchRoster},
    roster::{Change, SignedEntry},
};
use serde_bytes::ByteBuf;

use super::{Core, connection::Request, invites::MadeInvite, turn::Turn};
use crate::{directory::Place, error::CoreError, view::Problem};

/// Changes that may wait.
const MAX_WAITING: usize = 64;
/// How long one may wait for a connection and its answer.
const WAIT_MS: u64 = 60_000;

/// Whose key signs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Author {
    /// This person's identity key.
    Me,
    /// The office key, which has to be on this device.
    Office,
}

/// What follows once the change is in the roster.
pub(super) enum Then {
    Nothing,
    /// The invites are handed out.
    Sheets(Vec<MadeInvite>),
    /// This device leaves.
    SignOut,
    /// The room's name is told.
    NameRoom(protocol::id::RoomId, protocol::roster::RoomName),
}

struct Waiting {
    job: Option<String>,
    author: Author,
    change: Change,
    then: Then,
    by: u64,
    sent: Option<Sent>,
}

struct Sent {
    request: u32,
    /// Where it will be if it came in.
    place: Place,
    entry: Vec<u8>,
}

/// Changes under way, one at a time, in order.
#[derive(Default)]
pub(super) struct Appends(VecDeque<Waiting>);

impl Appends {
    /// Whether the change at the front is this device's own leaving.
    pub(super) fn is_signing_out(&self) -> bool {
        self.0.front().is_some_and(|front| matches!(front.then, Then::SignOut) && front.sent.is_some())
    }

    /// When the first one is given up.
    pub(super) fn wake_at(&self) -> Option<u64> {
        self.0.front().map(|waiting| waiting.by)
    }
}

impl Core {
    /// Makes `change` part of the roster as soon as there is a connection. What the roster's rules refuse is refused at once.
    pub(super) fn append(
        &mut self,
        job: Option<&str>,
        author: Author,
        change: Change,
        then: Then,
        turn: &mut Turn,
    ) -> Result<(), CoreError> {
        if self.appends.0.len() >= MAX_WAITING {
            return Err(CoreError::Busy);
        }
        self.sign(author, &change, turn.now)?;
        if let Some(job) = job {
            self.jobs.begin(job)?;
        }
        let job = job.map(str::to_owned);
        let by = turn.now + WAIT_MS;
        self.appends.0.push_back(Waiting { job, author, change, then, by, sent: None });
        turn.changed = true;
        Ok(())
    }

    /// The entry that would make `change` now.
    fn sign(&self, author: Author, change: &Change, now: u64) -> Result<Vec<u8>, CoreError> {
        let member = self.member.as_ref().filter(|member| member.identity.is_enrolled());
        let member = member.ok_or(CoreError::NotMember)?;
        let (office, now) = (member.identity.home().office, self.clock.wall(now));
        match author {
            Author::Me => {
                let user = Some(member.me().user);
                member.directory.next_entry(office, user, member.identity.identity(), change.clone(), now)
            }
            Author::Office => {
                let key = member.identity.office_key().ok_or(CoreError::NoOfficeKey)?;
                member.directory.next_entry(office, None, &key.signing_key()?, change.clone(), now)
            }
        }
    }

    /// Sends what waits, settles what came in, gives up what waited too long.
    pub(super) fn pump_appends(&mut self, turn: &mut Turn) -> Result<(), CoreError> {
        while let Some(front) = self.appends.0.front() {
            if let Some(sent) = &front.sent
                && self.has_place(sent.place)
            {
                self.settle_append(turn)?;
                continue;
            }
            if front.by <= turn.now {
                let problem = Problem::new(
                    "timeout",
                    "The gateway did not answer in time. Look whether the change is there before you try again.",
                );
                self.fail_append(problem, turn);
                continue;
            }
            let (author, change, is_sent) = (front.author, front.change.clone(), front.sent.is_some());
            let ready =
                self.connection.session().is_some_and(|session| session.current && !session.append_moved);
            if is_sent || !ready {
                return Ok(());
            }
            let entry = match self.sign(author, &change, turn.now) {
                Ok(entry) => entry,
                Err(CoreError::Roster(code)) => {
                    self.fail_append(problem_of(code), turn);
                    continue;
                }
                Err(error) => return Err(error),
            };
            let (signed, inner) = SignedEntry::read(&entry)?;
            let place = Place { length: inner.index + 1, head: signed.hash() };
            let Some(session) = self.connection.session_mut() else { return Ok(()) };
            let request = session.begin(Request::Append);
            let append = AppendRoster { request, entries: vec![ByteBuf::from(entry.clone())] };
            turn.send(&mut session.channel, &append.into())?;
            if let Some(front) = self.appends.0.front_mut() {
                front.sent = Some(Sent { request, place, entry });
            }
            return Ok(());
        }
        Ok(())
    }

    /// A connection ended: what was sent on it is looked for in the roster after the next one begins.
    pub(super) fn settle_lost_append(&mut self) {
        let here = self.member.as_ref().map(|member| member.directory.place().length);
        if let Some(front) = self.appends.0.front_mut()
            && front.sent.as_ref().is_some_and(|sent| here >= Some(sent.place.length))
        {
            front.sent = None;
        }
    }

    pub(super) fn take_appended(&mut self, request: u32, turn: &mut Turn) -> Result<(), CoreError> {
        let now = self.clock.wall(turn.now);
        let sent = self.appends.0.front().and_then(|front| front.sent.as_ref());
        let Some(sent) = sent.filter(|sent| sent.request == request) else { return Ok(()) };
        let (first, entry) = (sent.place.length - 1, ByteBuf::from(sent.entry.clone()));
        if let Some(member) = &mut self.member {
            // What the roster says to a contradiction it says in its own way; the job waits for its time to end.
            let _ = member.directory.take(first, &[entry], now);
        }
        self.roster_has_grown(turn)?;
        self.pump_appends(turn)
    }

    pub(super) fn refused_append(&mut self, code: ErrorCode, turn: &mut Turn) -> Result<(), CoreError> {
        if code == ErrorCode::RosterMoved {
            let (Some(member), Some(session)) = (&self.member, self.connection.session_mut()) else {
                return Ok(());
            };
            let here = member.directory.place().length;
            let behind = self
                .appends
                .0
                .front()
                .and_then(|front| front.sent.as_ref())
                .is_some_and(|sent| sent.place.length > here);
            if let Some(front) = self.appends.0.front_mut() {
                front.sent = None;
            }
            if behind {
                // Signed anew once what others appended is here.
                session.append_moved = true;
                turn.send(&mut session.channel, &FetchRoster { from: here }.into())?;
            }
            return self.pump_appends(turn);
        }
        self.fail_append(problem_of(code), turn);
        self.pump_appends(turn)
    }

    fn settle_append(&mut self, turn: &mut Turn) -> Result<(), CoreError> {
        let Some(done) = self.appends.0.pop_front() else { return Ok(()) };
        turn.changed = true;
        match done.then {
            Then::Nothing => {}
            Then::Sheets(made) => return self.hand_out(done.job, made, turn),
            Then::SignOut => {
                self.wipe(None, turn);
                return Ok(());
            }
            Then::NameRoom(room, name) => self.name_room(room, name, turn)?,
        }
        if let Some(job) = done.job {
            self.jobs.done(&job, None);
        }
        Ok(())
    }

    fn fail_append(&mut self, problem: Problem, turn: &mut Turn) {
        if let Some(failed) = self.appends.0.pop_front()
            && let Some(job) = failed.job
        {
            self.jobs.fail(&job, problem);
        }
        turn.changed = true;
    }

    fn has_place(&self, place: Place) -> bool {
        use crate::directory::Standing;
        self.member.as_ref().is_some_and(|member| member.directory.standing(place) == Standing::Known)
    }
}

/// What a person is told when a change is refused.
pub(super) fn problem_of(code: ErrorCode) -> Problem {
    let message = match code {
        ErrorCode::NotAllowed => "You may not do that. Ask an administrator.",
        ErrorCode::NameTaken => "Somebody in the office has that name already. Choose another one.",
        ErrorCode::InviteUsed => "The invite was used already.",
        ErrorCode::InviteUnknown => "The invite is not there any more.",
        ErrorCode::EntryClock => {
            "This computer's clock is off by more than five minutes. Set it right and try again."
        }
        ErrorCode::RateLimited | ErrorCode::Overloaded => "Too much at once. Try again in a minute.",
        ErrorCode::AuditUnavailable | ErrorCode::BusUnavailable => {
            "The office's PC could not record this, so it was not done. Try again."
        }
        ErrorCode::BadEntry => "This makes no sense in the office as it is now. Reload and try again.",
        _ => "The gateway refused this. Try again, or ask your office lead.",
    };
    Problem::new(code.name(), message)
}
