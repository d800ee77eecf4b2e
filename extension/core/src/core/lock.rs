//! Locking: everything secret leaves memory. The host drops the core and opens another, which finds no key.

use super::{Core, turn::Turn};
use crate::{Effects, error::CoreError, store::key};

impl Core {
    /// Locks the device now. Refused without a passphrase: nothing could open it.
    pub fn lock(&mut self, now_ms: u64) -> Result<Effects, CoreError> {
        self.turn(now_ms, |core, turn| {
            if !core.wrapped {
                return Err(CoreError::NoPassphrase);
            }
            core.lock_now(turn);
            Ok(())
        })
    }

    pub(super) fn lock_now(&mut self, turn: &mut Turn) {
        turn.close();
        turn.keep_in_session(key::SESSION_VAULT, None);
        turn.keep_in_session(key::SESSION_ACTIVE, None);
        turn.reopen = true;
        self.link.stop();
        self.connection = super::Connection::None;
    }

    /// Somebody uses this device.
    pub(super) fn note_activity(&mut self, turn: &mut Turn) {
        self.last_active = turn.now;
        turn.keep_in_session(key::SESSION_ACTIVE, Some(turn.now.to_be_bytes().to_vec()));
    }

    /// When the device locks by itself.
    pub(super) fn lock_at(&self) -> Option<u64> {
        let member = self.member.as_ref().filter(|_| self.wrapped && self.locked.is_none())?;
        Some(self.last_active.saturating_add(member.directory.roster().policy().idle_lock_ms))
    }

    /// Locks if nobody has used the device for as long as the office allows. Also after a sleep: the clock tells.
    pub(super) fn lock_if_idle(&mut self, turn: &mut Turn) {
        if self.lock_at().is_some_and(|at| at <= turn.now) {
            self.lock_now(turn);
        }
    }
}
