//! The number of each device's last connection, so that a copied profile or one from a backup shows.
//!
//! Written by compare-and-set: of two gateways to which the same number comes at the same moment, one accepts it. What
//! this gateway wrote last is remembered, so a device that comes back costs one write and no read.

use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
};

use async_nats::jetstream::message::PublishMessage;
use futures_util::stream::{self, StreamExt};
use protocol::{bus::Seat, codec, error::ErrorCode, id::DeviceId, subject};

use crate::{
    bus::{Bus, BusError},
    clock,
};

/// Largest stored seat.
const MAX_SEAT: usize = 64;
/// Writes that may lose against another gateway before the device is sent away to come again.
const TRIES: usize = 4;
/// Seats that one request reads at the same time.
const AT_ONCE: usize = 16;

/// Why a device does not get its seat.
#[derive(Debug, thiserror::Error)]
pub enum SeatRefused {
    /// The number is not above the last one.
    #[error("the device connected before from a later state")]
    ProfileCopied,
    /// It could not be read or written.
    #[error(transparent)]
    Bus(#[from] BusError),
}

impl SeatRefused {
    /// What the device is told.
    pub const fn code(&self) -> ErrorCode {
        match self {
            Self::ProfileCopied => ErrorCode::ProfileCopied,
            Self::Bus(_) => ErrorCode::BusUnavailable,
        }
    }
}

/// Seats of all devices.
#[derive(Debug)]
pub struct Seats {
    bus: Bus,
    known: Mutex<HashMap<DeviceId, Known>>,
}

/// What the stream said last. Both are 0 where it had nothing.
#[derive(Debug, Clone, Copy, Default)]
struct Known {
    sequence: u64,
    connection: u64,
}

impl Seats {
    /// On this bus.
    pub fn new(bus: Bus) -> Self {
        Self { bus, known: Mutex::default() }
    }

    /// Takes note of a connection of a device that has proved itself.
    pub async fn take(&self, device: DeviceId, connection: u64) -> Result<(), SeatRefused> {
        let remembered = self.known().get(&device).copied();
        let mut known = match remembered {
            Some(known) => known,
            None => self.read(device).await?,
        };
        for _ in 0..TRIES {
            if connection <= known.connection {
                return Err(SeatRefused::ProfileCopied);
            }
            match self.write(device, connection, known.sequence).await {
                Ok(()) => return Ok(()),
                // Another gateway was quicker, or the broker lost the last moments before a power cut.
                Err(BusError::Conflict) => known = self.read(device).await?,
                Err(error) => return Err(error.into()),
            }
        }
        Err(BusError::Conflict.into())
    }

    /// When devices connected last, milliseconds since 1970; none where that is not known.
    pub async fn last_use(&self, devices: Vec<DeviceId>) -> Result<Vec<Option<u64>>, BusError> {
        let reads = devices.into_iter().map(|device| async move {
            let stored = self.bus.last(subject::SEATS_STREAM, &subject::seat(device)).await?;
            Ok(stored.and_then(|stored| seat(&stored.payload)).map(|seat| seat.at_ms))
        });
        let read: Vec<_> = stream::iter(reads).buffered(AT_ONCE).collect().await;
        read.into_iter().collect()
    }

    async fn read(&self, device: DeviceId) -> Result<Known, BusError> {
        let stored = self.bus.last(subject::SEATS_STREAM, &subject::seat(device)).await?;
        let (sequence, connection) = stored.map_or((0, 0), |stored| {
            (stored.sequence, seat(&stored.payload).map_or(0, |seat| seat.connection))
        });
        let mut all = self.known();
        let known = all.entry(device).or_default();
        known.sequence = sequence;
        // What this gateway accepted stays accepted.
        known.connection = known.connection.max(connection);
        Ok(*known)
    }

    async fn write(&self, device: DeviceId, connection: u64, expected: u64) -> Result<(), BusError> {
        let payload = codec::encode(&Seat { connection, at_ms: clock::now_ms() })
            .map_err(|error| BusError::Refused { what: "store a seat", reason: error.to_string() })?;
        let message =
            PublishMessage::build().payload(payload.into()).expected_last_subject_sequence(expected);
        let sequence = self.bus.store(subject::seat(device), message).await?.sequence;
        let mut known = self.known();
        let known = known.entry(device).or_default();
        // Two connections of one device may end up here in any order.
        if connection > known.connection {
            *known = Known { sequence, connection };
        }
        Ok(())
    }

    fn known(&self) -> MutexGuard<'_, HashMap<DeviceId, Known>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn seat(payload: &[u8]) -> Option<Seat> {
    codec::decode(payload, MAX_SEAT).inspect_err(|error| tracing::error!(%error, "a seat is damaged")).ok()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn whatever_lies_in_the_stream_is_a_seat_or_nothing(bytes in proptest::collection::vec(any::<u8>(), 0..100)) {
            if let Some(seat) = seat(&bytes) {
                prop_assert!(bytes.len() <= MAX_SEAT);
                prop_assert_eq!(super::seat(&codec::encode(&seat).unwrap()), Some(seat));
            }
        }
    }
}
