//! `kill -9` of each process in the middle of traffic between two clients that run the browser's own core.
//!
//! Whatever is killed: each message that its sender saw as sent arrives, each arrives once, and each has one
//! record of its acceptance and one of its delivery.

#![cfg(target_os = "linux")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    missing_docs,
    unreachable_pub,
    dead_code
)]

mod support;

use std::{
    collections::{BTreeMap, BTreeSet, HashMap, HashSet},
    path::{Path, PathBuf},
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use native_client::{
    Client, ClientError, CoreError, FileStore, MemoryStore, MessageId, MessageState, Person, Presence, Stage,
    Store, UserId,
};
use protocol::{
    audit::{AuditRecord, EventKind},
    id::ObjectId,
};
use serde_json::Value;
use support::{Up, dev, free_ports, signal, wait_for};
use tempfile::TempDir;
use tokio::{sync::broadcast::error::RecvError, task::JoinHandle, time::interval};
use tokio_util::sync::CancellationToken;

/// Longer than any recovery should take; only a test that fails waits that long.
const LONG: Duration = Duration::from_secs(90);
/// Pause between two messages of one sender.
const PACE: Duration = Duration::from_millis(10);
/// Messages that each side gets through between two kills.
const BETWEEN_KILLS: usize = 25;
/// What both say before a test begins.
const HELLO: &str = "hello";
/// Messages of a conversation that a client shows.
const MOST_SHOWN: usize = 2_000;
/// Messages of one side that may wait to be sent: who waits for an office to come back does not write on for ever.
const MOST_WAITING: usize = 150;

/// An office that runs, and the folder it lives in.
struct Office {
    up: Up,
    state: TempDir,
    ready: Value,
}

impl Office {
    async fn start() -> Self {
        let state = tempfile::tempdir().unwrap();
        let mut up = Up::start(state.path(), free_ports());
        let ready = up.event("ready").await;
        Self { up, state, ready }
    }

    async fn invite(&self, name: &str) -> String {
        let folder = self.state.path().display().to_string();
        let output = dev(&["invite", name, "--json", "--state", &folder]).output().await.unwrap();
        assert!(output.status.success(), "{output:?}");
        let invite: Value = serde_json::from_slice(&output.stdout).unwrap();
        invite["invite"].as_str().expect("the invite's text").to_owned()
    }

    /// Kills a process and waits until the supervisor has started it again.
    async fn kill(&mut self, component: &str) {
        let record = std::fs::read_to_string(self.state.path().join("office.json")).unwrap();
        let record: Value = serde_json::from_str(&record).unwrap();
        signal(i32::try_from(record["pids"][component].as_u64().unwrap()).unwrap(), "KILL");
        self.up.event("restarted").await;
    }

    fn audit(&self) -> PathBuf {
        PathBuf::from(self.ready["audit"].as_str().expect("the audit folder"))
    }
}

/// One side of a conversation.
struct Side {
    client: Arc<Client>,
    peer: UserId,
    /// Own messages that were seen as sent at some time.
    seen_sent: Arc<Mutex<BTreeSet<MessageId>>>,
    watcher: JoinHandle<()>,
}

impl Side {
    fn watch(client: Arc<Client>, peer: UserId) -> Self {
        let seen_sent = Arc::new(Mutex::new(BTreeSet::new()));
        let mut events = client.events();
        let seen = Arc::clone(&seen_sent);
        let watcher = tokio::spawn(async move {
            loop {
                match events.recv().await {
                    Ok(event)
                        if matches!(event.message.state, MessageState::Sent | MessageState::Delivered) =>
                    {
                        seen.lock().unwrap().insert(event.message.id);
                    }
                    Ok(_) => {}
                    Err(RecvError::Closed) => return,
                    Err(RecvError::Lagged(missed)) => panic!("{missed} events were missed"),
                }
            }
        });
        Self { client, peer, seen_sent, watcher }
    }

    /// As a power cut: no goodbye to anybody.
    async fn crash(self) {
        self.watcher.abort();
        Arc::into_inner(self.client).expect("nobody talks").crash().await;
    }

    fn sent(&self) -> usize {
        self.seen_sent.lock().unwrap().len()
    }

    /// Sends numbered texts until told to stop; gives all of them.
    fn talk(&self, who: &'static str, stop: CancellationToken) -> JoinHandle<HashMap<MessageId, String>> {
        let (client, peer) = (Arc::clone(&self.client), self.peer);
        let sent = Arc::clone(&self.seen_sent);
        tokio::spawn(async move {
            let mut said = HashMap::new();
            let mut pace = interval(PACE);
            while !stop.is_cancelled() {
                pace.tick().await;
                if said.len() >= sent.lock().unwrap().len() + MOST_WAITING {
                    continue;
                }
                let text = format!("{who} says {}", said.len());
                match client.send_text(peer, &text).await {
                    Ok(id) => said.insert(id, text),
                    Err(error) => panic!("{error}"),
                };
            }
            said
        })
    }

    /// Waits until everything that was said is delivered to the other side.
    async fn settle(&self, said: &HashMap<MessageId, String>, other: &Self) {
        let shown = self.client.conversation(self.peer).await.unwrap().messages.len();
        assert!(shown < MOST_SHOWN, "so many were said that the first are not shown any more");
        for (id, text) in said {
            let delivered = self.client.wait_for_state(self.peer, *id, MessageState::Delivered, LONG).await;
            if let Err(error) = delivered {
                let there = other.client.conversation(other.peer).await.unwrap().messages;
                let there = there.iter().find(|line| line.id == *id);
                panic!("{text}: {error}; there it is {there:?}, link {:?}", other.client.view().link);
            }
        }
    }

    /// Compares what came in with what the other side said: each once, in whatever order.
    async fn heard_exactly(&self, said: &HashMap<MessageId, String>) {
        let conversation = self.client.conversation(self.peer).await.unwrap();
        let mut heard: BTreeMap<&str, usize> = BTreeMap::new();
        let theirs = conversation.messages.iter().filter(|message| !message.mine && message.text != HELLO);
        for message in theirs {
            assert_eq!(message.state, MessageState::Received, "{message:?}");
            *heard.entry(&message.text).or_default() += 1;
        }
        let expected: BTreeMap<&str, usize> = said.values().map(|text| (text.as_str(), 1)).collect();
        assert_eq!(heard, expected);
    }
}

/// Two people who see each other on line.
async fn pair(office: &Office, stores: [Box<dyn Store>; 2]) -> [Side; 2] {
    let names = ["Ana Rivera", "Ben Sample"];
    let invites = [office.invite(names[0]).await, office.invite(names[1]).await];
    let [one, other] = stores;
    let ann = Client::join(&invites[0], one).await.unwrap();
    let ben = Client::join(&invites[1], other).await.unwrap();
    let mut users = Vec::new();
    for (client, colleague) in [(&ann, names[1]), (&ben, names[0])] {
        // By name: the administrator who made the invites may be on line still.
        let is_there = |person: &&Person| person.name == colleague && person.presence == Presence::Online;
        let view = client
            .wait_until("the colleague on line", LONG, |view| {
                view.stage == Stage::Member && view.people.iter().any(|person| is_there(&person))
            })
            .await
            .unwrap();
        users.push(view.people.iter().find(is_there).unwrap().user);
    }
    // Heard in both directions: each has the other's keys, and what is said from here on needs nobody to be on line.
    for (client, peer) in [(&ann, users[0]), (&ben, users[1])] {
        let hello = client.send_text(peer, HELLO).await.unwrap();
        client.wait_for_state(peer, hello, MessageState::Delivered, LONG).await.unwrap();
    }
    [Side::watch(Arc::new(ann), users[0]), Side::watch(Arc::new(ben), users[1])]
}

fn stores() -> [Box<dyn Store>; 2] {
    [Box::new(MemoryStore::default()), Box::new(MemoryStore::default())]
}

/// Every record in the files of the trail.
fn records(folder: &Path) -> Vec<AuditRecord> {
    let days = walk(folder).into_iter().filter(|path| {
        path.parent().is_some_and(|parent| parent.ends_with("open"))
            && path.extension().is_some_and(|extension| extension == "jsonl")
    });
    days.flat_map(|day| {
        let text = std::fs::read_to_string(day).unwrap();
        // The sink may be in the middle of the last line.
        let whole = text.rfind('\n').map_or(0, |end| end + 1);
        text[..whole].lines().map(|line| AuditRecord::from_line(line.as_bytes()).unwrap()).collect::<Vec<_>>()
    })
    .collect()
}

fn walk(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
    entries
        .map(|entry| entry.unwrap().path())
        .flat_map(|path| if path.is_dir() { walk(&path) } else { vec![path] })
        .collect()
}

fn count(records: &[AuditRecord], kind: EventKind) -> HashMap<ObjectId, usize> {
    let mut counts = HashMap::new();
    for record in records.iter().filter(|record| record.kind == kind) {
        *counts.entry(record.obj.expect("a record of a message names it")).or_default() += 1;
    }
    counts
}

/// One record of acceptance and one of delivery for each message. What devices tell each other besides (a ratchet that is
/// turned, say) is recorded once too.
async fn recorded_exactly(folder: &Path, said: &HashMap<MessageId, String>) {
    let said: HashSet<ObjectId> = said.keys().map(|id| (*id).into()).collect();
    let recorded = |counts: &HashMap<ObjectId, usize>| said.iter().all(|id| counts.contains_key(id));
    // What a killed sink had pulled comes again when the broker has waited for its acknowledgement, 30 s.
    wait_for("the sink to catch up", || {
        let records = records(folder);
        [EventKind::MessageSent, EventKind::MessageDelivered]
            .iter()
            .all(|kind| recorded(&count(&records, *kind)))
    })
    .await;
    let records = records(folder);
    for kind in [EventKind::MessageSent, EventKind::MessageDelivered] {
        let counts = count(&records, kind);
        assert!(recorded(&counts), "{kind}");
        assert!(counts.values().all(|count| *count == 1), "{kind}: {counts:?}");
    }
}

/// Lets two people talk while `components` are killed one after the other.
async fn talk_through_kills(components: &[&str]) {
    let mut office = Office::start().await;
    let [ann, ben] = pair(&office, stores()).await;
    let stop = CancellationToken::new();
    let talks = [ann.talk("Ana", stop.clone()), ben.talk("Ben", stop.clone())];

    for component in components {
        let before = [ann.sent(), ben.sent()];
        wait_for("traffic before the kill", || {
            ann.sent() >= before[0] + BETWEEN_KILLS && ben.sent() >= before[1] + BETWEEN_KILLS
        })
        .await;
        office.kill(component).await;
    }
    let before = [ann.sent(), ben.sent()];
    wait_for("traffic after the last kill", || {
        ann.sent() >= before[0] + BETWEEN_KILLS && ben.sent() >= before[1] + BETWEEN_KILLS
    })
    .await;
    stop.cancel();

    let [from_ann, from_ben] = talks;
    let (from_ann, from_ben) = (from_ann.await.unwrap(), from_ben.await.unwrap());
    ann.settle(&from_ann, &ben).await;
    ben.settle(&from_ben, &ann).await;
    ben.heard_exactly(&from_ann).await;
    ann.heard_exactly(&from_ben).await;
    let said: HashMap<_, _> = from_ann.into_iter().chain(from_ben).collect();
    assert!(ann.seen_sent.lock().unwrap().iter().all(|id| said.contains_key(id)));
    recorded_exactly(&office.audit(), &said).await;
    println!("{} messages through kills of {components:?}", said.len());
    assert!(!ann.watcher.is_finished() && !ben.watcher.is_finished());
    assert_eq!(office.up.stop().await, 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killed_gateway_loses_and_doubles_nothing() {
    talk_through_kills(&["gateway", "gateway"]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killed_nats_server_loses_and_doubles_nothing() {
    talk_through_kills(&["nats", "nats"]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killed_broker_loses_and_doubles_nothing() {
    talk_through_kills(&["broker"]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killed_sink_loses_and_doubles_nothing() {
    talk_through_kills(&["sink", "sink"]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn all_killed_one_after_the_other_lose_and_double_nothing() {
    talk_through_kills(&["sink", "gateway", "nats"]).await;
}

/// A workstation that is switched off in the middle: what it had committed is sent when it is back, what
/// was for it has waited.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn crashed_client_goes_on_where_it_was() {
    let office = Office::start().await;
    let folder = tempfile::tempdir().unwrap();
    let store = || Box::new(FileStore::open(folder.path().join("ann")).unwrap()) as Box<dyn Store>;
    let [ann, ben] = pair(&office, [store(), Box::new(MemoryStore::default())]).await;

    let mut from_ann = HashMap::new();
    for number in 0..20 {
        let text = format!("before the crash {number}");
        from_ann.insert(ann.client.send_text(ann.peer, &text).await.unwrap(), text);
    }
    let ann_user = ben.peer;
    let ben_user = ann.peer;
    ann.crash().await;

    let mut from_ben = HashMap::new();
    for number in 0..20 {
        let text = format!("while she was away {number}");
        from_ben.insert(ben.client.send_text(ann_user, &text).await.unwrap(), text);
    }
    for id in from_ben.keys() {
        ben.client.wait_for_state(ann_user, *id, MessageState::Sent, LONG).await.unwrap();
    }

    let opened = Client::open(store()).await.unwrap();
    let ann = Side::watch(Arc::new(opened), ben_user);
    ann.settle(&from_ann, &ben).await;
    ben.settle(&from_ben, &ann).await;
    ben.heard_exactly(&from_ann).await;
    ann.heard_exactly(&from_ben).await;
    let said: HashMap<_, _> = from_ann.into_iter().chain(from_ben).collect();
    recorded_exactly(&office.audit(), &said).await;
    assert_eq!(office.up.stop().await, 0);
}

/// More than a gateway takes at once, offered anew after a start: it comes in the pace that the gateway allows, and all of it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_waits_for_a_computer_that_is_off_survives_a_start_of_its_sender() {
    const MANY: usize = 1_300;
    let office = Office::start().await;
    let folder = tempfile::tempdir().unwrap();
    let store = |name| Box::new(FileStore::open(folder.path().join(name)).unwrap()) as Box<dyn Store>;
    let [ann, ben] = pair(&office, [store("ann"), store("ben")]).await;
    let (ann_user, ben_user) = (ben.peer, ann.peer);
    ben.crash().await;

    let (mut said, began) = (HashMap::new(), Instant::now());
    while said.len() < MANY {
        let text = format!("number {}", said.len());
        match ann.client.send_text(ben_user, &text).await {
            Ok(id) => drop(said.insert(id, text)),
            Err(ClientError::Core(CoreError::OutboxFull { .. })) => {
                assert!(began.elapsed() < LONG, "after {} messages nothing is taken any more", said.len());
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
            Err(error) => panic!("{error}"),
        }
    }
    for id in said.keys() {
        ann.client.wait_for_state(ben_user, *id, MessageState::Sent, LONG).await.unwrap();
    }
    ann.crash().await;
    let ann = Side::watch(Arc::new(Client::open(store("ann")).await.unwrap()), ben_user);
    let ben = Side::watch(Arc::new(Client::open(store("ben")).await.unwrap()), ann_user);

    ann.settle(&said, &ben).await;
    ben.heard_exactly(&said).await;
    recorded_exactly(&office.audit(), &said).await;
    assert_eq!(office.up.stop().await, 0);
}
