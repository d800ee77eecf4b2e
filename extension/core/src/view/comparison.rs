//! Comparing keys by pictures, as it is shown.

use std::fmt;

use protocol::id::MessageId;
use serde::Serialize;

/// A comparison with one person.
#[derive(Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ComparisonView {
    /// Which; the answer of the person is about this one and no other.
    pub id: MessageId,
    /// How far it has come.
    pub state: ComparisonState,
    /// The seven pictures, once they are there.
    pub emoji: Vec<Emoji>,
    /// Why it came to nothing: a stable name.
    pub reason: Option<&'static str>,
}

/// How far a comparison has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ComparisonState {
    /// Started here; the other person has not agreed yet.
    Waiting,
    /// The other person wants to compare.
    Asked,
    /// Agreed here; the other device has not shown its key yet.
    Accepted,
    /// The pictures are there to be compared.
    Comparing,
    /// Another browser of this person takes part.
    Elsewhere,
    /// The person said that they match.
    Matched,
    /// It came to nothing.
    Broken,
}

/// One picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Emoji {
    /// The character.
    pub symbol: &'static str,
    /// Its English name.
    pub name: &'static str,
}

/// Which pictures they are is for the two people alone.
impl fmt::Debug for ComparisonView {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ComparisonView")
            .field("id", &self.id)
            .field("state", &self.state)
            .field("reason", &self.reason)
            .finish_non_exhaustive()
    }
}
