//! Reading streams by direct get, batched where there are many: no consumer is made, so nothing is left behind when a session
//! ends, and one request brings many messages.

use async_nats::{Message, StatusCode};
use bytes::Bytes;
use futures_util::StreamExt;
use serde::Serialize;

use super::{ANSWER_WITHIN, Bus, BusError};

/// Most bytes in one page, so that a reader is never flooded.
const PAGE_BYTES: usize = 1024 * 1024;

/// A message as a stream keeps it.
#[derive(Debug, Clone)]
pub struct Stored {
    /// Its place in the stream.
    pub sequence: u64,
    /// What was published.
    pub payload: Bytes,
}

/// What one request brought.
#[derive(Debug, Clone, Default)]
pub struct Page {
    /// Oldest first.
    pub messages: Vec<Stored>,
    /// How many more there are on the subject.
    pub left: u64,
}

#[derive(Serialize)]
struct Wanted<'a> {
    seq: u64,
    next_by_subj: &'a str,
    batch: usize,
    max_bytes: usize,
}

impl Bus {
    /// Up to `count` messages of `subject` from `sequence` on.
    pub async fn read(
        &self,
        stream: &'static str,
        subject: &str,
        sequence: u64,
        count: usize,
    ) -> Result<Page, BusError> {
        let wanted =
            Wanted { seq: sequence.max(1), next_by_subj: subject, batch: count, max_bytes: PAGE_BYTES };
        let wanted = serde_json::to_vec(&wanted)
            .map_err(|error| BusError::Refused { what: "read a stream", reason: error.to_string() })?;
        let page = self.request_page(format!("$JS.API.DIRECT.GET.{stream}"), wanted);
        tokio::time::timeout(ANSWER_WITHIN, page)
            .await
            .unwrap_or(Err(BusError::Unavailable("a stream could not be read")))
    }

    /// The last message of `subject`, if there is one.
    pub async fn last(&self, stream: &'static str, subject: &str) -> Result<Option<Stored>, BusError> {
        let answer =
            self.client.request(format!("$JS.API.DIRECT.GET.{stream}.{subject}"), Bytes::new()).await;
        let answer = answer.map_err(|_| BusError::Unavailable("a stream could not be read"))?;
        match answer.status {
            None => stored(answer).map(Some),
            Some(StatusCode::NOT_FOUND) => Ok(None),
            Some(_) => {
                let reason = answer.description.unwrap_or_default();
                Err(BusError::Refused { what: "read a stream", reason })
            }
        }
    }

    async fn request_page(&self, api: String, wanted: Vec<u8>) -> Result<Page, BusError> {
        const GONE: BusError = BusError::Unavailable("the connection closed while a stream was read");
        let inbox = self.client.new_inbox();
        let mut answers = self.client.subscribe(inbox.clone()).await.map_err(|_| GONE)?;
        self.client.publish_with_reply(api, inbox, wanted.into()).await.map_err(|_| GONE)?;
        let mut page = Page::default();
        while let Some(answer) = answers.next().await {
            match answer.status {
                None => page.messages.push(stored(answer)?),
                Some(StatusCode::NOT_FOUND) => return Ok(page),
                Some(StatusCode::NO_RESPONDERS) => {
                    return Err(BusError::Unavailable("the stream is not there"));
                }
                Some(status) if status.as_u16() == END_OF_BATCH => {
                    page.left = number(&answer, "Nats-Num-Pending").unwrap_or(0);
                    return Ok(page);
                }
                Some(_) => {
                    let reason = answer.description.unwrap_or_default();
                    return Err(BusError::Refused { what: "read a stream", reason });
                }
            }
        }
        Err(GONE)
    }
}

const END_OF_BATCH: u16 = 204;

fn stored(message: Message) -> Result<Stored, BusError> {
    let sequence = number(&message, "Nats-Sequence").ok_or_else(|| BusError::Refused {
        what: "read a stream",
        reason: "a stored message came without its sequence".to_owned(),
    })?;
    Ok(Stored { sequence, payload: message.payload })
}

fn number(message: &Message, header: &str) -> Option<u64> {
    message.headers.as_ref()?.get(header)?.as_str().parse().ok()
}
