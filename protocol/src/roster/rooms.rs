//! Rooms: who belongs to them, who looks after them.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    change::{Change, RoomMembers},
    error::RosterError,
    people::{People, User},
    replay::Act,
};
use crate::{
    id::{Hash, RoomId, UserId},
    limits::{MAX_ROOM_MEMBERS, MAX_ROOMS},
};

/// When somebody stopped to belong to a room.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Departure {
    /// Index of the entry that says so.
    pub index: u64,
    /// Its author's clock, milliseconds since 1970.
    pub at_ms: u64,
}

/// A room.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Room {
    /// Which.
    pub room: RoomId,
    /// Commitment to its name.
    pub name: Hash,
    /// Who belongs to it.
    pub members: RoomMembers,
    /// Who made it and looks after it, as administrators do. None for the office key, and for rooms whose members follow
    /// from what people are: those are the administrators' alone.
    pub keeper: Option<UserId>,
    /// Index of the entry that made it.
    pub since: u64,
    /// When it was closed.
    pub closed: Option<Departure>,
    /// Chosen people who were removed or left, and did not come again.
    pub departed: BTreeMap<UserId, Departure>,
    /// When each of the chosen people came last: index of the entry.
    pub arrived: BTreeMap<UserId, u64>,
}

impl Room {
    /// Whether this person, who is in the office, belongs to it now.
    pub fn has(&self, user: &User) -> bool {
        self.closed.is_none()
            && match &self.members {
                RoomMembers::Everyone => true,
                RoomMembers::Role(role) => user.role == *role,
                RoomMembers::Group(group) => user.group.as_ref() == Some(group),
                RoomMembers::Chosen(users) => users.contains(&user.user),
            }
    }
}

#[derive(Debug, Clone, Default)]
pub(super) struct Rooms {
    rooms: BTreeMap<RoomId, Room>,
}

impl Rooms {
    pub(super) fn room(&self, room: RoomId) -> Option<&Room> {
        self.rooms.get(&room)
    }

    pub(super) fn all(&self) -> impl Iterator<Item = &Room> {
        self.rooms.values()
    }

    fn open(&self, room: RoomId) -> Result<&Room, RosterError> {
        self.room(room).filter(|room| room.closed.is_none()).ok_or(RosterError::Unknown("room"))
    }

    /// Who looks after it, in it or not, and administrators.
    fn kept(&self, room: RoomId, people: &People, act: Act) -> Result<&Room, RosterError> {
        let room = self.open(room)?;
        let keeper = act.author.is_some() && act.author == room.keeper;
        if !keeper {
            people.require_administrator(act)?;
        }
        Ok(room)
    }

    pub(super) fn judge(&self, people: &People, change: &Change, act: Act) -> Result<(), RosterError> {
        match change {
            Change::RoomMade(made) => {
                if self.rooms.contains_key(&made.room) {
                    return Err(RosterError::Duplicate("room"));
                }
                if self.rooms.len() >= MAX_ROOMS {
                    return Err(RosterError::Members);
                }
                match &made.members {
                    RoomMembers::Chosen(users) => {
                        check_people(people, users)?;
                        let distinct: BTreeSet<_> = users.iter().collect();
                        let fits = (1..=MAX_ROOM_MEMBERS).contains(&users.len());
                        if fits && distinct.len() == users.len() { Ok(()) } else { Err(RosterError::Members) }
                    }
                    RoomMembers::Group(group) => {
                        super::people::check_name(group)?;
                        people.require_administrator(act)
                    }
                    RoomMembers::Everyone | RoomMembers::Role(_) => people.require_administrator(act),
                }
            }
            Change::RoomChanged(changed) => {
                let room = self.kept(changed.room, people, act)?;
                let RoomMembers::Chosen(users) = &room.members else { return Err(RosterError::Members) };
                check_people(people, &changed.add)?;
                let mut after: BTreeSet<_> = users.iter().copied().collect();
                for user in &changed.remove {
                    if !after.remove(user) {
                        return Err(RosterError::Unknown("member"));
                    }
                }
                for user in &changed.add {
                    if !after.insert(*user) {
                        return Err(RosterError::Duplicate("member"));
                    }
                }
                if (1..=MAX_ROOM_MEMBERS).contains(&after.len()) { Ok(()) } else { Err(RosterError::Members) }
            }
            Change::RoomLeft(left) => {
                let room = self.open(left.room)?;
                let RoomMembers::Chosen(users) = &room.members else { return Err(RosterError::Members) };
                let inside = act.author.is_some_and(|author| users.contains(&author));
                if inside { Ok(()) } else { Err(RosterError::Unknown("member")) }
            }
            Change::RoomRenamed(renamed) => self.kept(renamed.room, people, act).map(|_| ()),
            Change::RoomClosed(closed) => self.kept(closed.room, people, act).map(|_| ()),
            _ => Err(RosterError::OutOfPlace(act.index)),
        }
    }

    /// Does what [`Self::judge`] found good.
    pub(super) fn change(&mut self, change: &Change, act: Act) {
        let departure = Departure { index: act.index, at_ms: act.made_ms };
        match change {
            Change::RoomMade(made) => {
                let (keeper, arrived) = match &made.members {
                    RoomMembers::Chosen(users) => {
                        (act.author, users.iter().map(|user| (*user, act.index)).collect())
                    }
                    _ => (None, BTreeMap::new()),
                };
                let room = Room {
                    room: made.room,
                    name: made.name,
                    members: made.members.clone(),
                    keeper,
                    since: act.index,
                    closed: None,
                    departed: BTreeMap::new(),
                    arrived,
                };
                self.rooms.insert(made.room, room);
            }
            Change::RoomChanged(changed) => {
                let Some(room) = self.rooms.get_mut(&changed.room) else { return };
                for user in &changed.remove {
                    room.depart(*user, departure);
                }
                if let RoomMembers::Chosen(users) = &mut room.members {
                    users.extend(&changed.add);
                }
                for user in &changed.add {
                    room.departed.remove(user);
                    room.arrived.insert(*user, act.index);
                }
            }
            Change::RoomLeft(left) => {
                if let (Some(room), Some(author)) = (self.rooms.get_mut(&left.room), act.author) {
                    room.depart(author, departure);
                }
            }
            Change::RoomRenamed(renamed) => {
                if let Some(room) = self.rooms.get_mut(&renamed.room) {
                    room.name = renamed.name;
                }
            }
            Change::RoomClosed(closed) => {
                if let Some(room) = self.rooms.get_mut(&closed.room) {
                    room.closed = Some(departure);
                }
            }
            _ => {}
        }
    }
}

impl Room {
    fn depart(&mut self, user: UserId, departure: Departure) {
        if let RoomMembers::Chosen(users) = &mut self.members {
            users.retain(|member| *member != user);
        }
        self.arrived.remove(&user);
        self.departed.insert(user, departure);
    }
}

fn check_people(people: &People, users: &[UserId]) -> Result<(), RosterError> {
    let all = users.iter().all(|user| people.active(*user).is_some());
    if all { Ok(()) } else { Err(RosterError::Unknown("person")) }
}
