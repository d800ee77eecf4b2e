//! The test support that other crates rely on.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs,
    unreachable_pub
)]

use async_nats::jetstream;
use broker_config::{Identity, throwaway::ThrowawayBroker};
use bytes::Bytes;

#[tokio::test]
async fn file_streams_outlive_a_crash_and_memory_streams_do_not() {
    let mut broker = ThrowawayBroker::start().await.unwrap();
    let gateway = jetstream::new(broker.connect(Identity::Gateway).await.unwrap());
    let device = "0123456789abcdef0123456789abcdef";
    publish(&gateway, "roster.log").await;
    publish(&gateway, &format!("mbox.{device}")).await;

    let url = broker.url();
    broker.kill().await.unwrap();
    broker.restart().await.unwrap();

    assert_eq!(broker.url(), url);
    let gateway = jetstream::new(broker.connect(Identity::Gateway).await.unwrap());
    assert_eq!(messages(&gateway, "ROSTER").await, 1);
    assert_eq!(messages(&gateway, "MBOX").await, 0);
}

#[tokio::test]
async fn a_store_of_the_release_before_gets_the_streams_that_it_lacks() {
    let mut broker = ThrowawayBroker::start().await.unwrap();
    let gateway = jetstream::new(broker.connect(Identity::Gateway).await.unwrap());
    publish(&gateway, "roster.log").await;
    broker.stop().await.unwrap();
    let streams = broker.state().store_dir().join("jetstream/CHAT/streams");
    for stream in ["STATE", "SEATS"] {
        std::fs::remove_dir_all(streams.join(stream)).unwrap();
    }

    broker.restart().await.unwrap();

    let gateway = jetstream::new(broker.connect(Identity::Gateway).await.unwrap());
    assert_eq!(messages(&gateway, "ROSTER").await, 1);
    for (stream, subject) in
        [("STATE", "state.lease"), ("SEATS", "state.seat.0123456789abcdef0123456789abcdef")]
    {
        publish(&gateway, subject).await;
        assert_eq!(messages(&gateway, stream).await, 1, "{stream}");
    }
}

#[tokio::test]
async fn what_gateways_keep_outlives_a_crash() {
    let mut broker = ThrowawayBroker::start().await.unwrap();
    let gateway = jetstream::new(broker.connect(Identity::Gateway).await.unwrap());
    publish(&gateway, "state.lease").await;
    publish(&gateway, "state.passphrase.0123456789abcdef0123456789abcdef").await;

    broker.kill().await.unwrap();
    broker.restart().await.unwrap();

    let gateway = jetstream::new(broker.connect(Identity::Gateway).await.unwrap());
    assert_eq!(messages(&gateway, "STATE").await, 2);
}

#[tokio::test]
async fn seats_outlive_a_restart() {
    let mut broker = ThrowawayBroker::start().await.unwrap();
    let gateway = jetstream::new(broker.connect(Identity::Gateway).await.unwrap());
    publish(&gateway, "state.seat.0123456789abcdef0123456789abcdef").await;

    broker.stop().await.unwrap();
    broker.restart().await.unwrap();

    let gateway = jetstream::new(broker.connect(Identity::Gateway).await.unwrap());
    assert_eq!(messages(&gateway, "SEATS").await, 1);
}

#[tokio::test]
async fn a_dropped_broker_leaves_neither_process_nor_folder() {
    let broker = ThrowawayBroker::start().await.unwrap();
    let (port, folder) = (broker.port(), broker.state().root().to_owned());

    drop(broker);

    assert!(std::net::TcpListener::bind(("127.0.0.1", port)).is_ok());
    assert!(!folder.exists());
}

#[tokio::test]
async fn a_killed_broker_has_no_process() {
    let mut broker = ThrowawayBroker::start().await.unwrap();
    assert!(broker.pid().is_some());

    broker.kill().await.unwrap();

    assert_eq!(broker.pid(), None);
    assert!(std::net::TcpListener::bind(("127.0.0.1", broker.port())).is_ok());
}

async fn publish(jetstream: &jetstream::Context, subject: &str) {
    jetstream.publish(subject.to_owned(), Bytes::from_static(b"x")).await.unwrap().await.unwrap();
}

async fn messages(jetstream: &jetstream::Context, stream: &str) -> u64 {
    jetstream.get_stream(stream).await.unwrap().cached_info().state.messages
}
