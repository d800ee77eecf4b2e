//! Messages that came and cannot be opened, until their senders have sealed them again.

use std::collections::{BTreeMap, BTreeSet};

use protocol::id::{ConversationId, DeviceId, MessageId};
use serde::{Deserialize, Serialize};

use crate::{
    error::CoreError,
    store::{Batch, Keep, damaged, key, read},
};

/// A copy that opens may follow one that does not: so long nothing is said.
const FIRST_MS: u64 = 2_000;
/// Pauses before each further request, and how many there are.
const PAUSES_MS: [u64; 4] = [60_000, 10 * 60_000, 60 * 60_000, 6 * 60 * 60_000];
/// A new session with one device at most so often.
const RENEW_MS: u64 = 60 * 60_000;
/// Messages remembered of one device; a gateway can make up any number of them.
const MAX_MESSAGES: usize = 100;

/// What becomes of a message that cannot be opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fate {
    /// Its sender is asked for it.
    Asked,
    /// Its sender was asked often enough.
    GivenUp,
    /// Too many are asked for already: it has to come once more when some of them are healed.
    Later,
}

/// Everything that was lost.
#[derive(Debug, Default)]
pub(crate) struct Lost {
    devices: BTreeMap<DeviceId, Broken>,
    changed: BTreeSet<DeviceId>,
}

/// What one device sent and this one cannot open.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
struct Broken {
    messages: BTreeMap<MessageId, Asked>,
    /// When a new session was begun because of it.
    renewed_ms: Option<u64>,
}

#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
struct Asked {
    conversation: ConversationId,
    /// How often the sender was told.
    times: usize,
    /// When it is told next.
    next_ms: u64,
}

/// What a sender is to be told now.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Report {
    pub(crate) device: DeviceId,
    pub(crate) conversation: ConversationId,
    pub(crate) messages: Vec<MessageId>,
    /// Whether in a session of its own.
    pub(crate) renew: bool,
}

impl Asked {
    const fn is_given_up(&self) -> bool {
        self.next_ms == u64::MAX
    }
}

impl Lost {
    pub(crate) fn restore(&mut self, name: &str, bytes: &[u8]) -> Result<(), CoreError> {
        let device = name.split_once('/').and_then(|(_, id)| id.parse().ok());
        let device = device.ok_or_else(|| damaged(name, "its name is not one of a device"))?;
        self.devices.insert(device, read(name, bytes)?);
        Ok(())
    }

    /// A message of this device cannot be opened.
    pub(crate) fn add(
        &mut self,
        device: DeviceId,
        message: MessageId,
        conversation: ConversationId,
        now: u64,
    ) -> Fate {
        let broken = self.devices.entry(device).or_default();
        if let Some(asked) = broken.messages.get(&message) {
            return if asked.is_given_up() { Fate::GivenUp } else { Fate::Asked };
        }
        if broken.messages.len() >= MAX_MESSAGES {
            let given_up = broken.messages.iter().find(|(_, asked)| asked.is_given_up());
            let Some(oldest) = given_up.map(|(message, _)| *message) else { return Fate::Later };
            broken.messages.remove(&oldest);
        }
        broken.messages.insert(message, Asked { conversation, times: 0, next_ms: now + FIRST_MS });
        self.changed.insert(device);
        Fate::Asked
    }

    /// Whether there is room for many more messages of this device.
    pub(crate) fn has_room(&self, device: DeviceId) -> bool {
        let open = |broken: &Broken| broken.messages.values().filter(|asked| !asked.is_given_up()).count();
        self.devices.get(&device).is_none_or(|broken| open(broken) <= MAX_MESSAGES / 2)
    }

    /// It was opened after all. True where it was missed.
    pub(crate) fn found(&mut self, device: DeviceId, message: MessageId) -> bool {
        let broken = self.devices.get_mut(&device);
        let missed = broken.is_some_and(|broken| broken.messages.remove(&message).is_some());
        if missed {
            self.changed.insert(device);
        }
        missed
    }

