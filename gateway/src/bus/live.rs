//! Live delivery: a request on a device's core subject, answered when the device has confirmed.
//!
//! One subscription takes the answers to all requests of this process. The request is on the wire, in
//! order, when [`LiveRequests::ask`] returns; the client library's own requests promise no order, and one
//! ordered lane per pair of devices is what Olm wants.

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
};

use async_nats::{Client, Subscriber};
use bytes::Bytes;
use futures_util::StreamExt;
use tokio::sync::oneshot;

use super::{Bus, BusError};

/// Resolves when the device has confirmed; an error means that nobody is there, or nobody will answer.
type Answer = oneshot::Receiver<()>;

/// Requests under way. Their number is bounded by the relay's permits.
#[derive(Debug, Clone)]
pub struct LiveRequests {
    client: Client,
    inbox: String,
    next: Arc<AtomicU64>,
    waiting: Arc<Mutex<HashMap<u64, oneshot::Sender<()>>>>,
}

impl LiveRequests {
    /// Subscribes to the answers; the second value is for [`Self::run`].
    pub async fn open(bus: &Bus) -> Result<(Self, Subscriber), BusError> {
        let client = bus.client().clone();
        let inbox = client.new_inbox();
        let answers = client
            .subscribe(format!("{inbox}.*"))
            .await
            .map_err(|_| BusError::Unavailable("no subscription for answers"))?;
        Ok((Self { client, inbox, next: Arc::default(), waiting: Arc::default() }, answers))
    }

    /// Hands answers to those who wait. Runs until the connection is drained; owned by the server.
    pub async fn run(self, mut answers: Subscriber) {
        while let Some(answer) = answers.next().await {
            let number = answer.subject.rsplit('.').next().and_then(|number| number.parse().ok());
            let waiting = number.and_then(|number: u64| self.waiting().remove(&number));
            if let (Some(waiting), None) = (waiting, answer.status) {
                // Nobody waits any more when it was given up meanwhile; a status is "no responders", and
                // dropping the sender tells so.
                let _ = waiting.send(());
            }
        }
    }

    /// Sends the request.
    pub async fn ask(&self, subject: String, payload: Bytes) -> Result<LiveRequest, BusError> {
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        let (sender, answer) = oneshot::channel();
        self.waiting().insert(number, sender);
        let request = LiveRequest { number, answer, requests: self.clone() };
        self.client
            .publish_with_reply(subject, format!("{}.{number}", self.inbox), payload)
            .await
            .map_err(|_| BusError::Unavailable("a live delivery could not be sent"))?;
        Ok(request)
    }

    fn waiting(&self) -> MutexGuard<'_, HashMap<u64, oneshot::Sender<()>>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A request under way; forgotten when dropped.
#[derive(Debug)]
pub struct LiveRequest {
    number: u64,
    answer: Answer,
    requests: LiveRequests,
}

impl LiveRequest {
    /// Whether the device confirmed. Waits for as long as there may be an answer.
    pub async fn confirmed(mut self) -> bool {
        (&mut self.answer).await.is_ok()
    }
}

impl Drop for LiveRequest {
    fn drop(&mut self) {
        self.requests.waiting().remove(&self.number);
    }
}
