//! Names of rooms. The roster holds a commitment to each; the name itself comes inside messages.

use std::collections::{BTreeMap, BTreeSet};

use protocol::{
    id::{Hash, RoomId},
    roster::RoomName,
};

use crate::{
    error::CoreError,
    store::{Batch, Keep, damaged, key, read},
};

/// All that are known.
#[derive(Debug, Default)]
pub(crate) struct RoomNames {
    names: BTreeMap<RoomId, RoomName>,
    changed: BTreeSet<RoomId>,
}

impl RoomNames {
    pub(crate) fn restore(&mut self, name: &str, bytes: &[u8]) -> Result<(), CoreError> {
        let room = name.split_once('/').and_then(|(_, id)| id.parse().ok());
        let room = room.ok_or_else(|| damaged(name, "its name is not one of a room"))?;
        self.names.insert(room, read(name, bytes)?);
        Ok(())
    }

    /// Takes a name that came in a message, if it is the one that the roster commits to.
    pub(crate) fn put(&mut self, room: RoomId, name: RoomName, commitment: Hash) -> bool {
        if name.commitment() != commitment || self.names.get(&room) == Some(&name) {
            return false;
        }
        self.names.insert(room, name);
        self.changed.insert(room);
        true
    }

    pub(crate) fn get(&self, room: RoomId) -> Option<&RoomName> {
        self.names.get(&room)
    }
}

impl Keep for RoomNames {
    fn flush(&mut self, batch: &mut Batch) -> Result<(), CoreError> {
        for room in std::mem::take(&mut self.changed) {
            match self.names.get(&room) {
                Some(name) => batch.put(key::room(room), name)?,
                None => batch.delete(key::room(room)),
            }
        }
        Ok(())
    }
}
