//! The broker goes away, hangs, or is killed: nothing is answered that is not stored, and all of it recovers.

use std::{
    collections::{HashMap, HashSet},
    time::Duration,
};

use protocol::{audit::EventKind, envelope::Envelope, error::ErrorCode, frame::GatewayFrame, id::MessageId};

use crate::support::{client::Client, office::Office, soon};

#[tokio::test]
async fn without_the_broker_nothing_is_accepted_and_afterwards_it_is() {
    let mut office =
        Office::open_with(|config| config.limits.audit_within = Duration::from_millis(300)).await;
    let (ana, mut ana_line) = office.colleague("Ana Rivera").await;
    let (ben, mut ben_line) = office.colleague("Ben Okafor").await;
    let message = ana.message(&[&ben]);
    let id = message.header.message;

    office.broker.kill().await.unwrap();
    ana_line.bus_is(false).await;
    ana_line.offer(&message).await;
    let refused = ana_line.refused().await;
    assert_eq!((refused.code, refused.message, refused.retry), (ErrorCode::AuditUnavailable, Some(id), true));

    office.broker.restart().await.unwrap();
    ana_line.bus_is(true).await;
    ana_line.offer(&message).await;
    ana_line.accepted(id).await;
    ben_line.given().await;
    ben_line.confirm(id).await;
    ana_line.delivered(id).await;

    let mut trail = office.trail().await;
    trail.wait_for(EventKind::MessageDelivered, 1).await;
    assert_eq!(trail.about(EventKind::MessageSent, id).len(), 1);
}

#[cfg(unix)]
#[tokio::test]
async fn a_broker_that_hangs_stops_acceptance_and_not_the_session() {
    let office = Office::open_with(|config| config.limits.audit_within = Duration::from_millis(300)).await;
    let (ana, mut line) = office.colleague("Ana Rivera").await;
    let signal = |name: &str| {
        let pid = office.broker.pid().unwrap().to_string();
        assert!(std::process::Command::new("kill").args([name, &pid]).status().unwrap().success());
    };
    let message = ana.message(&[&ana]);
    let id = message.header.message;

    signal("-STOP");
    line.offer(&message).await;
    let refused = line.refused().await;
    signal("-CONT");

    assert_eq!((refused.code, refused.message, refused.retry), (ErrorCode::AuditUnavailable, Some(id), true));
    // The first record may have been stored after all; told again it has the same id.
    line.offer(&message).await;
    line.accepted(id).await;
    let mut trail = office.trail().await;
    trail.wait_for(EventKind::MessageSent, 1).await;
    assert_eq!(trail.about(EventKind::MessageSent, id).len(), 1);
}

/// A sender that keeps what is not delivered and offers it again when it was refused for now, or when the bus is back.
struct Outbox<'a> {
    line: &'a mut Client,
    kept: HashMap<MessageId, &'a Envelope>,
    unanswered: HashSet<MessageId>,
    accepted: HashSet<MessageId>,
}

impl<'a> Outbox<'a> {
    async fn offer(&mut self, message: &'a Envelope) {
        self.kept.insert(message.header.message, message);
        if self.unanswered.insert(message.header.message) {
            self.line.offer(message).await;
        }
    }

    async fn empty(&mut self) {
        while !self.kept.is_empty() {
            let mut again = Vec::new();
            match self.line.next().await.expect("the session lasts") {
                GatewayFrame::Accepted(accepted) => {
                    self.unanswered.remove(&accepted.message);
                    self.accepted.insert(accepted.message);
                }
                GatewayFrame::Delivered(delivered) => drop(self.kept.remove(&delivered.message)),
                GatewayFrame::Refused(refused) => {
                    assert!(refused.retry, "{refused:?}");
                    let id = refused.message.expect("a message was refused");
                    self.unanswered.remove(&id);
                    again.extend(self.kept.get(&id).copied());
                }
                GatewayFrame::BusState(state) if state.up => again.extend(self.kept.values().copied()),
                _ => {}
            }
            for message in again {
                self.offer(message).await;
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_broker_killed_during_traffic_costs_no_message_and_no_record() {
    let mut office = Office::open_with(|config| config.limits.audit_within = Duration::from_secs(1)).await;
    let (ana, mut ana_line) = office.colleague("Ana Rivera").await;
    let (ben, mut ben_line) = office.colleague("Ben Okafor").await;
    let messages: Vec<_> = (0..60).map(|_| ana.message(&[&ben])).collect();
    let reader = tokio::spawn(async move {
        let mut given = HashSet::new();
        while let Ok(frame) = ben_line.next().await {
            if let GatewayFrame::Deliver(addressed) = frame {
                given.insert(addressed.header.message);
                ben_line.confirm(addressed.header.message).await;
            }
        }
        given
    });
    let mut outbox = Outbox {
        line: &mut ana_line,
        kept: HashMap::new(),
        unanswered: HashSet::new(),
        accepted: HashSet::new(),
    };

    for message in &messages[..30] {
        outbox.offer(message).await;
    }
    office.broker.kill().await.unwrap();
    for message in &messages[30..] {
        outbox.offer(message).await;
    }
    office.broker.restart().await.unwrap();
    soon("every message is delivered", outbox.empty()).await;

    assert_eq!(outbox.accepted.len(), messages.len());
    let mut trail = office.trail().await;
    trail.wait_for(EventKind::MessageDelivered, messages.len()).await;
    trail.wait_for(EventKind::MessageSent, messages.len()).await;
    for message in &messages {
        assert_eq!(trail.about(EventKind::MessageSent, message.header.message).len(), 1);
    }
    office.server.shutdown().await;
    assert_eq!(reader.await.unwrap().len(), messages.len());
}
