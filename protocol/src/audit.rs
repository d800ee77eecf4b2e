//! Audit records: a closed schema of metadata, one JSON object a line.
//!
//! A record says who did what, with which device, to whom, when, how large roughly, with which
//! outcome, through which gateway. There is no field that could hold a name, a text, a file name
//! or a patient reference. Names of fields and kinds are for good; new ones may be added in a new `v`.
//!
//! Records of one run of a gateway (`gw`, `boot`) are numbered (`gseq`) and chained (`prev`), so that one
//! that is missing shows.

use std::time::{Duration, UNIX_EPOCH};

use serde::{Deserialize, Serialize};

use crate::{
    error::ErrorCode,
    id::{BootId, ConversationId, DeviceId, EventId, GatewayId, Hash, ObjectId, UserId},
};

/// Schema version, field `v`.
pub const SCHEMA_VERSION: u8 = 1;
/// Largest line, without the newline.
pub const MAX_LINE: usize = 128 * 1024;
/// Largest batch on the bus: lines with a newline after each.
pub const MAX_BATCH: usize = 256 * 1024;

/// What happened; field `type`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum EventKind {
    /// A gateway began to serve.
    #[serde(rename = "gateway.start")]
    GatewayStart,
    /// A gateway stopped in order.
    #[serde(rename = "gateway.stop")]
    GatewayStop,
    /// An invite was made.
    #[serde(rename = "invite.issue")]
    InviteIssue,
    /// A device was enrolled, or its enrolment refused.
    #[serde(rename = "device.enrol")]
    DeviceEnrol,
    /// A device proved who it is and a session began.
    #[serde(rename = "session.login")]
    SessionLogin,
    /// A session ended.
    #[serde(rename = "session.logout")]
    SessionLogout,
    /// Somebody failed to prove who they are.
    #[serde(rename = "auth.failure")]
    AuthFailure,
    /// A message was accepted.
    #[serde(rename = "message.sent")]
    MessageSent,
    /// A device confirmed a message.
    #[serde(rename = "message.delivered")]
    MessageDelivered,
    /// A message was refused.
    #[serde(rename = "message.refused")]
    MessageRefused,
    /// The sink dropped a record that it had already (`obj` is the event, `hash` the dropped line), so that the
    /// gateway's chain can still be followed.
    #[serde(rename = "audit.duplicate")]
    AuditDuplicate,
    /// The office was opened.
    #[serde(rename = "office.open")]
    OfficeOpen,
    /// An invite was taken back.
    #[serde(rename = "invite.withdraw")]
    InviteWithdraw,
    /// A person joined with an invite.
    #[serde(rename = "person.join")]
    PersonJoin,
    /// A device was revoked.
    #[serde(rename = "device.revoke")]
    DeviceRevoke,
    /// A person was revoked.
    #[serde(rename = "person.revoke")]
    PersonRevoke,
    /// A person's role or place changed.
    #[serde(rename = "person.change")]
    PersonChange,
    /// The office's rules changed.
    #[serde(rename = "policy.change")]
    PolicyChange,
    /// A room was made, changed, left, renamed or closed.
    #[serde(rename = "room.change")]
    RoomChange,
    /// A change of the roster was refused.
    #[serde(rename = "roster.refused")]
    RosterRefused,
    /// A person set a passphrase.
    #[serde(rename = "passphrase.set")]
    PassphraseSet,
    /// Somebody signed in with a passphrase, or tried to.
    #[serde(rename = "passphrase.signin")]
    PassphraseSignIn,
    /// Something was left for whoever has the code: an invite, or the way to add a device.
    #[serde(rename = "capsule.store")]
    CapsuleStore,
    /// Somebody fetched it, or asked for one that is not there.
    #[serde(rename = "capsule.fetch")]
    CapsuleFetch,
}

impl EventKind {
    /// Every kind.
    pub const ALL: &[Self] = &[
        Self::GatewayStart,
        Self::GatewayStop,
        Self::InviteIssue,
        Self::DeviceEnrol,
        Self::SessionLogin,
        Self::SessionLogout,
        Self::AuthFailure,
        Self::MessageSent,
        Self::MessageDelivered,
        Self::MessageRefused,
        Self::AuditDuplicate,
        Self::OfficeOpen,
        Self::InviteWithdraw,
        Self::PersonJoin,
        Self::DeviceRevoke,
        Self::PersonRevoke,
        Self::PersonChange,
        Self::PolicyChange,
        Self::RoomChange,
        Self::RosterRefused,
        Self::PassphraseSet,
        Self::PassphraseSignIn,
        Self::CapsuleStore,
        Self::CapsuleFetch,
    ];

