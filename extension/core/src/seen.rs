//! Which messages were received, so that none is shown twice.
//!
//! The window of a sending device is measured by that device's own newest message and not by the clock
//! here: it covers the day of that message and the [`DAYS`] days before, longer than any
//! message may wait (72 h). Whatever is older is refused, so forgetting is safe however clocks jump, and a sender with a
//! wrong clock harms itself alone. The set is written in the same transaction as the ratchet.

use std::collections::{BTreeMap, BTreeSet};

use protocol::id::{DeviceId, MessageId};
use serde::{Deserialize, Serialize};

use crate::{
    error::CoreError,
    store::{Batch, Keep, damaged, key, read},
};

const DAY_MS: u64 = 24 * 60 * 60 * 1000;
/// Full days kept before the day of the newest message: at least 96 hours.
const DAYS: u64 = 4;

/// How a message stands to those received before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Sighting {
    /// Not received.
    New,
    /// Received.
    Known,
    /// Older than anybody can tell.
    TooOld,
}

/// Everything received.
#[derive(Debug, Default)]
pub(crate) struct Seen {
    devices: BTreeMap<DeviceId, BTreeMap<u64, Day>>,
    changed: BTreeSet<(DeviceId, u64)>,
}

/// What one device wrote on one day.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
struct Day {
    /// Message and number; none for one that came sealed again, under the number of its second copy.
    messages: Vec<(MessageId, Option<u64>)>,
    #[serde(skip)]
    ids: BTreeSet<MessageId>,
    #[serde(skip)]
    counters: BTreeSet<u64>,
}

impl Day {
    fn add(&mut self, message: MessageId, counter: Option<u64>) {
        self.messages.push((message, counter));
        self.ids.insert(message);
        self.counters.extend(counter);
    }
}

impl Seen {
    pub(crate) fn restore(&mut self, name: &str, bytes: &[u8]) -> Result<(), CoreError> {
        let wrong = || damaged(name, "its name is not one of a day");
        let (device, day) =
            name.split_once('/').and_then(|(_, rest)| rest.split_once('/')).ok_or_else(wrong)?;
        let device = device.parse().map_err(|_| wrong())?;
        let number = day.parse().map_err(|_| wrong())?;
        let stored: Day = read(name, bytes)?;
        let mut day = Day::default();
        for (message, counter) in stored.messages {
            day.add(message, counter);
        }
        self.devices.entry(device).or_default().insert(number, day);
        Ok(())
    }

    /// Looks a message up.
    pub(crate) fn sighting(&self, device: DeviceId, message: MessageId) -> Sighting {
        let Some(days) = self.devices.get(&device) else { return Sighting::New };
        let day = day_of(message);
        if days.get(&day).is_some_and(|day| day.ids.contains(&message)) {
            Sighting::Known
        } else if days.last_key_value().is_some_and(|(newest, _)| day + DAYS < *newest) {
            Sighting::TooOld
        } else {
            Sighting::New
        }
    }

    /// Whether the device gave this number to a message already.
    pub(crate) fn knows_counter(&self, device: DeviceId, counter: u64) -> bool {
        self.devices.get(&device).is_some_and(|days| days.values().any(|day| day.counters.contains(&counter)))
    }

    /// Remembers a message that is new, and forgets what the window leaves behind.
    pub(crate) fn add(&mut self, device: DeviceId, message: MessageId, counter: Option<u64>) {
        let days = self.devices.entry(device).or_default();
        let day = day_of(message);
        days.entry(day).or_default().add(message, counter);
        self.changed.insert((device, day));
        let newest = days.last_key_value().map_or(day, |(newest, _)| *newest);
        let kept = days.split_off(&newest.saturating_sub(DAYS));
        let left = std::mem::replace(days, kept);
        self.changed.extend(left.into_keys().map(|day| (device, day)));
    }
}

impl Keep for Seen {
    fn flush(&mut self, batch: &mut Batch) -> Result<(), CoreError> {
        for (device, day) in std::mem::take(&mut self.changed) {
            let name = key::seen(device, day);
            match self.devices.get(&device).and_then(|days| days.get(&day)) {
                Some(day) => batch.put(name, day)?,
                None => batch.delete(name),
            }
        }
        Ok(())
    }
}

fn day_of(message: MessageId) -> u64 {
    message.created_ms() / DAY_MS
}

#[cfg(test)]
mod tests {
    use super::*;

    const DEVICE: DeviceId = DeviceId::from_bytes([1; 16]);

    fn message(day: u64, number: u8) -> MessageId {
        MessageId::new(day * DAY_MS, [number; 10])
    }

    #[test]
    fn a_message_is_known_for_four_days_of_its_sender_and_then_too_old() {
        let mut seen = Seen::default();
        let first = message(100, 1);
        assert_eq!(seen.sighting(DEVICE, first), Sighting::New);
        seen.add(DEVICE, first, Some(0));
        seen.add(DEVICE, message(104, 2), Some(1));
        assert_eq!(seen.sighting(DEVICE, first), Sighting::Known);
        assert!(seen.knows_counter(DEVICE, 0));
        seen.add(DEVICE, message(105, 3), Some(2));
        assert_eq!(seen.sighting(DEVICE, first), Sighting::TooOld);
        assert_eq!(seen.sighting(DEVICE, message(100, 9)), Sighting::TooOld);
        assert_eq!(seen.sighting(DEVICE, message(101, 9)), Sighting::New);
    }

    #[test]
    fn another_device_with_the_same_id_is_another_message() {
        let mut seen = Seen::default();
        seen.add(DEVICE, message(100, 1), Some(0));
        assert_eq!(seen.sighting(DeviceId::from_bytes([2; 16]), message(100, 1)), Sighting::New);
    }

    #[test]
    fn what_was_left_behind_is_deleted_from_storage_and_the_rest_comes_back() {
        let mut seen = Seen::default();
        seen.add(DEVICE, message(100, 1), Some(7));
        seen.add(DEVICE, message(110, 2), Some(8));
        let mut again = Seen::default();
        let name = key::seen(DEVICE, 110);
        again.restore(&name, &protocol::codec::encode(&seen.devices[&DEVICE][&110]).unwrap()).unwrap();
        assert_eq!(again.sighting(DEVICE, message(110, 2)), Sighting::Known);
        assert!(again.knows_counter(DEVICE, 8));
        assert!(seen.changed.contains(&(DEVICE, 100)) && !seen.devices[&DEVICE].contains_key(&100));
    }
}