    /// The next report that is due: messages of one device and conversation. Counts as told.
    pub(crate) fn report(&mut self, now: u64) -> Option<Report> {
        for (device, broken) in &mut self.devices {
            let is_due = |asked: &Asked| asked.next_ms <= now;
            let Some(conversation) =
                broken.messages.values().find(|asked| is_due(asked)).map(|asked| asked.conversation)
            else {
                continue;
            };
            let mut messages = Vec::new();
            for (message, asked) in &mut broken.messages {
                if asked.conversation == conversation && is_due(asked) {
                    messages.push(*message);
                    let pause = PAUSES_MS.get(asked.times).copied();
                    asked.times = asked.times.saturating_add(1);
                    asked.next_ms = pause.map_or(u64::MAX, |pause| now.saturating_add(pause));
                }
            }
            let renew = broken.renewed_ms.is_none_or(|last| now >= last.saturating_add(RENEW_MS));
            if renew {
                broken.renewed_ms = Some(now);
            }
            self.changed.insert(*device);
            return Some(Report { device: *device, conversation, messages, renew });
        }
        None
    }

    /// When the next report is due.
    pub(crate) fn wake_at(&self) -> Option<u64> {
        let asked = self.devices.values().flat_map(|broken| broken.messages.values());
        asked.filter(|asked| !asked.is_given_up()).map(|asked| asked.next_ms).min()
    }

    /// Forgets what devices sent that left, and what nobody keeps any more.
    pub(crate) fn forget(&mut self, gone: impl Fn(DeviceId, Option<MessageId>) -> bool) {
        for (device, broken) in &mut self.devices {
            let before = broken.messages.len();
            broken.messages.retain(|message, _| !gone(*device, Some(*message)));
            if broken.messages.len() != before {
                self.changed.insert(*device);
            }
        }
        let left: Vec<_> = self.devices.keys().filter(|device| gone(**device, None)).copied().collect();
        for device in left {
            self.devices.remove(&device);
            self.changed.insert(device);
        }
    }
}

impl Keep for Lost {
    fn flush(&mut self, batch: &mut Batch) -> Result<(), CoreError> {
        for device in std::mem::take(&mut self.changed) {
            match self.devices.get(&device) {
                Some(broken) => batch.put(key::lost(device), broken)?,
                None => batch.delete(key::lost(device)),
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DEVICE: DeviceId = DeviceId::from_bytes([2; 16]);
    const TALK: ConversationId = ConversationId::from_bytes([1; 16]);

    #[test]
    fn a_sender_is_told_after_a_moment_and_then_ever_more_rarely() {
        let mut lost = Lost::default();
        let message = MessageId::new(7, [1; 10]);
        lost.add(DEVICE, message, TALK, 0);
        assert_eq!(lost.report(FIRST_MS - 1), None);
        let mut now = FIRST_MS;
        let mut renewed = Vec::new();
        for times in 0..=PAUSES_MS.len() {
            let report = lost.report(now).unwrap();
            assert_eq!((report.messages.as_slice(), report.conversation), ([message].as_slice(), TALK));
            renewed.push(report.renew);
            assert_eq!(lost.report(now), None);
            now += PAUSES_MS.get(times).copied().unwrap_or_default();
        }
        assert_eq!(renewed, [true, false, false, true, true], "a new session at most once an hour");
        assert_eq!((lost.report(u64::MAX - 1), lost.wake_at()), (None, None));
        assert!(lost.found(DEVICE, message) && !lost.found(DEVICE, message));
    }

    #[test]
    fn what_is_too_much_comes_later_and_what_was_given_up_makes_room() {
        let mut lost = Lost::default();
        let message = |number: u8| MessageId::new(number.into(), [number; 10]);
        for number in 0..100 {
            assert_eq!(lost.add(DEVICE, message(number), TALK, 0), Fate::Asked);
        }
        assert_eq!(lost.add(DEVICE, message(0), TALK, 0), Fate::Asked);
        assert_eq!(lost.add(DEVICE, message(100), TALK, 0), Fate::Later);
        assert!(!lost.has_room(DEVICE));
        for number in 0..50 {
            lost.found(DEVICE, message(number));
        }
        assert!(lost.has_room(DEVICE));
        assert_eq!(lost.add(DEVICE, message(100), TALK, 0), Fate::Asked);

        let mut lost = Lost::default();
        for number in 0..100 {
            lost.add(DEVICE, message(number), TALK, 0);
        }
        let mut now = FIRST_MS;
        while lost.report(now).is_some() {
            now += PAUSES_MS[3];
        }
        assert_eq!(lost.add(DEVICE, message(1), TALK, now), Fate::GivenUp);
        assert!(lost.has_room(DEVICE));
        assert_eq!(lost.add(DEVICE, message(100), TALK, now), Fate::Asked);
    }
}
