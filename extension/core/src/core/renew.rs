//! A profile that was copied, or put back to an older state: its ratchets may have been used elsewhere, and using them again
//! would reveal messages. The gateway tells by the number of the connection; the device throws its own keys away and
//! becomes a new workstation of the same person.

use super::{Core, member::Member, turn::Turn};
use crate::{
    effects::Write,
    error::CoreError,
    identity::{Identity, Pass},
    link::Reason,
    olm::OlmAccount,
    store::key,
    view::{MessageState, Problem},
};

/// A device that is younger does not do it again: the gateway alone says so, and must not make devices without end.
const YOUNG_MS: u64 = 10 * 60 * 1000;

/// What belongs to the old device alone.
const ITS_OWN: [&str; 6] = [key::SESSIONS, key::OUTBOX, key::PROGRESS, key::LINK, key::LOST, key::COUNTER];

impl Core {
    pub(super) fn become_new_workstation(&mut self, turn: &mut Turn) -> Result<(), CoreError> {
        let Some(former) = self.member.take() else { return Ok(()) };
        if turn.now < former.me().created_ms.saturating_add(YOUNG_MS) {
            self.member = Some(former);
            self.problem = Some(Problem::new(
                "profile_copied",
                "This browser's data is used in another place too. Remove the other one, or sign out here and sign in again.",
            ));
            return self.give_up(Reason::SignedOutByGateway, turn);
        }
        let account = OlmAccount::make();
        let identity = &former.identity;
        let (home, person, now) = (identity.home().clone(), identity.person().clone(), turn.now);
        let mut fresh = Identity::make(home, person, &account, now, self.rng.as_mut(), |_| Ok(Pass::Person))?;
        if let Some(secret) = identity.office_key() {
            fresh.keep_office_key(secret.clone());
        }
        if identity.is_kit_saved() {
            fresh.set_kit_saved();
        }
        let until = former.keep_until(turn.now);
        let Member { directory, seen, mut history, room_names, pins, mut chains, outbox, .. } = former;
        for item in outbox.items().filter(|item| !item.accepted) {
            let state = MessageState::Refused;
            history.fail(item.conversation, item.message, state, "profile_copied", until);
        }
        history.outbox_is_gone();
        chains.forget_mine();
        self.member = Some(Member {
            directory,
            seen,
            history,
            room_names,
            pins,
            chains,
            ..Member::new(fresh, account)
        });
        let own = self.stored.iter().filter(|name| ITS_OWN.contains(&key::family(name)));
        turn.raw_writes.extend(own.map(|key| Write { key: key.clone(), value: None }));
        turn.changed = true;
        self.give_up(Reason::SignedOutByGateway, turn)?;
        self.link.woken(turn.now);
        Ok(())
    }
}
