//! Rooms: who belongs to them, who looks after them.

use protocol::{
    error::ErrorCode,
    id::{ConversationId, Hash, RoomId},
    limits::MAX_ROOM_MEMBERS,
    roster::{
        Change, PersonRevoked, RoleChanged, RoomChanged, RoomClosed, RoomLeft, RoomMembers, RoomName,
        RoomRenamed, RosterError, StaffRole,
    },
};

use crate::samples::{Log, made, room, room_name, user};

/// Person 2 made room 1 for themselves and person 3.
fn with_room() -> Log {
    let mut log = Log::staffed();
    log.by(2, made(1, RoomMembers::Chosen(vec![user(2), user(3)]))).unwrap();
    log
}

fn members(log: &Log, number: u8) -> Vec<u8> {
    (1..=3).filter(|person| log.roster.is_member(room(number), user(*person))).collect()
}

fn not_allowed(result: Result<(), RosterError>) -> bool {
    result
        .is_err_and(|error| matches!(error, RosterError::NotAllowed) && error.code() == ErrorCode::NotAllowed)
}

fn upkeep() -> Vec<Change> {
    vec![
        RoomChanged { room: room(1), add: vec![user(1)], remove: vec![user(3)] }.into(),
        RoomRenamed { room: room(1), name: Hash::of(b"other name") }.into(),
        RoomClosed { room: room(1) }.into(),
    ]
}

#[test]
fn anybody_makes_a_room_of_chosen_people() {
    let log = with_room();
    assert_eq!(members(&log, 1), [2, 3]);
    assert_eq!(log.roster.room(room(1)).unwrap().keeper, Some(user(2)));
    assert_eq!(ConversationId::from(room(1)).as_bytes(), room(1).as_bytes());
}

#[test]
fn rooms_of_the_office_are_made_by_administrators() {
    for room_members in
        [RoomMembers::Everyone, RoomMembers::Role(StaffRole::Staff), RoomMembers::Group("Reception".into())]
    {
        assert!(not_allowed(Log::staffed().by(2, made(1, room_members.clone()))));
        let mut log = Log::staffed();
        log.by(1, made(1, room_members)).unwrap();
        log.office(made(2, RoomMembers::Everyone)).unwrap();
    }
}

#[test]
fn members_of_the_offices_rooms_follow_from_what_people_are() {
    let mut log = Log::staffed();
    log.by(1, made(1, RoomMembers::Everyone)).unwrap();
    log.by(1, made(2, RoomMembers::Role(StaffRole::Staff))).unwrap();
    log.by(1, made(3, RoomMembers::Group("Reception".into()))).unwrap();
    assert_eq!([members(&log, 1), members(&log, 2), members(&log, 3)], [vec![1, 2, 3], vec![2, 3], vec![2]]);
    log.by(1, PersonRevoked { user: user(2) }).unwrap();
    assert_eq!([members(&log, 1), members(&log, 2), members(&log, 3)], [vec![1, 3], vec![3], vec![]]);
    for number in 1..=3 {
        let refused = log.by(1, RoomChanged { room: room(number), add: vec![user(1)], remove: vec![] });
        assert!(matches!(refused, Err(RosterError::Members)));
        assert!(matches!(log.by(3, RoomLeft { room: room(number) }), Err(RosterError::Members)));
    }
}

#[test]
fn a_room_is_changed_by_who_looks_after_it_and_by_administrators() {
    for change in upkeep() {
        with_room().by(2, change.clone()).unwrap();
        with_room().by(1, change.clone()).unwrap();
        with_room().office(change).unwrap();
    }
}

#[test]
fn a_member_without_the_right_does_not_change_a_room() {
    for change in upkeep() {
        assert!(not_allowed(with_room().by(3, change)));
    }
}

#[test]
fn an_unmade_administrator_does_not_look_after_the_offices_rooms() {
    let mut log = Log::staffed();
    log.office(RoleChanged { user: user(2), role: StaffRole::Admin }).unwrap();
    log.by(2, made(1, RoomMembers::Everyone)).unwrap();
    log.by(2, RoomRenamed { room: room(1), name: Hash::of(b"other name") }).unwrap();
    log.office(RoleChanged { user: user(2), role: StaffRole::Staff }).unwrap();
    assert!(not_allowed(log.by(2, RoomRenamed { room: room(1), name: Hash::of(b"mine") })));
    assert!(not_allowed(log.by(2, RoomClosed { room: room(1) })));
    log.by(1, RoomClosed { room: room(1) }).unwrap();
}

