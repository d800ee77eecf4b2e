//! Real processes, killed as hard as it gets, in the middle of traffic.

use std::{
    collections::HashSet,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::Instant,
};

use async_nats::jetstream;
use broker_config::throwaway::ThrowawayBroker;
use tokio::task::JoinHandle;

use crate::support::{
    gateway::{Gateway, body},
    office::{Sink, audit_dir, config, gateway, publish, until},
    trail,
};

const LINES_PER_BATCH: usize = 20;

/// Publishes batch after batch until told to stop, and returns every line that the broker confirmed.
struct Traffic {
    stop: Arc<AtomicBool>,
    batches: Arc<AtomicUsize>,
    task: JoinHandle<Vec<Vec<u8>>>,
}

impl Traffic {
    fn start(context: jetstream::Context) -> Self {
        let (stop, batches) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicUsize::new(0)));
        let (stopped, count) = (Arc::clone(&stop), Arc::clone(&batches));
        let task = tokio::spawn(async move {
            let (mut gateway, mut told) = (Gateway::new("gw1", 1), Vec::new());
            while !stopped.load(Ordering::Relaxed) {
                let lines: Vec<_> = (0..LINES_PER_BATCH).map(|_| gateway.tell(now_ms())).collect();
                publish(&context, body(&lines)).await;
                told.extend(lines);
                count.fetch_add(1, Ordering::Relaxed);
            }
            told
        });
        Self { stop, batches, task }
    }

    /// Waits for so many more batches.
    async fn flow(&self, more: usize) {
        let goal = self.batches.load(Ordering::Relaxed) + more;
        until("traffic flows", || self.batches.load(Ordering::Relaxed) >= goal).await;
    }

    async fn end(self) -> Vec<Vec<u8>> {
        self.stop.store(true, Ordering::Relaxed);
        self.task.await.unwrap()
    }
}

fn now_ms() -> u64 {
    let since = std::time::UNIX_EPOCH.elapsed().unwrap();
    u64::try_from(since.as_millis()).unwrap()
}

fn all_there(dir: &std::path::Path, told: &[Vec<u8>]) -> bool {
    if !dir.join("office/open").is_dir() {
        return false;
    }
    let there: HashSet<Vec<u8>> = trail::lines(dir).into_iter().collect();
    told.iter().all(|line| there.contains(line))
}

#[tokio::test(flavor = "multi_thread")]
async fn every_record_stands_there_once_though_the_sink_is_killed_again_and_again() {
    let broker = ThrowawayBroker::start().await.unwrap();
    let dir = audit_dir(&broker);
    let traffic = Traffic::start(gateway(&broker).await);
    let mut sink = Sink::start(&config(&broker));
    for _ in 0..5 {
        sink.ready().await;
        traffic.flow(40).await;
        sink.kill().await;
        traffic.flow(5).await;
        sink = Sink::start(&config(&broker));
    }
    sink.ready().await;
    traffic.flow(20).await;
    let told = traffic.end().await;

    until("all records are in the files", || all_there(&dir, &told)).await;
    trail::check(&dir, &told);
    assert!(sink.terminate().await.success(), "{}", sink.log());
    trail::check(&dir, &told);
}

#[tokio::test(flavor = "multi_thread")]
async fn every_record_stands_there_once_though_the_broker_is_killed() {
    let mut broker = ThrowawayBroker::start().await.unwrap();
    let dir = audit_dir(&broker);
    let traffic = Traffic::start(gateway(&broker).await);
    let mut sink = Sink::start(&config(&broker));
    sink.ready().await;
    for _ in 0..3 {
        traffic.flow(40).await;
        broker.kill().await.unwrap();
        broker.restart().await.unwrap();
    }
    traffic.flow(20).await;
    let told = traffic.end().await;

    until("all records are in the files", || all_there(&dir, &told)).await;
    trail::check(&dir, &told);
    assert!(sink.terminate().await.success(), "{}", sink.log());
    let log = sink.log();
    assert_eq!(log.matches("the bus is away").count(), 3, "said once each time: {log}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_gathered_while_there_was_no_sink_is_taken_in() {
    const BATCHES: usize = 300;
    let broker = ThrowawayBroker::start().await.unwrap();
    let dir = audit_dir(&broker);
    let context = gateway(&broker).await;
    let mut gateway = Gateway::new("gw1", 1);
    let mut told = Vec::new();
    for _ in 0..BATCHES {
        let lines: Vec<_> = (0..100).map(|_| gateway.tell(now_ms())).collect();
        publish(&context, body(&lines)).await;
        told.extend(lines);
    }
    let mut sink = Sink::start(&config(&broker));
    sink.ready().await;
    let began = Instant::now();
    let whole: usize = told.iter().map(|line| line.len() + 1).sum();
    let size = || {
        let open = dir.join("office/open");
        if !open.is_dir() {
            return 0;
        }
        trail::in_order(&open)
            .iter()
            .map(|file| usize::try_from(file.metadata().unwrap().len()).unwrap())
            .sum()
    };
    until("all records are in the files", || size() == whole).await;
    let seconds = began.elapsed().as_secs_f64();
    #[expect(clippy::cast_precision_loss, reason = "a figure for people")]
    let rate = told.len() as f64 / seconds;
    println!("took in {} records in {seconds:.2} s: {rate:.0} a second", told.len());
    trail::check(&dir, &told);
}
