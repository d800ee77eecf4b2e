//! Who is on line in the whole office: this gateway's registry and what other gateways report.
//!
//! One task ([`Presence::run`]) owns the picture. Sessions follow it through a channel of bounded size; one that
//! lags behind is given the whole picture again.

use std::{
    collections::{HashMap, HashSet},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use async_nats::{Message, Subscriber};
use futures_util::StreamExt;
use protocol::{
    bus::{OnlineDevice, PresenceReport},
    codec,
    frame::{self, UserPresence},
    id::{DeviceId, GatewayId, UserId},
    subject,
};
use tokio::{
    sync::broadcast::{self, error::RecvError},
    time::{Instant, MissedTickBehavior},
};

use crate::{bus::Bus, registry::Registry};

/// How often a gateway reports although nothing changed.
const REPORT_EVERY: Duration = Duration::from_secs(5);
/// Silence after which another gateway is taken for gone: three reports.
const EXPIRES_AFTER: Duration = Duration::from_secs(15);
/// Changes within this time become one.
const GATHER: Duration = Duration::from_millis(20);
/// Changes that a session may lag behind.
const CHANGES: usize = 64;
/// Largest report: all the devices that a gateway takes.
const MAX_REPORT: usize = 1024 * 1024;

/// The picture, shared with all sessions.
#[derive(Debug)]
pub struct Presence {
    picture: Mutex<HashSet<UserId>>,
    /// Devices at other gateways.
    elsewhere: Mutex<HashSet<DeviceId>>,
    changes: broadcast::Sender<Arc<[UserPresence]>>,
}

/// Follows the picture for one session.
#[derive(Debug)]
pub struct PresenceFeed {
    presence: Arc<Presence>,
    changes: broadcast::Receiver<Arc<[UserPresence]>>,
}

struct Elsewhere {
    heard: Instant,
    online: Vec<OnlineDevice>,
}

impl Presence {
    /// Nobody is on line yet.
    pub fn new() -> Arc<Self> {
        Arc::new(Self {
            picture: Mutex::default(),
            elsewhere: Mutex::default(),
            changes: broadcast::Sender::new(CHANGES),
        })
    }

    /// The whole picture now, and what changes from then on.
    pub fn follow(self: &Arc<Self>) -> (frame::Presence, PresenceFeed) {
        let picture = self.picture();
        // While the picture is locked, so that no change is missed in between.
        let feed = PresenceFeed { presence: Arc::clone(self), changes: self.changes.subscribe() };
        (complete(&picture), feed)
    }

    /// Whether a device is on line at another gateway.
    pub fn is_online_elsewhere(&self, device: DeviceId) -> bool {
        self.elsewhere().contains(&device)
    }

    /// Keeps the picture and reports to other gateways. Runs until the process ends; owned by the server.
    pub async fn run(
        self: Arc<Self>,
        bus: Bus,
        own: GatewayId,
        registry: Arc<Registry>,
        mut reports: Subscriber,
    ) {
        let own_subject = subject::presence(&own);
        let mut elsewhere: HashMap<String, Elsewhere> = HashMap::new();
        let mut ticks = tokio::time::interval(REPORT_EVERY);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            let own_report_due = tokio::select! {
                () = registry.changed() => {
                    tokio::time::sleep(GATHER).await;
                    true
                }
                _ = ticks.tick() => true,
                report = reports.next() => match report {
                    Some(report) if report.subject.as_str() != own_subject => {
                        take(&mut elsewhere, &report);
                        false
                    }
                    Some(_) => continue,
                    // The connection was drained: the process is stopping.
                    None => return,
                },
            };
            elsewhere.retain(|_, gateway| gateway.heard.elapsed() < EXPIRES_AFTER);
            let online = registry.online();
            self.redraw(&online, elsewhere.values());
            if own_report_due && bus.epoch().is_some() {
                send(&bus, own_subject.clone(), &PresenceReport { online }).await;
            }
        }
    }

    fn redraw<'a>(&self, here: &[OnlineDevice], elsewhere: impl Iterator<Item = &'a Elsewhere> + Clone) {
        let there = elsewhere.flat_map(|gateway| &gateway.online);
        *self.elsewhere() = there.clone().map(|device| device.device).collect();
        self.update(here.iter().chain(there).map(|device| device.user).collect());
    }

    fn update(&self, now: HashSet<UserId>) {
        let mut picture = self.picture();
        let came = now.difference(&picture).map(|&user| UserPresence { user, online: true });
        let went = picture.difference(&now).map(|&user| UserPresence { user, online: false });
        let changes: Arc<[_]> = came.chain(went).collect();
        if !changes.is_empty() {
            *picture = now;
            // Nobody follows when nobody is on line.
            let _ = self.changes.send(changes);
        }
    }

    fn elsewhere(&self) -> MutexGuard<'_, HashSet<DeviceId>> {
        self.elsewhere.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn picture(&self) -> MutexGuard<'_, HashSet<UserId>> {
        self.picture.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl PresenceFeed {
    /// The next frame to send.
    pub async fn next(&mut self) -> frame::Presence {
        match self.changes.recv().await {
            Ok(users) => frame::Presence { complete: false, users: users.to_vec() },
            Err(RecvError::Lagged(_)) => {
                let picture = self.presence.picture();
                self.changes = self.presence.changes.subscribe();
                complete(&picture)
            }
            // The sender lives as long as `presence`.
            Err(RecvError::Closed) => std::future::pending().await,
        }
    }
}

fn complete(picture: &HashSet<UserId>) -> frame::Presence {
    let users = picture.iter().map(|&user| UserPresence { user, online: true }).collect();
    frame::Presence { complete: true, users }
}

fn take(elsewhere: &mut HashMap<String, Elsewhere>, message: &Message) {
    if let Ok(report) = codec::decode::<PresenceReport>(&message.payload, MAX_REPORT) {
        let gateway = Elsewhere { heard: Instant::now(), online: report.online };
        elsewhere.insert(message.subject.to_string(), gateway);
    }
}

async fn send(bus: &Bus, subject: String, report: &PresenceReport) {
    match codec::encode(report) {
        // A report that is lost is followed by the next one.
        Ok(payload) => drop(bus.client().publish(subject, payload.into()).await),
        Err(error) => tracing::error!(%error, "presence report"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn devices_and_people_at_other_gateways_come_and_go_with_their_reports() {
        let presence = Presence::new();
        let (ana, ben) = (UserId::from_bytes([1; 16]), UserId::from_bytes([2; 16]));
        let device = |number| DeviceId::from_bytes([number; 16]);
        let here = [OnlineDevice { user: ana, device: device(11) }];
        let there =
            [(ana, 12), (ben, 21)].map(|(user, number)| OnlineDevice { user, device: device(number) });
        let gateway = Elsewhere { heard: Instant::now(), online: there.to_vec() };

        presence.redraw(&here, [&gateway].into_iter());
        let online: Vec<_> = [11, 12, 21].map(|number| presence.is_online_elsewhere(device(number))).to_vec();
        let people = presence.picture().clone();
        presence.redraw(&here, [].into_iter());

        assert_eq!((online.as_slice(), people), ([false, true, true].as_slice(), HashSet::from([ana, ben])));
        assert!(!presence.is_online_elsewhere(device(12)));
        assert_eq!(*presence.picture(), HashSet::from([ana]));
    }
}
