//! Many who do not speak, one who does not read: others do not notice.

use std::{collections::HashSet, time::Duration};

use gateway::counters::Happening;
use protocol::{
    error::ErrorCode,
    frame::{GatewayFrame, Ping},
};
use tokio::net::TcpStream;

use crate::support::{client::upgrade, eventually, office::Office};

#[tokio::test(flavor = "multi_thread")]
async fn a_thousand_silent_connections_keep_nobody_out() {
    let office = Office::open_with(|config| config.limits.handshake_within = Duration::from_secs(60)).await;
    let mut silent = Vec::new();
    let mut upgraded = Vec::new();
    for number in 0..1000 {
        if number % 2 == 0 {
            silent.push(TcpStream::connect(office.address()).await.unwrap());
        } else {
            upgraded.push(upgrade(office.address()).await);
        }
    }

    let (_, mut line) = office.colleague("Ana Rivera").await;
    line.send(Ping { number: 1 }).await;
    line.pick("Pong", |frame| matches!(frame, GatewayFrame::Pong(_)).then_some(())).await;

    assert_eq!(office.happened(Happening::Connected), 1001);
}

#[tokio::test]
async fn strangers_above_their_number_are_turned_away_and_sessions_stay() {
    let office = Office::open_with(|config| {
        config.limits.max_unauthenticated = 10;
        config.limits.handshake_within = Duration::from_secs(60);
    })
    .await;
    let (ana, mut line) = office.colleague("Ana Rivera").await;
    let mut silent = Vec::new();
    for _ in 0..20 {
        silent.push(TcpStream::connect(office.address()).await.unwrap());
    }

    eventually("ten are turned away", || office.happened(Happening::ConnectionRefused) == 10).await;
    line.send(Ping { number: 1 }).await;
    line.pick("Pong", |frame| matches!(frame, GatewayFrame::Pong(_)).then_some(())).await;
    // Their places are free again when they go.
    drop((silent, line));
    eventually("all have left", || office.server.connections() == 0).await;
    Box::pin(ana.sign_in(office.address())).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_slow_reader_is_cut_and_loses_nothing() {
    let office = Office::open_with(|config| {
        config.limits.outbound_frames = 20;
        config.limits.unconfirmed = 10_000;
        config.limits.confirm_within = Duration::from_secs(60);
    })
    .await;
    let (ana, mut ana_line) = office.colleague("Ana Rivera").await;
    let (ben, ben_line) = office.colleague("Ben Okafor").await;
    let (eve, mut eve_line) = office.colleague("Eve Stone").await;

    // Ben's connection is open and nobody reads from it.
    let mut sent = HashSet::new();
    while office.refusals(ErrorCode::SlowReader) == 0 {
        let message = ana.message_of(60_000, &[&ben]);
        ana_line.offer(&message).await;
        ana_line.accepted(message.header.message).await;
        sent.insert(message.header.message);
        assert!(sent.len() < 2000, "never cut");
    }

    // Others were not held up.
    let message = ana.message(&[&eve]);
    ana_line.offer(&message).await;
    assert_eq!(eve_line.given().await.header.message, message.header.message);
    drop(ben_line);
    let mut ben_line = ben.sign_in(office.address()).await;
    let mut missing = sent.clone();
    while !missing.is_empty() {
        let id = ben_line.given().await.header.message;
        missing.remove(&id);
        ben_line.confirm(id).await;
    }
    for id in sent {
        ana_line.delivered(id).await;
    }
}
