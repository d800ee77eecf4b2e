//! What a device has made and nothing wraps yet. Keys must not lie on a disk in clear, not even for the minute in which somebody
//! thinks of a passphrase: databases keep what was deleted. So a browser keeps them in the session's memory, does not
//! connect, and writes all of it at once when the passphrase is there. Who closes the browser before that has used
//! nothing up and begins again.

use std::collections::BTreeMap;

use serde_bytes::ByteBuf;

use super::{Core, turn::Turn};
use crate::{effects::Write, store::key};

/// Sealed records by their names.
#[derive(Default)]
pub(super) struct Unsaved(BTreeMap<String, ByteBuf>);

impl Unsaved {
    /// What the session's memory holds.
    pub(super) fn restore(session: &BTreeMap<String, Vec<u8>>) -> Self {
        let records = session.iter().filter_map(|(name, value)| {
            let name = name.strip_prefix(key::SESSION_UNSAVED)?;
            Some((name.to_owned(), ByteBuf::from(value.clone())))
        });
        Self(records.collect())
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn records(&self) -> impl Iterator<Item = (&String, &ByteBuf)> {
        self.0.iter()
    }

    /// Takes the place of a commit.
    pub(super) fn keep(&mut self, writes: Vec<Write>, turn: &mut Turn) {
        for Write { key, value } in writes {
            turn.keep_in_session(&in_session(&key), value.as_ref().map(|value| value.to_vec()));
            match value {
                Some(value) => self.0.insert(key, value),
                None => self.0.remove(&key),
            };
        }
    }

    /// Leaves the session's memory. The records, to be committed or forgotten.
    pub(super) fn leave(self, turn: &mut Turn) -> Vec<Write> {
        let writes = self.0.into_iter().map(|(key, value)| {
            turn.keep_in_session(&in_session(&key), None);
            Write { key, value: Some(value) }
        });
        writes.collect()
    }
}

fn in_session(key: &str) -> String {
    format!("{}{key}", key::SESSION_UNSAVED)
}

impl Core {
    /// From now on nothing is written before a passphrase wraps the vault key, and nobody is let in. For hosts with people
    /// in front of them. A host without them, such as a program of the office's own, keeps the key beside the records.
    pub const fn require_passphrase(&mut self) {
        self.passphrase_first = true;
    }

    /// Whether a passphrase has to be chosen before this device goes on.
    pub(super) const fn owes_passphrase(&self) -> bool {
        self.unsaved.is_some()
    }

    /// Connects a device that may: one with its keys on disk.
    pub(super) fn connect_if_saved(&mut self, turn: &mut Turn) {
        if let Some(member) = self.member.as_ref().filter(|_| self.unsaved.is_none()) {
            self.link.start(member.identity.home().gateways.clone(), turn.now);
            turn.changed = true;
        }
    }
}
