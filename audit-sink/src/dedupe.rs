//! Each event once. A gateway that crashed tells an event again, under the same id and in another
//! line; JetStream delivers a line again whose acknowledgement was lost. The first is a duplicate
//! and leaves a trace, the second is nothing new.
//!
//! Memory is bounded: beyond `capacity` the id that came first is forgotten, and so are ids of files
//! that are older than the window at the next start. The window must be longer than anything can be told
//! again: a message lives for 72 hours at most, and its events carry its own time in their ids.

use std::{
    collections::{HashMap, VecDeque},
    hash::Hash,
};

use protocol::id::{self, EventId};

/// Enough of a line's hash to tell lines of one event apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Fingerprint(u64);

impl From<id::Hash> for Fingerprint {
    fn from(hash: id::Hash) -> Self {
        Self(hash.as_bytes().iter().take(8).fold(0, |bits, byte| (bits << 8) | u64::from(*byte)))
    }
}

/// What a line is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Not seen before.
    New,
    /// This very line is dealt with already.
    Redelivered,
    /// Another line told this event.
    Duplicate,
}

/// The events of the last days: about 55 bytes each, allocated as they come.
#[derive(Debug)]
pub struct Dedupe {
    written: Bounded<EventId, Fingerprint>,
    /// Dropped lines. Few: a gateway makes them only after a crash.
    dropped: Bounded<(EventId, Fingerprint), ()>,
}

impl Dedupe {
    /// Remembers at most `capacity` events, and as many dropped lines.
    pub fn new(capacity: usize) -> Self {
        Self { written: Bounded::new(capacity), dropped: Bounded::new(capacity) }
    }

    /// What a line with this event and hash is.
    pub fn judge(&self, id: EventId, line: Fingerprint) -> Verdict {
        if self.dropped.entries.contains_key(&(id, line)) {
            return Verdict::Redelivered;
        }
        match self.written.entries.get(&id) {
            None => Verdict::New,
            Some(first) if *first == line => Verdict::Redelivered,
            Some(_) => Verdict::Duplicate,
        }
    }

    /// The line was written. Of two lines of one event the first counts.
    pub fn written(&mut self, id: EventId, line: Fingerprint) {
        self.written.insert(id, line);
    }

    /// The line was dropped, since its event was known.
    pub fn dropped(&mut self, id: EventId, line: Fingerprint) {
        self.dropped.insert((id, line), ());
    }

    /// Takes over everything that `later` remembers.
    pub fn absorb(&mut self, later: Self) {
        for id in later.written.in_order {
            if let Some(line) = later.written.entries.get(&id) {
                self.written(id, *line);
            }
        }
        for (id, line) in later.dropped.in_order {
            self.dropped(id, line);
        }
    }

    /// Events remembered.
    pub fn len(&self) -> usize {
        self.written.entries.len()
    }

    /// Nothing is remembered.
    pub fn is_empty(&self) -> bool {
        self.written.entries.is_empty()
    }

    /// Events forgotten for want of room: a repeat of them would stand in the trail twice.
    pub const fn forgotten(&self) -> u64 {
        self.written.forgotten
    }
}

/// A map that forgets what came first when it is full.
#[derive(Debug)]
struct Bounded<K, V> {
    capacity: usize,
    entries: HashMap<K, V>,
    in_order: VecDeque<K>,
    forgotten: u64,
}

impl<K: Copy + Eq + Hash, V> Bounded<K, V> {
    fn new(capacity: usize) -> Self {
        Self { capacity: capacity.max(1), entries: HashMap::new(), in_order: VecDeque::new(), forgotten: 0 }
    }

    /// An entry that is there already stays as it is.
    fn insert(&mut self, key: K, value: V) {
        if self.entries.contains_key(&key) {
            return;
        }
        if self.in_order.len() >= self.capacity
            && let Some(oldest) = self.in_order.pop_front()
        {
            self.entries.remove(&oldest);
            self.forgotten += 1;
        }
        self.entries.insert(key, value);
        self.in_order.push_back(key);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(number: u8) -> EventId {
        EventId::new(1_000 + u64::from(number), [number; 10])
    }

    fn line(text: &str) -> Fingerprint {
        id::Hash::of(text.as_bytes()).into()
    }

    #[test]
    fn a_redelivered_line_and_a_retold_event_are_told_apart() {
        let mut dedupe = Dedupe::new(10);
        assert_eq!(dedupe.judge(event(1), line("a")), Verdict::New);
        dedupe.written(event(1), line("a"));
        assert_eq!(dedupe.judge(event(1), line("a")), Verdict::Redelivered);
        assert_eq!(dedupe.judge(event(1), line("b")), Verdict::Duplicate);
        dedupe.dropped(event(1), line("b"));
        assert_eq!(dedupe.judge(event(1), line("b")), Verdict::Redelivered);
        assert_eq!(dedupe.judge(event(1), line("c")), Verdict::Duplicate);
    }

    #[test]
    fn memory_is_bounded_and_the_oldest_goes_first() {
        let mut dedupe = Dedupe::new(2);
        for number in 1..=3 {
            dedupe.written(event(number), line("a"));
        }
        assert_eq!((dedupe.len(), dedupe.forgotten()), (2, 1));
        assert_eq!(dedupe.judge(event(1), line("a")), Verdict::New);
        assert_eq!(dedupe.judge(event(2), line("a")), Verdict::Redelivered);
    }
}
