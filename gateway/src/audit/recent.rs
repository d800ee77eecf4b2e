//! Events that this run has stored, so that a message that is offered again does not fill the trail with
//! copies. Only a saving: the sink keeps one record per event id whatever comes.

use std::{
    collections::{HashSet, VecDeque},
    sync::{Mutex, PoisonError},
};

use protocol::id::EventId;

/// About an hour of a busy office; 1.5 MB at most.
const REMEMBERED: usize = 32 * 1024;

/// The last stored events.
#[derive(Debug, Default)]
pub struct Recent(Mutex<Memory>);

#[derive(Debug, Default)]
struct Memory {
    known: HashSet<EventId>,
    order: VecDeque<EventId>,
}

impl Recent {
    /// Whether the event is stored for certain.
    pub fn knows(&self, event: EventId) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).known.contains(&event)
    }

    /// Remembers a stored event; forgets the oldest when there are too many.
    pub fn remember(&self, event: EventId) {
        let mut memory = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if memory.known.insert(event) {
            memory.order.push_back(event);
        }
        if memory.order.len() > REMEMBERED
            && let Some(oldest) = memory.order.pop_front()
        {
            memory.known.remove(&oldest);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_is_bounded_and_keeps_the_newest() {
        let recent = Recent::default();
        let id = |number: u64| EventId::new(number, [0; 10]);

        for number in 0..=REMEMBERED as u64 {
            recent.remember(id(number));
        }

        assert!(!recent.knows(id(0)));
        assert!(recent.knows(id(1)));
        assert!(recent.knows(id(REMEMBERED as u64)));
    }
}
