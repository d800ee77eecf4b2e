//! The roster: an append-only, hash-chained log of who is in the office and with which devices. The
//! gateway keeps and hands out the log; each client replays it and checks every step itself, from the first
//! entry on, whose hash its invite pins.
//!
//! Entry *n* carries the hash of entry *n-1*, so a client that remembers the last hash notices an entry
//! that was changed, left out or put in later. Entries travel and are hashed as their exact bytes.

mod change;
mod error;
mod replay;

pub use change::{Change, DeviceEnrolled, Entry, InviteIssued, OfficeOpened, StaffRole};
pub use error::RosterError;
pub use replay::{IssuedInvite, Roster, User};
