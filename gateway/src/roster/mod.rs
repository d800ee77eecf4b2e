//! The roster as this gateway knows it: a replica of the stream ROSTER that only grows.
//!
//! `log` replays and follows the stream, `append` writes to it, `feed` sends it to a client. What the stream holds is the
//! truth; a message on the subject is only the news that it may have grown, since a writer that lost a race has
//! published there too.

mod append;
mod ended;
mod feed;
mod log;
mod replica;

pub use append::{AppendError, Appending};
pub use ended::{Revoked, ended};
pub use feed::RosterFeed;
pub use log::{RosterLog, RosterLogError};
