//! One ordered lane a device. A ratchet takes messages out of order only within limits (forty skipped keys), so
//! what goes to one device is put into its mailbox in the order in which it was accepted, however the tasks
//! that do it are scheduled.
//!
//! A lane is the end of the last parcel in it: each parcel waits for the end of the one before, then makes its own.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
};

use protocol::id::DeviceId;
use tokio::sync::oneshot;

/// The lanes of all devices: one small entry for each device that was ever sent something.
#[derive(Debug, Default)]
pub struct Lanes(Mutex<HashMap<DeviceId, oneshot::Receiver<()>>>);

/// A parcel's place in a lane. Dropping it lets the next one pass.
#[derive(Debug)]
pub struct Place {
    before: Option<oneshot::Receiver<()>>,
    _end: oneshot::Sender<()>,
}

impl Lanes {
    /// The place behind everything that is in the device's lane now.
    pub fn join(&self, device: DeviceId) -> Place {
        let (end, ended) = oneshot::channel();
        let before = self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(device, ended);
        Place { before, _end: end }
    }
}

impl Place {
    /// Waits until everything that was in the lane before is settled.
    pub async fn first(&mut self) {
        if let Some(before) = &mut self.before {
            // Never sent, only dropped: the end of the one before, on whatever way.
            let _ = before.await;
            self.before = None;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use tokio::sync::mpsc;

    use super::*;

    #[tokio::test]
    async fn parcels_pass_in_the_order_in_which_they_joined() {
        let lanes = Lanes::default();
        let device = DeviceId::from_bytes([1; 16]);
        let (passed, mut order) = mpsc::channel(3);
        let places: Vec<_> = (0..3).map(|_| lanes.join(device)).collect();

        // The last is scheduled first.
        for (number, mut place) in places.into_iter().enumerate().rev() {
            let passed = passed.clone();
            tokio::spawn(async move {
                place.first().await;
                passed.send(number).await.unwrap();
            });
            tokio::task::yield_now().await;
        }

        let seen = [order.recv().await, order.recv().await, order.recv().await];
        assert_eq!(seen, [Some(0), Some(1), Some(2)]);
    }

    #[tokio::test]
    async fn devices_do_not_wait_for_each_other_nor_for_a_parcel_that_was_given_up() {
        let lanes = Arc::new(Lanes::default());
        let _stuck = lanes.join(DeviceId::from_bytes([1; 16]));
        lanes.join(DeviceId::from_bytes([2; 16])).first().await;
        drop(lanes.join(DeviceId::from_bytes([3; 16])));
        lanes.join(DeviceId::from_bytes([3; 16])).first().await;
    }
}
