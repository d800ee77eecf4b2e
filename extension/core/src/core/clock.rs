//! The gateway's clock, as far as it is believed.
//!
//! Workstations' clocks are often minutes off, and a gateway refuses a message from the future. So ids
//! and expiries of messages go by the gateway's clock. It is believed for a day either way and no more: recipients refuse what is four days older than a
//! sender's newest message, so a lying gateway must not get a message dated years ahead.

/// Furthest that a gateway can move this device's idea of time.
const MOST_MS: i64 = 24 * 60 * 60 * 1000;

/// Difference between the gateway's clock and this device's.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct GatewayClock {
    ahead_ms: i64,
}

impl GatewayClock {
    /// The gateway said that it is `gateway_ms` when it is `now` here.
    pub(super) fn hear(&mut self, gateway_ms: u64, now: u64) {
        let ahead = gateway_ms.cast_signed().saturating_sub(now.cast_signed());
        self.ahead_ms = if (-MOST_MS..=MOST_MS).contains(&ahead) { ahead } else { 0 };
    }

    /// The gateway's time when it is `now` here.
    pub(super) const fn wall(self, now: u64) -> u64 {
        now.saturating_add_signed(self.ahead_ms)
    }

    /// What it is here when it is `wall` there.
    pub(super) const fn local(self, wall: u64) -> u64 {
        wall.saturating_add_signed(-self.ahead_ms)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_gateway_moves_the_clock_by_a_day_at_most() {
        let mut clock = GatewayClock::default();
        clock.hear(1_000_000_600_000, 1_000_000_000_000);
        assert_eq!(clock.wall(5_000_000), 5_600_000);
        assert_eq!(clock.local(5_600_000), 5_000_000);
        clock.hear(u64::MAX, 1_000_000_000_000);
        assert_eq!(clock.wall(5_000_000), 5_000_000);
        clock.hear(0, 1_000_000_000_000);
        assert_eq!(clock.wall(5_000_000), 5_000_000);
    }
}
