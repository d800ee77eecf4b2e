//! How many connections there may be: in all, and of those that have not proved themselves. A thousand
//! that never speak take places of the second kind for a few seconds each, and none of a session's.

use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::config::Limits;

/// The places of one gateway.
#[derive(Debug, Clone)]
pub struct Places {
    all: Arc<Semaphore>,
    strangers: Arc<Semaphore>,
}

/// The places that one connection takes; free again when dropped.
#[derive(Debug)]
pub struct Place {
    _connection: OwnedSemaphorePermit,
    stranger: Option<OwnedSemaphorePermit>,
}

impl Places {
    /// As many as the configuration says.
    pub fn new(limits: &Limits) -> Self {
        let places = |number: usize| Arc::new(Semaphore::new(number.min(Semaphore::MAX_PERMITS)));
        Self { all: places(limits.max_connections), strangers: places(limits.max_unauthenticated) }
    }

    /// A place for a new connection, if there is one.
    pub fn take(&self) -> Option<Place> {
        let stranger = Arc::clone(&self.strangers).try_acquire_owned().ok()?;
        let connection = Arc::clone(&self.all).try_acquire_owned().ok()?;
        Some(Place { _connection: connection, stranger: Some(stranger) })
    }
}

impl Place {
    /// The peer is no stranger any more.
    pub fn authenticated(&mut self) {
        self.stranger = None;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strangers_and_sessions_do_not_take_each_others_places() {
        let limits = Limits { max_connections: 3, max_unauthenticated: 1, ..Limits::default() };
        let places = Places::new(&limits);

        let mut session = places.take().unwrap();
        assert!(places.take().is_none(), "one stranger at a time");
        session.authenticated();
        let stranger = places.take().unwrap();
        assert!(places.take().is_none());
        drop(stranger);

        assert!(places.take().is_some());
    }
}
