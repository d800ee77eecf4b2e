//! Every frame between extension and gateway.
//!
//! ```text
//! client                                   gateway
//!   [version][Noise message 1]  ─────────►
//!                               ◄─────────  [Noise message 2]          from here on all inside the channel
//!   Authenticate                ─────────►
//!                               ◄─────────  Welcome | Refused
//!   FetchRoster                 ─────────►
//!                               ◄─────────  RosterEntries, Lease (also unasked, when there is news)
//!   AppendRoster                ─────────►
//!                               ◄─────────  Appended | Refused
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
//!
//! Who is no device yet begins with `Visit` (holding an invite, an identity key, the office key or the
//! founding text), gets `Visiting`, may fetch and append to the roster, and then says `Authenticate` on the same channel.
//! Who does not even know the gateway's key comes through an introduction (see `channel`) and may only fetch
//! a capsule or sign in with a passphrase.

use serde::{Deserialize, Serialize};

use crate::{
    envelope::{Addressed, Envelope},
    error::ErrorCode,
    id::{CapsuleId, DeviceId, GatewayId, Hash, InviteId, MessageId, Signature, UserId},
    numbered::numbered,
    opaque::Stretch,
    prekey::SignedPrekey,
    roster::SignedLease,
};

// 1 was Enrol of the first build: a device that used an unsigned invite.
numbered! {
    /// Client to gateway.
    pub enum ClientFrame {
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
        /// Comes in without being a device.
        9 = Visit(Visit),
        /// Adds to the roster.
        10 = AppendRoster(AppendRoster),
        /// An administrator's device renews the roster's lease.
        11 = RenewLease(RenewLease),
        /// Leaves something for whoever has the code.
        12 = StoreCapsule(StoreCapsule),
        /// Asks for it.
        13 = FetchCapsule(FetchCapsule),
        /// First step of setting a passphrase.
        14 = BeginPassphrase(BeginPassphrase),
        /// Second step.
        15 = StorePassphrase(StorePassphrase),
        /// First step of signing in with it.
        16 = BeginSignIn(BeginSignIn),
        /// Second step.
        17 = FinishSignIn(FinishSignIn),
        /// Asks when devices of a person were there last.
        18 = FetchDevices(FetchDevices),
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
        /// Answer to a visit.
        12 = Visiting(Visiting),
        /// The roster has grown by what was appended.
        13 = Appended(Appended),
        /// The newest lease of the roster.
        14 = Lease(SignedLease),
        /// The request with this number is done.
        15 = Done(Done),
        /// A capsule.
        16 = Capsule(Capsule),
        /// Answer to the first step of setting a passphrase.
        17 = PassphraseAnswer(PassphraseAnswer),
        /// Answer to the first step of signing in.
        18 = SignInAnswer(SignInAnswer),
        /// Answer to the second.
        19 = SignedIn(SignedIn),
        /// When devices were there last.
        20 = Devices(Devices),
    }
}

/// First frame of an enrolled device.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Authenticate {
    /// Which device.
    pub device: DeviceId,
    /// By the device's nkey over the handshake hash, [`crate::signature::Purpose::Channel`].
    pub channel: Signature,
    /// Counts this device's connections, from 1, and is on its disk before it is sent. Not above the last one that the
    /// gateways saw: the profile was copied, or restored from a backup.
    pub connection: u64,
}

/// As what somebody comes who is no device.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Visitor {
    /// With the text that opens the office. Signs with that text's key.
    Founder,
    /// With an invite. Signs with the invite's key.
    Invited(InviteId),
    /// With an identity key, to add a device. Signs with that key.
    Person(UserId),
    /// With the office key. Signs with it.
    Office,
}

/// First frame of somebody who is no device. May fetch the roster and append to it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Visit {
    /// As what.
    pub visitor: Visitor,
    /// Over the handshake hash, [`crate::signature::Purpose::Channel`].
    pub channel: Signature,
}

/// Adds entries, each as its exact bytes, all of them or none. An entry carries its author's signature, so it does not
/// matter who brings it. Refused with `roster_moved` where something else was appended meanwhile.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AppendRoster {
    /// Chosen by the client, comes back in the answer.
    pub request: u32,
    /// The next entries, at most [`crate::limits::MAX_APPEND`].
    pub entries: Vec<serde_bytes::ByteBuf>,
}

/// A newer lease. Not answered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RenewLease {
    /// The lease.
    pub lease: SignedLease,
}

