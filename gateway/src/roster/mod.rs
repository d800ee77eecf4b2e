//! The roster as this gateway knows it: a replica of the stream ROSTER that only grows.
//!
//! `log` replays and follows the stream, `append` writes to it. What the stream holds is the truth; a
//! message on the subject is only the news that it may have grown, since a writer that lost a race has
//! published there too.

mod append;
mod log;
mod replica;

pub use append::AppendError;
pub use log::{RosterLog, RosterLogError};
