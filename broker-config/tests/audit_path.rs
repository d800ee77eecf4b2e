//! The way of an audit event over the bus, and what may not happen to it there.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs,
    unreachable_pub
)]

use std::fs;
use std::path::Path;
use std::time::Duration;

use async_nats::jetstream::{self, consumer::pull};
use broker_config::Identity;
use broker_config::config::BrokerConfig;
use broker_config::server::{NatsServer, StartError, Tie};
use broker_config::throwaway::ThrowawayBroker;
use broker_config::{render, streams};
use futures_util::StreamExt;

#[tokio::test]
async fn the_sink_goes_on_after_the_last_acknowledged_event() {
    let mut broker = ThrowawayBroker::start().await.unwrap();
    publish(&broker, "first").await;
    publish(&broker, "second").await;
    assert_eq!(read(&broker, 1).await, ["first"]);

    broker.restart().await.unwrap();

    assert_eq!(read(&broker, 1).await, ["second"]);
}

/// nats-server writes acknowledgements to disk a little later, in spite of `sync_interval: always`: after
/// a crash an event may come again, so the sink has to know what it has. None may be missing.
#[tokio::test]
async fn a_crash_repeats_events_and_loses_none() {
    let mut broker = ThrowawayBroker::start().await.unwrap();
    publish(&broker, "first").await;
    publish(&broker, "second").await;
    assert_eq!(read(&broker, 1).await, ["first"]);

    broker.kill().await.unwrap();
    broker.restart().await.unwrap();

    let mut read_again = read(&broker, 1).await;
    if read_again == ["first"] {
        read_again = read(&broker, 1).await;
    }
    assert_eq!(read_again, ["second"]);
}

#[tokio::test]
async fn the_provisioner_cannot_make_the_sink_send_events_elsewhere() {
    let broker = ThrowawayBroker::start().await.unwrap();
    publish(&broker, "secret").await;
    let provisioner = broker.connect(Identity::Provisioner).await.unwrap();
    let inbox = provisioner.new_inbox();
    let mut stolen = provisioner.subscribe(inbox.clone()).await.unwrap();

    let config = jetstream::consumer::push::Config {
        durable_name: Some("sink".to_owned()),
        deliver_subject: inbox.to_string(),
        ..Default::default()
    };
    let redirected = jetstream::new(provisioner).create_consumer_on_stream(config, "AUDIT").await;

    assert!(redirected.is_err());
    assert!(tokio::time::timeout(Duration::from_millis(100), stolen.next()).await.is_err());
}

#[tokio::test]
async fn an_audit_stream_with_other_settings_is_left_alone_and_named() {
    let mut broker = ThrowawayBroker::start().await.unwrap();
    broker.stop().await.unwrap();
    fs::remove_dir_all(broker.state().store_dir()).unwrap();
    fs::create_dir(broker.state().store_dir()).unwrap();
    let mut weaker = streams::audit();
    weaker.deny_purge = false;
    weaker.max_bytes = 1024;
    with_bare_server(&broker, async |jetstream| {
        jetstream.create_stream(weaker).await.unwrap();
    })
    .await;

    let err = broker.restart().await.unwrap_err();

    let err = err.to_string();
    assert!(err.contains("the stream AUDIT in the store differs"), "{err}");
    assert!(err.contains("deny_purge is unset, expected true"), "{err}");
    assert!(err.contains("max_bytes is 1024, expected 8589934592"), "{err}");
}

/// A server that is not provisioned, on the throwaway's state folder.
async fn with_bare_server(broker: &ThrowawayBroker, act: impl AsyncFnOnce(jetstream::Context)) {
    let key = fs::read_to_string(broker.state().jetstream_key_file()).unwrap();
    let mut server = tokio::process::Command::new(broker.binary())
        .args(["-c", "nats-server.conf"])
        .current_dir(broker.state().broker_dir())
        .env(render::JETSTREAM_KEY_VARIABLE, format!("\"{}\"", key.trim()))
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    let deadline = tokio::time::Instant::now() + Duration::from_secs(10);
    let client = loop {
        match broker.connect(Identity::Provisioner).await {
            Ok(client) => break client,
            Err(err) => assert!(tokio::time::Instant::now() < deadline, "{err}"),
        }
        tokio::task::yield_now().await;
    };
    act(jetstream::new(client)).await;
    server.kill().await.unwrap();
}

#[tokio::test]
async fn the_store_is_locked_against_a_second_server_on_another_port() {
    let broker = ThrowawayBroker::start().await.unwrap();
    let other_port = BrokerConfig { listen: "127.0.0.1:0".parse().unwrap(), ..broker.config().clone() };

    let second = NatsServer::start(broker.state(), &other_port, broker.binary(), &Tie::Group).await;

    let Err(StartError::Lock(err)) = second else { panic!("{second:?}") };
    let expected = format!("in use by nats-server, process {}", broker.pid().unwrap());
    assert!(err.to_string().contains(&expected), "{err}");
}

#[tokio::test]
async fn nothing_readable_is_in_the_store() {
    const CANARY: &str = "canary-7f3a9c";
    let mut broker = ThrowawayBroker::start().await.unwrap();
    publish(&broker, CANARY).await;
    broker.kill().await.unwrap();
    let store = broker.state().store_dir();
    assert!(!files_with(&store, b"").is_empty(), "the store is empty");

    assert_eq!(files_with(&store, CANARY.as_bytes()), Vec::<String>::new());

    // The search would have found it.
    fs::write(store.join("control"), format!("..{CANARY}..")).unwrap();
    assert_eq!(files_with(&store, CANARY.as_bytes()).len(), 1);
}

fn files_with(dir: &Path, text: &[u8]) -> Vec<String> {
    let mut found = Vec::new();
    for entry in fs::read_dir(dir).unwrap().map(Result::unwrap) {
        if entry.file_type().unwrap().is_dir() {
            found.extend(files_with(&entry.path(), text));
        } else {
            let bytes = fs::read(entry.path()).unwrap();
            if text.is_empty() || bytes.windows(text.len()).any(|window| window == text) {
                found.push(entry.path().display().to_string());
            }
        }
    }
    found
}

async fn publish(broker: &ThrowawayBroker, event: &'static str) {
    let gateway = jetstream::new(broker.connect(Identity::Gateway).await.unwrap());
    gateway.publish("audit.ev.gw1", event.into()).await.unwrap().await.unwrap();
}

async fn read(broker: &ThrowawayBroker, count: usize) -> Vec<String> {
    let sink = jetstream::new(broker.connect(Identity::Sink).await.unwrap());
    let consumer: jetstream::consumer::Consumer<pull::Config> =
        sink.get_consumer_from_stream("sink", "AUDIT").await.unwrap();
    let mut messages = consumer.fetch().max_messages(count).messages().await.unwrap();
    let mut read = Vec::new();
    while let Some(message) = messages.next().await {
        let message = message.unwrap();
        message.double_ack().await.unwrap();
        read.push(String::from_utf8(message.payload.to_vec()).unwrap());
    }
    read
}
