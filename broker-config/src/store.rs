//! What lies in the store's folder, seen without the server.

use crate::{state::StateDir, streams};

/// The streams that the store has files of.
///
/// A server that cannot read a stream (another at-rest key, a damaged head) starts without it and says so
/// in its log alone. Then a missing stream is not one to be made: it is one that was lost.
pub(crate) fn streams_on_disk(state: &StateDir) -> Vec<&'static str> {
    let streams = state.store_dir().join("jetstream").join("CHAT").join("streams");
    let has_head = |name: &&str| streams.join(name).join("meta.inf").exists();
    [streams::AUDIT, streams::ROSTER, streams::PREKEYS, streams::STATE, streams::SEATS]
        .into_iter()
        .filter(has_head)
        .collect()
}
