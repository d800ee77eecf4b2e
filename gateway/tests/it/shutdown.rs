//! A stop in order: sessions are told, records are complete, nothing under way is lost.

use gateway::Server;
use protocol::{audit::EventKind, error::ErrorCode};
use tokio::net::TcpStream;

use crate::support::{device::is_copy, office::Office};

#[tokio::test]
async fn sessions_are_told_and_the_trail_is_complete() {
    let office = Office::open().await;
    let mut lines = Vec::new();
    for number in 0..3 {
        lines.push(office.colleague(&format!("Colleague {number}")).await);
    }
    let address = office.address();
    let mut trail = office.trail().await;

    let stopping = tokio::spawn(office.server.shutdown());
    for (_, line) in &mut lines {
        assert_eq!(line.closed().await, Some(ErrorCode::GatewayStopping));
    }

    assert!(stopping.await.unwrap(), "within its time");
    assert!(TcpStream::connect(address).await.is_err(), "nobody listens any more");
    trail.wait_for(EventKind::GatewayStop, 1).await;
    let logouts = trail.events(EventKind::SessionLogout);
    assert_eq!(logouts.len(), 3);
    assert!(logouts.iter().all(|logout| logout.reason.as_deref() == Some("gateway_stopping")));
    // The gateway's own run, as one chain (which reading has checked) from start to stop.
    let stop = trail.events(EventKind::GatewayStop)[0];
    let run: Vec<_> = trail.records.iter().filter(|record| record.boot == stop.boot).collect();
    assert_eq!(run.first().unwrap().kind, EventKind::GatewayStart);
    assert_eq!(run.last().unwrap().kind, EventKind::GatewayStop);
}

#[tokio::test]
async fn an_accepted_message_that_nobody_confirmed_outlives_the_gateway() {
    let office = Office::open().await;
    let (ana, mut ana_line) = office.colleague("Ana Rivera").await;
    let (ben, mut ben_line) = office.colleague("Ben Okafor").await;
    let message = ana.message(&[&ben]);
    ana_line.offer(&message).await;
    ana_line.accepted(message.header.message).await;
    ben_line.given().await;
    let Office { broker, config, server, .. } = office;

    assert!(server.shutdown().await);
    let again = Server::start(config).await.unwrap();
    let mut ben_line = ben.sign_in(again.addresses()[0]).await;

    assert!(is_copy(&ben_line.given().await, &message, &ben));
    ben_line.confirm(message.header.message).await;
    let mut ana_line = ana.sign_in(again.addresses()[0]).await;
    ana_line.delivered(message.header.message).await;
    again.shutdown().await;
    drop(broker);
}

#[tokio::test]
async fn a_stop_without_the_broker_ends_in_time_and_says_so() {
    let mut office =
        Office::open_with(|config| config.limits.drain_within = std::time::Duration::from_millis(500)).await;
    let (_, mut line) = office.colleague("Ana Rivera").await;
    office.broker.kill().await.unwrap();
    line.bus_is(false).await;

    let in_order = crate::support::soon("the stop", office.server.shutdown()).await;

    assert!(!in_order, "a logout could not be recorded");
}
