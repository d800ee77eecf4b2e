//! What the two sides of a comparison tell each other, as content of ordinary messages: sealed and checked like any other.

use protocol::id::{Curve25519Public, DeviceId, Hash, MessageId};
use serde::{Deserialize, Serialize};

/// One step of one comparison.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Compare {
    /// The message that carried the start.
    pub(crate) id: MessageId,
    pub(crate) step: Step,
}

/// In the order in which they are taken; `Cancel` at any time.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Step {
    /// "Let us compare. This is what my key will hash to."
    Start { commitment: Hash },
    /// "Yes. This is my key."
    Accept { key: Curve25519Public },
    /// "This is mine; I compare with this device of yours."
    Reveal { key: Curve25519Public, device: DeviceId },
    /// "No (more)."
    Cancel { reason: Reason },
}

/// Why a side ends a comparison.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Reason {
    /// The person does not want to compare.
    Declined,
    /// The person does not want to go on.
    Stopped,
    /// The person sees other pictures than the other person reads out.
    Differ,
    /// The device compares already, with this person or with too many.
    Busy,
    /// The device knows nothing of it: it was locked or started anew meanwhile.
    Over,
    /// A step did not fit.
    Refused,
}
