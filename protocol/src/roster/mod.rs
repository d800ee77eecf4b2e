//! The roster: an append-only log of who is in the office, with which devices and in which rooms. Each entry is
//! signed by whoever has the right to it and names the entry before it. The gateway keeps and hands out the
//! log; each client replays it and checks every step itself, from the first entry on, whose hash its invite pins.
//!
//! ```text
//! office key ──signs──► opening, administrators, anything
//!   └─ administrator's identity key ──► invites, revocations, roles, policy, rooms of the office
//!        └─ invite's key ──► a person's identity key ──► that person's devices, leaving, rooms of chosen people
//! ```
//!
//! A client that remembers the last hash notices an entry that was changed, left out or put in later. Rights are
//! judged by the roster as it was when the entry came, so the same log gives everybody the same office.

mod change;
mod entry;
mod error;
mod lease;
mod people;
mod policy;
mod replay;
mod room_name;
mod rooms;

pub use change::{
    Change, DeviceAdded, DeviceRevoked, InviteIssued, InvitesIssued, InvitesWithdrawn, OfficeOpened,
    PersonJoined, PersonMoved, PersonRevoked, PolicyChanged, RevocationReason, RoleChanged, RoomChanged,
    RoomClosed, RoomLeft, RoomMade, RoomMembers, RoomRenamed, StaffRole,
};
pub use entry::{Entry, SignedEntry};
pub use error::RosterError;
pub use lease::{LeaseStatement, SignedLease};
pub use people::{Device, IssuedInvite, Revocation, User, plain_name};
pub use policy::Policy;
pub use replay::{Roster, Source};
pub use room_name::RoomName;
pub use rooms::{Departure, Room};
