//! Opening the office: once, by whoever holds the founding text.

use gateway::{Server, commands::founding_text, counters::Happening, founding};
use protocol::{
    audit::EventKind,
    error::ErrorCode,
    frame::{FetchRoster, Ping, Visitor},
    id::{InviteId, OfficeId},
    roster::Roster,
    signature::{Role, SigningKey},
};

use crate::support::{
    client::Client,
    device::{Device, key, visit},
    office::Office,
};

fn secret(office: &Office) -> SigningKey {
    founding::secret(&office.config.noise_key_file).unwrap().signing_key().unwrap()
}

async fn founder_visits(office: &Office, address: std::net::SocketAddr) -> Client {
    let mut client = office.founder.dial(address).await;
    client.send(visit(Visitor::Founder, &secret(office), &client)).await;
    client
}

#[tokio::test]
async fn the_founder_opens_the_office_and_is_in_on_the_same_channel() {
    let office = Office::closed_with(|_| ()).await;
    let mut line = founder_visits(&office, office.address()).await;
    let visiting = line.visiting().await;
    assert_eq!(visiting.roster_length, 0);
    line.send(FetchRoster { from: 0 }).await;
    assert!(line.entries().await.entries.is_empty(), "asked for, so answered");

    assert_eq!(line.append(vec![office.opening()]).await, Ok(1));
    line.send(office.founder.authentication(&line)).await;

    assert_eq!(line.welcomed().await.roster_length, 1);
    let mut trail = office.trail().await;
    trail.wait_for(EventKind::SessionLogin, 1).await;
    let opened = trail.events(EventKind::OfficeOpen)[0];
    assert_eq!((opened.actor, opened.device), (Some(office.founder.user), Some(office.founder.id)));
    let place = |kind| trail.records.iter().position(|record| record.kind == kind);
    assert!(place(EventKind::OfficeOpen) < place(EventKind::SessionLogin));
}

#[tokio::test]
async fn the_founding_text_proves_the_founder_and_its_file_is_for_the_gateway_alone() {
    let office = Office::closed_with(|_| ()).await;

    let text = founding_text::text(&office.config).await.unwrap();

    assert_eq!(text.office, office.config.office());
    assert_eq!(text.gateways, office.config.addresses);
    assert_eq!(text.gateway_key, office.founder.person.gateway_key);
    assert_eq!(text.secret.signing_key().unwrap().public(), secret(&office).public());
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let file = office.config.noise_key_file.with_file_name("gateway.founding");
        assert_eq!(std::fs::metadata(file).unwrap().permissions().mode() & 0o777, 0o600);
    }
    office.write(&office.opening()).await;
    let refused = founding_text::text(&office.config).await.unwrap_err().to_string();
    assert!(refused.contains("open already"), "{refused}");
}

#[tokio::test]
async fn an_office_is_opened_once() {
    let office = Office::closed_with(|_| ()).await;
    let second = Server::start(office.config.clone()).await.unwrap();
    let mut first_line = founder_visits(&office, office.address()).await;
    let mut second_line = founder_visits(&office, second.addresses()[0]).await;
    first_line.visiting().await;
    second_line.visiting().await;
    let other = Office { founder: Device::of(&office.founder.person), ..office };

    // Two who hold the text, at two gateways, at the same moment.
    let opening = other.opening();
    let mut another = opening.clone();
    while another == opening {
        another = other.opening();
    }
    let (one, two) =
        tokio::join!(first_line.append(vec![opening.clone()]), second_line.append(vec![another]));

    let codes = [one, two];
    assert_eq!(codes.iter().filter(|code| code.is_ok()).count(), 1, "{codes:?}");
    let late = codes.iter().find_map(|code| code.err());
    assert!(matches!(late, Some(ErrorCode::OfficeOpen | ErrorCode::RosterMoved)), "{codes:?}");
    // And later, with the text or with an entry.
    let mut line = founder_visits(&other, other.address()).await;
    assert_eq!(line.verdict().await, Some(ErrorCode::OfficeOpen));
    let mut line = other.colleague("Ana Rivera").await.1;
    assert_eq!(line.append(vec![other.opening()]).await, Err(ErrorCode::OfficeOpen));
    let mut trail = other.trail().await;
    trail.wait_for(EventKind::OfficeOpen, 1).await;
    trail.wait_for(EventKind::RosterRefused, 1).await;
    assert_eq!(trail.events(EventKind::OfficeOpen).len(), 1);
    second.shutdown().await;
}

#[tokio::test]
async fn without_the_text_nobody_opens_it_and_nobody_else_comes_in() {
    let office = Office::closed_with(|_| ()).await;
    let device = &office.founder;
    let mut line = device.dial(office.address()).await;
    line.send(visit(Visitor::Founder, &key(Role::Invite), &line)).await;
    assert_eq!(line.verdict().await, Some(ErrorCode::BadSignature));

    for visitor in
        [Visitor::Invited(InviteId::from_bytes([1; 16])), Visitor::Person(device.user), Visitor::Office]
    {
        let mut line = device.dial(office.address()).await;
        line.send(visit(visitor, &key(Role::Invite), &line)).await;
        assert_eq!(line.verdict().await, Some(ErrorCode::OfficeNotOpen));
    }
    let mut line = device.dial(office.address()).await;
    line.send(device.authentication(&line)).await;
    assert_eq!(line.verdict().await, Some(ErrorCode::OfficeNotOpen));
    let mut line = device.dial(office.address()).await;
    line.send(Ping { number: 1 }).await;
    assert_eq!(line.verdict().await, Some(ErrorCode::OfficeNotOpen));

    assert_eq!(office.server.roster().length(), 0);
    assert_eq!(office.refusals(ErrorCode::OfficeNotOpen), 5);
    assert_eq!(office.happened(Happening::SessionStarted), 0);
}

#[tokio::test]
async fn an_opening_of_another_office_is_refused_and_the_gateway_lives() {
    let office = Office::closed_with(|_| ()).await;
    let person = crate::support::device::Person::new(
        OfficeId::from_bytes([9; 16]),
        office.founder.person.gateway_key,
        office.founder.user,
    );
    let mut config = office.config.clone();
    config.office = Some(person.office);
    let elsewhere = Office { founder: Device::of(&person), config, ..office };
    let foreign = elsewhere.opening();
    let mut line = founder_visits(&elsewhere, elsewhere.address()).await;
    line.visiting().await;

    assert_eq!(line.append(vec![foreign]).await, Err(ErrorCode::OtherOffice));

    let mut roster = Roster::new();
    line.fetch_roster(&mut roster).await;
    assert_eq!(roster.length(), 0);
}
