//! Two people on line compare keys by seven pictures. One side's state of each comparison; no I/O, no clock, no roster:
//! [`crate::core`] brings all of that along.
//!
//! ```text
//! starter                                   accepter
//! Waiting   ── start: commitment ────────►  Asked       (the person has to agree)
//!           ◄───────── accept: own key ───  Accepted
//! Comparing ── reveal: own key, device ──►  Comparing   (commitment checked)
//! Matched or Broken, as the person says     Matched or Broken
//! ```
//!
//! Every step goes to all devices of both people. The first device that accepts takes part, the others see that it goes on
//! elsewhere. It lives in memory alone, for ten minutes, and ends with the lock.
//!
//! Attackers: whoever stands between the two with identities of its own, see [`exchange`]; a colleague's device that says
//! steps out of order, twice, late or in somebody else's name, see [`take`].

pub(crate) mod emoji;
pub(crate) mod exchange;
pub(crate) mod step;
pub(crate) mod take;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use protocol::id::{DeviceId, Hash, MessageId, UserId};

use self::{
    exchange::{Half, Numbers, Party, Whom},
    step::{Compare, Reason, Step},
};
use crate::{
    error::CoreError,
    pins::Pin,
    view::{ComparisonState, ComparisonView},
};

/// How long a comparison may take, in milliseconds.
pub(crate) const LIFE_MS: u64 = 10 * 60 * 1000;
/// Comparisons under way at once.
pub(crate) const MAX_AT_ONCE: usize = 4;

/// This device at this moment.
pub(crate) struct Here {
    /// Hash of the roster's first entry.
    pub(crate) root: Hash,
    pub(crate) me: Party,
    /// By this device's clock.
    pub(crate) now: u64,
    /// By the gateway's clock, which message ids go by.
    pub(crate) wall: u64,
}

/// What the roster says now of somebody with whom there is a comparison.
pub(crate) enum Fate {
    /// Nothing new.
    Same,
    /// The person left, or has another identity key.
    OtherKeys,
    /// The device that took part left.
    DeviceGone,
}

/// One for each person at most.
#[derive(Default)]
pub(crate) struct Comparisons(BTreeMap<UserId, Comparison>);

struct Comparison {
    id: MessageId,
    /// By this device's clock.
    ends_ms: u64,
    /// As the roster had the person when it began. It is this key that a match verifies.
    peer: Whom,
    state: State,
}

enum State {
    /// Started here; no device of the other person has accepted.
    Waiting(Half),
    /// Started there; this person was not asked yet, or has not answered.
    Asked { starter: Party, commitment: Hash },
    /// Accepted here; the starter has not shown its key.
    Accepted { half: Half, starter: Party, commitment: Hash },
    /// The pictures are here.
    Comparing { device: DeviceId, numbers: Numbers },
    /// Another device of this person takes part; `open` until somebody has accepted.
    Elsewhere { open: bool },
    /// The person says that they match. `before` is what was remembered of the key until then. Kept after it was put away: the
    /// other person may still say that they differ.
    Matched { device: DeviceId, numbers: Numbers, before: Option<Pin>, put_away: bool },
    /// It came to nothing; for this reason.
    Broken(&'static str),
}

impl State {
    /// Whether this device takes part, or may.
    const fn is_under_way(&self) -> bool {
        matches!(self, Self::Waiting(_) | Self::Asked { .. } | Self::Accepted { .. } | Self::Comparing { .. })
    }

    /// The other side's device, once it is settled.
    const fn device(&self) -> Option<DeviceId> {
        match self {
            Self::Asked { starter, .. } | Self::Accepted { starter, .. } => Some(starter.device),
            Self::Comparing { device, .. } | Self::Matched { device, .. } => Some(*device),
            Self::Waiting(_) | Self::Elsewhere { .. } | Self::Broken(_) => None,
        }
    }
}

impl Comparisons {
    /// Begins, or accepts what the other side has begun. What is to be sent.
    pub(crate) fn start(&mut self, here: &Here, peer: Whom, id: MessageId) -> Result<Compare, CoreError> {
        match self.0.get(&peer.user).map(|known| &known.state) {
            Some(State::Asked { .. }) => return self.accept(here, peer.user),
            Some(state) if state.is_under_way() => return Err(CoreError::Busy),
            _ => {}
        }
        if self.is_full() {
            return Err(CoreError::Busy);
        }
        let half = Half::make();
        let commitment = exchange::commitment(here.root, id, &here.me, &peer, &half.public());
        self.put(id, here.now, peer, State::Waiting(half));
        Ok(Compare { id, step: Step::Start { commitment } })
    }

    /// This person agrees to compare.
    pub(crate) fn accept(&mut self, here: &Here, user: UserId) -> Result<Compare, CoreError> {
        let Some(known) = self.0.get_mut(&user) else { return Err(CoreError::ComparisonOver) };
        let State::Asked { starter, commitment } = &known.state else {
            return Err(CoreError::ComparisonOver);
        };
        let half = Half::make();
        let step = Step::Accept { key: half.public() };
        known.state = State::Accepted { half, starter: starter.clone(), commitment: *commitment };
        known.ends_ms = here.now.saturating_add(LIFE_MS);
        Ok(Compare { id: known.id, step })
    }

