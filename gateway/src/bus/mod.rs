//! The gateway's one connection to the bus, and whether it can be used.
//!
//! Tasks: the client library's own, and [`Bus::watch`], which turns "connected" into "usable" by looking
//! for the mailbox stream: it lives in the broker's memory and is made anew after a broker restart.

mod link;
mod live;
mod stored;

use std::{sync::Arc, time::Duration};

use async_nats::{
    Client, ConnectOptions,
    jetstream::{
        self,
        context::{PublishErrorKind, RequestErrorKind},
        message::PublishMessage,
        response::Response,
        stream,
    },
};
pub use link::BusWatch;
pub use live::{LiveRequest, LiveRequests};
use protocol::subject;
pub use stored::{Page, Stored};
use tokio::{sync::watch, time::Instant};

use self::link::Link;
use crate::{config::Config, counters::Counters, keys::BusSeed};

/// How long the broker may take to answer anything.
const ANSWER_WITHIN: Duration = Duration::from_secs(5);
/// How long the broker may take to take what is left when the gateway stops.
const DRAIN_WITHIN: Duration = Duration::from_secs(1);
/// Between two looks for the broker or its streams.
const PROBE_EVERY: Duration = Duration::from_millis(100);
/// Messages of one subscription that wait for their session. What is above is dropped by the client
/// library: a live delivery then goes to the mailbox, a trigger is followed by the next.
const SUBSCRIPTION_QUEUE: usize = 16 * 1024;

/// Why something on the bus did not happen.
#[derive(Debug, thiserror::Error)]
pub enum BusError {
    /// No connection at start.
    #[error("cannot reach the bus at {url}: {reason}; start the broker first (`broker-config run`)")]
    Connect {
        /// Where.
        url: String,
        /// What the client library said.
        reason: String,
    },
    /// Connected, but the streams are not there.
    #[error("the bus at {url} has no streams after {waited:?}; is it provisioned (`broker-config run`)?")]
    NotProvisioned {
        /// Where.
        url: String,
        /// How long they were waited for.
        waited: Duration,
    },
    /// The connection is down, or the broker did not answer in time: it may or may not have happened.
    #[error("the bus did not answer: {0}")]
    Unavailable(&'static str),
    /// Somebody else wrote to the stream first.
    #[error("the stream has grown meanwhile")]
    Conflict,
    /// The broker refused.
    #[error("the bus refused to {what}: {reason}")]
    Refused {
        /// What was asked.
        what: &'static str,
        /// What the broker said.
        reason: String,
    },
}

/// Where a stream keeps what was published.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Kept {
    /// Its place in the stream.
    pub sequence: u64,
    /// It was published before under the same id, within the stream's duplicate window: nothing was stored now, and what
    /// was stored then may have been taken out since.
    pub again: bool,
}

/// The connection. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Bus {
    client: Client,
    jetstream: jetstream::Context,
    link: Arc<watch::Sender<Link>>,
}

impl Bus {
    /// Connects as the gateway; waits a while for a broker that is just starting.
    pub async fn connect(config: &Config, seed: &BusSeed, counters: Arc<Counters>) -> Result<Self, BusError> {
        let url = config.bus.url.clone();
        let waited = config.bus.connect_within;
        let deadline = Instant::now() + waited;
        let link = Arc::new(watch::Sender::new(Link::Down));
        let client = loop {
            match options(config, seed, Arc::clone(&link), Arc::clone(&counters)).connect(&url).await {
                Ok(client) => break client,
                Err(error) if Instant::now() >= deadline => {
                    return Err(BusError::Connect { url, reason: error.to_string() });
                }
                Err(_) => tokio::time::sleep(PROBE_EVERY).await,
            }
        };
        let jetstream = jetstream::context::ContextBuilder::new()
            .timeout(ANSWER_WITHIN)
            .ack_timeout(ANSWER_WITHIN)
            .build(client.clone());
        let bus = Self { client, jetstream, link };
        if !bus.probe_until(deadline).await {
            return Err(BusError::NotProvisioned { url, waited });
        }
        Ok(bus)
    }

    /// Looks for the streams after every reconnect. Runs until the process ends; owned by the server.
    pub async fn watch(self) {
        let mut changes = self.link.subscribe();
        while let Ok(link) =
            changes.wait_for(|link| matches!(link, Link::Connected(_))).await.map(|link| *link)
        {
            if self.streams_exist().await {
                self.confirm(link);
            } else {
                tokio::time::sleep(PROBE_EVERY).await;
            }
        }
    }