    /// The name in field `type`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::GatewayStart => "gateway.start",
            Self::GatewayStop => "gateway.stop",
            Self::InviteIssue => "invite.issue",
            Self::DeviceEnrol => "device.enrol",
            Self::SessionLogin => "session.login",
            Self::SessionLogout => "session.logout",
            Self::AuthFailure => "auth.failure",
            Self::MessageSent => "message.sent",
            Self::MessageDelivered => "message.delivered",
            Self::MessageRefused => "message.refused",
            Self::AuditDuplicate => "audit.duplicate",
            Self::OfficeOpen => "office.open",
            Self::InviteWithdraw => "invite.withdraw",
            Self::PersonJoin => "person.join",
            Self::DeviceRevoke => "device.revoke",
            Self::PersonRevoke => "person.revoke",
            Self::PersonChange => "person.change",
            Self::PolicyChange => "policy.change",
            Self::RoomChange => "room.change",
            Self::RosterRefused => "roster.refused",
            Self::PassphraseSet => "passphrase.set",
            Self::PassphraseSignIn => "passphrase.signin",
            Self::CapsuleStore => "capsule.store",
            Self::CapsuleFetch => "capsule.fetch",
        }
    }
}

impl std::fmt::Display for EventKind {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}

/// How it ended, with the numbers of FHIR `AuditEvent.outcome`; field `outcome`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(into = "u8", try_from = "u8")]
pub enum Outcome {
    /// 0: as intended.
    Success,
    /// 4: refused, for a reason that the person can mend.
    MinorFailure,
    /// 8: refused, and somebody should look at it.
    SeriousFailure,
}

impl From<Outcome> for u8 {
    fn from(outcome: Outcome) -> Self {
        match outcome {
            Outcome::Success => 0,
            Outcome::MinorFailure => 4,
            Outcome::SeriousFailure => 8,
        }
    }
}

impl TryFrom<u8> for Outcome {
    type Error = String;

    fn try_from(number: u8) -> Result<Self, String> {
        match number {
            0 => Ok(Self::Success),
            4 => Ok(Self::MinorFailure),
            8 => Ok(Self::SeriousFailure),
            other => Err(format!("no outcome {other}")),
        }
    }
}

/// To whom; one element of field `rcpt`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Recipient {
    /// The person.
    pub user: UserId,
    /// The device.
    pub device: DeviceId,
}

/// What an action contributes to its record; the writer adds number, chain, gateway and time.
#[derive(Debug, Clone, PartialEq)]
pub struct Event {
    /// See [`AuditRecord::id`].
    pub id: EventId,
    /// What happened.
    pub kind: EventKind,
    /// How it ended.
    pub outcome: Outcome,
    /// Why it was refused or ended.
    pub reason: Option<ErrorCode>,
    /// Who acted.
    pub actor: Option<UserId>,
    /// With which device.
    pub device: Option<DeviceId>,
    /// In which conversation.
    pub conv: Option<ConversationId>,
    /// The message, invite, device, person or room that it is about.
    pub object: Option<ObjectId>,
    /// To whom.
    pub rcpt: Vec<Recipient>,
    /// Size class in bytes: the next power of two of the sealed payload, which is itself padded.
    pub bytes: Option<u64>,
    /// Address of the peer, without port.
    pub ip: Option<std::net::IpAddr>,
}

impl Event {
    /// An event of that kind that went well, about nobody yet.
    pub const fn new(id: EventId, kind: EventKind) -> Self {
        Self {
            id,
            kind,
            outcome: Outcome::Success,
            reason: None,
            actor: None,
            device: None,
            conv: None,
            object: None,
            rcpt: Vec::new(),
            bytes: None,
            ip: None,
        }
    }
}