    /// The person says that the pictures match. The key that they stand for, which is verified now; `before` is what was
    /// remembered of it.
    pub(crate) fn matched(
        &mut self,
        user: UserId,
        id: MessageId,
        before: Option<Pin>,
    ) -> Result<Whom, CoreError> {
        let known = self.0.get_mut(&user).filter(|known| known.id == id);
        let known = known.ok_or(CoreError::ComparisonOver)?;
        let State::Comparing { device, numbers } = known.state else {
            return Err(CoreError::ComparisonOver);
        };
        known.state = State::Matched { device, numbers, before, put_away: false };
        Ok(known.peer.clone())
    }

    /// The person says that they differ. What is to be sent.
    pub(crate) fn differ(&mut self, user: UserId, id: MessageId) -> Result<Compare, CoreError> {
        let known = self.0.get_mut(&user).filter(|known| known.id == id);
        let known = known.filter(|known| matches!(known.state, State::Comparing { .. }));
        let known = known.ok_or(CoreError::ComparisonOver)?;
        known.state = State::Broken("differ");
        Ok(Compare::cancel(id, Reason::Differ))
    }

    /// The person declines, stops, or has seen how it ended. What is to be sent, where the other side has to know.
    pub(crate) fn close(&mut self, user: UserId) -> Option<Compare> {
        if let Some(State::Matched { put_away, .. }) = self.0.get_mut(&user).map(|known| &mut known.state) {
            *put_away = true;
            return None;
        }
        let known = self.0.remove(&user)?;
        let reason = match known.state {
            State::Asked { .. } => Reason::Declined,
            State::Waiting(_) | State::Accepted { .. } | State::Comparing { .. } => Reason::Stopped,
            State::Elsewhere { .. } | State::Matched { .. } | State::Broken(_) => return None,
        };
        Some(Compare::cancel(known.id, reason))
    }

    /// Ends what took too long. True where something did.
    pub(crate) fn expire(&mut self, now: u64) -> bool {
        let mut any = false;
        self.0.retain(|_, known| {
            let over = known.ends_ms <= now && !matches!(known.state, State::Broken(_));
            any |= over;
            !over || known.end("expired")
        });
        any
    }

    /// When [`Self::expire`] has something to do.
    pub(crate) fn first_expiry(&self) -> Option<u64> {
        let running = self.0.values().filter(|known| !matches!(known.state, State::Broken(_)));
        running.map(|known| known.ends_ms).min()
    }

    /// Ends what the roster does not bear out any more.
    pub(crate) fn look_up(&mut self, fate: impl Fn(&Whom, Option<DeviceId>) -> Fate) {
        self.0.retain(|_, known| {
            if !known.state.is_under_way() {
                return true;
            }
            match fate(&known.peer, known.state.device()) {
                Fate::Same => true,
                Fate::OtherKeys => known.end("keys_changed"),
                Fate::DeviceGone => known.end("device_gone"),
            }
        });
    }

    /// How the comparison with somebody stands.
    pub(crate) fn show(&self, user: UserId) -> Option<ComparisonView> {
        let known = self.0.get(&user)?;
        let (state, numbers, reason) = match &known.state {
            State::Waiting(_) => (ComparisonState::Waiting, None, None),
            State::Asked { .. } => (ComparisonState::Asked, None, None),
            State::Accepted { .. } => (ComparisonState::Accepted, None, None),
            State::Comparing { numbers, .. } => (ComparisonState::Comparing, Some(numbers), None),
            State::Elsewhere { .. } => (ComparisonState::Elsewhere, None, None),
            State::Matched { put_away: true, .. } => return None,
            State::Matched { numbers, .. } => (ComparisonState::Matched, Some(numbers), None),
            State::Broken(why) => (ComparisonState::Broken, None, Some(*why)),
        };
        let emoji = numbers.into_iter().flatten().filter_map(|number| emoji::of(*number)).collect();
        Some(ComparisonView { id: known.id, state, emoji, reason })
    }

    fn is_full(&self) -> bool {
        self.0.values().filter(|known| known.state.is_under_way()).count() >= MAX_AT_ONCE
    }

    fn put(&mut self, id: MessageId, now: u64, peer: Whom, state: State) {
        let ends_ms = now.saturating_add(LIFE_MS);
        self.0.insert(peer.user, Comparison { id, ends_ms, peer, state });
    }
}

impl Comparison {
    /// Ends it. False where nobody here took part, so that there is nothing to show.
    fn end(&mut self, why: &'static str) -> bool {
        let shown =
            matches!(self.state, State::Waiting(_) | State::Accepted { .. } | State::Comparing { .. });
        self.state = State::Broken(why);
        shown
    }
}

impl Compare {
    pub(crate) const fn cancel(id: MessageId, reason: Reason) -> Self {
        Self { id, step: Step::Cancel { reason } }
    }
}

/// Keys and pictures do not print.
impl std::fmt::Debug for Comparisons {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Comparisons").field("people", &self.0.len()).finish()
    }
}
