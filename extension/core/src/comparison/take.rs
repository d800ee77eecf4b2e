//! Steps that come in. Who sent one is certain: it came in that device's own session. Whether it fits is judged here, each
//! misfit by a name of its own.

use protocol::id::{Curve25519Public, DeviceId, Hash, MessageId, UserId};

use super::{
    Comparison, Comparisons, Here, LIFE_MS, State,
    exchange::{self, Agreed, Half, Party, Whom},
    step::{Compare, Reason, Step},
};
use crate::{pins::Pin, refusal::Refusal, target::Target};

/// A step, and what the roster says now of everybody whom it concerns.
pub(crate) struct Incoming<'a> {
    /// The conversation that it came in.
    pub(crate) target: Target,
    /// The other person of that conversation.
    pub(crate) peer: Option<Whom>,
    /// The device that sent it.
    pub(crate) sender: Option<Party>,
    /// The message that it came in.
    pub(crate) message: MessageId,
    pub(crate) compare: &'a Compare,
}

/// What comes of a step.
#[derive(Default)]
pub(crate) struct Taken {
    /// What the other side is told.
    pub(crate) reply: Option<Compare>,
    /// Why it was refused.
    pub(crate) refusal: Option<Refusal>,
    /// The other side wants to compare: the person is to be told.
    pub(crate) asks: bool,
    /// The other person sees other pictures after all: the key is what it was before.
    pub(crate) undo: Option<(Whom, Option<Pin>)>,
}

impl Taken {
    fn refused(refusal: Refusal) -> Self {
        Self { refusal: Some(refusal), ..Self::default() }
    }

    fn replied(id: MessageId, step: Step) -> Self {
        Self { reply: Some(Compare { id, step }), ..Self::default() }
    }

    /// Refused, and the other side hears that there is nothing (more) to wait for.
    fn ended(refusal: Refusal, id: MessageId, reason: Reason) -> Self {
        Self { reply: Some(Compare::cancel(id, reason)), refusal: Some(refusal), ..Self::default() }
    }
}

impl Comparisons {
    /// Takes a step of a colleague's device, or of another device of this very person.
    pub(crate) fn take(&mut self, here: &Here, incoming: Incoming<'_>) -> Taken {
        let Incoming { target, peer, sender, message, compare } = incoming;
        let me = &here.me.whom;
        if matches!(target, Target::Room(_)) {
            return Taken::refused(Refusal::ComparePlace);
        }
        // Somebody, or a device, that has left.
        let (Some(peer), Some(sender)) = (peer, sender) else {
            return Taken::refused(Refusal::CompareDevice);
        };
        if peer.user == me.user {
            return Taken::refused(Refusal::CompareSelf);
        }
        if matches!(compare.step, Step::Start { .. })
            && let Some(refusal) = judge_start(here, message, compare.id)
        {
            return Taken::refused(refusal);
        }
        if sender.whom.user == me.user {
            return self.take_own(here, peer, compare);
        }
        let id = compare.id;
        match &compare.step {
            Step::Start { commitment } => self.take_start(here, &sender, id, *commitment),
            Step::Accept { key } => self.take_accept(here, &sender, id, key),
            Step::Reveal { key, device } => self.take_reveal(here, &sender, id, key, *device),
            Step::Cancel { reason } => self.take_cancel(&sender, id, *reason),
        }
    }

