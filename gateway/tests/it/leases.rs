//! Leases: an administrator's word on how far the roster goes.

use gateway::clock::now_ms;
use protocol::{
    error::ErrorCode,
    frame::{GatewayFrame, RenewLease},
    roster::{LeaseStatement, SignedLease},
    signature::SigningKey,
};

use crate::support::{client::Client, device::Device, office::Office};

fn lease(office: &Office, by: &Device, key: &SigningKey, at_ms: u64) -> SignedLease {
    let (length, head) = office.server.roster().look(|roster| (roster.length(), roster.head()));
    let office = office.config.office();
    SignedLease::make(&LeaseStatement { office, length, head, at_ms, author: Some(by.user) }, key).unwrap()
}

async fn given(line: &mut Client) -> SignedLease {
    line.pick("a lease", |frame| match frame {
        GatewayFrame::Lease(lease) => Some(lease.clone()),
        _ => None,
    })
    .await
}

#[tokio::test]
async fn a_lease_of_an_administrator_reaches_everybody_and_whoever_comes_later() {
    let office = Office::open().await;
    let second = gateway::Server::start(office.config.clone()).await.unwrap();
    let (ana, mut ana_line) = office.colleague("Ana Rivera").await;
    let (ben, ben_line) = office.colleague("Ben Okafor").await;
    drop(ben_line);
    let mut ben_line = ben.sign_in(second.addresses()[0]).await;
    let mut lead = office.founder.sign_in(office.address()).await;
    let renewed = lease(&office, &office.founder, &office.founder.person.identity, now_ms());

    lead.send(RenewLease { lease: renewed.clone() }).await;

    for line in [&mut ana_line, &mut ben_line, &mut lead] {
        assert_eq!(given(line).await, renewed);
    }
    drop(ana_line);
    let mut line = ana.dial(office.address()).await;
    line.send(ana.authentication(&line)).await;
    assert_eq!(line.welcomed().await.lease, Some(renewed));
    second.shutdown().await;
}

#[tokio::test]
async fn a_lease_of_somebody_else_or_of_another_time_or_roster_is_refused() {
    let office = Office::open().await;
    let (ana, mut line) = office.colleague("Ana Rivera").await;
    let founder = &office.founder;
    let key = &founder.person.identity;
    let statement = LeaseStatement {
        office: office.config.office(),
        length: 1,
        head: protocol::id::Hash::of(b"another log"),
        at_ms: now_ms(),
        author: Some(founder.user),
    };
    let other = SignedLease::make(&statement, key).unwrap();
    let cases = [
        (lease(&office, &ana, &ana.person.identity, now_ms()), ErrorCode::NotAllowed),
        (lease(&office, founder, &ana.person.identity, now_ms()), ErrorCode::BadSignature),
        (lease(&office, founder, key, now_ms() + 3_600_000), ErrorCode::EntryClock),
        (other, ErrorCode::RosterMoved),
    ];
    for (lease, code) in cases {
        line.send(RenewLease { lease }).await;
        assert_eq!(line.refused().await.code, code);
    }
}
