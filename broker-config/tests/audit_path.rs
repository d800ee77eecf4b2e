//! The way of an audit event over the bus, and what may not happen to it there.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs,
    unreachable_pub
)]

use std::{fs, path::Path, time::Duration};

use async_nats::jetstream::{self, consumer::pull};
use broker_config::{
    Identity,
    config::BrokerConfig,
    render,
    server::{NatsServer, StartError, Tie},
    streams,
    throwaway::ThrowawayBroker,
};
use futures_util::StreamExt;

/// nats-server writes acknowledgements to disk a little later, in spite of `sync_interval: always`: an event
/// may come again, so the sink has to know what it has. None may be missing.
#[tokio::test]
async fn a_restart_may_repeat_an_event_and_loses_none() {
    for crash in [false, true] {
        let mut broker = ThrowawayBroker::start().await.unwrap();
        publish(&broker, "first").await;
        publish(&broker, "second").await;
        assert_eq!(read_one(&broker).await, "first");

        if crash {
            broker.kill().await.unwrap();
        }
        broker.restart().await.unwrap();

        let mut next = read_one(&broker).await;
        if next == "first" {
            next = read_one(&broker).await;
        }
        assert_eq!(next, "second");
    }
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
        deliver_subject: inbox.clone(),
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

#[tokio::test]
async fn a_store_that_cannot_be_read_is_not_replaced_by_an_empty_one() {
    let mut broker = ThrowawayBroker::start().await.unwrap();
    publish(&broker, "kept").await;
    broker.stop().await.unwrap();
    let key_file = broker.state().jetstream_key_file();
    let key = fs::read_to_string(&key_file).unwrap();
    fs::write(&key_file, "0".repeat(64)).unwrap();

    let err = broker.restart().await.unwrap_err().to_string();

    assert!(err.contains("could not open the stream AUDIT that is in the store"), "{err}");
    fs::write(&key_file, key).unwrap();
    broker.restart().await.unwrap();
    assert_eq!(read_one(&broker).await, "kept");
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

/// The next event of the sink, acknowledged.
async fn read_one(broker: &ThrowawayBroker) -> String {
    let sink = jetstream::new(broker.connect(Identity::Sink).await.unwrap());
    let consumer: jetstream::consumer::Consumer<pull::Config> =
        sink.get_consumer_from_stream("sink", "AUDIT").await.unwrap();
    let batch = consumer.batch().max_messages(1).expires(Duration::from_secs(10)).messages();
    let message = batch.await.unwrap().next().await.unwrap().unwrap();
    message.double_ack().await.unwrap();
    String::from_utf8(message.payload.to_vec()).unwrap()
}

#[tokio::test]
async fn the_watcher_hears_who_administers_the_streams() {
    let broker = ThrowawayBroker::start().await.unwrap();
    let watcher = broker.connect(Identity::Watcher).await.unwrap();
    let mut advisories = watcher.subscribe("$JS.EVENT.ADVISORY.API").await.unwrap();
    watcher.flush().await.unwrap();
    let provisioner = jetstream::new(broker.connect(Identity::Provisioner).await.unwrap());

    // A subscription and a request on two connections are not ordered: repeat until heard.
    let advisory = loop {
        provisioner.update_stream(streams::mbox()).await.unwrap();
        if let Ok(advisory) = tokio::time::timeout(Duration::from_millis(50), advisories.next()).await {
            break String::from_utf8(advisory.unwrap().payload.to_vec()).unwrap();
        }
    };

    assert!(advisory.contains("$JS.API.STREAM.UPDATE.MBOX"), "{advisory}");
}
