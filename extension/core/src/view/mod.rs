//! What the user interface shows. Names and texts are in here, so none of these types prints them.

mod comparison;
mod job;

use std::fmt;

use protocol::{
    id::{DeviceId, InviteId, MessageId, RoomId, UserId},
    roster::StaffRole,
};
use serde::{Deserialize, Serialize};

pub use self::{
    comparison::{ComparisonState, ComparisonView, Emoji},
    job::{CodeSheet, DeviceUse, Job, JobResult, JobState, Sheet},
};
pub use crate::link::Reason;
use crate::target::Target;

/// Everything but the conversations.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct View {
    /// How far entering has come.
    pub stage: Stage,
    /// What a person has to know or do.
    pub problem: Option<Problem>,
    /// The connection.
    pub link: LinkView,
    /// On the way in.
    pub entering: Option<Entering>,
    /// The office.
    pub office: Option<Office>,
    /// Who one is.
    pub me: Option<Me>,
    /// Colleagues, by name.
    pub people: Vec<Person>,
    /// Rooms that one belongs to, by name.
    pub rooms: Vec<Room>,
    /// Rooms of a role or a place that one looks after and does not belong to, by name; for administrators.
    pub other_rooms: Vec<Room>,
    /// Unused invites, for administrators.
    pub invites: Vec<PendingInvite>,
    /// A contradiction in the roster that stops sending.
    pub alarm: Option<Alarm>,
    /// Commands under way, and done ones that nobody has seen yet.
    pub jobs: Vec<Job>,
    /// Unread messages of all conversations.
    pub unread: u32,
}

/// How far entering has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// Nothing here yet.
    New,
    /// On the way in.
    Entering,
    /// The passphrase opens it.
    Locked,
    /// No fresh roster for too long.
    Stale,
    /// This device was removed and has wiped itself.
    Removed,
    /// Let in.
    Member,
}

/// On the way in.
#[derive(Clone, PartialEq, Eq, Serialize)]
pub struct Entering {
    /// How.
    pub way: Way,
    /// How far.
    pub step: Step,
    /// The office, where it is known.
    pub office: Option<String>,
    /// Who enters, where that is known.
    pub name: Option<String>,
}

/// Ways in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Way {
    /// Opens an office.
    Found,
    /// By invite.
    Join,
    /// By a code.
    Code,
    /// By name and passphrase.
    SignIn,
    /// With the recovery kit.
    Restore,
}

/// How far a way has been gone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Step {
    /// Not connected yet.
    Connecting,
    /// The gateway was asked.
    Asking,
    /// A passphrase has to be chosen.
    Passphrase,
    /// The passphrase is being worked on.
    Stretching,
    /// Keys are ready, the office is being told.
    Enrolling,
}

/// The office.
#[derive(Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Office {
    /// What it is called.
    pub name: String,
    /// See [`protocol::roster::Policy`].
    pub idle_lock_ms: u64,
    /// See [`protocol::roster::Policy`].
    pub stale_lock_ms: u64,
    /// See [`protocol::roster::Policy`].
    pub stale_wipe_ms: u64,
    /// See [`protocol::roster::Policy`].
    pub history_ms: u64,
    /// When an administrator's device confirmed the roster last.
    pub confirmed_at: Option<u64>,
}

/// A room that one belongs to.
#[derive(Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Room {
    /// Which.
    pub room: RoomId,
    /// Its name; none until a message has brought it.
    pub name: Option<String>,
    /// What makes people members: `everyone`, `role`, `group` or `chosen`.
    pub kind: &'static str,
    /// The role or place, where that makes the room.
    pub of: Option<String>,
    /// Who belongs to it.
    pub members: Vec<UserId>,
    /// Whether one may change it.
    pub can_manage: bool,
    /// Whether one may leave it.
    pub can_leave: bool,
    /// Unread messages.
    pub unread: u32,
    /// The newest message.
    pub last: Option<Last>,
}