    /// What another device of this very person says to `peer` only tells what goes on elsewhere.
    fn take_own(&mut self, here: &Here, peer: Whom, compare: &Compare) -> Taken {
        let id = compare.id;
        let known = self.0.get_mut(&peer.user);
        match &compare.step {
            Step::Start { .. } => {
                let goes_on = match known.map(|known| (&known.state, known.id)) {
                    // Both sides began at once: the earlier one counts, see `take_start`.
                    Some((State::Asked { .. }, theirs)) => id < theirs,
                    Some((state, _)) => !state.is_under_way(),
                    None => true,
                };
                if goes_on {
                    self.put(id, here.now, peer, State::Elsewhere { open: true });
                }
                Taken::default()
            }
            Step::Accept { .. } => match known.filter(|known| known.id == id) {
                Some(known) if matches!(known.state, State::Waiting(_)) => {
                    Taken::refused(Refusal::CompareSelf)
                }
                Some(known) => {
                    if matches!(known.state, State::Asked { .. } | State::Elsewhere { .. }) {
                        known.state = State::Elsewhere { open: false };
                    }
                    Taken::default()
                }
                None => Taken::default(),
            },
            Step::Reveal { .. } => match known.filter(|known| known.id == id) {
                Some(known) if known.state.is_under_way() => Taken::refused(Refusal::CompareSelf),
                _ => Taken::default(),
            },
            Step::Cancel { .. } => {
                let ends = |known: &Comparison| {
                    known.id == id && matches!(known.state, State::Asked { .. } | State::Elsewhere { .. })
                };
                if known.is_some_and(|known| ends(known)) {
                    self.0.remove(&peer.user);
                }
                Taken::default()
            }
        }
    }

    fn take_start(&mut self, here: &Here, sender: &Party, id: MessageId, commitment: Hash) -> Taken {
        let user = sender.whom.user;
        let starter = sender.clone();
        match self.0.get(&user).map(|known| (&known.state, known.id)) {
            // Both pressed the button at once: the earlier start counts, and both people have agreed.
            Some((State::Waiting(_), mine)) if id < mine => {
                let half = Half::make();
                let step = Step::Accept { key: half.public() };
                let state = State::Accepted { half, starter, commitment };
                self.put(id, here.now, sender.whom.clone(), state);
                return Taken::replied(id, step);
            }
            Some((State::Waiting(_), _)) => return Taken::default(),
            Some((State::Elsewhere { open: true }, theirs)) if theirs < id => return Taken::default(),
            Some((State::Accepted { .. } | State::Comparing { .. }, _)) => {
                return Taken::ended(Refusal::CompareBusy, id, Reason::Busy);
            }
            Some((State::Asked { .. }, _)) => {}
            _ if self.is_full() => return Taken::ended(Refusal::CompareBusy, id, Reason::Busy),
            _ => {}
        }
        self.put(id, here.now, sender.whom.clone(), State::Asked { starter, commitment });
        Taken { asks: true, ..Taken::default() }
    }

    fn take_accept(&mut self, here: &Here, sender: &Party, id: MessageId, key: &Curve25519Public) -> Taken {
        let user = sender.whom.user;
        let Some(known) = self.0.get_mut(&user).filter(|known| known.id == id) else {
            return Taken::ended(Refusal::CompareUnknown, id, Reason::Over);
        };
        if let State::Elsewhere { open } = &mut known.state {
            *open = false;
            return Taken::default();
        }
        if !matches!(known.state, State::Waiting(_)) {
            return self.misfit(sender, id);
        }
        let State::Waiting(half) = std::mem::replace(&mut known.state, State::Broken("over")) else {
            return Taken::default();
        };
        let mine = half.public();
        let agreed = Agreed {
            root: here.root,
            id,
            starter: &here.me,
            starter_key: mine,
            accepter: sender,
            accepter_key: *key,
        };
        let Some(numbers) = half.finish(key, &agreed) else {
            return self.break_off(user, Refusal::CompareKey);
        };
        known.state = State::Comparing { device: sender.device, numbers };
        Taken::replied(id, Step::Reveal { key: mine, device: sender.device })
    }

