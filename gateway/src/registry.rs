//! Which devices are on line at this gateway, and the way to their sessions.
//!
//! Each session has an inbox of bounded size; when it is full, what was for it goes to the mailbox instead.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use protocol::{
    bus::{OnlineDevice, Parcel},
    error::ErrorCode,
    id::{DeviceId, UserId},
};
use tokio::sync::{Notify, mpsc, oneshot};

use crate::principal::Principal;

/// Something handed to a session of this gateway.
#[derive(Debug)]
pub enum Handed {
    /// A parcel. `done` is answered when it is settled; dropped when the session cannot take it.
    Parcel {
        /// What.
        parcel: Arc<Parcel>,
        /// Whom to tell.
        done: oneshot::Sender<()>,
    },
    /// Others have used up most of the device's one-time keys.
    PrekeysLow(u32),
}

/// What became of a parcel for a device.
#[derive(Debug)]
pub enum Hand {
    /// Its session has it. The answer fails when it cannot take it after all.
    Taken(oneshot::Receiver<()>),
    /// Its session has as much as it can hold: into the mailbox, and not on another way past what it holds.
    Full,
    /// It is not on line here.
    Absent,
}

/// Devices on line.
#[derive(Debug)]
pub struct Registry {
    seats: Mutex<Seats>,
    changed: Notify,
    inbox: usize,
}

#[derive(Debug, Default)]
struct Seats {
    taken: HashMap<DeviceId, Taken>,
    next: u64,
}

#[derive(Debug)]
struct Taken {
    number: u64,
    user: UserId,
    inbox: mpsc::Sender<Handed>,
    end: oneshot::Sender<ErrorCode>,
}

/// A session's place in the registry, free again when dropped.
#[derive(Debug)]
pub struct Seat {
    registry: Arc<Registry>,
    device: DeviceId,
    number: u64,
    /// What is handed to the session.
    pub inbox: mpsc::Receiver<Handed>,
    /// Told when the session has to end.
    pub end: oneshot::Receiver<ErrorCode>,
}

impl Registry {
    /// An empty one; `inbox` is how much may wait for one session.
    pub fn new(inbox: usize) -> Arc<Self> {
        Arc::new(Self { seats: Mutex::default(), changed: Notify::new(), inbox })
    }

    /// Takes the device's seat. Who sat there is told [`ErrorCode::Replaced`].
    pub fn register(self: &Arc<Self>, principal: &Principal) -> Seat {
        let (sender, inbox) = mpsc::channel(self.inbox);
        let (end, ended) = oneshot::channel();
        let mut seats = self.seats();
        seats.next += 1;
        let number = seats.next;
        let taken = Taken { number, user: principal.user, inbox: sender, end };
        let former = seats.taken.insert(principal.device, taken);
        drop(seats);
        if let Some(former) = former {
            // It may be ending by itself at this moment.
            let _ = former.end.send(ErrorCode::Replaced);
        }
        self.changed.notify_one();
        Seat { registry: Arc::clone(self), device: principal.device, number, inbox, end: ended }
    }

    /// Hands a parcel to a device, if it is on line here.
    pub fn hand(&self, device: DeviceId, parcel: &Arc<Parcel>) -> Hand {
        let Some(inbox) = self.inbox_of(device) else { return Hand::Absent };
        let (done, answer) = oneshot::channel();
        match inbox.try_send(Handed::Parcel { parcel: Arc::clone(parcel), done }) {
            Ok(()) => Hand::Taken(answer),
            Err(mpsc::error::TrySendError::Full(_)) => Hand::Full,
            Err(mpsc::error::TrySendError::Closed(_)) => Hand::Absent,
        }
    }

    /// Tells a device that is on line here to publish more keys. Others are told when they come back.
    pub fn prekeys_low(&self, device: DeviceId, left: u32) {
        if let Some(inbox) = self.inbox_of(device) {
            let _ = inbox.try_send(Handed::PrekeysLow(left));
        }
    }

    /// Everybody who is on line here.
    pub fn online(&self) -> Vec<OnlineDevice> {
        let seats = self.seats();
        seats.taken.iter().map(|(&device, taken)| OnlineDevice { user: taken.user, device }).collect()
    }

    /// Whether a device is on line here.
    pub fn is_online(&self, device: DeviceId) -> bool {
        self.seats().taken.contains_key(&device)
    }

    /// Waits until somebody came or went since the last call.
    pub async fn changed(&self) {
        self.changed.notified().await;
    }

    fn inbox_of(&self, device: DeviceId) -> Option<mpsc::Sender<Handed>> {
        self.seats().taken.get(&device).map(|taken| taken.inbox.clone())
    }

    fn leave(&self, device: DeviceId, number: u64) {
        let mut seats = self.seats();
        // Not the seat of the session that took its place.
        if seats.taken.get(&device).is_some_and(|taken| taken.number == number) {
            seats.taken.remove(&device);
            drop(seats);
            self.changed.notify_one();
        }
    }

    fn seats(&self) -> MutexGuard<'_, Seats> {
        self.seats.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        self.registry.leave(self.device, self.number);
    }
}
