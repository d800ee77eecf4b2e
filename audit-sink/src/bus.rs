//! The way in: supervision of the bus connection, the pull loop, the stop.
//!
//! One task owns the sequencer and the pull stream; the client behind them reconnects by itself. What waits between
//! broker and disk is bounded by the size of a pull, and what is not acknowledged waits at the broker.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use tokio_util::sync::CancellationToken;
use tracing::{info, warn};

use crate::{config::Checked, counters::Counters, durable::StoreError, recovery};

mod backoff;
mod connect;
mod pull;
mod report;

pub use connect::ConnectError;

/// Why a sink ended before it was told to, or could not stop in order.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// The folder cannot be used.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The bus will never take this sink.
    #[error(transparent)]
    Connect(#[from] ConnectError),
    /// The disk refused until the stop.
    #[error(
        "stopped while the disk refuses to write: {0} The records wait at the bus and come when the sink is started again."
    )]
    Unwritten(String),
    /// Something took too long.
    #[error("did not finish within {}; what is not acknowledged comes again at the next start", humantime::format_duration(*.0))]
    Deadline(Duration),
    /// A bug.
    #[error("the writing thread ended unexpectedly: {0}")]
    Writer(#[from] tokio::task::JoinError),
}

/// Runs until `stop`. `ready` is called once: when the folder is taken over and the bus has the consumer.
pub async fn run(
    config: Checked,
    stop: CancellationToken,
    ready: impl FnOnce() + Send,
) -> Result<Counters, RunError> {
    let settings = config.settings.clone();
    let opened = tokio::task::spawn_blocking(move || recovery::open(&settings, now_ms()));
    let (sequencer, recovered) = tokio::select! {
        opened = opened => opened??,
        () = stop.cancelled() => return Ok(Counters::ZERO),
    };
    report::recovered(&config.settings, &recovered);

    let client = connect::connect(&config).await?;
    let pulling = pull::run(&config, client.clone(), sequencer, &stop, ready);
    let deadline = async {
        stop.cancelled().await;
        tokio::time::sleep(config.stop_deadline).await;
    };
    let counters = tokio::select! {
        counters = pulling => counters?,
        () = deadline => return Err(RunError::Deadline(config.stop_deadline)),
    };
    // Acknowledgements are confirmed by now; this only says goodbye.
    if tokio::time::timeout(Duration::from_secs(1), client.drain()).await.is_err() {
        warn!("the bus was not there for a goodbye");
    }
    info!("stopped: {counters}");
    Ok(counters)
}

/// The sink's clock. A clock before 1970 is taken for 1970: days go on from the newest file then.
fn now_ms() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}