/// An invite that was not used.
#[derive(Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PendingInvite {
    /// Which.
    pub invite: InviteId,
    /// For whom.
    pub user: UserId,
    /// That person's name.
    pub name: String,
    /// What the person will be.
    pub role: StaffRole,
    /// Where the person will work.
    pub group: Option<String>,
    /// Milliseconds since 1970.
    pub expires_at: u64,
    /// Whether that time is over.
    pub expired: bool,
}

/// A contradiction in the roster.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Alarm {
    /// Stable.
    pub code: String,
    /// In words.
    pub message: String,
    /// Whether a person may go on in spite of it.
    pub can_clear: bool,
}

/// Whether somebody's keys are those that were known before.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Keys {
    /// Vouched for by the roster alone.
    Unverified,
    /// Compared by people.
    Verified,
    /// Not those that were known before; sending is blocked.
    Changed,
}

/// The recovery kit: the key of the office on paper.
#[derive(Clone, PartialEq, Eq, Serialize)]
pub struct Kit {
    /// What the office is called.
    pub office: String,
    /// The text to keep.
    pub text: String,
    /// The same in groups, for reading and for asking back.
    pub groups: Vec<String>,
    /// As a picture.
    pub qr: crate::qr::Qr,
}

/// What two people compare.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SafetyNumber {
    /// Twelve groups of five digits, the same on both sides.
    pub groups: Vec<String>,
    /// The same for programs.
    pub text: String,
    /// That as a picture.
    pub qr: crate::qr::Qr,
}

/// What a person has to know or do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Problem {
    /// Stable.
    pub code: String,
    /// In words.
    pub message: String,
}

impl Problem {
    pub(crate) fn new(code: &str, message: &str) -> Self {
        Self { code: code.to_owned(), message: message.to_owned() }
    }
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
#[serde(rename_all = "camelCase")]
pub struct Me {
    /// Oneself.
    pub user: UserId,
    /// One's name.
    pub name: String,
    /// One's role.
    pub role: StaffRole,
    /// Where one works.
    pub group: Option<String>,
    /// This device.
    pub device: DeviceId,
    /// A passphrase locks this device.
    pub has_passphrase: bool,
    /// Whether the passphrase signs this person in on other workstations; none while nobody can tell.
    pub signs_in_elsewhere: Option<bool>,
    /// The key of the office is on this device.
    pub holds_office_key: bool,
    /// The recovery kit was saved, as far as this device knows.
    pub kit_saved: bool,
}

/// A colleague.
#[derive(Clone, PartialEq, Eq, Serialize)]
pub struct Person {
    /// Who.
    pub user: UserId,
    /// The name.
    pub name: String,
    /// The role.
    pub role: StaffRole,
    /// Where the person works.
    pub group: Option<String>,
    /// Whether on line.
    pub presence: Presence,
    /// Unread messages.
    pub unread: u32,
    /// The newest message.
    pub last: Option<Last>,
    /// Whether the keys are those that were known before.
    pub keys: Keys,
    /// Comparing keys by pictures, where that goes on.
    pub comparison: Option<ComparisonView>,
    /// Devices of the person.
    pub devices: usize,
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
    /// Who wrote it.
    pub sender: UserId,
    /// Its beginning.
    pub text: String,
}

/// A conversation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ConversationView {
    /// With whom, or in which room.
    pub with: Target,
    /// Oldest first.
    pub messages: Vec<ChatMessage>,
    /// Why one cannot write here now.
    pub blocked: Option<Problem>,
}

/// A message.
#[derive(Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ChatMessage {
    /// Which.
    pub id: MessageId,
    /// Who wrote it.
    pub sender: UserId,
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
    /// How many messages of the same sender are missing before it.
    pub missing_before: u32,
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

// Names and secrets do not print.
macro_rules! silent {
    ($($name:ident),*) => {
        $(impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(concat!(stringify!($name), "(..)"))
            }
        })*
    };
}
silent!(Entering, Office, Room, PendingInvite, Kit);