/// One line of the trail.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AuditRecord {
    /// [`SCHEMA_VERSION`].
    pub v: u8,
    /// The event. The same event told twice (after a crash) has the same id; the sink keeps the first.
    pub id: EventId,
    /// When, by the gateway's clock: RFC 3339, UTC, milliseconds.
    pub ts: String,
    /// What happened.
    #[serde(rename = "type")]
    pub kind: EventKind,
    /// How it ended.
    pub outcome: Outcome,
    /// Name of the [`ErrorCode`], where there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Who acted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub actor: Option<UserId>,
    /// With which device.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub device: Option<DeviceId>,
    /// In which conversation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub conv: Option<ConversationId>,
    /// What it is about: a message, an invite, a device, a person, a room, or for [`EventKind::AuditDuplicate`] the event;
    /// 32 hex digits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub obj: Option<ObjectId>,
    /// To whom.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rcpt: Vec<Recipient>,
    /// Size class in bytes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bytes: Option<u64>,
    /// Address of the peer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ip: Option<std::net::IpAddr>,
    /// Which gateway.
    pub gw: GatewayId,
    /// Which run of it.
    pub boot: BootId,
    /// Number of the record in this run, from 0.
    pub gseq: u64,
    /// SHA-256 of the line before it in this run; zeros for the first.
    pub prev: Hash,
    /// Hash of the dropped line, for [`EventKind::AuditDuplicate`] alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hash: Option<Hash>,
}

/// Why a line is not a record.
#[derive(Debug, thiserror::Error)]
pub enum RecordError {
    /// Longer than [`MAX_LINE`].
    #[error("a record of {0} bytes is longer than {MAX_LINE}")]
    TooLong(usize),
    /// Not JSON of the schema.
    #[error("not a record of this schema: {0}")]
    Malformed(#[from] serde_json::Error),
    /// Of another schema version.
    #[error("record of schema version {0}; this program reads {SCHEMA_VERSION}")]
    OtherVersion(u8),
}

impl AuditRecord {
    /// The exact bytes of the line, without the newline.
    pub fn to_line(&self) -> Result<Vec<u8>, RecordError> {
        let line = serde_json::to_vec(self)?;
        if line.len() > MAX_LINE { Err(RecordError::TooLong(line.len())) } else { Ok(line) }
    }

    /// Reads a line without its newline.
    pub fn from_line(line: &[u8]) -> Result<Self, RecordError> {
        if line.len() > MAX_LINE {
            return Err(RecordError::TooLong(line.len()));
        }
        let record: Self = serde_json::from_slice(line)?;
        if record.v == SCHEMA_VERSION { Ok(record) } else { Err(RecordError::OtherVersion(record.v)) }
    }
}

/// Numbers and chains the records of one run of a gateway.
#[derive(Debug)]
pub struct Chain {
    gw: GatewayId,
    boot: BootId,
    next: u64,
    prev: Hash,
}

impl Chain {
    /// Starts at record 0.
    pub const fn new(gw: GatewayId, boot: BootId) -> Self {
        Self { gw, boot, next: 0, prev: Hash::from_bytes([0; 32]) }
    }

    /// The line for `event`, told at `now_ms`; the chain moves on by one.
    pub fn append(&mut self, event: Event, now_ms: u64) -> Result<Vec<u8>, RecordError> {
        let record = AuditRecord {
            v: SCHEMA_VERSION,
            id: event.id,
            ts: timestamp(now_ms),
            kind: event.kind,
            outcome: event.outcome,
            reason: event.reason.map(|code| code.name().to_owned()),
            actor: event.actor,
            device: event.device,
            conv: event.conv,
            obj: event.object,
            rcpt: event.rcpt,
            bytes: event.bytes,
            ip: event.ip,
            gw: self.gw.clone(),
            boot: self.boot,
            gseq: self.next,
            prev: self.prev,
            hash: None,
        };
        let line = record.to_line()?;
        self.prev = Hash::of(&line);
        self.next += 1;
        Ok(line)
    }
}

/// RFC 3339 in UTC with milliseconds, such as `2026-11-22T06:20:23.000Z`.
pub fn timestamp(ms: u64) -> String {
    // Beyond the year 9999 there is no such form; a clock that far off is shown as the last moment of it.
    const LAST_MS: u64 = 253_402_300_799_999;
    humantime::format_rfc3339_millis(UNIX_EPOCH + Duration::from_millis(ms.min(LAST_MS))).to_string()
}

/// The size class of `size` bytes: the next power of two, 256 at least.
pub fn size_class(size: usize) -> u64 {
    (size as u64).max(256).next_power_of_two()
}
