//! Pauses that grow, with a random part so that several sinks and gateways do not come back all at once.

use std::{
    hash::{BuildHasher, RandomState},
    time::Duration,
};

const FIRST: Duration = Duration::from_millis(100);

/// The pause after the given number of failures in a row: it doubles up to `most`, and lies between half of that and all.
pub(super) fn pause(failures: usize, most: Duration) -> Duration {
    let doublings = u32::try_from(failures).unwrap_or(u32::MAX).min(16);
    let full = FIRST.saturating_mul(1 << doublings).min(most);
    // Jitter needs no cryptographic randomness; the keys of std's hasher are random enough.
    let thousandths = u32::try_from(RandomState::new().hash_one(failures) % 501).unwrap_or(0);
    full / 2 + full * thousandths / 1_000
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_up_to_the_most() {
        let most = Duration::from_secs(5);
        for (failures, full) in [(0, 100), (1, 200), (3, 800), (6, 5_000), (usize::MAX, 5_000)] {
            let full = Duration::from_millis(full);
            for _ in 0..50 {
                let pause = pause(failures, most);
                assert!(pause >= full / 2 && pause <= full, "{failures}: {pause:?}");
            }
        }
    }
}
