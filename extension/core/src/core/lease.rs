//! Leases of the roster: administrators' devices renew them, everybody watches their age.

use protocol::{
    frame::RenewLease,
    limits::LEASE_RENEW_MS,
    roster::{LeaseStatement, SignedLease},
};

use super::{Core, turn::Turn};
use crate::{directory::Standing, error::CoreError, view::Problem};

impl Core {
    pub(super) fn take_lease(&mut self, lease: &SignedLease, turn: &mut Turn) -> Result<(), CoreError> {
        let Some(member) = &mut self.member else { return Ok(()) };
        match member.directory.take_lease(lease, self.clock.wall(turn.now)) {
            Some(Standing::Known | Standing::Contradicts) => turn.changed = true,
            Some(Standing::Ahead) => {
                let Some(session) = self.connection.session_mut() else { return Ok(()) };
                // Judged again when the entries that it speaks of are here.
                session.lease_ahead = Some(lease.clone());
                if session.current && session.roster_by.is_none() {
                    return self.ask_for_more_roster(turn);
                }
            }
            None => {}
        }
        Ok(())
    }

    /// When this device had word of an administrator last, or was made.
    fn fresh_since(&self) -> Option<u64> {
        let member = self.member.as_ref().filter(|member| member.identity.is_enrolled())?;
        Some(member.directory.confirmed_at().unwrap_or(0).max(member.me().created_ms))
    }

    /// Whether the roster may be so old that a revocation is hidden.
    pub(super) fn is_stale(&self, now: u64) -> bool {
        let Some(member) = &self.member else { return false };
        let policy = member.directory.roster().policy();
        self.fresh_since().is_some_and(|since| now >= since.saturating_add(policy.stale_lock_ms))
    }

    /// When staleness begins or ends in a wipe.
    pub(super) fn stale_at(&self) -> Option<u64> {
        let member = self.member.as_ref()?;
        let policy = member.directory.roster().policy();
        let since = self.fresh_since()?;
        [policy.stale_lock_ms, policy.stale_wipe_ms]
            .into_iter()
            .map(|after| since.saturating_add(after))
            .find(|at| *at > self.last_turn)
    }

    /// Wipes a device that was kept in the dark for too long, and renews the lease where this is an administrator's.
    pub(super) fn look_after_lease(&mut self, turn: &mut Turn) -> Result<(), CoreError> {
        let now = self.clock.wall(turn.now);
        let Some(since) = self.fresh_since() else { return Ok(()) };
        let Some(member) = &self.member else { return Ok(()) };
        let policy = member.directory.roster().policy();
        if turn.now.min(now) >= since.saturating_add(policy.stale_wipe_ms) {
            let problem = Problem::new(
                "stale_wiped",
                "This browser had no word from the office for too long, so everything of the chat on it was deleted. Ask for a new invite.",
            );
            self.wipe(Some(problem), turn);
            return Ok(());
        }
        let me = member.me().user;
        let current = self.connection.session().is_some_and(|session| session.current);
        let renewed = member.directory.confirmed_at().unwrap_or(0);
        let place = member.directory.place();
        let due = now >= renewed.saturating_add(LEASE_RENEW_MS);
        let administrator = member.directory.roster().administrator(me).is_some();
        if !current || !due || !administrator || member.directory.trouble().is_some() {
            return Ok(());
        }
        let statement = LeaseStatement {
            office: member.identity.home().office,
            length: place.length,
            head: place.head,
            at_ms: now,
            author: Some(me),
        };
        let lease = SignedLease::make(&statement, member.identity.identity())?;
        self.take_lease(&lease, turn)?;
        let Some(session) = self.connection.session_mut() else { return Ok(()) };
        turn.send(&mut session.channel, &RenewLease { lease }.into())
    }
}
