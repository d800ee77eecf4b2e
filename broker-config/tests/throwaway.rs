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
