//! When to connect, where, and when to give a connection up. No sockets and no clock: the core tells
//! what happened and when, and is told what to do.
//!
//! ```text
//!   Off ──start──► Opening ──opened──► Entering ──Welcome──► Up
//!                    ▲  │ closed, too slow │                  │ closed, silent
//!                    │  ▼                  ▼                  ▼
//!                    └─ Waiting ◄──────────┴──────────────────┘
//! ```
//!
//! Delays grow from half a second to half a minute with full jitter, so that an office full of browsers does
//! not come back in one moment. Whatever happens, [`Link::wake_at`] names a time unless the link is off:
//! a host that does nothing but tick at that time gets connected again.

mod reason;
#[cfg(test)]
mod tests;

use protocol::limits::{HEARTBEAT_MS, SILENCE_MS};
pub use reason::Reason;

/// Longest wait for the socket to open, and again for the gateway to let the device in.
const PHASE_MS: u64 = 10_000;
/// Longest wait for an answer when there is a reason to doubt the connection.
const PROBE_MS: u64 = 5_000;
/// Longest delay after the first failure; doubles with each round over the addresses.
const BACKOFF_FIRST_MS: u64 = 500;
/// Longest delay ever.
const BACKOFF_LAST_MS: u64 = 30_000;
/// Shortest delay: jitter must not make a loop without a pause.
const BACKOFF_LEAST_MS: u64 = 50;
/// A connection that lived for this long was a good one, and delays start over.
const GOOD_MS: u64 = 5_000;
/// How long a device that was replaced by its own second session stays away, so that two copies of one
/// profile do not throw each other out without end. Also the pace after a refusal that will not pass by itself.
const STAY_AWAY_MS: u64 = 60_000;

/// What is due at a point in time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Due {
    /// Nothing.
    Nothing,
    /// Connect to this address.
    Connect(String),
    /// Send a ping.
    Ping,
    /// Give the connection up, for this reason.
    GiveUp(Reason),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Off,
    Waiting { until: u64 },
    Opening { until: u64 },
    Entering { until: u64 },
    Up { since: u64, heard: u64, ping_at: u64, answer_by: Option<u64> },
}

/// The connection as far as time and attempts go.
#[derive(Debug)]
pub(crate) struct Link {
    addresses: Vec<String>,
    /// Attempts since the last good connection.
    attempts: u32,
    /// Which address is next.
    turn: usize,
    state: State,
    reason: Option<Reason>,
    was_up: bool,
    network: bool,
    /// Only a person may end the waiting early.
    staying_away: bool,
}

impl Link {
    pub(crate) const fn off() -> Self {
        Self {
            addresses: Vec::new(),
            attempts: 0,
            turn: 0,
            state: State::Off,
            reason: None,
            was_up: false,
            network: true,
            staying_away: false,
        }
    }

    /// Begins to keep a connection to one of `addresses`. The first attempt is due at once.
    pub(crate) fn start(&mut self, addresses: Vec<String>, now: u64) {
        *self =
            Self { addresses, network: self.network, state: State::Waiting { until: now }, ..Self::off() };
    }

    /// Ends it.
    pub(crate) fn stop(&mut self) {
        *self = Self { network: self.network, ..Self::off() };
    }

    /// The socket is open; the handshake begins. False where no socket was expected.
    pub(crate) fn opened(&mut self, now: u64) -> bool {
        let expected = matches!(self.state, State::Opening { .. });
        if expected {
            self.state = State::Entering { until: now + PHASE_MS };
        }
        expected
    }

    /// The gateway has let the device in.
    pub(crate) fn entered(&mut self, now: u64) {
        self.state = State::Up { since: now, heard: now, ping_at: now + HEARTBEAT_MS, answer_by: None };
        self.reason = None;
        self.was_up = true;
        // Whatever the browser says, there is a network.
        self.network = true;
    }

    /// Something was received.
    pub(crate) fn heard(&mut self, now: u64) {
        if let State::Up { heard, answer_by, .. } = &mut self.state {
            *heard = now;
            *answer_by = None;
        }
    }

    /// Whether a socket is open or being opened.
    pub(crate) const fn is_active(&self) -> bool {
        matches!(self.state, State::Opening { .. } | State::Entering { .. } | State::Up { .. })
    }

    /// The socket is gone. `roll` is any random number.
    pub(crate) fn closed(&mut self, code: u16, now: u64, roll: u64) {
        if !self.is_active() {
            return;
        }
        let opened = !matches!(self.state, State::Opening { .. });
        let reason = if opened { Reason::of_close(code) } else { Reason::GatewayUnreachable };
        self.failed(reason, now, roll);
    }

