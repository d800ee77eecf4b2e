//! The task that owns a core, its store, its socket and its timer.

use std::{
    collections::BTreeMap,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use extension_core::{
    Core, CoreError, Effects, Hint, Socket as Wanted, StoredRecord, StretchJob, Target,
    view::{ConversationView, View},
};
use protocol::id::MessageId;
use tokio::{
    sync::{broadcast, mpsc, oneshot, watch},
    task::{JoinHandle, spawn_blocking},
    time::{Instant, sleep},
};
use tokio_tungstenite::tungstenite::http::HeaderValue;

use crate::{
    error::ClientError,
    event::Event,
    socket::{Socket, SocketEvent},
    store::Store,
};

/// A call of the core that has no command of its own.
pub(crate) type Act = Box<dyn FnOnce(&mut Core, u64) -> Result<Effects, CoreError> + Send>;

/// What a client's handle asks for.
pub(crate) enum Command {
    SendText { to: Target, text: String, reply: oneshot::Sender<Result<MessageId, ClientError>> },
    MarkRead { with: Target, reply: oneshot::Sender<Result<(), ClientError>> },
    Hint { hint: Hint, reply: oneshot::Sender<Result<(), ClientError>> },
    Act { act: Act, reply: oneshot::Sender<Result<(), ClientError>> },
    Conversation { with: Target, reply: oneshot::Sender<ConversationView> },
    Stop,
}

/// How a device begins.
pub(crate) enum Begin {
    /// With what is in its store.
    Open,
    /// Anew.
    Act(Act),
}

/// A store with a token that is dropped with it, so that a client's handle can tell when the store is free.
struct Held {
    store: Box<dyn Store>,
    _alive: mpsc::Sender<()>,
}

type Stretching = (u32, JoinHandle<Result<Vec<u8>, CoreError>>);

pub(crate) struct Device {
    core: Core,
    /// Away only while it commits on a thread for blocking work.
    store: Option<Held>,
    socket: Socket,
    origin: Option<HeaderValue>,
    wake_at: Option<u64>,
    /// Memory that outlives a core: the vault's key while it is unlocked.
    session: BTreeMap<String, Vec<u8>>,
    /// Argon2id on a thread for blocking work; a newer job replaces an older one.
    stretching: Option<Stretching>,
    view: watch::Sender<View>,
    events: broadcast::Sender<Event>,
}

impl Device {
    /// Opens the core from the store and begins.
    pub(crate) async fn open(
        store: Box<dyn Store>,
        begin: Begin,
        origin: Option<HeaderValue>,
        events: broadcast::Sender<Event>,
        alive: mpsc::Sender<()>,
    ) -> Result<(Self, watch::Receiver<View>), ClientError> {
        let mut held = Held { store, _alive: alive };
        let (records, held) =
            spawn_blocking(move || (held.store.load(), held)).await.map_err(|_| ClientError::Ended)?;
        let core = Core::open(records?, Vec::new(), now_ms())?;
        let (view, watched) = watch::channel(core.view());
        let mut device = Self {
            core,
            store: Some(held),
            socket: Socket::None,
            origin,
            wake_at: None,
            session: BTreeMap::new(),
            stretching: None,
            view,
            events,
        };
        let effects = match begin {
            Begin::Open => device.core.start(now_ms())?,
            Begin::Act(act) => act(&mut device.core, now_ms())?,
        };
        device.carry_out(effects).await?;
        Ok((device, watched))
    }

    /// Runs until it is stopped, its handle is gone, or it fails.
    pub(crate) async fn run(mut self, mut commands: mpsc::Receiver<Command>) -> Result<(), ClientError> {
        loop {
            let wake = until(self.wake_at);
            tokio::select! {
                command = commands.recv() => match command {
                    None | Some(Command::Stop) => break,
                    Some(command) => self.obey(command).await?,
                },
                event = self.socket.next() => {
                    let effects = match event {
                        SocketEvent::Opened => self.core.socket_opened(now_ms())?,
                        SocketEvent::Message(bytes) => self.core.socket_message(&bytes, now_ms())?,
                        SocketEvent::Closed(code) => self.core.socket_closed(code, now_ms())?,
                    };
                    self.carry_out(effects).await?;
                }
                (id, output) = stretched(&mut self.stretching) => {
                    let effects = match output {
                        Ok(output) => self.core.stretched(id, &output, now_ms())?,
                        Err(_) => self.core.stretch_failed(id, now_ms())?,
                    };
                    self.carry_out(effects).await?;
                }
                () = wake => {
                    let effects = self.core.tick(now_ms())?;
                    self.carry_out(effects).await?;
                }
            }
        }
        self.socket.close().await;
        Ok(())
    }

    async fn obey(&mut self, command: Command) -> Result<(), ClientError> {
        match command {
            Command::SendText { to, text, reply } => {
                let result = self.core.send_text(to, &text, now_ms());
                let message =
                    self.settle(result, |effects| effects.touched.first().map(|first| first.message)).await?;
                let message = message.and_then(|message| message.ok_or(ClientError::Ended));
                let _ = reply.send(message);
            }
            Command::MarkRead { with, reply } => {
                let result = self.core.mark_read(with, now_ms());
                let _ = reply.send(self.settle(result, |_| ()).await?);
            }
            Command::Hint { hint, reply } => {
                let result = self.core.hint(hint, now_ms());
                let _ = reply.send(self.settle(result, |_| ()).await?);
            }
            Command::Act { act, reply } => {
                let result = act(&mut self.core, now_ms());
                let _ = reply.send(self.settle(result, |_| ()).await?);
            }
            Command::Conversation { with, reply } => {
                let _ = reply.send(self.core.conversation(with));
            }
            Command::Stop => {}
        }
        Ok(())
    }

    /// Carries out what a command caused. The outer error ends the client, the inner one is the caller's.
    async fn settle<T>(
        &mut self,
        result: Result<Effects, CoreError>,
        answer: impl FnOnce(&Effects) -> T,
    ) -> Result<Result<T, ClientError>, ClientError> {
        match result {
            Ok(effects) => {
                let answer = answer(&effects);
                self.carry_out(effects).await?;
                Ok(Ok(answer))
            }
            Err(error) => Ok(Err(error.into())),
        }
    }

    /// Commit, then socket, then send, then tell. A commit that fails ends the client: memory may not run ahead of
    /// the store.
    async fn carry_out(&mut self, effects: Effects) -> Result<(), ClientError> {
        let mut next = Some(effects);
        while let Some(effects) = next.take() {
            let reopen = effects.reopen;
            self.carry_out_once(effects).await?;
            if reopen {
                next = Some(self.reopen().await?);
            }
        }
        Ok(())
    }

    async fn carry_out_once(&mut self, effects: Effects) -> Result<(), ClientError> {
        if !effects.writes.is_empty() {
            let writes = effects.writes;
            self.with_store(move |store| store.commit(&writes)).await?;
        }
        for write in effects.session_writes {
            match write.value {
                Some(value) => self.session.insert(write.key, value.into_vec()),
                None => self.session.remove(&write.key),
            };
        }
        match effects.socket {
            Some(Wanted::Connect(address)) => {
                self.socket.close().await;
                self.socket.connect(address, self.origin.clone());
            }
            Some(Wanted::Close) => self.socket.close().await,
            None => {}
        }
        if !effects.outgoing.is_empty() {
            let outgoing = effects.outgoing.into_iter().map(serde_bytes::ByteBuf::into_vec);
            self.socket.send(outgoing.collect()).await;
        }
        self.wake_at = effects.wake_at;
        if let Some(job) = effects.stretch {
            self.stretching = Some((job.id, spawn_blocking(move || stretch(&job))));
        }
        if effects.changed {
            self.view.send_replace(self.core.view());
        }
        let at = Instant::now();
        for touched in effects.touched {
            if let Some(message) = self.core.message(touched.with, touched.message) {
                // Nobody has to listen.
                let _ = self.events.send(Event { with: touched.with, message, at });
            }
        }
        Ok(())
    }

    /// A core from what is stored now, in the place of the one that asked for it.
    async fn reopen(&mut self) -> Result<Effects, ClientError> {
        self.socket.close().await;
        self.stretching = None;
        let records = self.with_store(Store::load).await?;
        let session = self.session.iter();
        let session = session.map(|(key, value)| StoredRecord { key: key.clone(), value: value.clone() });
        self.core = Core::open(records, session.collect(), now_ms())?;
        let effects = self.core.start(now_ms())?;
        self.view.send_replace(self.core.view());
        Ok(effects)
    }

    /// Uses the store on a thread for blocking work.
    async fn with_store<T: Send + 'static>(
        &mut self,
        work: impl FnOnce(&mut dyn Store) -> std::io::Result<T> + Send + 'static,
    ) -> Result<T, ClientError> {
        let mut held = self.store.take().ok_or(ClientError::Ended)?;
        let (result, held) = spawn_blocking(move || (work(held.store.as_mut()), held))
            .await
            .map_err(|_| ClientError::Ended)?;
        self.store = Some(held);
        Ok(result?)
    }
}

fn stretch(job: &StretchJob) -> Result<Vec<u8>, CoreError> {
    extension_core::stretch(&job.input, &job.salt, job.memory_kib, job.passes, job.length)
}

/// Waits for what is being stretched; for ever, where nothing is.
async fn stretched(stretching: &mut Option<Stretching>) -> (u32, Result<Vec<u8>, CoreError>) {
    let Some((id, task)) = stretching else { return std::future::pending().await };
    let (id, output) = (*id, task.await);
    *stretching = None;
    (id, output.unwrap_or(Err(CoreError::Internal("stretching a passphrase"))))
}

async fn until(wake_at: Option<u64>) {
    match wake_at {
        None => std::future::pending().await,
        Some(at) => sleep(Duration::from_millis(at.saturating_sub(now_ms()))).await,
    }
}

fn now_ms() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}
