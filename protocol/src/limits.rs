//! Sizes and times that both sides keep to. Sizes in bytes, times in milliseconds.

/// Largest frame, before Noise. Room for a payload of [`MAX_SEALED`] and [`MAX_WRAPS`] wraps.
pub const MAX_FRAME: usize = 512 * 1024;
/// Largest WebSocket message: one Noise message.
pub const MAX_NOISE_MESSAGE: usize = 65_535;
/// Largest sealed payload of a message.
pub const MAX_SEALED: usize = 64 * 1024;
/// Largest wrap of a message key for one device.
pub const MAX_WRAP: usize = 1024;
/// Most devices that one message can be for.
pub const MAX_WRAPS: usize = 1000;
/// Longest that an undelivered message may wait: 72 hours.
pub const MAX_MESSAGE_LIFE_MS: u64 = 72 * 60 * 60 * 1000;
/// How far the sender's clock may run ahead of the gateway's: 5 minutes.
pub const MAX_CLOCK_AHEAD_MS: u64 = 5 * 60 * 1000;
/// A client says something at least this often. Below the 20 s that keep a browser's background alive.
pub const HEARTBEAT_MS: u64 = 15_000;
/// Silence after which either side takes the connection for dead.
pub const SILENCE_MS: u64 = 45_000;
/// One-time keys that a device publishes at most at once (Olm's own limit).
pub const MAX_ONE_TIME_KEYS: usize = 50;
/// Devices that one claim of one-time keys may name.
pub const MAX_CLAIM: usize = 1000;
/// Longest name of a person, in bytes of UTF-8.
pub const MAX_NAME: usize = 100;
/// Largest roster entry. Room for [`MAX_INVITES`] invites or [`MAX_ROOM_MEMBERS`] people.
pub const MAX_ROSTER_ENTRY: usize = 64 * 1024;
/// Invites in one entry at most.
pub const MAX_INVITES: usize = 150;
/// Chosen members of a room at most.
pub const MAX_ROOM_MEMBERS: usize = 500;
/// Rooms that an office can have, closed ones included.
pub const MAX_ROOMS: usize = 10_000;
/// How much older than the entry before it an entry may be, by its author's clock: 10 minutes.
pub const MAX_ENTRY_BACKDATED_MS: u64 = 10 * 60 * 1000;
/// Entries that one append may bring.
pub const MAX_APPEND: usize = 8;
/// Bytes of roster entries in one frame at most.
pub const MAX_ROSTER_BYTES_PER_FRAME: usize = 384 * 1024;
/// Largest capsule.
pub const MAX_CAPSULE: usize = 8 * 1024;
/// Longest that a capsule may wait: 14 days.
pub const MAX_CAPSULE_LIFE_MS: u64 = 14 * 24 * 60 * 60 * 1000;
/// Largest message of the passphrase exchange.
pub const MAX_OPAQUE_MESSAGE: usize = 1024;
/// Largest sealed identity backup.
pub const MAX_BACKUP: usize = 8 * 1024;
/// An administrator's device renews the roster's lease when the last one is older: 1 hour.
pub const LEASE_RENEW_MS: u64 = 60 * 60 * 1000;
/// Roster entries in one frame at most.
pub const MAX_ROSTER_ENTRIES_PER_FRAME: usize = 40;
/// Messages that a client may have handed to the gateway without an answer.
pub const MAX_UNANSWERED: usize = 64;
