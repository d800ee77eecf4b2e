//! Names of records. They stand in clear in the browser's database, so they hold opaque ids alone.

use protocol::id::{ConversationId, DeviceId, MessageId, RoomId, UserId};

/// The vault key; see [`super::VaultKey`].
pub(crate) const VAULT: &str = "vault";
/// This device's keys and where it belongs.
pub(crate) const IDENTITY: &str = "identity";
/// The Olm account.
pub(crate) const ACCOUNT: &str = "account";
/// What colleagues said of the roster.
pub(crate) const WITNESS: &str = "witness";
/// Number of the next message.
pub(crate) const COUNTER: &str = "counter";

/// In the session's memory: the vault key, and when this device was used last.
pub(crate) const SESSION_VAULT: &str = "session/vault";
pub(crate) const SESSION_ACTIVE: &str = "session/active";
/// Before the names of records that wait in the session's memory for a passphrase.
pub(crate) const SESSION_UNSAVED: &str = "session/unsaved/";

/// First parts of the names of records of which there are many.
pub(crate) const ROSTER: &str = "roster";
pub(crate) const SESSIONS: &str = "sessions";
pub(crate) const SEEN: &str = "seen";
pub(crate) const OUTBOX: &str = "outbox";
pub(crate) const TALK: &str = "talk";
pub(crate) const CHAT: &str = "chat";
pub(crate) const ROOM: &str = "room";
pub(crate) const PIN: &str = "pin";
pub(crate) const PROGRESS: &str = "progress";
pub(crate) const DAY: &str = "day";
pub(crate) const LINK: &str = "link";
pub(crate) const CHAIN: &str = "chain";
pub(crate) const LOST: &str = "lost";

/// An entry of the roster.
pub(crate) fn roster(index: u64) -> String {
    format!("{ROSTER}/{index:010}")
}

/// The sessions with one device.
pub(crate) fn sessions(device: DeviceId) -> String {
    format!("{SESSIONS}/{device}")
}

/// What was received from one device of what it wrote on one day (since 1970).
pub(crate) fn seen(device: DeviceId, day: u64) -> String {
    format!("{SEEN}/{device}/{day}")
}

/// A message that is not delivered everywhere.
pub(crate) fn outbox(message: MessageId) -> String {
    format!("{OUTBOX}/{message}")
}

/// A conversation.
pub(crate) fn talk(conversation: ConversationId) -> String {
    format!("{TALK}/{conversation}")
}

/// A message of a conversation.
pub(crate) fn chat(conversation: ConversationId, message: MessageId) -> String {
    format!("{CHAT}/{conversation}/{message}")
}

/// The name of a room.
pub(crate) fn room(room: RoomId) -> String {
    format!("{ROOM}/{room}")
}

/// The identity key of a person as it was seen first.
pub(crate) fn pin(user: UserId) -> String {
    format!("{PIN}/{user}")
}

/// Who has confirmed a message that is under way.
pub(crate) fn progress(message: MessageId) -> String {
    format!("{PROGRESS}/{message}")
}

/// The key of what is kept until that day (since 1970).
pub(crate) fn day(day: u64) -> String {
    format!("{DAY}/{day}")
}

/// One's own chain in a conversation.
pub(crate) fn link(conversation: ConversationId) -> String {
    format!("{LINK}/{conversation}")
}

/// The chain of a device in a conversation.
pub(crate) fn chain(conversation: ConversationId, device: DeviceId) -> String {
    format!("{CHAIN}/{conversation}/{device}")
}

/// What a device sent and could not be opened.
pub(crate) fn lost(device: DeviceId) -> String {
    format!("{LOST}/{device}")
}

/// The first part of a name.
pub(crate) fn family(key: &str) -> &str {
    key.split_once('/').map_or(key, |(family, _)| family)
}
