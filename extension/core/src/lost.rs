//! Messages that came and cannot be opened, until their senders have sealed them again.
//!
//! ```text
//! cannot be opened ──2 s──► told ──1 min──► told ──10 min, 1 h, 6 h──► told ──6 h──► given up, if the sender answered
//!                            └ any message that opens: healed                └ else told every 6 h, as long as it lives
//! ```
//!
//! Where both sides hold sessions that only one of them knows, a report cannot be opened either, and would itself be
//! reported. So there is a pause for each device beside the one for each message: it grows while nothing comes of the
//! device that opens, and ends with the first thing that does.

use std::collections::{BTreeMap, BTreeSet};

use protocol::id::{ConversationId, DeviceId, MessageId};
use serde::{Deserialize, Serialize};

use crate::{
    error::CoreError,
    store::{Batch, Keep, damaged, key, read},
};

/// A copy that opens may follow one that does not: so long nothing is said.
const FIRST_MS: u64 = 2_000;
/// Pauses after each request for a message. After the last of them its sender has had its time.
const PAUSES_MS: [u64; 5] = [60_000, 10 * 60_000, 60 * 60_000, 6 * 60 * 60_000, 6 * 60 * 60_000];
/// Pauses between requests to one device while it is silent; the last one stays.
const SILENT_MS: [u64; 4] = [10_000, 60_000, 10 * 60_000, 60 * 60_000];
/// A new session with one device at most so often.
const RENEW_MS: u64 = 60 * 60_000;
/// Unless nothing opened since the last one was begun: it may have been begun with a key that a gateway gave to
/// somebody else before. Pauses before the second and the third; then [`RENEW_MS`] holds again.
const RENEW_SILENT_MS: [u64; 2] = [60_000, 10 * 60_000];
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
    #[serde(default)]
    silence: Silence,
}

/// What was tried since a message of this device was opened last.
#[derive(Debug, Clone, Copy, Default, Serialize, Deserialize)]
struct Silence {
    /// Rounds of requests.
    rounds: usize,
    /// When the last one was.
    told_ms: Option<u64>,
    /// When the next one may be.
    next_ms: u64,
    /// New sessions that were begun.
    renewals: usize,
}

#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
struct Asked {
    conversation: ConversationId,
    /// How often the sender was told; counts no further than there are pauses.
    times: usize,
    /// When it is told next.
    next_ms: u64,
    /// Whether anything of the sender was opened since it was told last.
    #[serde(default)]
    answered: bool,
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

    /// Whether all requests were made, and answered.
    const fn is_hopeless(&self) -> bool {
        self.answered && self.times >= PAUSES_MS.len()
    }
}

impl Silence {
    /// All that is due at one moment is one round.
    fn may_tell(&self, now: u64) -> bool {
        now >= self.next_ms || self.told_ms == Some(now)
    }

    fn told(&mut self, now: u64) {
        if self.told_ms.replace(now) != Some(now) {
            self.next_ms = now.saturating_add(pause(&SILENT_MS, self.rounds));
            self.rounds = self.rounds.saturating_add(1);
        }
    }

    /// How long after the last new session the next one may be begun.
    fn renew_after_ms(&self) -> u64 {
        let again = self.renewals.checked_sub(1).and_then(|again| RENEW_SILENT_MS.get(again));
        again.copied().unwrap_or(RENEW_MS)
    }
}