/// Leaves something for whoever has the code.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoreCapsule {
    /// Chosen by the client, comes back in the answer.
    pub request: u32,
    /// From the code.
    pub capsule: CapsuleId,
    /// Ciphertext, at most [`crate::limits::MAX_CAPSULE`].
    #[serde(with = "serde_bytes")]
    pub sealed: Vec<u8>,
    /// From then on nobody gets it; milliseconds since 1970.
    pub expires_ms: u64,
    /// Whether the first who asks is the last.
    pub once: bool,
}

/// Asks for a capsule.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FetchCapsule {
    /// Chosen by the client, comes back in the answer.
    pub request: u32,
    /// From the code.
    pub capsule: CapsuleId,
}

/// First step of setting one's passphrase.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BeginPassphrase {
    /// Chosen by the client, comes back in the answer.
    pub request: u32,
    /// OPAQUE registration request.
    #[serde(with = "serde_bytes")]
    pub message: Vec<u8>,
}

/// Second step: replaces what was stored before.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StorePassphrase {
    /// Chosen by the client, comes back in the answer.
    pub request: u32,
    /// OPAQUE registration upload.
    #[serde(with = "serde_bytes")]
    pub message: Vec<u8>,
    /// What stretching cost.
    pub stretch: Stretch,
    /// The identity, sealed under the export key, at most [`crate::limits::MAX_BACKUP`].
    #[serde(with = "serde_bytes")]
    pub backup: Vec<u8>,
}

/// First step of signing in.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BeginSignIn {
    /// Chosen by the client, comes back in the answer.
    pub request: u32,
    /// The person's name, as in the roster.
    pub name: String,
    /// OPAQUE credential request.
    #[serde(with = "serde_bytes")]
    pub message: Vec<u8>,
}

impl std::fmt::Debug for BeginSignIn {
    /// Without the name: what is printed may end up in a log.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("BeginSignIn").field("request", &self.request).finish_non_exhaustive()
    }
}

/// Second step.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FinishSignIn {
    /// Chosen by the client, comes back in the answer.
    pub request: u32,
    /// OPAQUE credential finalization.
    #[serde(with = "serde_bytes")]
    pub message: Vec<u8>,
}

/// Asks when devices of a person were there last. One's own, or as an administrator anybody's.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FetchDevices {
    /// Chosen by the client, comes back in the answer.
    pub request: u32,
    /// Whose.
    pub user: UserId,
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
    /// Whether this person has set a passphrase.
    pub has_passphrase: bool,
    /// The newest lease of the roster.
    pub lease: Option<SignedLease>,
}

/// The visitor is let in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Visiting {
    /// Gateway's clock, milliseconds since 1970.
    pub now_ms: u64,
    /// Entries in its roster.
    pub roster_length: u64,
    /// Hash of the last one.
    pub roster_head: Hash,
}

/// The entries are stored and recorded.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Appended {
    /// From the request.
    pub request: u32,
    /// Entries in the roster now.
    pub roster_length: u64,
}

/// The request is done and recorded.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Done {
    /// From the request.
    pub request: u32,
}

/// A capsule that somebody left.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Capsule {
    /// From the request.
    pub request: u32,
    /// Ciphertext.
    #[serde(with = "serde_bytes")]
    pub sealed: Vec<u8>,
}

/// Answer to [`BeginPassphrase`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PassphraseAnswer {
    /// From the request.
    pub request: u32,
    /// OPAQUE registration response.
    #[serde(with = "serde_bytes")]
    pub message: Vec<u8>,
}

/// Answer to [`BeginSignIn`], also where nobody has the name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignInAnswer {
    /// From the request.
    pub request: u32,
    /// The office, which is part of what both sides must agree on.
    pub office: crate::id::OfficeId,
    /// OPAQUE credential response.
    #[serde(with = "serde_bytes")]
    pub message: Vec<u8>,
    /// What stretching costs.
    pub stretch: Stretch,
}

/// The passphrase was right.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignedIn {
    /// From the request.
    pub request: u32,
    /// What the person's device sealed under the export key.
    #[serde(with = "serde_bytes")]
    pub backup: Vec<u8>,
}

/// Answer to [`FetchDevices`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Devices {
    /// From the request.
    pub request: u32,
    /// Devices that are in the office.
    pub devices: Vec<DeviceUse>,
}

/// One device.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeviceUse {
    /// Which.
    pub device: DeviceId,
    /// When it connected last, milliseconds since 1970; none if that is not known.
    pub last_ms: Option<u64>,
    /// Whether it is on line now.
    pub online: bool,
}

/// Roster entries in order, each as its exact bytes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RosterEntries {
    /// Index of the first.
    pub first: u64,
    /// At most [`crate::limits::MAX_ROSTER_ENTRIES_PER_FRAME`] and [`crate::limits::MAX_ROSTER_BYTES_PER_FRAME`].
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
    /// The request that was refused.
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
