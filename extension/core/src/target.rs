//! Where a message goes: to a person or into a room. As text `user:<id>` or `room:<id>`.

use std::{fmt, str::FromStr};

use protocol::id::{RoomId, UserId};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};

/// A person or a room.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Target {
    /// A colleague.
    Person(UserId),
    /// A room.
    Room(RoomId),
}

impl From<UserId> for Target {
    fn from(user: UserId) -> Self {
        Self::Person(user)
    }
}

impl From<RoomId> for Target {
    fn from(room: RoomId) -> Self {
        Self::Room(room)
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Person(user) => write!(f, "user:{user}"),
            Self::Room(room) => write!(f, "room:{room}"),
        }
    }
}

/// The text names neither a person nor a room.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("expected user:<id> or room:<id>")]
pub struct ParseTargetError;

impl FromStr for Target {
    type Err = ParseTargetError;

    fn from_str(text: &str) -> Result<Self, ParseTargetError> {
        match text.split_once(':') {
            Some(("user", id)) => id.parse().map(Self::Person).map_err(|_| ParseTargetError),
            Some(("room", id)) => id.parse().map(Self::Room).map_err(|_| ParseTargetError),
            _ => Err(ParseTargetError),
        }
    }
}

impl Serialize for Target {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Target {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(D::Error::custom)
    }
}
