//! One connection, from the open socket on: the handshake, and what lives only as long as it does.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use protocol::{
    channel::{Channel, Initiator},
    envelope::Addressed,
    id::{DeviceId, GatewayId, MessageId, UserId},
    roster::SignedLease,
};

use crate::directory::Place;

/// Messages that the roster does not explain yet. More are dropped: they were not confirmed, so they come again on the next
/// connection, which begins as soon as the roster is here.
const MAX_DEFERRED: usize = 100;
/// How long to wait for the roster before asking again, or before calling it held back.
pub(super) const ROSTER_WAIT_MS: u64 = 15_000;
/// How long to wait for the answer to a claim.
pub(super) const CLAIM_WAIT_MS: u64 = 15_000;
/// When to ask again for the keys of a device that had none.
pub(super) const NO_KEYS_WAIT_MS: u64 = 20_000;
/// First pause after the gateway could not take a message; doubles.
pub(super) const HOLD_FIRST_MS: u64 = 500;
/// Longest such pause.
pub(super) const HOLD_LAST_MS: u64 = 15_000;

/// How far the connection is.
pub(super) enum Connection {
    None,
    Opening,
    Shaking(Box<Initiator>),
    Introduced(Box<super::ask::Introduced>),
    Visiting(Box<super::visit::Visitation>),
    Entering(Box<Channel>),
    Up(Box<Session>),
}

/// A connection on which the gateway has let this device in.
pub(super) struct Session {
    pub(super) channel: Channel,
    pub(super) gateway: GatewayId,
    pub(super) bus_up: bool,
    /// When the gateway said what time it is.
    pub(super) since: u64,
    /// How much of the roster the gateway said to have.
    pub(super) target: Place,
    /// Whether that much is here.
    pub(super) current: bool,
    /// When the roster should have come.
    pub(super) roster_by: Option<u64>,
    /// A lease of entries that are not here yet.
    pub(super) lease_ahead: Option<SignedLease>,
    /// Messages that were offered on this connection and neither accepted nor refused.
    pub(super) unanswered: BTreeSet<MessageId>,
    /// Nothing is offered before.
    pub(super) hold_until: Option<u64>,
    pub(super) holds: u32,
    pub(super) claims: Claims,
    /// Requests that the gateway has not answered.
    requests: BTreeMap<u32, Request>,
    last_request: u32,
    /// What others appended has to come before the next change is signed.
    pub(super) append_moved: bool,
    deferred: VecDeque<Addressed>,
    /// More waited for the roster than could be kept.
    pub(super) has_dropped: bool,
    /// Whether the roster was asked for because of them.
    pub(super) asked_for_roster: bool,
    /// Devices with more unreadable messages than could be remembered.
    pub(super) left_for_later: BTreeSet<DeviceId>,
    /// Who is on line; none before the gateway has said so.
    pub(super) presence: Option<BTreeMap<UserId, bool>>,
    /// Whether the gateway has a passphrase of this person.
    pub(super) has_passphrase: bool,
    pub(super) pings: u32,
    /// The ping whose answer shows that the fallback key has arrived.
    pub(super) fallback_ping: Option<u32>,
}

/// What a numbered request was for.
pub(super) enum Request {
    Append,
    StoreCapsule,
    Passphrase(Box<super::passphrase::Exchange>),
    /// Of a job: devices of somebody.
    Devices(String, UserId),
}

/// One-time keys that were asked for.
#[derive(Default)]
pub(super) struct Claims {
    pub(super) open: Option<Claim>,
    /// Devices without a key, and when to ask for them again.
    pub(super) without: BTreeMap<DeviceId, u64>,
}

pub(super) struct Claim {
    pub(super) request: u32,
    pub(super) devices: BTreeSet<DeviceId>,
    pub(super) by: u64,
}

impl Session {
    pub(super) fn new(channel: Channel, gateway: GatewayId, bus_up: bool, target: Place, since: u64) -> Self {
        Self {
            channel,
            gateway,
            bus_up,
            since,
            target,
            current: false,
            roster_by: None,
            lease_ahead: None,
            unanswered: BTreeSet::new(),
            hold_until: None,
            holds: 0,
            claims: Claims::default(),
            requests: BTreeMap::new(),
            last_request: 0,
            append_moved: false,
            deferred: VecDeque::new(),
            has_dropped: false,
            left_for_later: BTreeSet::new(),
            asked_for_roster: false,
            presence: None,
            has_passphrase: false,
            pings: 0,
            fallback_ping: None,
        }
    }

    /// A number for a request whose answer has nothing else to be known by.
    pub(super) fn number(&mut self) -> u32 {
        self.last_request = self.last_request.wrapping_add(1);
        self.last_request
    }

    /// Notes what a request is for, and gives its number.
    pub(super) fn begin(&mut self, request: Request) -> u32 {
        let number = self.number();
        self.requests.insert(number, request);
        number
    }

    /// What an answer is for; nothing, where it was not asked for or was answered before.
    pub(super) fn end(&mut self, number: u32) -> Option<Request> {
        self.requests.remove(&number)
    }

    /// What was asked and not answered, when the connection ends.
    pub(super) fn take_requests(&mut self) -> BTreeMap<u32, Request> {
        std::mem::take(&mut self.requests)
    }

    /// Keeps a message until the roster is longer.
    pub(super) fn defer(&mut self, addressed: Addressed) {
        if self.deferred.len() < MAX_DEFERRED {
            self.deferred.push_back(addressed);
        } else {
            self.has_dropped = true;
        }
    }

    pub(super) fn take_deferred(&mut self) -> VecDeque<Addressed> {
        std::mem::take(&mut self.deferred)
    }

    /// Forgets what was offered: all of it is to be offered again.
    pub(super) fn forget_offers(&mut self) {
        self.unanswered.clear();
        self.hold_until = None;
        self.holds = 0;
    }

    /// The gateway could not take a message: a pause that grows.
    pub(super) fn hold(&mut self, now: u64) {
        let pause = HOLD_FIRST_MS.saturating_mul(1 << self.holds.min(10)).min(HOLD_LAST_MS);
        self.holds = self.holds.saturating_add(1);
        self.hold_until = Some(now + pause);
    }
}

impl Connection {
    pub(super) fn session(&self) -> Option<&Session> {
        if let Self::Up(session) = self { Some(session) } else { None }
    }

    pub(super) fn session_mut(&mut self) -> Option<&mut Session> {
        if let Self::Up(session) = self { Some(session) } else { None }
    }

    /// When something waited for is overdue. [`super::Core::check_waits`] clears what is.
    pub(super) fn wake_at(&self) -> Option<u64> {
        let session = self.session()?;
        let without = session.claims.without.values().copied();
        let rest =
            [session.roster_by, session.hold_until, session.claims.open.as_ref().map(|claim| claim.by)];
        without.chain(rest.into_iter().flatten()).min()
    }
}
