//! Who was revoked is out at once, and leaves nothing behind.

use std::time::{Duration, Instant};

use gateway::counters::Happening;
use protocol::{
    audit::EventKind,
    error::ErrorCode,
    frame::{AppendRoster, PublishPrekeys},
    roster::{DeviceRevoked, PersonRevoked, RevocationReason, Roster},
};

use crate::support::{eventually, office::Office};

/// The promise to people; the test of it is a condition, and this only its bound.
const PROMISED: Duration = Duration::from_secs(5);

#[tokio::test]
async fn a_revoked_person_is_out_on_every_device_and_every_gateway_within_five_seconds() {
    let office = Office::open().await;
    let second = gateway::Server::start(office.config.clone()).await.unwrap();
    let (ana, mut ana_line) = office.colleague("Ana Rivera").await;
    let desk = office.another_device(&ana.person).await;
    let mut desk_line = desk.sign_in(second.addresses()[0]).await;
    let mut lead = office.founder.sign_in(office.address()).await;
    let mut roster = Roster::new();
    lead.fetch_roster(&mut roster).await;
    let revoked = office.founder.sign_entry(&roster, PersonRevoked { user: ana.user }.into());
    let mut known = Roster::new();
    ana_line.fetch_roster(&mut known).await;

    let since = Instant::now();
    assert!(lead.append(vec![revoked]).await.is_ok());
    ana_line.roster_of(&mut known, roster.length() + 1).await;
    assert!(known.user(ana.user).is_none(), "the signed entry comes before the end");
    let ends = [ana_line.closed().await, desk_line.closed().await];
    let took = since.elapsed();

    for end in ends {
        assert!(matches!(end, Some(ErrorCode::DeviceRevoked | ErrorCode::PersonRevoked)), "{end:?}");
    }
    assert!(took < PROMISED, "{took:?}");
    // Coming back: the entries first, since a device wipes itself on them alone.
    let mut again = ana.dial(office.address()).await;
    again.send(ana.authentication(&again)).await;
    let verdict = again.verdict().await;
    assert!(matches!(verdict, Some(ErrorCode::DeviceRevoked | ErrorCode::PersonRevoked)), "{verdict:?}");
    second.shutdown().await;
}

#[tokio::test]
async fn a_revoked_device_gets_no_copy_and_the_others_get_theirs() {
    let office = Office::open().await;
    let (ana, mut ana_line) = office.colleague("Ana Rivera").await;
    let (ben, mut ben_line) = office.colleague("Ben Okafor").await;
    let lost = office.another_device(&ben.person).await;
    let reason = RevocationReason::Lost;
    office.person_does(&ben.person, DeviceRevoked { device: lost.id, reason }).await;
    let message = ana.message(&[&ben, &lost]);

    ana_line.offer(&message).await;
    ana_line.accepted(message.header.message).await;

    assert_eq!(ben_line.given().await.header.message, message.header.message);
    // Another message as a marker: whatever was put into mailboxes was put there before it.
    let marker = ana.message(&[&ben]);
    ana_line.offer(&marker).await;
    assert_eq!(ben_line.given().await.header.message, marker.header.message);
    eventually("both copies for the device that is left are in its mailbox", || {
        office.happened(Happening::Mailed) == 2
    })
    .await;
}

#[tokio::test]
async fn what_a_revoked_device_left_is_deleted() {
    let office = Office::open().await;
    let (ana, mut ana_line) = office.colleague("Ana Rivera").await;
    let (ben, mut ben_line) = office.colleague("Ben Okafor").await;
    ben_line.send(PublishPrekeys { one_time: ben.prekeys(5), fallback: None }).await;
    let message = ana.message(&[&ben]);
    ana_line.offer(&message).await;
    ana_line.accepted(message.header.message).await;
    ben_line.given().await;

    office.founder_does(PersonRevoked { user: ben.user }).await;

    eventually("its keys and its mail are gone", || office.happened(Happening::DeviceCleared) == 1).await;
    ana_line.send(protocol::frame::ClaimPrekeys { request: 7, devices: vec![ben.id] }).await;
    let left = ana_line
        .pick("what is left to claim", |frame| match frame {
            protocol::frame::GatewayFrame::Prekeys(keys) => Some(keys.keys.len()),
            protocol::frame::GatewayFrame::Refused(_) => Some(0),
            _ => None,
        })
        .await;
    assert_eq!(left, 0);
}

#[tokio::test]
async fn who_signs_out_is_recorded_though_the_session_ends_by_it() {
    let office = Office::open().await;
    let reason = RevocationReason::SignedOut;
    let mut trail = office.trail().await;
    // Whether the end or the record comes first is a race: one of so many would lose it.
    for number in 1..=20 {
        let (ana, mut line) = office.colleague(&format!("Ana Rivera {number}")).await;
        let roster = office.server.roster().look(Roster::clone);
        let change = DeviceRevoked { device: ana.id, reason }.into();
        let office_id = office.config.office();
        let entry = crate::support::entry(&roster, office_id, Some(ana.user), &ana.person.identity, change);
        line.send(AppendRoster { request: 1, entries: vec![entry.into()] }).await;
        assert!(line.closed().await.is_some());
        trail.wait_for(EventKind::DeviceRevoke, number).await;
    }
}

#[tokio::test]
async fn a_person_revokes_a_workstation_of_ones_own_and_nobody_elses() {
    let office = Office::open().await;
    let (ana, mut ana_line) = office.colleague("Ana Rivera").await;
    let (ben, _ben_line) = office.colleague("Ben Okafor").await;
    let desk = office.another_device(&ana.person).await;
    let roster = office.server.roster().look(Roster::clone);
    let reason = RevocationReason::SignedOut;
    let revoking = |device| {
        let change = DeviceRevoked { device, reason }.into();
        crate::support::entry(&roster, office.config.office(), Some(ana.user), &ana.person.identity, change)
    };

    assert_eq!(ana_line.append(vec![revoking(ben.id)]).await, Err(ErrorCode::NotAllowed));
    assert!(ana_line.append(vec![revoking(desk.id)]).await.is_ok());

    let mut line = desk.dial(office.address()).await;
    line.send(desk.authentication(&line)).await;
    assert_eq!(line.verdict().await, Some(ErrorCode::DeviceRevoked));
    // Not even somebody who is on line appends for a device that is out.
    line.send(AppendRoster { request: 1, entries: Vec::new() }).await;
    assert!(line.closed().await.is_some());
}
