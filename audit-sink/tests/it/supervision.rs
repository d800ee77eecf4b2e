//! How the process starts, stops, waits and refuses.

use std::fs;

use broker_config::{Identity, throwaway::ThrowawayBroker};

use crate::support::{
    NOW,
    gateway::{Gateway, body},
    office::{Sink, audit_dir, config, gateway, publish, until},
    trail,
};

#[tokio::test(flavor = "multi_thread")]
async fn a_sink_that_starts_before_the_broker_waits_for_it_and_says_so_once() {
    let mut broker = ThrowawayBroker::start().await.unwrap();
    broker.stop().await.unwrap();
    let mut sink = Sink::start(&config(&broker));
    until("it says what it waits for", || sink.log().contains("waiting for the bus")).await;
    broker.restart().await.unwrap();

    let ready = sink.ready().await;
    assert_eq!((&ready["event"], &ready["component"]), (&"ready".into(), &"audit-sink".into()));
    assert_eq!(ready["pid"], sink.pid());
    assert_eq!(ready["dir"].as_str().unwrap(), audit_dir(&broker).to_str().unwrap());

    let mut teller = Gateway::new("gw1", 1);
    let told = [teller.tell(NOW)];
    publish(&gateway(&broker).await, body(&told)).await;
    until("the record is there", || !trail::files(&audit_dir(&broker)).is_empty()).await;
    assert!(sink.terminate().await.success(), "{}", sink.log());
    trail::check(&audit_dir(&broker), &told);
    assert_eq!(sink.log().matches("waiting for the bus").count(), 1, "{}", sink.log());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stop_while_the_broker_is_away_is_a_good_stop() {
    let mut broker = ThrowawayBroker::start().await.unwrap();
    let mut sink = Sink::start(&config(&broker));
    sink.ready().await;
    broker.kill().await.unwrap();
    until("it says that the bus is away", || sink.log().contains("the bus is away")).await;
    assert!(sink.terminate().await.success(), "{}", sink.log());
}

#[tokio::test(flavor = "multi_thread")]
async fn two_sinks_on_one_folder_are_one_too_many() {
    let broker = ThrowawayBroker::start().await.unwrap();
    let mut first = Sink::start(&config(&broker));
    first.ready().await;
    let mut second = Sink::start(&config(&broker));
    assert_eq!(second.ended().await.code(), Some(1));
    until("it says why", || second.log().contains("another audit sink is writing to")).await;
    assert!(first.terminate().await.success(), "{}", first.log());
    let mut third = Sink::start(&config(&broker));
    third.ready().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn garbage_on_the_bus_is_kept_and_acknowledged_and_the_trail_goes_on() {
    let broker = ThrowawayBroker::start().await.unwrap();
    let dir = audit_dir(&broker);
    let mut sink = Sink::start(&config(&broker));
    sink.ready().await;
    let context = gateway(&broker).await;
    let mut teller = Gateway::new("gw1", 1);
    let marker = b"not a record, with a secret word: plover\n".to_vec();
    publish(&context, marker.clone()).await;
    publish(&context, Vec::new()).await;
    let told = [teller.tell(NOW)];
    publish(&context, body(&told)).await;

    until("the record is there", || !trail::files(&dir).is_empty()).await;
    trail::check(&dir, &told);
    let kept = trail::rejected(&dir);
    assert_eq!(kept.len(), 1);
    let bytes = data_encoding::BASE64.decode(kept[0]["base64"].as_str().unwrap().as_bytes()).unwrap();
    assert_eq!(bytes, marker[..marker.len() - 1]);
    assert!(sink.terminate().await.success(), "{}", sink.log());
    let log = sink.log();
    assert!(log.contains("malformed") && !log.contains("plover"), "{log}");

    // All of it was acknowledged: the next sink gets nothing.
    let sinks_view = async_nats::jetstream::new(broker.connect(Identity::Sink).await.unwrap());
    let consumer: async_nats::jetstream::consumer::PullConsumer =
        sinks_view.get_consumer_from_stream("sink", "AUDIT").await.unwrap();
    let state = consumer.cached_info();
    assert_eq!((state.num_pending, state.num_ack_pending), (0, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_key_is_told_with_the_remedy_and_never_shown() {
    let broker = ThrowawayBroker::start().await.unwrap();
    let seed = nkeys::KeyPair::new_user().seed().unwrap();
    fs::write(broker.nkey_file(Identity::Sink), &seed).unwrap();
    let sink = Sink::start(&config(&broker));
    until("it says what to do", || sink.log().contains("bus.nkey_file is not the key")).await;
    assert!(!sink.log().contains(&seed));
}

#[tokio::test]
async fn a_configuration_with_a_typo_stops_the_start_with_one_sentence() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("sink.toml");
    fs::write(&path, "orgin = \"office\"\n").unwrap();
    let mut sink = Sink::start(&path);
    assert_eq!(sink.ended().await.code(), Some(1));
    until("it says why", || sink.log().contains("unknown field `orgin`")).await;
}

/// The system lets the sink write so many bytes to a file and no more, as a full disk does: the
/// write that crosses the limit is cut short.
#[cfg(target_os = "linux")]
#[tokio::test(flavor = "multi_thread")]
async fn a_full_disk_loses_nothing_and_is_said_once() {
    use rustix::process::{Pid, Resource, Rlimit, prlimit};
    use tokio::process::Command;

    const LIMIT: u64 = 3 * 512;
    let broker = ThrowawayBroker::start().await.unwrap();
    let dir = audit_dir(&broker);
    let mut shell = Command::new("sh");
    // Without the trap the system ends a process that crosses its limit. The hard limit stays as it is.
    shell
        .arg("-c")
        .arg("trap '' XFSZ; ulimit -S -f 3; exec \"$0\" \"$@\"")
        .arg(env!("CARGO_BIN_EXE_audit-sink"));
    let mut sink = Sink::spawn(shell, &config(&broker));
    sink.ready().await;
    let context = gateway(&broker).await;
    let mut teller = Gateway::new("gw1", 1);
    let mut told = Vec::new();
    for _ in 0..3 {
        let lines: Vec<_> = (0..4).map(|_| teller.tell(NOW)).collect();
        publish(&context, body(&lines)).await;
        told.extend(lines);
    }
    until("it says that it cannot write", || sink.log().contains("no record is acknowledged")).await;
    let len = trail::files(&dir)[0].metadata().unwrap().len();
    assert!(len <= LIMIT * 2, "{len}");

    let pid = Pid::from_raw(i32::try_from(sink.pid()).unwrap()).unwrap();
    prlimit(Some(pid), Resource::Fsize, Rlimit { current: None, maximum: None }).unwrap();
    until("all records are there", || trail::lines(&dir).len() == told.len()).await;
    trail::check(&dir, &told);
    assert!(sink.terminate().await.success(), "{}", sink.log());
    assert_eq!(sink.log().matches("no record is acknowledged").count(), 1, "{}", sink.log());
    assert!(sink.log().contains("writing again"), "{}", sink.log());
}
