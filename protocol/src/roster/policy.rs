//! The office's rules: what every device keeps to because the roster says so.

use serde::{Deserialize, Serialize};

use super::error::RosterError;

const HOUR_MS: u64 = 60 * 60 * 1000;
const DAY_MS: u64 = 24 * HOUR_MS;

/// The rules. Times in milliseconds. [`Policy::check`] has the bounds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Policy {
    /// A device locks after so long without anybody using it: 1 minute to 12 hours.
    pub idle_lock_ms: u64,
    /// A device that has had no lease of the roster for so long sends and shows nothing until it gets one: 1 hour to 90 days.
    pub stale_lock_ms: u64,
    /// And after so long it wipes itself: not before `stale_lock_ms`, at most 365 days.
    pub stale_wipe_ms: u64,
    /// How long a device keeps messages: 1 hour to 30 days.
    pub history_ms: u64,
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            idle_lock_ms: 15 * 60 * 1000,
            stale_lock_ms: 14 * DAY_MS,
            stale_wipe_ms: 60 * DAY_MS,
            history_ms: DAY_MS,
        }
    }
}

impl Policy {
    /// Refuses rules that would lock everybody out at once or keep things for ever.
    pub fn check(&self) -> Result<(), RosterError> {
        let fits = (60_000..=12 * HOUR_MS).contains(&self.idle_lock_ms)
            && (HOUR_MS..=90 * DAY_MS).contains(&self.stale_lock_ms)
            && (self.stale_lock_ms..=365 * DAY_MS).contains(&self.stale_wipe_ms)
            && (HOUR_MS..=30 * DAY_MS).contains(&self.history_ms);
        if fits { Ok(()) } else { Err(RosterError::Policy) }
    }
}
