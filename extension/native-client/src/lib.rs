//! A device without a browser: hosts `extension-core` on tokio with a real WebSocket and a store of one's
//! choice. For tests of whole offices and for benchmarks; it keeps the same order as the browser's
//! background does: commit, then socket, then send, then tell.
//!
//! ```no_run
//! # async fn example(invite: &str) -> Result<(), native_client::ClientError> {
//! use std::time::Duration;
//! use native_client::{Client, MemoryStore, Stage};
//!
//! let ann = Client::join(invite, MemoryStore::default()).await?;
//! let view = ann.wait_until("membership", Duration::from_secs(10), |view| view.stage == Stage::Member).await?;
//! let ben = view.people[0].user;
//! let message = ann.send_text(ben, "hello").await?;
//! ann.wait_for_state(ben, message, native_client::MessageState::Delivered, Duration::from_secs(10)).await?;
//! ann.stop(Duration::from_secs(5)).await
//! # }
//! ```

#![forbid(unsafe_code)]

mod client;
mod device;
mod error;
mod event;
mod socket;
mod store;

pub use client::{Client, Options};
pub use error::ClientError;
pub use event::Event;
pub use extension_core::{
    Core, CoreError, Effects, Hint, NewPerson, StoredRecord, Target, Write,
    view::{
        ChatMessage, ConversationView, Job, JobResult, LinkState, MessageState, Person, Presence, Reason,
        Stage, View,
    },
};
pub use protocol::id::{DeviceId, MessageId, UserId};
pub use store::{FileStore, MemoryStore, Store};
