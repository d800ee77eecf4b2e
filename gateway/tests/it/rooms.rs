//! Rooms: who writes into them, and who changes them.

use protocol::{
    error::ErrorCode,
    id::ConversationId,
    roster::{RoomChanged, RoomMembers, Roster, StaffRole},
};

use crate::support::office::Office;

#[tokio::test]
async fn only_members_write_into_a_room() {
    let office = Office::open().await;
    let (ana, mut ana_line) = office.colleague("Ana Rivera").await;
    let (ben, mut ben_line) = office.colleague("Ben Okafor").await;
    let (cas, mut cas_line) = office.colleague("Cas Lindqvist").await;
    let room = office.room(&[&ana, &ben]).await;

    let mut hers = ana.message(&[&ben]);
    hers.header.conversation = ConversationId::from(room);
    ana_line.offer(&hers).await;
    ana_line.accepted(hers.header.message).await;
    assert_eq!(ben_line.given().await.header.conversation, hers.header.conversation);

    let mut theirs = cas.message(&[&ben]);
    theirs.header.conversation = ConversationId::from(room);
    cas_line.offer(&theirs).await;
    let refused = cas_line.refused().await;
    assert_eq!((refused.code, refused.message), (ErrorCode::NotAMember, Some(theirs.header.message)));
}

#[tokio::test]
async fn an_administrator_tells_the_name_of_an_office_room_from_outside_and_of_no_chosen_one() {
    let office = Office::open().await;
    let (ana, _ana_line) = office.colleague("Ana Rivera").await;
    let mut lead = office.founder.sign_in(office.address()).await;
    let by_role = office.room_of(RoomMembers::Role(StaffRole::Staff)).await;
    let chosen = office.room(&[&ana]).await;

    let mut name = office.founder.message(&[&ana]);
    name.header.conversation = ConversationId::from(by_role);
    lead.offer(&name).await;
    lead.accepted(name.header.message).await;

    let mut word = office.founder.message(&[&ana]);
    word.header.conversation = ConversationId::from(chosen);
    lead.offer(&word).await;
    assert_eq!(lead.refused().await.code, ErrorCode::NotAMember);
}

#[tokio::test]
async fn a_room_changed_by_somebody_without_the_right_stays_as_it_was() {
    let office = Office::open().await;
    let (ana, _ana_line) = office.colleague("Ana Rivera").await;
    let (ben, _ben_line) = office.colleague("Ben Okafor").await;
    let (cas, mut cas_line) = office.colleague("Cas Lindqvist").await;
    let room = office.room(&[&ana, &ben]).await;
    let roster = office.server.roster().look(Roster::clone);
    let change = RoomChanged { room, add: vec![cas.user], remove: vec![ana.user] };
    let bytes = crate::support::entry(
        &roster,
        office.config.office(),
        Some(cas.user),
        &cas.person.identity,
        change.into(),
    );

    assert_eq!(cas_line.append(vec![bytes]).await, Err(ErrorCode::NotAllowed));

    let members = office.server.roster().look(|roster| {
        let mut members: Vec<_> = roster.members(room).map(|user| user.user).collect();
        members.sort();
        members
    });
    let mut expected = vec![ana.user, ben.user];
    expected.sort();
    assert_eq!(members, expected);
}
