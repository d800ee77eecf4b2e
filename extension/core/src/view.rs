//! What the user interface shows. Names and texts are in here, so none of these types prints them.

use std::fmt;

use protocol::id::{DeviceId, MessageId, UserId};
use serde::{Deserialize, Serialize};

pub use crate::link::Reason;

/// Everything but the conversations.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct View {
    /// How far joining has come.
    pub stage: Stage,
    /// What a person has to know or do.
    pub problem: Option<Problem>,
    /// The connection.
    pub link: LinkView,
    /// Who one is.
    pub me: Option<Me>,
    /// Colleagues, by name.
    pub people: Vec<Person>,
    /// Unread messages of all of them.
    pub unread: u32,
}

/// How far joining has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// No invite yet.
    Uninvited,
    /// An invite was given and the gateway has not let this device in yet.
    Joining,
    /// Let in.
    Member,
}

/// What a person has to know or do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Problem {
    /// Stable.
    pub code: String,
    /// In words.
    pub message: String,
}

/// The connection.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct LinkView {
    /// Its state.
    pub state: LinkState,
    /// Why it is not simply connected.
    pub reason: Option<Reason>,
    /// When the next attempt begins, in milliseconds since 1970.
    pub retry_at: Option<u64>,
    /// The gateway that one is connected to.
    pub gateway: Option<String>,
}

/// State of the connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum LinkState {
    /// Let in by a gateway.
    Connected,
    /// First attempt.
    Connecting,
    /// A later attempt, or waiting for it.
    Reconnecting,
    /// No network, or nothing to connect to.
    Offline,
}

/// Who one is.
#[derive(Clone, PartialEq, Eq, Serialize)]
pub struct Me {
    /// Oneself.
    pub user: UserId,
    /// One's name.
    pub name: String,
    /// One's role; empty until the roster is there.
    pub role: String,
    /// This device.
    pub device: DeviceId,
}

/// A colleague.
#[derive(Clone, PartialEq, Eq, Serialize)]
pub struct Person {
    /// Who.
    pub user: UserId,
    /// The name.
    pub name: String,
    /// The role.
    pub role: String,
    /// Whether on line.
    pub presence: Presence,
    /// Unread messages.
    pub unread: u32,
    /// The newest message.
    pub last: Option<Last>,
}

/// Whether somebody is on line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Presence {
    /// At least one device is.
    Online,
    /// None is.
    Offline,
    /// One is not connected oneself.
    Unknown,
}

/// The newest message of a conversation.
#[derive(Clone, PartialEq, Eq, Serialize)]
pub struct Last {
    /// When, in milliseconds since 1970.
    pub at: u64,
    /// Whether one wrote it oneself.
    pub mine: bool,
    /// Its beginning.
    pub text: String,
}

/// A conversation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ConversationView {
    /// With whom.
    pub user: UserId,
    /// Oldest first.
    pub messages: Vec<ChatMessage>,
}

/// A message.
#[derive(Clone, PartialEq, Eq, Serialize)]
pub struct ChatMessage {
    /// Which.
    pub id: MessageId,
    /// Whether one wrote it oneself.
    pub mine: bool,
    /// What it says.
    pub text: String,
    /// When it was written, by the writer's clock, in milliseconds since 1970.
    pub at: u64,
    /// How far it has come.
    pub state: MessageState,
    /// Why it was refused, is late, or cannot be read.
    pub reason: Option<String>,
}

/// How far a message has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MessageState {
    /// Not accepted by a gateway yet.
    Queued,
    /// Accepted, and its audit record is stored.
    Sent,
    /// On at least one device of the colleague.
    Delivered,
    /// Will not be sent.
    Refused,
    /// From the colleague.
    Received,
    /// From the colleague, and cannot be opened.
    Undecryptable,
}

impl fmt::Debug for Me {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Me").field("user", &self.user).field("device", &self.device).finish_non_exhaustive()
    }
}

impl fmt::Debug for Person {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Person")
            .field("user", &self.user)
            .field("presence", &self.presence)
            .field("unread", &self.unread)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for Last {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Last").field("at", &self.at).field("mine", &self.mine).finish_non_exhaustive()
    }
}

impl fmt::Debug for ChatMessage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ChatMessage")
            .field("id", &self.id)
            .field("mine", &self.mine)
            .field("state", &self.state)
            .field("reason", &self.reason)
            .finish_non_exhaustive()
    }
}
