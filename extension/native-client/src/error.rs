//! What can go wrong with a client.

use std::time::Duration;

use extension_core::CoreError;

/// Why a call to a client failed.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    /// The core refused it.
    #[error(transparent)]
    Core(#[from] CoreError),
    /// The store failed.
    #[error("cannot use the client's store: {0}")]
    Store(#[from] std::io::Error),
    /// What was waited for did not happen.
    #[error("waited {deadline:?} for {what} in vain; link {link}")]
    Deadline {
        /// For what.
        what: String,
        /// For how long.
        deadline: Duration,
        /// State of the connection, for whoever reads the failed test.
        link: String,
    },
    /// What was asked for was not done.
    #[error("{message} ({code})")]
    Failed {
        /// Stable.
        code: String,
        /// In words.
        message: String,
    },
    /// The client's task has ended.
    #[error("the client has ended; open it again from its store")]
    Ended,
    /// The reader of events was too slow and missed some.
    #[error("{0} events were missed; read them sooner")]
    Missed(u64),
}
