//! What the host has to do after a call, in this order: commit `writes` in one transaction, then
//! `socket`, then `outgoing` in order, then show the view when `changed` and raise `notices`, then set one timer
//! for `wake_at`. If the commit fails, the core must be dropped and opened again from storage.

use std::fmt;

use protocol::id::MessageId;
use serde::Serialize;
use serde_bytes::ByteBuf;

use crate::{stretching::StretchJob, target::Target};

/// The result of a call.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Effects {
    /// Records to change, all or none.
    pub writes: Vec<Write>,
    /// Records to change in memory that only this program can read and that outlives the core, after `writes`.
    pub session_writes: Vec<Write>,
    /// What to do with the socket.
    pub socket: Option<Socket>,
    /// WebSocket binary messages to send, in this order.
    pub outgoing: Vec<ByteBuf>,
    /// Whether the view is another than before.
    pub changed: bool,
    /// What to draw attention to.
    pub notices: Vec<Notice>,
    /// What to stretch; replaces what was to be stretched before.
    pub stretch: Option<StretchJob>,
    /// After all of this the core is to be dropped and opened again, with what is stored then.
    pub reopen: bool,
    /// When to call `tick`, in milliseconds since 1970; replaces what was said before.
    pub wake_at: Option<u64>,
    /// Messages that were added or changed, in this order. For native hosts; a user interface asks for
    /// what it shows.
    #[serde(skip)]
    pub touched: Vec<Touched>,
}

/// A message that was added or changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Touched {
    /// In which conversation.
    pub with: Target,
    /// Which.
    pub message: MessageId,
}

/// One record.
#[derive(Clone, PartialEq, Eq, Serialize)]
pub struct Write {
    /// Its name.
    pub key: String,
    /// Its value; none to delete it.
    pub value: Option<ByteBuf>,
}

/// What to do with the socket. After either, nothing more of an earlier socket may be reported.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Socket {
    /// Close what there is and connect to this address.
    Connect(String),
    /// Close it.
    Close,
}

/// Something to draw attention to, without its content.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Notice {
    /// A message came in.
    Message {
        /// In which conversation.
        from: Target,
    },
    /// Somebody wants to compare keys.
    Comparison {
        /// In which conversation.
        from: Target,
    },
}

/// A record as the host keeps it.
#[derive(Clone, PartialEq, Eq)]
pub struct StoredRecord {
    /// Its name.
    pub key: String,
    /// Its value, as it was written.
    pub value: Vec<u8>,
}

// One record holds the vault key, so no value is ever printed.

impl fmt::Debug for Write {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let bytes = self.value.as_ref().map(|value| value.len());
        f.debug_struct("Write").field("key", &self.key).field("bytes", &bytes).finish()
    }
}

impl fmt::Debug for StoredRecord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StoredRecord").field("key", &self.key).field("bytes", &self.value.len()).finish()
    }
}