#[test]
fn people_come_and_go() {
    let mut log = with_room();
    log.by(2, RoomChanged { room: room(1), add: vec![user(1)], remove: vec![user(3)] }).unwrap();
    assert_eq!(members(&log, 1), [1, 2]);
    let left = log.roster.room(room(1)).unwrap();
    assert_eq!(left.departed[&user(3)].index, 5);
    assert_eq!(left.arrived[&user(1)], 5);
    log.by(1, RoomLeft { room: room(1) }).unwrap();
    log.by(2, RoomChanged { room: room(1), add: vec![user(3)], remove: vec![] }).unwrap();
    assert_eq!(members(&log, 1), [2, 3]);
    let back = log.roster.room(room(1)).unwrap();
    assert!(!back.departed.contains_key(&user(3)));
    assert_eq!(back.arrived[&user(3)], 7);
}

#[test]
fn a_change_of_members_that_makes_no_sense_is_refused() {
    let change = |add: &[u8], remove: &[u8]| {
        let users = |numbers: &[u8]| numbers.iter().map(|number| user(*number)).collect();
        with_room().by(2, RoomChanged { room: room(1), add: users(add), remove: users(remove) })
    };
    assert!(matches!(change(&[3], &[]), Err(RosterError::Duplicate("member"))));
    assert!(matches!(change(&[1, 1], &[]), Err(RosterError::Duplicate("member"))));
    assert!(matches!(change(&[], &[1]), Err(RosterError::Unknown("member"))));
    assert!(matches!(change(&[], &[3, 3]), Err(RosterError::Unknown("member"))));
    assert!(matches!(change(&[7], &[]), Err(RosterError::Unknown("person"))));
    assert!(matches!(change(&[], &[2, 3]), Err(RosterError::Members)));
}

#[test]
fn a_room_of_chosen_people_has_some_and_not_too_many() {
    let make = |users: Vec<_>| Log::staffed().by(2, made(1, RoomMembers::Chosen(users)));
    assert!(matches!(make(vec![]), Err(RosterError::Members)));
    assert!(matches!(make(vec![user(2), user(2)]), Err(RosterError::Members)));
    assert!(matches!(make(vec![user(2); MAX_ROOM_MEMBERS + 1]), Err(RosterError::Members)));
    assert!(matches!(make(vec![user(2), user(7)]), Err(RosterError::Unknown("person"))));
}

#[test]
fn a_room_is_made_once() {
    let again = with_room().by(3, made(1, RoomMembers::Chosen(vec![user(3)])));
    assert!(matches!(again, Err(RosterError::Duplicate("room"))));
    let mut log = with_room();
    log.by(2, RoomClosed { room: room(1) }).unwrap();
    let again = log.by(3, made(1, RoomMembers::Chosen(vec![user(3)])));
    assert!(matches!(again, Err(RosterError::Duplicate("room"))));
}

#[test]
fn nobody_leaves_for_somebody_else() {
    assert!(matches!(with_room().by(1, RoomLeft { room: room(1) }), Err(RosterError::Unknown("member"))));
    assert!(matches!(with_room().office(RoomLeft { room: room(1) }), Err(RosterError::Unknown("member"))));
}

#[test]
fn a_closed_room_has_nobody_and_does_not_change() {
    let mut log = with_room();
    log.by(2, RoomClosed { room: room(1) }).unwrap();
    assert_eq!(members(&log, 1), Vec::<u8>::new());
    assert_eq!(log.roster.members(room(1)).count(), 0);
    for change in upkeep() {
        assert!(matches!(log.by(2, change), Err(RosterError::Unknown("room"))));
    }
    assert!(matches!(log.by(3, RoomLeft { room: room(1) }), Err(RosterError::Unknown("room"))));
}

#[test]
fn a_room_that_is_not_there_does_not_change() {
    let unknown = RoomId::from_bytes([9; 16]);
    assert!(matches!(with_room().by(1, RoomClosed { room: unknown }), Err(RosterError::Unknown("room"))));
}

#[test]
fn whoever_left_the_office_is_in_none_of_its_rooms() {
    let mut log = with_room();
    log.by(1, PersonRevoked { user: user(3) }).unwrap();
    assert_eq!(members(&log, 1), [2]);
}

#[test]
fn a_commitment_holds_one_name_with_one_salt() {
    let name = room_name();
    let other_salt = RoomName { salt: [0; 16], ..name.clone() };
    let other_text = RoomName { text: "Lab".into(), ..name.clone() };
    assert_ne!(name.commitment(), other_salt.commitment());
    assert_ne!(name.commitment(), other_text.commitment());
}
