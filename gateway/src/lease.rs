//! The newest lease of the roster: an administrator's word on how far it goes, kept in stream STATE and given to everybody.

use std::sync::Arc;

use async_nats::{Subscriber, jetstream::message::PublishMessage};
use futures_util::StreamExt;
use protocol::{
    codec,
    error::ErrorCode,
    limits::MAX_CLOCK_AHEAD_MS,
    roster::{LeaseStatement, RosterError, SignedLease},
    subject,
};
use tokio::sync::watch;

use crate::{
    bus::{Bus, BusError},
    clock,
    roster::RosterLog,
};

/// Largest stored lease.
const MAX_LEASE: usize = 1024;

/// Why a lease is not taken.
#[derive(Debug, thiserror::Error)]
pub enum LeaseRefused {
    /// No administrator of this office signed it.
    #[error(transparent)]
    Signature(#[from] RosterError),
    /// Older than the one that there is, or from the future.
    #[error("the lease is out of its time")]
    Clock,
    /// It says something else of the roster than the roster does.
    #[error("the lease is not of this roster, or of fewer entries than the last one")]
    OtherRoster,
    /// It could not be stored.
    #[error(transparent)]
    Bus(#[from] BusError),
}

impl LeaseRefused {
    /// What a peer is told.
    pub const fn code(&self) -> ErrorCode {
        match self {
            Self::Signature(error) => error.code(),
            Self::Clock => ErrorCode::EntryClock,
            Self::OtherRoster => ErrorCode::RosterMoved,
            Self::Bus(_) => ErrorCode::BusUnavailable,
        }
    }
}

/// A lease with what it says.
#[derive(Debug, Clone)]
struct Kept {
    statement: LeaseStatement,
    lease: SignedLease,
}

/// The newest lease, shared with all sessions.
#[derive(Debug)]
pub struct Leases {
    bus: Bus,
    roster: Arc<RosterLog>,
    newest: watch::Sender<Option<Kept>>,
}

/// Tells a session of newer leases.
#[derive(Debug)]
pub struct LeaseFeed(watch::Receiver<Option<Kept>>);

impl Leases {
    /// None is known yet.
    pub fn new(bus: Bus, roster: Arc<RosterLog>) -> Arc<Self> {
        Arc::new(Self { bus, roster, newest: watch::Sender::new(None) })
    }

    /// The newest one, and what comes after it.
    pub fn follow(&self) -> (Option<SignedLease>, LeaseFeed) {
        let mut feed = self.newest.subscribe();
        let newest = feed.borrow_and_update().as_ref().map(|kept| kept.lease.clone());
        (newest, LeaseFeed(feed))
    }

    /// Takes a lease that somebody brings, for all gateways.
    pub async fn renew(&self, lease: SignedLease) -> Result<(), LeaseRefused> {
        let statement = self.roster.look(|roster| lease.verify(roster))?;
        if statement.at_ms > clock::now_ms().saturating_add(MAX_CLOCK_AHEAD_MS) {
            return Err(LeaseRefused::Clock);
        }
        if statement.length > self.roster.length() {
            // Its author may have it from another gateway.
            let _ = self.roster.catch_up().await;
        }
        if self.roster.head_at(statement.length) != Some(statement.head) {
            return Err(LeaseRefused::OtherRoster);
        }
        if let Some(newest) = self.statement() {
            if statement.at_ms.saturating_add(MAX_CLOCK_AHEAD_MS) < newest.at_ms {
                return Err(LeaseRefused::Clock);
            }
            if statement.at_ms <= newest.at_ms {
                // Two administrators at the same moment: the other's is as good.
                return Ok(());
            }
            if statement.length < newest.length {
                return Err(LeaseRefused::OtherRoster);
            }
        }
        let payload = codec::encode(&lease).map_err(RosterError::from)?;
        let message = PublishMessage::build().payload(payload.into());
        self.bus.store(subject::LEASE.to_owned(), message).await?;
        self.take(lease);
        Ok(())
    }

    /// Reads the stored lease whenever the bus comes back and follows what other gateways store. Runs until the process
    /// ends; owned by the server.
    pub async fn run(self: Arc<Self>, mut news: Subscriber) {
        let mut link = self.bus.changes();
        let mut growth = self.roster.growth();
        self.read().await;
        loop {
            tokio::select! {
                told = news.next() => match told {
                    Some(message) => self.take_bytes(&message.payload),
                    // The connection was drained: the process is stopping.
                    None => return,
                },
                epoch = link.changed() => if epoch.is_some() { self.read().await },
                // Its author may have become an administrator with an entry that came later than the lease.
                Ok(()) = growth.changed() => if self.statement().is_none() { self.read().await },
            }
        }
    }

    async fn read(&self) {
        match self.bus.read(subject::STATE_STREAM, subject::LEASE, 1, 1).await {
            Ok(page) => {
                for stored in page.messages {
                    self.take_bytes(&stored.payload);
                }
            }
            Err(error) => tracing::warn!(%error, "the roster's lease could not be read"),
        }
    }

    fn take_bytes(&self, payload: &[u8]) {
        if let Ok(lease) = codec::decode(payload, MAX_LEASE) {
            self.take(lease);
        }
    }

    /// Keeps it if it is newer. One that does not hold is no business of the sessions'.
    fn take(&self, lease: SignedLease) {
        let Ok(statement) = self.roster.look(|roster| lease.verify(roster)) else { return };
        self.newest.send_if_modified(|newest| {
            let newer = newest.as_ref().is_none_or(|newest| newest.statement.at_ms < statement.at_ms);
            if newer {
                *newest = Some(Kept { statement, lease });
            }
            newer
        });
    }

    fn statement(&self) -> Option<LeaseStatement> {
        self.newest.borrow().as_ref().map(|kept| kept.statement)
    }
}

impl LeaseFeed {
    /// The next lease to send.
    pub async fn next(&mut self) -> SignedLease {
        loop {
            if self.0.changed().await.is_err() {
                // The sender lives as long as the services do.
                std::future::pending::<()>().await;
            }
            if let Some(kept) = self.0.borrow_and_update().as_ref() {
                return kept.lease.clone();
            }
        }
    }
}
