//! What is left of devices that do not belong to the office any more: their keys, their mail and
//! their people's passphrases are deleted. Their sessions end by themselves, see `session`.

use std::{collections::BTreeSet, sync::Arc, time::Duration};

use protocol::{
    id::{DeviceId, UserId},
    subject,
};

use crate::{
    bus::{Bus, BusError},
    counters::{Counters, Happening},
    roster::RosterLog,
};

/// Messages read at once.
const PAGE: usize = 100;
/// Pause after a failure while the bus is up.
const AGAIN_AFTER: Duration = Duration::from_secs(1);

/// Cleans up after revocations. One for the whole gateway.
#[derive(Debug)]
pub struct Revocations {
    /// The bus.
    pub bus: Bus,
    /// Who is in the office.
    pub roster: Arc<RosterLog>,
    /// The counters.
    pub counters: Arc<Counters>,
}

/// Whom entries have ended.
#[derive(Debug, Default, PartialEq, Eq)]
struct Ended {
    devices: BTreeSet<DeviceId>,
    /// People who left.
    people: BTreeSet<UserId>,
}

impl Revocations {
    /// Goes through all revocations there ever were, and then follows the roster. Runs until the process ends; owned by
    /// the server.
    pub async fn run(self) {
        let mut growth = self.roster.growth();
        let mut from = 0;
        loop {
            let length = *growth.borrow_and_update();
            let Ended { devices, people } = self.ended(from);
            for device in devices {
                self.insist(|| self.clear_device(device)).await;
                self.counters.count(Happening::DeviceCleared);
            }
            for person in people {
                self.insist(|| self.clear_person(person)).await;
            }
            from = length;
            if growth.changed().await.is_err() {
                return;
            }
        }
    }

    fn ended(&self, from: u64) -> Ended {
        self.roster.look(|roster| {
            let ended =
                roster.any_devices().filter(|device| device.revoked.is_some_and(|end| end.index >= from));
            let (mut devices, mut people) = (BTreeSet::new(), BTreeSet::new());
            for device in ended {
                devices.insert(device.statement.device);
                if roster.user(device.statement.user).is_none() {
                    people.insert(device.statement.user);
                }
            }
            Ended { devices, people }
        })
    }

    async fn insist<F: Future<Output = Result<(), BusError>>>(&self, work: impl Fn() -> F) {
        let mut link = self.bus.changes();
        while let Err(error) = work().await {
            tracing::warn!(%error, "what a revoked device left is not deleted yet");
            link.up().await;
            tokio::time::sleep(AGAIN_AFTER).await;
        }
    }

    async fn clear_device(&self, device: DeviceId) -> Result<(), BusError> {
        self.empty(subject::PREKEYS_STREAM, subject::one_time_keys(device)).await?;
        self.empty(subject::PREKEYS_STREAM, subject::fallback_key(device)).await?;
        self.empty(subject::MAILBOX_STREAM, subject::mailbox(device)).await?;
        self.empty(subject::SEATS_STREAM, subject::seat(device)).await
    }

    async fn clear_person(&self, person: UserId) -> Result<(), BusError> {
        self.empty(subject::STATE_STREAM, subject::passphrase(person)).await
    }

    async fn empty(&self, stream: &'static str, subject: String) -> Result<(), BusError> {
        loop {
            let page = self.bus.read(stream, &subject, 1, PAGE).await?;
            if page.messages.is_empty() {
                return Ok(());
            }
            for stored in page.messages {
                // Another gateway may be at it too.
                self.bus.take(stream, stored.sequence).await?;
            }
        }
    }
}
