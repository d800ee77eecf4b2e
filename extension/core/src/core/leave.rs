//! Leaving: every record goes, and with them every key.

use super::{Connection, Core, GatewayClock, turn::Turn};
use crate::{effects::Write, error::CoreError, store::key, view::Problem};

impl Core {
    /// Forgets everything. `problem` tells why, where the person did not ask for it.
    pub(super) fn wipe(&mut self, problem: Option<Problem>, turn: &mut Turn) {
        self.forget_all(turn);
        self.removed = problem.is_some();
        self.problem = problem;
    }

    pub(super) fn forget_all(&mut self, turn: &mut Turn) {
        self.member = None;
        self.vault = None;
        self.appends = super::append::Appends::default();
        self.handing_out = None;
        self.pairing = None;
        self.link.stop();
        self.connection = Connection::None;
        self.clock = GatewayClock::default();
        turn.close();
        if let Some(unsaved) = self.unsaved.take() {
            unsaved.leave(turn);
        }
        self.registering = super::passphrase::Registering::default();
        self.wrapped = false;
        turn.keep_in_session(key::SESSION_VAULT, None);
        turn.keep_in_session(key::SESSION_ACTIVE, None);
        turn.raw_writes.clear();
        turn.raw_writes
            .extend(std::mem::take(&mut self.stored).into_iter().map(|key| Write { key, value: None }));
    }

    /// After the roster has grown: whether this device still belongs, what waits for news, what is signed next.
    pub(super) fn roster_has_grown(&mut self, turn: &mut Turn) -> Result<(), CoreError> {
        let Some(member) = &mut self.member else { return Ok(()) };
        turn.changed = true;
        let me = member.me().clone();
        if member.directory.any_device(me.device).is_some_and(|device| device.revoked.is_some()) {
            // The signed entry is here: this is not the gateway's word.
            if self.appends.is_signing_out() {
                self.wipe(None, turn);
                return Ok(());
            }
            let problem = Problem::new(
                "device_revoked",
                "This browser was removed from the office, and everything of the chat on it was deleted. Ask your office lead.",
            );
            self.wipe(Some(problem), turn);
            return Ok(());
        }
        member.meet_everybody();
        member.drop_revoked(turn.now);
        member.look_up_comparisons();
        if let Some(session) = self.connection.session_mut() {
            session.append_moved = false;
        }
        self.receive_deferred(turn)
    }
}
