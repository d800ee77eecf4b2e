//! What waits for devices that are away: ciphertext in the broker's memory, one subject a device.
//!
//! Sequences begin anew when the broker does, so a sequence counts only within the connection (epoch) in
//! which it was read.

use std::time::Duration;

use async_nats::jetstream::message::PublishMessage;
use bytes::Bytes;
use protocol::{
    bus::Parcel,
    id::DeviceId,
    limits::{MAX_FRAME, MAX_MESSAGE_LIFE_MS},
    subject,
};

use crate::{
    bus::{Bus, BusError, Page},
    clock,
};

/// A message in a mailbox.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Slot {
    sequence: u64,
    epoch: u64,
}

impl Slot {
    /// Its place in the stream.
    pub const fn sequence(self) -> u64 {
        self.sequence
    }
}

/// Something that a mailbox held.
#[derive(Debug)]
pub struct Mail {
    /// Where it lies.
    pub slot: Slot,
    /// What it is; `None` when it cannot be read.
    pub parcel: Option<Parcel>,
}

/// Part of a mailbox, oldest first.
#[derive(Debug)]
pub struct MailPage {
    /// What was there.
    pub mail: Vec<Mail>,
    /// Where the next page begins, if there is more.
    pub next: Option<u64>,
    /// After the last one read.
    pub after: u64,
}

/// The mailboxes of all devices. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Mailboxes {
    bus: Bus,
}

impl Mailboxes {
    /// On this bus.
    pub fn new(bus: Bus) -> Self {
        Self { bus }
    }

    /// Puts a parcel into a mailbox until it expires. A parcel that lies there already is not put there twice; one that
    /// was taken out lies there again: its sender offers it only because a confirmation was lost.
    pub async fn put(&self, device: DeviceId, parcel: &Parcel) -> Result<(), BusError> {
        let (name, expires_ms) = match parcel {
            Parcel::Message(addressed) => {
                (format!("m.{}.{device}", addressed.header.message), addressed.header.expires_ms)
            }
            Parcel::Delivered(delivered) => (
                format!("d.{}.{}.{device}", delivered.message, delivered.device),
                delivered.at_ms.saturating_add(MAX_MESSAGE_LIFE_MS),
            ),
        };
        let life = Duration::from_millis(expires_ms.saturating_sub(clock::now_ms())).as_secs();
        if life == 0 {
            // Below the granularity of the bus; the sender's outbox gives up on it just now.
            return Ok(());
        }
        let refused = |error: protocol::codec::EncodeError| BusError::Refused {
            what: "store a parcel",
            reason: error.to_string(),
        };
        let payload: Bytes = parcel.encode().map_err(refused)?.into();
        let mut id = name.clone();
        loop {
            let message = PublishMessage::build()
                .payload(payload.clone())
                .message_id(&id)
                .ttl(Duration::from_secs(life));
            let kept = self.bus.store(subject::mailbox(device), message).await?;
            if !kept.again || self.holds(device, kept.sequence).await? {
                return Ok(());
            }
            // The stream remembers the id of a parcel that is gone: the next id names which one is replaced.
            id = format!("{name}.{}", kept.sequence);
        }
    }

    /// Whether what was put there is there still.
    async fn holds(&self, device: DeviceId, sequence: u64) -> Result<bool, BusError> {
        let page = self.bus.read(subject::MAILBOX_STREAM, &subject::mailbox(device), sequence, 1).await?;
        Ok(page.messages.first().is_some_and(|first| first.sequence == sequence))
    }

    /// Up to `count` parcels of a device from `sequence` on.
    pub async fn read(&self, device: DeviceId, sequence: u64, count: usize) -> Result<MailPage, BusError> {
        const GONE: BusError = BusError::Unavailable("the bus went away while a mailbox was read");
        let epoch = self.bus.epoch().ok_or(GONE)?;
        let Page { messages, left } =
            self.bus.read(subject::MAILBOX_STREAM, &subject::mailbox(device), sequence, count).await?;
        if self.bus.epoch() != Some(epoch) {
            return Err(GONE);
        }
        let after = messages.last().map_or(sequence, |last| last.sequence + 1);
        let mail = messages.into_iter().map(|stored| Mail {
            slot: Slot { sequence: stored.sequence, epoch },
            parcel: Parcel::decode(&stored.payload, MAX_FRAME).ok(),
        });
        Ok(MailPage { mail: mail.collect(), next: (left > 0).then_some(after), after })
    }

    /// Takes a parcel out; one of a former connection is gone already.
    pub async fn delete(&self, slot: Slot) -> Result<(), BusError> {
        if self.bus.epoch() == Some(slot.epoch) {
            self.bus.take(subject::MAILBOX_STREAM, slot.sequence).await?;
        }
        Ok(())
    }
}