    fn take_reveal(
        &mut self,
        here: &Here,
        sender: &Party,
        id: MessageId,
        key: &Curve25519Public,
        device: DeviceId,
    ) -> Taken {
        let user = sender.whom.user;
        let Some(known) = self.0.get_mut(&user).filter(|known| known.id == id) else {
            return Taken::ended(Refusal::CompareUnknown, id, Reason::Over);
        };
        let for_another = device != here.me.device && known.state.device() == Some(sender.device);
        match &known.state {
            State::Elsewhere { .. } => return Taken::default(),
            // Another device of this person was faster.
            State::Asked { .. } | State::Accepted { .. } if for_another => {
                known.state = State::Elsewhere { open: false };
                return Taken::default();
            }
            State::Accepted { starter, .. } if starter.device == sender.device => {}
            _ => return self.misfit(sender, id),
        }
        let former = std::mem::replace(&mut known.state, State::Broken("over"));
        let State::Accepted { half, starter, commitment } = former else { return Taken::default() };
        if exchange::commitment(here.root, id, &starter, &here.me.whom, key) != commitment {
            return self.break_off(user, Refusal::CompareCommitment);
        }
        let agreed = Agreed {
            root: here.root,
            id,
            starter: &starter,
            starter_key: *key,
            accepter: &here.me,
            accepter_key: half.public(),
        };
        let Some(numbers) = half.finish(key, &agreed) else {
            return self.break_off(user, Refusal::CompareKey);
        };
        known.state = State::Comparing { device: starter.device, numbers };
        Taken::default()
    }

    fn take_cancel(&mut self, sender: &Party, id: MessageId, reason: Reason) -> Taken {
        let user = sender.whom.user;
        // Both sides may end it at once.
        let Some(known) = self.0.get_mut(&user).filter(|known| known.id == id) else {
            return Taken::default();
        };
        if known.state.device().is_some_and(|device| device != sender.device) {
            return Taken::refused(Refusal::CompareDevice);
        }
        match &mut known.state {
            State::Matched { before, .. } => {
                if reason != Reason::Differ {
                    return Taken::default();
                }
                let undo = Some((known.peer.clone(), before.take()));
                known.state = State::Broken(reason.as_told());
                return Taken { undo, ..Taken::default() };
            }
            State::Broken(_) => {}
            _ => {
                if !known.end(reason.as_told()) {
                    self.0.remove(&user);
                }
            }
        }
        Taken::default()
    }

    /// A step of a known comparison at the wrong time, or of a device that does not take part.
    fn misfit(&mut self, sender: &Party, id: MessageId) -> Taken {
        let user = sender.whom.user;
        let Some(known) = self.0.get(&user) else { return Taken::default() };
        if !known.state.is_under_way() {
            return Taken::ended(Refusal::CompareOver, id, Reason::Over);
        }
        if known.state.device().is_some_and(|device| device != sender.device) {
            return Taken::refused(Refusal::CompareDevice);
        }
        self.break_off(user, Refusal::CompareOrder)
    }

    /// Something is wrong with the other side: nothing more of this comparison is taken.
    fn break_off(&mut self, user: UserId, refusal: Refusal) -> Taken {
        let Some(known) = self.0.get_mut(&user) else { return Taken::default() };
        // A person who was merely asked has nothing to be told.
        let merely_asked = matches!(known.state, State::Asked { .. });
        known.state = State::Broken(refusal.name());
        let id = known.id;
        if merely_asked {
            self.0.remove(&user);
        }
        Taken::ended(refusal, id, Reason::Refused)
    }
}

impl Reason {
    /// Why it ended, as the person is told.
    const fn as_told(self) -> &'static str {
        match self {
            Self::Declined => "declined",
            Self::Stopped => "stopped",
            Self::Differ => "other_differs",
            Self::Busy => "busy",
            Self::Over => "over",
            Self::Refused => "refused",
        }
    }
}

/// A start is no copy of an older one, and did not lie anywhere.
fn judge_start(here: &Here, message: MessageId, id: MessageId) -> Option<Refusal> {
    if id != message {
        return Some(Refusal::CompareReplayed);
    }
    let over = id.created_ms().saturating_add(LIFE_MS) <= here.wall;
    over.then_some(Refusal::CompareStale)
}
