//! Everything a gateway does on the bus, done with the stock client library under a gateway's permissions.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs,
    unreachable_pub
)]

use std::time::Duration;

use async_nats::{
    Client, HeaderMap, RequestErrorKind, StatusCode,
    jetstream::{self, stream::Stream},
};
use broker_config::{Identity, throwaway::ThrowawayBroker};
use bytes::Bytes;
use futures_util::StreamExt;

const DEVICE: &str = "0123456789abcdef0123456789abcdef";

struct Office {
    // Ends with the test.
    broker: ThrowawayBroker,
    client: Client,
    jetstream: jetstream::Context,
}

impl Office {
    async fn start() -> Self {
        let broker = ThrowawayBroker::start().await.unwrap();
        let client = broker.connect(Identity::Gateway).await.unwrap();
        let jetstream = jetstream::new(client.clone());
        Self { broker, client, jetstream }
    }

    async fn publish(&self, subject: &str, payload: &'static str) -> u64 {
        let payload = Bytes::from_static(payload.as_bytes());
        self.jetstream.publish(subject.to_owned(), payload).await.unwrap().await.unwrap().sequence
    }

    /// `get_stream` works as well and costs a round trip.
    async fn stream(&self, name: &str) -> Stream<()> {
        self.jetstream.get_stream_no_info(name).await.unwrap()
    }
}

#[tokio::test]
async fn publishes_are_acknowledged() {
    let office = Office::start().await;

    for subject in ["audit.ev.gw1", "roster.log"] {
        assert_eq!(office.publish(subject, "x").await, 1, "{subject}");
    }
    assert_eq!(office.publish(&format!("prekey.one.{DEVICE}"), "x").await, 1);
    assert_eq!(office.publish(&format!("prekey.fallback.{DEVICE}"), "x").await, 2);
    assert_eq!(office.publish(&format!("mbox.{DEVICE}"), "x").await, 1);
}

#[tokio::test]
async fn an_event_sent_twice_is_stored_once() {
    let office = Office::start().await;
    let mut headers = HeaderMap::new();
    headers.insert("Nats-Msg-Id", "batch-1");
    let publish = || office.jetstream.publish_with_headers("audit.ev.gw1", headers.clone(), "x".into());

    let first = publish().await.unwrap().await.unwrap();
    let second = publish().await.unwrap().await.unwrap();

    assert!(!first.duplicate && second.duplicate);
    assert_eq!(first.sequence, second.sequence);
}

#[tokio::test]
async fn single_messages_are_read_directly() {
    let office = Office::start().await;
    let (one, fallback) = (format!("prekey.one.{DEVICE}"), format!("prekey.fallback.{DEVICE}"));
    office.publish(&one, "first").await;
    office.publish(&one, "second").await;
    office.publish(&fallback, "spare").await;
    office.publish("roster.log", "entry").await;
    let (prekeys, roster) = (office.stream("PREKEYS").await, office.stream("ROSTER").await);

    assert_eq!(prekeys.direct_get(2).await.unwrap().payload, "second");
    assert_eq!(prekeys.direct_get_first_for_subject(one).await.unwrap().payload, "first");
    assert_eq!(prekeys.direct_get_last_for_subject(fallback).await.unwrap().payload, "spare");
    assert_eq!(roster.direct_get_last_for_subject("roster.log").await.unwrap().payload, "entry");
}

#[tokio::test]
async fn a_mailbox_is_read_in_one_batch() {
    let office = Office::start().await;
    for payload in ["a", "b", "c"] {
        office.publish(&format!("mbox.{DEVICE}"), payload).await;
        office.publish("mbox.fedcba9876543210fedcba9876543210", "for somebody else").await;
    }

    let read = batch(&office.client, "MBOX", &format!("mbox.{DEVICE}")).await;

    assert_eq!(read, ["a", "b", "c"]);
}

#[tokio::test]
async fn the_roster_is_read_in_one_batch() {
    let office = Office::start().await;
    for payload in ["1", "2"] {
        office.publish("roster.log", payload).await;
    }

    assert_eq!(batch(&office.client, "ROSTER", "roster.log").await, ["1", "2"]);
}

