//! What a session is told besides messages, and how it ends.

use std::time::Duration;

use protocol::{
    audit::EventKind,
    error::ErrorCode,
    frame::{FetchRoster, GatewayFrame},
    roster::{Roster, Source},
};

use crate::support::{client::Client, office::Office};

async fn entries(client: &mut Client) -> (u64, Vec<Vec<u8>>) {
    client
        .pick("RosterEntries", |frame| match frame {
            GatewayFrame::RosterEntries(page) => {
                Some((page.first, page.entries.iter().map(|entry| entry.to_vec()).collect()))
            }
            _ => None,
        })
        .await
}

#[tokio::test]
async fn the_roster_comes_whole_and_then_as_it_grows() {
    let office = Office::open().await;
    let (ana, mut line) = office.colleague("Ana Rivera").await;
    for number in 0..60 {
        office.invite(&format!("Colleague {number}")).await;
    }
    let mut roster = Roster::pinned(ana.invite.as_ref().unwrap().roster_root);

    line.send(FetchRoster { from: 0 }).await;
    while roster.length() < 63 {
        let (first, page) = entries(&mut line).await;
        assert_eq!(first, roster.length());
        for entry in &page {
            roster.apply(entry, Source::Stored).unwrap();
        }
    }
    let invite = office.invite("Ben Okafor").await;

    let (first, page) = entries(&mut line).await;
    assert_eq!((first, page.len()), (63, 1));
    roster.apply(&page[0], Source::Stored).unwrap();
    assert_eq!(roster.invite(invite.invite).unwrap().issued.name, "Ben Okafor");
}

#[tokio::test]
async fn colleagues_see_each_other_come_and_go() {
    let office = Office::open().await;
    let (ana, mut ana_line) = office.colleague("Ana Rivera").await;
    let (ben, mut ben_line) = office.colleague("Ben Okafor").await;

    ana_line.presence(ben.user, true).await;
    ben_line.presence(ana.user, true).await;
    drop(ben_line);
    ana_line.presence(ben.user, false).await;
    let mut ben_line = ben.sign_in(office.address()).await;
    ana_line.presence(ben.user, true).await;
    ben_line.presence(ana.user, true).await;
}

#[tokio::test]
async fn presence_is_shared_between_gateways() {
    let office = Office::open().await;
    let (ana, _ana_line) = office.colleague("Ana Rivera").await;
    let reports = office.broker.connect(broker_config::Identity::Gateway).await.unwrap();
    let mut reports = reports.subscribe(protocol::subject::PRESENCE_ALL).await.unwrap();

    let report = loop {
        let message =
            crate::support::soon("a report", futures_util::StreamExt::next(&mut reports)).await.unwrap();
        let report: protocol::bus::PresenceReport =
            protocol::codec::decode(&message.payload, 1 << 20).unwrap();
        if !report.online.is_empty() {
            break report;
        }
    };

    assert_eq!((report.online[0].user, report.online[0].device), (ana.user, ana.id));
}

#[tokio::test]
async fn a_device_that_connects_again_replaces_its_session() {
    let office = Office::open().await;
    let (ana, mut ana_line) = office.colleague("Ana Rivera").await;
    let (ben, mut first) = office.colleague("Ben Okafor").await;

    let mut second = ben.sign_in(office.address()).await;

    assert_eq!(first.closed().await, Some(ErrorCode::Replaced));
    let message = ana.message(&[&ben]);
    ana_line.offer(&message).await;
    assert_eq!(second.given().await.header.message, message.header.message);
    let mut trail = office.trail().await;
    trail.wait_for(EventKind::SessionLogout, 1).await;
    assert_eq!(trail.events(EventKind::SessionLogout)[0].reason.as_deref(), Some("replaced"));
}

#[tokio::test]
async fn a_silent_session_is_ended_and_recorded() {
    let office = Office::open_with(|config| config.limits.silence = Duration::from_millis(300)).await;
    let (ana, mut line) = office.colleague("Ana Rivera").await;

    assert_eq!(line.closed().await, Some(ErrorCode::Idle));

    let mut trail = office.trail().await;
    trail.wait_for(EventKind::SessionLogout, 1).await;
    let logout = trail.events(EventKind::SessionLogout)[0];
    assert_eq!((logout.reason.as_deref(), logout.device), (Some("idle"), Some(ana.id)));
}

#[tokio::test]
async fn a_session_that_the_peer_ends_is_recorded_without_a_reason() {
    let office = Office::open().await;
    let (ana, line) = office.colleague("Ana Rivera").await;

    drop(line);

    let mut trail = office.trail().await;
    trail.wait_for(EventKind::SessionLogout, 1).await;
    let logout = trail.events(EventKind::SessionLogout)[0];
    assert_eq!((&logout.reason, logout.actor), (&None, Some(ana.user)));
}
