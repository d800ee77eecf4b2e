//! How often somebody was wrong lately, and how long they have to wait for it.
//!
//! The first few times are free, then each doubles the wait. One is forgotten an hour, so whoever guesses for long
//! gets one guess an hour, and a person who mistypes now and then never notices.

use std::{collections::HashMap, hash::Hash, time::Duration};

use tokio::time::Instant;

/// Attempts without a wait.
const FREE: u32 = 5;
/// The first wait; each further one is twice as long.
const FIRST_WAIT: Duration = Duration::from_secs(30);
/// The longest wait.
const LONGEST_WAIT: Duration = Duration::from_secs(60 * 60);
/// After so long one attempt is forgotten.
const FORGOTTEN_AFTER: Duration = Duration::from_secs(60 * 60);

/// Attempts by somebody or from somewhere; so many of them at most, so that strangers cannot fill the memory.
#[derive(Debug)]
pub(crate) struct Attempts<K> {
    most: usize,
    table: HashMap<K, Tried>,
}

#[derive(Debug, Clone, Copy)]
struct Tried {
    count: u32,
    last: Instant,
    free_from: Instant,
}

impl<K: Copy + Eq + Hash> Attempts<K> {
    /// None so far; `most` is how many are remembered.
    pub(crate) fn new(most: usize) -> Self {
        Self { most, table: HashMap::new() }
    }

    /// Whether another attempt may be made now.
    pub(crate) fn may(&self, who: K) -> bool {
        self.table.get(&who).is_none_or(|tried| tried.free_from <= Instant::now())
    }

    /// One more. Counted before it is answered: a client knows from the answer alone whether it guessed right.
    pub(crate) fn count(&mut self, who: K) {
        let now = Instant::now();
        if self.table.len() >= self.most && !self.table.contains_key(&who) {
            self.make_room(now);
        }
        let tried = self.table.entry(who).or_insert(Tried { count: 0, last: now, free_from: now });
        tried.count = tried.remembered(now) + 1;
        tried.last = now;
        tried.free_from = now + wait(tried.count);
    }

    /// It was right: all is forgiven.
    pub(crate) fn forgive(&mut self, who: K) {
        self.table.remove(&who);
    }

    /// The last one was none: what was before it still counts, and nobody has to wait for it.
    pub(crate) fn take_back(&mut self, who: K) {
        if let Some(tried) = self.table.get_mut(&who) {
            tried.count = tried.count.saturating_sub(1);
            tried.free_from = Instant::now();
        }
    }

    /// Lets go of what is forgotten anyway, or else of who tried least: a crowd of made-up names does not wash away
    /// somebody's count without paying for as many attempts each.
    fn make_room(&mut self, now: Instant) {
        self.table.retain(|_, tried| tried.remembered(now) > 0);
        if self.table.len() >= self.most {
            let least = self.table.iter().min_by_key(|(_, tried)| (tried.remembered(now), tried.last));
            if let Some((&who, _)) = least {
                self.table.remove(&who);
            }
        }
    }
}

impl Tried {
    fn remembered(&self, now: Instant) -> u32 {
        let hours = now.duration_since(self.last).as_secs() / FORGOTTEN_AFTER.as_secs();
        self.count.saturating_sub(u32::try_from(hours).unwrap_or(u32::MAX))
    }
}

fn wait(count: u32) -> Duration {
    match count.checked_sub(FREE) {
        None => Duration::ZERO,
        Some(doublings) => FIRST_WAIT.saturating_mul(2_u32.saturating_pow(doublings)).min(LONGEST_WAIT),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seconds_until_the_next(attempts: &Attempts<u8>, who: u8) -> u64 {
        let until = attempts.table.get(&who).map_or_else(Instant::now, |tried| tried.free_from);
        until.duration_since(Instant::now()).as_secs()
    }

    #[tokio::test(start_paused = true)]
    async fn five_are_free_and_then_each_doubles_the_wait_up_to_an_hour() {
        let mut attempts = Attempts::new(8);
        let mut waits = Vec::new();

        for _ in 0..14 {
            tokio::time::advance(Duration::from_secs(seconds_until_the_next(&attempts, 1))).await;
            assert!(attempts.may(1));
            attempts.count(1);
            waits.push(seconds_until_the_next(&attempts, 1));
        }

        assert_eq!(waits, [0, 0, 0, 0, 30, 60, 120, 240, 480, 960, 1920, 3600, 3600, 3600]);
        assert!(!attempts.may(1));
        assert!(attempts.may(2), "somebody else");
    }

    #[tokio::test(start_paused = true)]
    async fn one_is_forgotten_an_hour() {
        let mut attempts = Attempts::new(8);
        for _ in 0..5 {
            attempts.count(1);
        }

        tokio::time::advance(Duration::from_secs(2 * 3600)).await;
        attempts.count(1);

        assert!(attempts.may(1), "the fourth that is remembered");
        attempts.count(1);
        assert!(!attempts.may(1));
    }

    #[tokio::test(start_paused = true)]
    async fn who_was_right_starts_afresh_and_where_they_were_does_not() {
        let mut attempts = Attempts::new(8);
        for _ in 0..5 {
            attempts.count(1);
            attempts.count(2);
        }

        attempts.forgive(1);
        attempts.take_back(2);

        attempts.count(1);
        assert!(attempts.may(1));
        assert!(attempts.may(2));
        attempts.count(2);
        assert!(!attempts.may(2));
    }

    #[tokio::test(start_paused = true)]
    async fn a_crowd_does_not_wash_away_a_count() {
        let mut attempts = Attempts::new(8);
        for _ in 0..5 {
            attempts.count(0);
        }

        for who in 1..200 {
            attempts.count(who);
        }

        assert!(!attempts.may(0));
        assert_eq!(attempts.table.len(), 8);
    }
}
