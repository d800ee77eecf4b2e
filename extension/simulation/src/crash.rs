//! Where a device can stop without warning, and what it was doing.

use extension_core::Effects;

/// A place between two steps of [`Effects`]: the device stops there and starts again from what is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Crash {
    /// Nothing is stored.
    BeforeCommit,
    /// Before the session's memory is written.
    AfterCommit,
    /// Before the socket is opened or closed.
    AfterSession,
    /// Before the first outgoing message.
    AfterSocket,
    /// After so many outgoing messages, before the next.
    AfterSending(usize),
    /// After all outgoing messages, before anything is shown and the timer is set.
    BeforeShowing,
}

impl Crash {
    /// Every one, with up to three outgoing messages.
    pub const ALL: [Self; 8] = [
        Self::BeforeCommit,
        Self::AfterCommit,
        Self::AfterSession,
        Self::AfterSocket,
        Self::AfterSending(1),
        Self::AfterSending(2),
        Self::AfterSending(3),
        Self::BeforeShowing,
    ];

    /// Whether this turn has the boundary: something before it and something after it.
    pub fn is_in(self, effects: &Effects) -> bool {
        match self {
            Self::BeforeCommit => !effects.writes.is_empty(),
            Self::AfterCommit => !effects.writes.is_empty() || !effects.session_writes.is_empty(),
            Self::AfterSession => !effects.session_writes.is_empty(),
            Self::AfterSocket => effects.socket.is_some(),
            Self::AfterSending(many) => effects.outgoing.len() > many,
            Self::BeforeShowing => !effects.outgoing.is_empty(),
        }
    }

    /// For a table.
    pub fn name(self) -> String {
        match self {
            Self::BeforeCommit => "before the commit".to_owned(),
            Self::AfterCommit => "after the commit".to_owned(),
            Self::AfterSession => "after the session's memory".to_owned(),
            Self::AfterSocket => "after the socket".to_owned(),
            Self::AfterSending(many) => format!("after {many} of several sent"),
            Self::BeforeShowing => "all sent, nothing shown".to_owned(),
        }
    }
}

/// What a turn was about, told by what it writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Doing {
    /// A message was opened; its confirmation goes out.
    Receiving,
    /// A message was sealed; it goes out.
    Sealing,
    /// A message was typed and not sealed.
    Typing,
    /// A message got further.
    Acknowledging,
    /// Entries of the roster came.
    Roster,
    /// One-time keys were made.
    Keys,
    /// The device's own record: a connection, a way in.
    Identity,
    /// Something else was stored.
    Other,
    /// Nothing was stored.
    Nothing,
}

impl Doing {
    /// In the order of the table.
    pub const ALL: [Self; 9] = [
        Self::Receiving,
        Self::Sealing,
        Self::Typing,
        Self::Acknowledging,
        Self::Roster,
        Self::Keys,
        Self::Identity,
        Self::Other,
        Self::Nothing,
    ];

    /// What a turn with these effects is about.
    pub fn of(effects: &Effects) -> Self {
        let writes = |family: &str| effects.writes.iter().any(|write| write.key.starts_with(family));
        match () {
            () if writes("seen/") => Self::Receiving,
            () if writes("counter") => Self::Sealing,
            () if writes("progress/") => Self::Acknowledging,
            () if writes("outbox/") => Self::Typing,
            () if writes("roster/") => Self::Roster,
            () if writes("account") => Self::Keys,
            () if writes("identity") => Self::Identity,
            () if !effects.writes.is_empty() => Self::Other,
            () => Self::Nothing,
        }
    }

    /// For a table.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Receiving => "receive",
            Self::Sealing => "seal",
            Self::Typing => "type",
            Self::Acknowledging => "deliver",
            Self::Roster => "roster",
            Self::Keys => "keys",
            Self::Identity => "identity",
            Self::Other => "other",
            Self::Nothing => "nothing",
        }
    }
}
