//! Whether the bus can be used, as told by the client library and by a look for the streams.

use std::sync::atomic::{AtomicU64, Ordering};

use async_nats::Event;
use tokio::sync::watch;

use crate::counters::{Counters, Happening};

/// Whether the bus can be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Link {
    Down,
    /// Connected for the n-th time; streams not seen yet.
    Connected(u64),
    /// The n-th connection, with streams.
    Up(u64),
}

impl Link {
    /// The connection, while the bus can be used on it.
    pub(super) const fn epoch(self) -> Option<u64> {
        match self {
            Self::Up(epoch) => Some(epoch),
            Self::Down | Self::Connected(_) => None,
        }
    }
}

/// Tells when the bus goes away or comes back.
#[derive(Debug, Clone)]
pub struct BusWatch {
    link: watch::Receiver<Link>,
    told: Option<u64>,
}

impl BusWatch {
    pub(super) fn new(link: watch::Receiver<Link>) -> Self {
        let told = link.borrow().epoch();
        Self { link, told }
    }

    /// Waits until the bus is usable, not usable, or usable on another connection than when this was last
    /// told; gives the connection. Dropping the future loses nothing.
    pub async fn changed(&mut self) -> Option<u64> {
        let told = self.told;
        let link = self.link.wait_for(|link| link.epoch() != told).await.map(|link| *link);
        match link {
            Ok(link) => {
                self.told = link.epoch();
                self.told
            }
            // The bus lives as long as everything that watches it.
            Err(_) => std::future::pending().await,
        }
    }

    /// Waits until the bus can be used.
    pub async fn up(&mut self) {
        if self.link.wait_for(|link| link.epoch().is_some()).await.is_err() {
            std::future::pending::<()>().await;
        }
    }

    /// Waits until the bus cannot be used.
    pub async fn down(&mut self) {
        if self.link.wait_for(|link| link.epoch().is_none()).await.is_err() {
            std::future::pending::<()>().await;
        }
    }

    /// Whether the bus can be used.
    pub fn is_up(&self) -> bool {
        self.epoch().is_some()
    }

    fn epoch(&self) -> Option<u64> {
        self.link.borrow().epoch()
    }
}

/// Takes note of what the client library tells.
pub(super) fn note(event: &Event, link: &watch::Sender<Link>, counters: &Counters) {
    match event {
        Event::Connected => {
            static CONNECTIONS: AtomicU64 = AtomicU64::new(1);
            let number = CONNECTIONS.fetch_add(1, Ordering::Relaxed);
            link.send_replace(Link::Connected(number));
            tracing::info!("connected to the bus");
        }
        Event::Closed => drop(link.send_replace(Link::Down)),
        Event::Disconnected => {
            if link.send_replace(Link::Down) != Link::Down {
                counters.count(Happening::BusLost);
                tracing::warn!("the connection to the bus is lost; trying again");
            }
        }
        Event::SlowConsumer(_) => {
            counters.count(Happening::BusErrors);
        }
        Event::ServerError(error) => {
            counters.count(Happening::BusErrors);
            // Subjects hold opaque ids alone, so the broker's own words may be shown.
            tracing::error!(%error, "the bus refused an operation");
        }
        Event::ClientError(error) => tracing::warn!(%error, "bus client"),
        Event::LameDuckMode | Event::Draining => tracing::info!("the broker or the gateway is stopping"),
    }
}
