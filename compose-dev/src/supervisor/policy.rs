//! When a service that died is started again.

use std::{
    collections::VecDeque,
    time::{Duration, Instant},
};

/// How often a service may die, and how long to wait before it is started again.
#[derive(Debug, Clone, Copy)]
pub struct Policy {
    /// Deaths within `window` after which a service is given up.
    pub deaths: usize,
    /// The time that deaths are counted over.
    pub window: Duration,
    /// Wait before the first start again; it doubles with each further death in the window.
    pub first_wait: Duration,
    /// Longest wait.
    pub longest_wait: Duration,
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            deaths: 5,
            window: Duration::from_secs(60),
            first_wait: Duration::from_millis(100),
            longest_wait: Duration::from_secs(5),
        }
    }
}

/// The recent deaths of one service.
#[derive(Debug)]
pub(super) struct Deaths {
    policy: Policy,
    recent: VecDeque<Instant>,
}

impl Deaths {
    pub(super) fn new(policy: Policy) -> Self {
        Self { policy, recent: VecDeque::new() }
    }

    /// Counts a death. Returns how long to wait before starting again, or `None` to give up.
    pub(super) fn count(&mut self, now: Instant) -> Option<Duration> {
        while self.recent.front().is_some_and(|death| now.duration_since(*death) > self.policy.window) {
            self.recent.pop_front();
        }
        self.recent.push_back(now);
        if self.recent.len() >= self.policy.deaths {
            return None;
        }
        let doublings = u32::try_from(self.recent.len().saturating_sub(1)).unwrap_or(u32::MAX);
        let wait = self.policy.first_wait.saturating_mul(2_u32.saturating_pow(doublings));
        Some(wait.min(self.policy.longest_wait))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_and_then_the_service_is_given_up() {
        let mut deaths = Deaths::new(Policy::default());
        let now = Instant::now();
        let waits: Vec<_> = (0..5).map(|_| deaths.count(now).map(|wait| wait.as_millis())).collect();
        assert_eq!(waits, [Some(100), Some(200), Some(400), Some(800), None]);
    }

    #[test]
    fn old_deaths_are_forgiven() {
        let mut deaths = Deaths::new(Policy::default());
        let start = Instant::now();
        for minute in 0..20 {
            let wait = deaths.count(start + Duration::from_secs(61 * minute));
            assert_eq!(wait, Some(Duration::from_millis(100)));
        }
    }
}