    /// Which connection this is; `None` while the bus cannot be used. Sequences of the mailbox stream mean
    /// something within one connection only.
    pub fn epoch(&self) -> Option<u64> {
        self.link.borrow().epoch()
    }

    /// Follows [`Self::epoch`].
    pub fn changes(&self) -> BusWatch {
        BusWatch::new(self.link.subscribe())
    }

    /// The client library, for subscriptions and core messages.
    pub fn client(&self) -> &Client {
        &self.client
    }

    /// Publishes to a stream and waits until it is stored.
    pub async fn store(&self, subject: String, message: PublishMessage) -> Result<Kept, BusError> {
        let published = async {
            let ack = self.jetstream.send_publish(subject, message).await?;
            ack.await
        };
        let ack = published.await.map_err(|error| match error.kind() {
            PublishErrorKind::WrongLastSequence => BusError::Conflict,
            PublishErrorKind::TimedOut | PublishErrorKind::BrokenPipe | PublishErrorKind::StreamNotFound => {
                BusError::Unavailable("a message could not be stored")
            }
            _ => BusError::Refused { what: "store a message", reason: error.to_string() },
        })?;
        Ok(Kept { sequence: ack.sequence, again: ack.duplicate })
    }

    /// Takes one message out of a stream. Of several who try, one is told `true`.
    pub async fn take(&self, stream: &'static str, sequence: u64) -> Result<bool, BusError> {
        // The bytes need not be overwritten: they are ciphertext or public keys.
        let wanted = serde_json::json!({ "seq": sequence, "no_erase": true });
        let answer: Response<stream::DeleteStatus> =
            self.jetstream.request(format!("STREAM.MSG.DELETE.{stream}"), &wanted).await.map_err(
                |error| match error.kind() {
                    RequestErrorKind::Other => {
                        BusError::Refused { what: "delete a message", reason: error.to_string() }
                    }
                    _ => BusError::Unavailable("a message could not be deleted"),
                },
            )?;
        Ok(matches!(answer, Response::Ok(status) if status.success))
    }

    /// Sends what is queued and closes the connection in order; without a connection there is nothing to do.
    pub async fn drain(&self) {
        let drained = async {
            let flushed = self.client.flush().await.is_ok();
            self.client.drain().await.is_ok() && flushed
        };
        if !tokio::time::timeout(DRAIN_WITHIN, drained).await.unwrap_or(false) {
            tracing::warn!("the connection to the bus was gone before it could be drained");
        }
    }

    async fn probe_until(&self, deadline: Instant) -> bool {
        loop {
            let link = *self.link.borrow();
            if link != Link::Down && self.streams_exist().await {
                self.confirm(link);
                return true;
            }
            if Instant::now() >= deadline {
                return false;
            }
            tokio::time::sleep(PROBE_EVERY).await;
        }
    }

    async fn streams_exist(&self) -> bool {
        let subject = format!("STREAM.INFO.{}", subject::MAILBOX_STREAM);
        let answer: Result<Response<serde_json::Value>, _> = self.jetstream.request(subject, &()).await;
        matches!(answer, Ok(Response::Ok(_)))
    }

    /// Marks this very connection as usable; not a later one.
    fn confirm(&self, probed: Link) {
        self.link.send_if_modified(|link| match *link {
            Link::Connected(epoch) if *link == probed => {
                *link = Link::Up(epoch);
                true
            }
            _ => false,
        });
    }
}

fn options(
    config: &Config,
    seed: &BusSeed,
    state: Arc<watch::Sender<Link>>,
    counters: Arc<Counters>,
) -> ConnectOptions {
    ConnectOptions::with_nkey(seed.expose().to_owned())
        .name(format!("gateway {}", config.id))
        .custom_inbox_prefix(subject::gateway_inbox(&config.id))
        .subscription_capacity(SUBSCRIPTION_QUEUE)
        .request_timeout(Some(ANSWER_WITHIN))
        .reconnect_delay_callback(|attempt| Duration::from_millis(100 * (attempt as u64).clamp(1, 10)))
        .event_callback(move |event| {
            link::note(&event, &state, &counters);
            std::future::ready(())
        })
}