/// The pause after so many tries; after all of them the last one.
fn pause(pauses: &[u64], tries: usize) -> u64 {
    pauses.get(tries).or(pauses.last()).copied().unwrap_or_default()
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
        broken
            .messages
            .insert(message, Asked { conversation, times: 0, next_ms: now + FIRST_MS, answered: false });
        self.changed.insert(device);
        Fate::Asked
    }

    /// Whether there is room for many more messages of this device.
    pub(crate) fn has_room(&self, device: DeviceId) -> bool {
        let open = |broken: &Broken| broken.messages.values().filter(|asked| !asked.is_given_up()).count();
        self.devices.get(&device).is_none_or(|broken| open(broken) <= MAX_MESSAGES / 2)
    }

    /// A message of this device was opened: it, and whatever else there is, can be asked for again.
    pub(crate) fn heard(&mut self, device: DeviceId, now: u64) {
        let Some(broken) = self.devices.get_mut(&device) else { return };
        let Silence { rounds, renewals, .. } = std::mem::take(&mut broken.silence);
        if rounds == 0 && renewals == 0 {
            return;
        }
        self.changed.insert(device);
        for asked in broken.messages.values_mut().filter(|asked| asked.times > 0 && !asked.is_given_up()) {
            asked.answered = true;
            if rounds > 1 {
                // What was said into the silence may have been understood by nobody.
                asked.times = 0;
                asked.next_ms = asked.next_ms.min(now.saturating_add(FIRST_MS));
            }
        }
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
            if !broken.silence.may_tell(now) {
                continue;
            }
            let is_due = |asked: &Asked| asked.next_ms <= now && !asked.is_hopeless();
            let Some(conversation) =
                broken.messages.values().find(|asked| is_due(asked)).map(|asked| asked.conversation)
            else {
                continue;
            };
            let mut messages = Vec::new();
            for (message, asked) in &mut broken.messages {
                if asked.conversation == conversation && is_due(asked) {
                    messages.push(*message);
                    asked.next_ms = now.saturating_add(pause(&PAUSES_MS, asked.times));
                    asked.times = (asked.times + 1).min(PAUSES_MS.len());
                    asked.answered = false;
                }
            }
            let after = broken.silence.renew_after_ms();
            let renew = broken.renewed_ms.is_none_or(|last| now >= last.saturating_add(after));
            if renew {
                broken.renewed_ms = Some(now);
                broken.silence.renewals = broken.silence.renewals.saturating_add(1);
            }
            broken.silence.told(now);
            self.changed.insert(*device);
            return Some(Report { device: *device, conversation, messages, renew });
        }
        None
    }

    /// Messages that their senders were asked for often enough: they are asked for no more.
    pub(crate) fn give_up(&mut self, now: u64) -> Vec<MessageId> {
        let mut given_up = Vec::new();
        for (device, broken) in &mut self.devices {
            let over = |asked: &Asked| asked.is_hopeless() && asked.next_ms <= now;
            for (message, asked) in broken.messages.iter_mut().filter(|(_, asked)| over(asked)) {
                asked.next_ms = u64::MAX;
                given_up.push(*message);
                self.changed.insert(*device);
            }
        }
        given_up
    }

    /// When the next report is due, or the next message to be given up.
    pub(crate) fn wake_at(&self) -> Option<u64> {
        let open = self.devices.values().flat_map(|broken| {
            let open = broken.messages.values().filter(|asked| !asked.is_given_up());
            open.map(|asked| {
                let told_from = if asked.is_hopeless() { 0 } else { broken.silence.next_ms };
                asked.next_ms.max(told_from)
            })
        });
        open.min()
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
        for pause in PAUSES_MS {
            assert_eq!(lost.wake_at(), Some(now));
            let report = lost.report(now).unwrap();
            assert_eq!((report.messages.as_slice(), report.conversation), ([message].as_slice(), TALK));
            renewed.push(report.renew);
            assert_eq!(lost.report(now), None);
            // Its sender answers, but has it no more.
            lost.heard(DEVICE, now);
            assert!(lost.give_up(now + pause - 1).is_empty());
            now += pause;
        }
        assert_eq!(renewed, [true, false, false, true, true], "a new session at most once an hour");
        assert_eq!(lost.wake_at(), Some(now));
        assert_eq!((lost.report(now), lost.give_up(now)), (None, vec![message]));
        assert_eq!((lost.report(u64::MAX - 1), lost.wake_at()), (None, None));
        assert!(lost.give_up(u64::MAX - 1).is_empty());
        assert!(lost.found(DEVICE, message) && !lost.found(DEVICE, message));
    }

    #[test]
    fn a_silent_device_is_told_ever_more_rarely_however_much_of_it_cannot_be_opened() {
        let mut lost = Lost::default();
        let (mut told, mut renewed) = (Vec::new(), Vec::new());
        for second in 0..4 * 60 * 60_u64 {
            // It reports in turn what it cannot open: one more message each second.
            let mut number = [0; 10];
            number[..8].copy_from_slice(&second.to_be_bytes());
            lost.add(DEVICE, MessageId::new(second, number), TALK, second * 1_000);
            while let Some(report) = lost.report(second * 1_000) {
                told.push(second);
                renewed.extend(report.renew.then_some(second));
            }
        }
        assert_eq!(told, [2, 12, 72, 672, 4_272, 7_872, 11_472]);
        assert_eq!(renewed, [2, 72, 672, 4_272, 7_872, 11_472]);
    }

    #[test]
    fn a_silent_device_is_asked_as_long_as_the_message_lives() {
        let mut lost = Lost::default();
        let message = MessageId::new(7, [1; 10]);
        lost.add(DEVICE, message, TALK, 0);
        let mut times = 0;
        while let Some(at) = lost.wake_at().filter(|at| *at < 72 * 60 * 60_000) {
            assert!(lost.report(at).is_some() && lost.give_up(at).is_empty());
            times += 1;
        }
        assert_eq!(times, 15);
    }

    #[test]
    fn what_was_said_into_the_silence_is_said_again_when_it_ends() {
        let mut lost = Lost::default();
        let message = MessageId::new(7, [1; 10]);
        lost.add(DEVICE, message, TALK, 0);
        let now = 30 * 60 * 60_000;
        while lost.wake_at().unwrap() < now {
            lost.report(lost.wake_at().unwrap()).unwrap();
        }
        lost.heard(DEVICE, now);
        assert_eq!(lost.wake_at(), Some(now + FIRST_MS));
        assert!(lost.report(now + FIRST_MS).is_some());
        // Once: from here on the device is not silent.
        lost.heard(DEVICE, now + FIRST_MS);
        assert_eq!(lost.wake_at(), Some(now + FIRST_MS + PAUSES_MS[0]));
    }

    #[test]
    fn all_conversations_that_are_due_make_one_round() {
        let mut lost = Lost::default();
        for number in 0..5 {
            lost.add(DEVICE, MessageId::new(7, [number; 10]), ConversationId::from_bytes([number; 16]), 0);
        }
        let mut reports = 0;
        while let Some(report) = lost.report(FIRST_MS) {
            assert_eq!(report.renew, reports == 0);
            reports += 1;
        }
        assert_eq!(reports, 5);
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
        while lost.give_up(now).is_empty() {
            lost.report(now);
            lost.heard(DEVICE, now);
            now += PAUSES_MS[3];
        }
        assert_eq!(lost.add(DEVICE, message(1), TALK, now), Fate::GivenUp);
        assert!(lost.has_room(DEVICE));
        assert_eq!(lost.add(DEVICE, message(100), TALK, now), Fate::Asked);
    }
}
