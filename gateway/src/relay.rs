//! From an accepted message to its devices, and from a device's confirmation back to the sender.
//!
//! A parcel is offered live, in order, before [`Relay::deliver`] returns. A task of its own then waits for the
//! confirmation, and puts the parcel into the mailbox when there is none. These tasks outlive the sender's
//! session; the relay owns them, at most `limits.deliveries` at a time, and a stop sends what they hold to
//! the mailbox at once. What is lost with a crash is offered again from the sender's outbox.

use std::{sync::Arc, time::Duration};

use bytes::Bytes;
use protocol::{bus::Parcel, envelope::Header, frame::Delivered, id::DeviceId, subject};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, oneshot};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use crate::{
    audit::{AuditLog, events},
    bus::{Bus, LiveRequest, LiveRequests},
    clock,
    counters::{Counters, Happening},
    lane::Lanes,
    mailbox::{Mailboxes, Slot},
    principal::Principal,
    registry::{Hand, Registry},
    roster::RosterLog,
};

/// Whom to tell that a device has confirmed, or what to clear.
#[derive(Debug)]
pub enum Origin {
    /// A sender's gateway in this process.
    Here(oneshot::Sender<()>),
    /// A sender's gateway that waits for an answer on this subject.
    Elsewhere(async_nats::Subject),
    /// The mailbox.
    Mailbox(Slot),
}

/// A message that a device has confirmed.
#[derive(Debug)]
pub struct Confirmed {
    /// Of the message.
    pub header: Header,
    /// Size of its sealed payload.
    pub bytes: usize,
    /// Every way on which it came.
    pub origins: Vec<Origin>,
}

/// The way of a live offer.
enum Offer {
    Here(oneshot::Receiver<()>),
    Elsewhere(LiveRequest),
    Nobody,
}

/// Everything that delivery needs. One for the whole gateway.
#[derive(Debug)]
pub struct Relay {
    /// The connection to the bus.
    pub bus: Bus,
    /// Devices on line here.
    pub registry: Arc<Registry>,
    /// Devices on line elsewhere.
    pub live: LiveRequests,
    /// Devices that are away.
    pub mailboxes: Mailboxes,
    /// Keeps what goes to one device in order.
    pub lanes: Lanes,
    /// Who is in the office.
    pub roster: Arc<RosterLog>,
    /// The trail.
    pub audit: AuditLog,
    /// The counters.
    pub counters: Arc<Counters>,
    /// How long a device may take to confirm.
    pub confirm_within: Duration,
    /// Cancelled when the gateway stops.
    pub stop: CancellationToken,
    /// Places for deliveries under way.
    pub places: Arc<Semaphore>,
    /// The tasks of deliveries under way.
    pub tasks: TaskTracker,
}

impl Relay {
    /// Places for the deliveries of one message; `None` when the gateway has too many under way.
    pub fn reserve(&self, deliveries: usize) -> Option<OwnedSemaphorePermit> {
        let number = u32::try_from(deliveries).ok()?;
        Arc::clone(&self.places).try_acquire_many_owned(number).ok()
    }

    /// Offers a parcel to a device. Returns when it is on its way, so that a later one cannot overtake it.
    pub async fn deliver(self: &Arc<Self>, device: DeviceId, parcel: Parcel, place: OwnedSemaphorePermit) {
        let parcel = Arc::new(parcel);
        let mut lane = self.lanes.join(device);
        let offer = self.offer(device, &parcel).await;
        let relay = Arc::clone(self);
        self.tasks.spawn(async move {
            let confirmed = relay.confirmed(offer).await;
            // Waits no longer than the ones before, whose time runs at the same time.
            lane.first().await;
            if !confirmed {
                relay.mail(device, &parcel).await;
            }
            drop((lane, place));
        });
    }

    /// Records a confirmation, tells or clears every way on which the message came, then tells the sender.
    pub fn settle(self: &Arc<Self>, principal: Principal, confirmed: Confirmed) {
        let relay = Arc::clone(self);
        self.tasks.spawn(async move {
            let Confirmed { header, bytes, origins } = confirmed;
            if !relay.record_delivery(&principal, &header, bytes).await {
                return;
            }
            relay.counters.count(Happening::Confirmed);
            for origin in origins {
                relay.end(origin).await;
            }
            let delivered =
                Delivered { message: header.message, device: principal.device, at_ms: clock::now_ms() };
            if let Ok(place) = Arc::clone(&relay.places).acquire_owned().await {
                relay.deliver(header.sender_device, Parcel::Delivered(delivered), place).await;
            }
        });
    }

    /// Ends the way of a parcel that needs no record: a receipt that was passed on, a message out of time.
    pub fn close(self: &Arc<Self>, origin: Origin) {
        let relay = Arc::clone(self);
        self.tasks.spawn(async move { relay.end(origin).await });
    }

    async fn end(&self, origin: Origin) {
        match origin {
            Origin::Here(done) => drop(done.send(())),
            Origin::Elsewhere(reply) => drop(self.bus.client().publish(reply, Bytes::new()).await),
            // If it cannot be deleted it is delivered again, known by its id, and confirmed again.
            Origin::Mailbox(slot) => drop(self.mailboxes.delete(slot).await),
        }
    }

    async fn offer(&self, device: DeviceId, parcel: &Arc<Parcel>) -> Offer {
        match self.registry.hand(device, parcel) {
            Hand::Taken(answer) => return Offer::Here(answer),
            Hand::Full => return Offer::Nobody,
            Hand::Absent => {}
        }
        if self.bus.epoch().is_none() {
            return Offer::Nobody;
        }
        let Ok(payload) = parcel.encode() else { return Offer::Nobody };
        let asked = self.live.ask(subject::live(device), payload.into());
        match tokio::time::timeout(self.confirm_within, asked).await {
            Ok(Ok(request)) => Offer::Elsewhere(request),
            Ok(Err(_)) | Err(_) => Offer::Nobody,
        }
    }

    async fn confirmed(&self, offer: Offer) -> bool {
        let answer = async {
            match offer {
                Offer::Here(answer) => answer.await.is_ok(),
                Offer::Elsewhere(request) => request.confirmed().await,
                Offer::Nobody => false,
            }
        };
        tokio::select! {
            answer = tokio::time::timeout(self.confirm_within, answer) => answer.unwrap_or(false),
            () = self.stop.cancelled() => false,
        }
    }

    async fn mail(&self, device: DeviceId, parcel: &Parcel) {
        // It may have been revoked while the parcel was under way; its mailbox is being emptied.
        if self.roster.look(|roster| roster.device(device).is_none()) {
            return;
        }
        match self.mailboxes.put(device, parcel).await {
            Ok(()) => {
                self.counters.count(Happening::Mailed);
            }
            Err(error) => {
                self.counters.count(Happening::Undelivered);
                tracing::warn!(%error, "a parcel did not get into a mailbox; its sender will offer it again");
            }
        }
    }

    /// A confirmation has happened, whatever the bus does, so its record is tried until it is stored.
    async fn record_delivery(&self, principal: &Principal, header: &Header, bytes: usize) -> bool {
        let mut link = self.bus.changes();
        loop {
            let event = events::delivered(principal, header, bytes);
            if self.audit.record(event).await.is_ok() {
                return true;
            }
            tokio::select! {
                () = link.up() => tokio::time::sleep(Duration::from_millis(200)).await,
                () = self.stop.cancelled() => return false,
            }
        }
    }
}