/// Ends with status 204 after the last message, or 404 when there is none.
async fn batch(client: &Client, stream: &str, subject: &str) -> Vec<String> {
    let inbox = client.new_inbox();
    let mut answers = client.subscribe(inbox.clone()).await.unwrap();
    let request = format!(r#"{{"seq":1,"next_by_subj":"{subject}","batch":100}}"#);
    client.publish_with_reply(format!("$JS.API.DIRECT.GET.{stream}"), inbox, request.into()).await.unwrap();
    let mut read = Vec::new();
    loop {
        let answer = tokio::time::timeout(Duration::from_secs(5), answers.next()).await.unwrap().unwrap();
        match answer.status.map(|status| status.as_u16()) {
            Some(204 | 404) => return read,
            None | Some(200) => read.push(String::from_utf8(answer.payload.to_vec()).unwrap()),
            Some(other) => panic!("status {other}"),
        }
    }
}

#[tokio::test]
async fn one_of_many_claims_of_a_prekey_succeeds() {
    let office = Office::start().await;
    let key = office.publish(&format!("prekey.one.{DEVICE}"), "key").await;
    let prekeys = office.stream("PREKEYS").await;

    let claims = futures_util::future::join_all((0..16).map(|_| prekeys.delete_message(key))).await;

    assert_eq!(claims.iter().filter(|claim| matches!(claim, Ok(true))).count(), 1);
    assert!(prekeys.delete_message(key).await.is_err());
}

#[tokio::test]
async fn a_delivered_message_leaves_the_mailbox() {
    let office = Office::start().await;
    let message = office.publish(&format!("mbox.{DEVICE}"), "x").await;
    let mailbox = office.stream("MBOX").await;

    assert!(mailbox.delete_message(message).await.unwrap());

    assert!(mailbox.delete_message(message).await.is_err());
    assert!(mailbox.direct_get(message).await.is_err());
}

#[tokio::test]
async fn a_new_fallback_key_replaces_the_old_one() {
    let office = Office::start().await;
    let subject = format!("prekey.fallback.{DEVICE}");
    let mut headers = HeaderMap::new();
    headers.insert("Nats-Rollup", "sub");
    for payload in ["old", "new"] {
        let published =
            office.jetstream.publish_with_headers(subject.clone(), headers.clone(), payload.into());
        published.await.unwrap().await.unwrap();
    }

    assert_eq!(batch(&office.client, "PREKEYS", &subject).await, ["new"]);
}

#[tokio::test]
async fn a_message_with_a_short_life_of_its_own_is_accepted() {
    let office = Office::start().await;
    let mut headers = HeaderMap::new();
    headers.insert("Nats-TTL", "1s");

    let published = office.jetstream.publish_with_headers(format!("mbox.{DEVICE}"), headers, "x".into());

    assert_eq!(published.await.unwrap().await.unwrap().sequence, 1);
}

#[tokio::test]
async fn what_gateways_keep_is_replaced_by_what_comes_after() {
    let office = Office::start().await;
    for (stream, subject) in [("STATE", "state.lease".to_owned()), ("SEATS", format!("state.seat.{DEVICE}"))]
    {
        office.publish(&subject, "old").await;
        office.publish(&subject, "new").await;

        assert_eq!(batch(&office.client, stream, &subject).await, ["new"]);
        let last = office.stream(stream).await.direct_get_last_for_subject(subject).await.unwrap();
        assert_eq!(last.payload, "new");
    }
}

#[tokio::test]
async fn of_two_gateways_with_the_same_view_one_writes() {
    let office = Office::start().await;
    let other = jetstream::new(office.broker.connect(Identity::Gateway).await.unwrap());
    let seat = format!("state.seat.{DEVICE}");
    let first = office.publish(&seat, "1").await;
    let mut headers = HeaderMap::new();
    headers.insert("Nats-Expected-Last-Subject-Sequence", first.to_string().as_str());

    let writes = [&office.jetstream, &other].map(|gateway| {
        let published = gateway.publish_with_headers(seat.clone(), headers.clone(), "2".into());
        async move { published.await.unwrap().await }
    });

    let written = futures_util::future::join_all(writes).await;
    assert_eq!(written.iter().filter(|outcome| outcome.is_ok()).count(), 1);
}

#[tokio::test]
async fn full_state_refuses_a_newcomer_and_forgets_nobody() {
    let office = Office::start().await;
    let capacity = broker_config::streams::state().max_bytes;
    let size = usize::try_from(broker_config::streams::state().max_message_size).unwrap() - 1024;
    let payload = Bytes::from(vec![0; size]);
    let put = |subject: String| async {
        office.jetstream.publish(subject, payload.clone()).await.unwrap().await.map(|ack| ack.sequence)
    };
    let passphrase = format!("state.passphrase.{DEVICE}");
    put(passphrase.clone()).await.unwrap();
    let mut stored = 1;
    let refusal = loop {
        match put(format!("state.capsule.{stored:032x}")).await {
            Ok(_) => stored += 1,
            Err(refusal) => break refusal,
        }
        assert!(stored * i64::try_from(size).unwrap() <= capacity, "still storing");
    };

    assert!(refusal.to_string().contains("maximum bytes exceeded"), "{refusal}");
    let mut state = office.jetstream.get_stream("STATE").await.unwrap();
    assert_eq!(i64::try_from(state.info().await.unwrap().state.messages).unwrap(), stored);
    assert_eq!(state.direct_get_last_for_subject(passphrase.clone()).await.unwrap().payload.len(), size);
    put(passphrase).await.expect("what is there can still be replaced");
}

#[tokio::test]
async fn a_capsule_goes_by_itself_or_once() {
    let office = Office::start().await;
    let (short, once) = (format!("state.capsule.{DEVICE}"), "state.capsule.fedcba9876543210fedcba9876543210");
    let mut headers = HeaderMap::new();
    headers.insert("Nats-TTL", "1s");
    office.jetstream.publish_with_headers(short.clone(), headers, "x".into()).await.unwrap().await.unwrap();
    let sequence = office.publish(once, "x").await;
    let state = office.stream("STATE").await;

    let takes = futures_util::future::join_all((0..8).map(|_| state.delete_message(sequence))).await;

    assert_eq!(takes.iter().filter(|take| matches!(take, Ok(true))).count(), 1);
    let gone = async {
        while !batch(&office.client, "STATE", &short).await.is_empty() {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), gone).await.unwrap();
}

#[tokio::test]
async fn live_delivery_is_answered_by_the_gateway_of_the_device_or_by_nobody() {
    let office = Office::start().await;
    let subject = format!("dev.{DEVICE}");
    let nobody = office.client.request(subject.clone(), "x".into()).await.unwrap_err();
    assert_eq!(nobody.kind(), RequestErrorKind::NoResponders);

    let other = office.broker.connect(Identity::Gateway).await.unwrap();
    let mut requests = other.subscribe(subject.clone()).await.unwrap();
    other.flush().await.unwrap();
    let answering = tokio::spawn(async move {
        let request = requests.next().await.unwrap();
        assert!(request.reply.as_ref().unwrap().starts_with("_GW.gw1."));
        other.publish(request.reply.unwrap(), request.payload).await.unwrap();
        other.flush().await.unwrap();
    });
    // The subscription may still be on its way: nobody answers until it is there.
    let answer = loop {
        match office.client.request(subject.clone(), "delivered".into()).await {
            Ok(answer) => break answer,
            Err(err) if err.kind() == RequestErrorKind::NoResponders => tokio::task::yield_now().await,
            Err(err) => panic!("{err}"),
        }
    };

    assert_eq!(answer.payload, "delivered");
    assert_ne!(answer.status, Some(StatusCode::NO_RESPONDERS));
    answering.await.unwrap();
}

#[tokio::test]
async fn what_other_gateways_publish_is_heard() {
    let office = Office::start().await;
    let subjects = [
        format!("dev.{DEVICE}"),
        format!("mbox.{DEVICE}"),
        "roster.log".into(),
        "state.lease".into(),
        "presence.gw1".into(),
    ];
    let mut heard = Vec::new();
    for subject in &subjects {
        heard.push(office.client.subscribe(subject.clone()).await.unwrap());
    }
    office.client.flush().await.unwrap();
    let other = office.broker.connect(Identity::Gateway).await.unwrap();

    for (subject, heard) in subjects.iter().zip(&mut heard) {
        // A publish on one connection and a subscription on another are not ordered: repeat until heard.
        let message = loop {
            other.publish(subject.clone(), "x".into()).await.unwrap();
            if let Ok(message) = tokio::time::timeout(Duration::from_millis(50), heard.next()).await {
                break message.unwrap();
            }
        };
        assert_eq!(message.subject.as_str(), subject);
    }
}

#[tokio::test]
async fn twenty_thousand_devices_fit_on_one_connection() {
    let office = Office::start().await;
    let mut subscriptions = Vec::new();
    for device in 0..10_000 {
        for kind in ["dev", "mbox"] {
            subscriptions.push(office.client.subscribe(format!("{kind}.{device:032x}")).await.unwrap());
        }
    }

    // Refused ones would cost the connection; a publish that is acknowledged comes after all of them.
    office.publish("roster.log", "x").await;

    assert_eq!(office.client.connection_state(), async_nats::connection::State::Connected);
    assert_eq!(subscriptions.len(), 20_000);
}