    /// The connection failed or was given up.
    pub(crate) fn failed(&mut self, reason: Reason, now: u64, roll: u64) {
        if matches!(self.state, State::Up { since, .. } if now.saturating_sub(since) >= GOOD_MS) {
            self.attempts = 0;
        }
        let rounds = self.attempts / u32::try_from(self.addresses.len().max(1)).unwrap_or(u32::MAX);
        let most = BACKOFF_FIRST_MS.saturating_mul(1 << rounds.min(10)).min(BACKOFF_LAST_MS);
        let mut delay = BACKOFF_LEAST_MS.max(roll % (most + 1));
        self.staying_away = reason.stays_away();
        if self.staying_away {
            delay += STAY_AWAY_MS;
        }
        self.attempts = self.attempts.saturating_add(1);
        self.turn = self.turn.wrapping_add(1);
        self.reason = Some(reason);
        self.state = State::Waiting { until: now + delay };
    }

    /// The browser says that there is no network. It is not always right, so attempts go on.
    pub(crate) fn network_lost(&mut self, now: u64) {
        self.network = false;
        self.probe(now);
    }

    /// The network is back or changed.
    pub(crate) fn network_found(&mut self, now: u64) {
        self.network = true;
        if !self.staying_away {
            self.retry_now(now);
        }
        self.probe(now);
    }

    /// The computer woke, or a person asks to be connected.
    pub(crate) fn woken(&mut self, now: u64) {
        self.retry_now(now);
        self.probe(now);
    }

    fn retry_now(&mut self, now: u64) {
        if let State::Waiting { until } = &mut self.state {
            *until = (*until).min(now);
            self.attempts = 0;
            self.staying_away = false;
        }
    }

    /// Doubts an open connection: a ping is due now and an answer soon.
    fn probe(&mut self, now: u64) {
        if let State::Up { ping_at, answer_by, .. } = &mut self.state {
            *ping_at = now;
            *answer_by = Some(answer_by.unwrap_or(now + PROBE_MS));
        }
    }

    /// What is due. Called until nothing is.
    pub(crate) fn due(&mut self, now: u64) -> Due {
        self.mind_clock(now);
        match &mut self.state {
            State::Waiting { until } if now >= *until => {
                let count = self.addresses.len().max(1);
                let Some(address) = self.addresses.get(self.turn % count) else { return Due::Nothing };
                self.state = State::Opening { until: now + PHASE_MS };
                self.staying_away = false;
                Due::Connect(address.clone())
            }
            State::Opening { until } if now >= *until => Due::GiveUp(Reason::GatewayUnreachable),
            State::Entering { until } if now >= *until => Due::GiveUp(Reason::Timeout),
            State::Up { heard, answer_by, .. }
                if now >= *heard + SILENCE_MS || answer_by.is_some_and(|by| now >= by) =>
            {
                Due::GiveUp(Reason::Timeout)
            }
            State::Up { ping_at, .. } if now >= *ping_at => {
                *ping_at = now + HEARTBEAT_MS;
                Due::Ping
            }
            _ => Due::Nothing,
        }
    }

    /// When something will be due. None only while the link is off.
    pub(crate) fn wake_at(&self) -> Option<u64> {
        match self.state {
            State::Off => None,
            State::Waiting { until } | State::Opening { until } | State::Entering { until } => Some(until),
            State::Up { heard, ping_at, answer_by, .. } => {
                Some((heard + SILENCE_MS).min(ping_at).min(answer_by.unwrap_or(u64::MAX)))
            }
        }
    }

    /// A wall clock can be set back; nothing may then be due only after the time it was set back by.
    fn mind_clock(&mut self, now: u64) {
        match &mut self.state {
            State::Off => {}
            State::Waiting { until } => *until = (*until).min(now + STAY_AWAY_MS + BACKOFF_LAST_MS),
            State::Opening { until } | State::Entering { until } => *until = (*until).min(now + PHASE_MS),
            State::Up { since, heard, ping_at, answer_by } => {
                *since = (*since).min(now);
                *heard = (*heard).min(now);
                *ping_at = (*ping_at).min(now + HEARTBEAT_MS);
                *answer_by = answer_by.map(|by| by.min(now + PROBE_MS));
            }
        }
    }

    /// For the view: state, reason, time of the next attempt.
    pub(crate) fn show(&self) -> (crate::view::LinkState, Option<Reason>, Option<u64>) {
        use crate::view::LinkState;
        let retry_at = if let State::Waiting { until } = self.state { Some(until) } else { None };
        match self.state {
            State::Off => (LinkState::Offline, None, None),
            State::Up { .. } => (LinkState::Connected, self.reason, None),
            _ if !self.network => (LinkState::Offline, Some(Reason::NoNetwork), retry_at),
            _ if self.was_up || self.attempts > 0 => (LinkState::Reconnecting, self.reason, retry_at),
            _ => (LinkState::Connecting, self.reason, retry_at),
        }
    }
}
