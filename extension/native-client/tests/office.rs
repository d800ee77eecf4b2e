//! Clients over real sockets, with the core's own gateway in memory behind them.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs,
    unreachable_pub
)]
#![allow(dead_code, clippy::pedantic)]

use std::{
    sync::{Arc, Mutex},
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use futures_util::{SinkExt, StreamExt};
use native_client::{Client, ClientError, FileStore, LinkState, MemoryStore, MessageState, Stage, UserId};
use simulation::gateway::{Conn, Gateway};
use tokio::{net::TcpListener, sync::Notify};
use tokio_tungstenite::tungstenite::Message;

const SOON: Duration = Duration::from_secs(20);

struct Office {
    gateway: Arc<Mutex<Gateway>>,
    address: String,
}

fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_millis() as u64
}

impl Office {
    async fn open() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("ws://{}", listener.local_addr().unwrap());
        let gateway = Arc::new(Mutex::new(Gateway::new(now())));
        let (shared, changed) = (gateway.clone(), Arc::new(Notify::new()));
        tokio::spawn(async move {
            for id in 0.. {
                let (stream, _) = listener.accept().await.unwrap();
                tokio::spawn(serve(stream, id, shared.clone(), changed.clone()));
            }
        });
        Self { gateway, address }
    }

    fn invite(&self, name: &str) -> (UserId, String) {
        self.gateway.lock().unwrap().invite_at(name, &self.address)
    }
}

async fn serve(stream: tokio::net::TcpStream, id: usize, gateway: Arc<Mutex<Gateway>>, changed: Arc<Notify>) {
    let mut socket = tokio_tungstenite::accept_async(stream).await.unwrap();
    gateway.lock().unwrap().conns.insert(id, Conn::new(now()));
    loop {
        let outgoing: Vec<_> = {
            let mut gateway = gateway.lock().unwrap();
            gateway.now = now();
            gateway.conns.get_mut(&id).unwrap().to_client.drain(..).collect()
        };
        for bytes in outgoing {
            if socket.send(Message::Binary(bytes.into())).await.is_err() {
                break;
            }
        }
        tokio::select! {
            message = socket.next() => match message {
                Some(Ok(Message::Binary(bytes))) => gateway.lock().unwrap().take(id, &bytes),
                Some(Ok(_)) => {}
                _ => break,
            },
            () = changed.notified() => continue,
        }
        changed.notify_waiters();
    }
    gateway.lock().unwrap().conns.remove(&id);
}

async fn member(client: &Client) {
    client
        .wait_until("membership", SOON, |view| view.stage == Stage::Member && view.people.len() == 2)
        .await
        .unwrap();
}

#[tokio::test]
async fn two_clients_chat_and_stop() {
    let office = Office::open().await;
    let (ann_user, ann_invite) = office.invite("Ann");
    let (ben_user, ben_invite) = office.invite("Ben");
    let ann = Client::join(&ann_invite, MemoryStore::default()).await.unwrap();
    let ben = Client::join(&ben_invite, MemoryStore::default()).await.unwrap();
    member(&ann).await;
    member(&ben).await;
    let mut received = ben.events();
    let message = ann.send_text(ben_user, "hello").await.unwrap();
    ann.wait_for_state(ben_user, message, MessageState::Delivered, SOON).await.unwrap();
    let event = received.recv().await.unwrap();
    assert!(event.is_received());
    assert_eq!((event.with, event.message.text.as_str()), (ann_user.into(), "hello"));
    assert_eq!(ben.view().unread, 1);
    ben.mark_read(ann_user).await.unwrap();
    assert_eq!(ben.wait_until("no unread messages", SOON, |view| view.unread == 0).await.unwrap().unread, 0);
    ann.stop(SOON).await.unwrap();
    ben.stop(SOON).await.unwrap();
}

#[tokio::test]
async fn a_dropped_client_goes_on_from_its_file() {
    let office = Office::open().await;
    let folder = tempfile::tempdir().unwrap();
    let store = || FileStore::open(folder.path().join("ann")).unwrap();
    let (_, ann_invite) = office.invite("Ann");
    let (ben_user, ben_invite) = office.invite("Ben");
    let ben = Client::join(&ben_invite, MemoryStore::default()).await.unwrap();
    let ann = Client::join(&ann_invite, store()).await.unwrap();
    member(&ann).await;
    member(&ben).await;
    ann.send_text(ben_user, "one").await.unwrap();
    crash(ann).await;
    let ann = Client::open(store()).await.unwrap();
    let message = ann.send_text(ben_user, "two").await.unwrap();
    ann.wait_for_state(ben_user, message, MessageState::Delivered, SOON).await.unwrap();
    let texts: Vec<_> =
        ann.conversation(ben_user).await.unwrap().messages.into_iter().map(|m| m.text).collect();
    assert_eq!(texts, ["one", "two"]);
    ben.wait_until("both messages", SOON, |view| view.unread == 2).await.unwrap();
}

#[tokio::test]
async fn bad_input_and_lost_deadlines_are_told_in_words() {
    let error = Client::join("hello", MemoryStore::default()).await.unwrap_err();
    assert!(matches!(&error, ClientError::Core(error) if error.code() == "not_an_invite"), "{error}");
    let office = Office::open().await;
    let (user, invite) = office.invite("Ann");
    let ann = Client::join(&invite, MemoryStore::default()).await.unwrap();
    ann.wait_until("a connection", SOON, |view| view.link.state == LinkState::Connected).await.unwrap();
    let error = ann.send_text(user, "to myself").await.unwrap_err();
    assert!(matches!(&error, ClientError::Core(error) if error.code() == "unknown_person"), "{error}");
    let error = ann.wait_until("the moon", Duration::from_millis(50), |_| false).await.unwrap_err();
    assert_eq!(error.to_string(), "waited 50ms for the moon in vain; link Connected, None");
}

/// Drops a client and waits until its task has let go of its store.
async fn crash(client: Client) {
    client.crash().await;
}
