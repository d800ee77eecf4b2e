//! Every frame between extension and gateway.
//!
//! ```text
//! client                                   gateway
//!   [version][Noise message 1]  ─────────►
//!                               ◄─────────  [Noise message 2]          from here on all inside the channel
//!   Enrol | Authenticate        ─────────►
//!                               ◄─────────  Welcome | Refused
//!   FetchRoster                 ─────────►
//!                               ◄─────────  RosterEntries (also unasked, when the roster grows)
//!   PublishPrekeys, ClaimPrekeys ────────►
//!                               ◄─────────  Prekeys, PrekeysLow
//!   SendMessage                 ─────────►
//!                               ◄─────────  Accepted | Refused
//!                               ◄─────────  Deliver
//!   ConfirmDelivery             ─────────►
//!                               ◄─────────  Delivered (to the sender), Presence, BusState
//!   Ping                        ─────────►
//!                               ◄─────────  Pong
//! ```

use serde::{Deserialize, Serialize};

use crate::{
    device::DeviceCertificate,
    envelope::{Addressed, Envelope},
    error::ErrorCode,
    id::{DeviceId, GatewayId, Hash, MessageId, Signature, UserId},
    numbered::numbered,
    prekey::SignedPrekey,
};

numbered! {
    /// Client to gateway.
    pub enum ClientFrame {
        /// A new device uses an invite.
        1 = Enrol(Enrol),
        /// An enrolled device proves who it is.
        2 = Authenticate(Authenticate),
        /// Asks for the roster from some entry on.
        3 = FetchRoster(FetchRoster),
        /// Stocks up one-time keys.
        4 = PublishPrekeys(PublishPrekeys),
        /// Asks for one key of each device, to start sessions.
        5 = ClaimPrekeys(ClaimPrekeys),
        /// Hands over a message.
        6 = SendMessage(SendMessage),
        /// Says that a message is safely stored on this device.
        7 = ConfirmDelivery(ConfirmDelivery),
        /// Sign of life.
        8 = Ping(Ping),
    }
}

numbered! {
    /// Gateway to client.
    pub enum GatewayFrame {
        /// The device is let in.
        1 = Welcome(Welcome),
        /// Roster entries.
        2 = RosterEntries(RosterEntries),
        /// Answer to a claim.
        3 = Prekeys(Prekeys),
        /// Few one-time keys are left.
        4 = PrekeysLow(PrekeysLow),
        /// The message was accepted and its audit record is stored: "sent".
        5 = Accepted(Accepted),
        /// Something was refused.
        6 = Refused(Refused),
        /// A message for this device.
        7 = Deliver(Addressed),
        /// A message of this device reached a device: "delivered".
        8 = Delivered(Delivered),
        /// Who is on line.
        9 = Presence(Presence),
        /// The bus went away or came back.
        10 = BusState(BusState),
        /// Answer to a ping.
        11 = Pong(Pong),
    }
}

/// First frame of a device that uses an invite.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Enrol {
    /// Which invite.
    pub invite: crate::id::InviteId,
    /// The device's keys, signed by device, Olm account and invite.
    pub certificate: DeviceCertificate,
    /// By the device's nkey over the handshake hash, [`crate::signature::Purpose::Channel`].
    pub channel: Signature,
}

/// First frame of an enrolled device.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Authenticate {
    /// Which device.
    pub device: DeviceId,
    /// By the device's nkey over the handshake hash, [`crate::signature::Purpose::Channel`].
    pub channel: Signature,
}

/// Asks for roster entries. The gateway goes on sending what is new from then on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FetchRoster {
    /// Index of the first entry wanted: as many as the client has.
    pub from: u64,
}

/// New one-time keys, and a fallback key when it is time for one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PublishPrekeys {
    /// At most [`crate::limits::MAX_ONE_TIME_KEYS`].
    pub one_time: Vec<SignedPrekey>,
    /// Replaces the former one.
    pub fallback: Option<SignedPrekey>,
}

/// Asks for one key of each device.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClaimPrekeys {
    /// Chosen by the client, comes back in the answer.
    pub request: u32,
    /// At most [`crate::limits::MAX_CLAIM`].
    pub devices: Vec<DeviceId>,
}

/// A message for the devices that its wraps name. May be sent again with the same bytes until each device has confirmed:
/// the gateway and the recipients know it by its id.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SendMessage {
    /// The message.
    pub envelope: Envelope,
}

/// The message is stored on this device and need not be kept for it any more.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConfirmDelivery {
    /// The message.
    pub message: MessageId,
}

/// Sign of life.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ping {
    /// Comes back in the answer.
    pub number: u32,
}

/// The device is let in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Welcome {
    /// Which gateway this is.
    pub gateway: GatewayId,
    /// Its clock, milliseconds since 1970.
    pub now_ms: u64,
    /// Entries in its roster.
    pub roster_length: u64,
    /// Hash of the last one.
    pub roster_head: Hash,
    /// One-time keys of this device that are left.
    pub one_time_keys: u32,
    /// Whether the bus can be reached.
    pub bus_up: bool,
}

/// Roster entries in order, each as its exact bytes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RosterEntries {
    /// Index of the first.
    pub first: u64,
    /// At most [`crate::limits::MAX_ROSTER_ENTRIES_PER_FRAME`].
    pub entries: Vec<serde_bytes::ByteBuf>,
}

/// Answer to [`ClaimPrekeys`]. A device that has no key at all is left out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Prekeys {
    /// From the claim.
    pub request: u32,
    /// What there was.
    pub keys: Vec<ClaimedPrekey>,
}

/// A key that is this client's alone (or, a fallback key, shared).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClaimedPrekey {
    /// Whose.
    pub device: DeviceId,
    /// The key.
    pub prekey: SignedPrekey,
}

/// Few one-time keys of this device are left.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PrekeysLow {
    /// How many.
    pub one_time_keys: u32,
}

/// The message is accepted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Accepted {
    /// Which message.
    pub message: MessageId,
    /// Gateway's clock, milliseconds since 1970.
    pub at_ms: u64,
}

/// Something was refused. Where `message` and `request` are absent, it was the session, and the connection ends.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refused {
    /// Why.
    pub code: ErrorCode,
    /// The message that was refused.
    pub message: Option<MessageId>,
    /// The claim that was refused.
    pub request: Option<u32>,
    /// The frame (by number) that was refused.
    pub frame: Option<u16>,
    /// Whether the same thing may succeed later.
    pub retry: bool,
}

/// A device has confirmed a message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Delivered {
    /// Which message.
    pub message: MessageId,
    /// Which device.
    pub device: DeviceId,
    /// Gateway's clock, milliseconds since 1970.
    pub at_ms: u64,
}

/// Who is on line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Presence {
    /// Whether `users` is everybody (who is not in it is off line) or only what changed.
    pub complete: bool,
    /// People and whether they are on line.
    pub users: Vec<UserPresence>,
}

/// One person.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct UserPresence {
    /// Who.
    pub user: UserId,
    /// Whether at least one device is on line.
    pub online: bool,
}

/// State of the gateway's connection to the bus. Mailboxes live in the bus's memory: when it comes
/// back, clients offer again what was not delivered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BusState {
    /// Whether it can be reached.
    pub up: bool,
}

/// Answer to a ping.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pong {
    /// From the ping.
    pub number: u32,
}
