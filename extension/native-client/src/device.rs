//! The task that owns a core, its store, its socket and its timer.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use extension_core::{
    Core, CoreError, Effects, Hint, Socket as Wanted,
    view::{ConversationView, View},
};
use protocol::id::{MessageId, UserId};
use tokio::{
    sync::{broadcast, mpsc, oneshot, watch},
    task::spawn_blocking,
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
    SendText { user: UserId, text: String, reply: oneshot::Sender<Result<MessageId, ClientError>> },
    MarkRead { user: UserId, reply: oneshot::Sender<Result<(), ClientError>> },
    Hint { hint: Hint, reply: oneshot::Sender<Result<(), ClientError>> },
    Act { act: Act, reply: oneshot::Sender<Result<(), ClientError>> },
    Conversation { user: UserId, reply: oneshot::Sender<ConversationView> },
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

pub(crate) struct Device {
    core: Core,
    /// Away only while it commits on a thread for blocking work.
    store: Option<Held>,
    socket: Socket,
    origin: Option<HeaderValue>,
    wake_at: Option<u64>,
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
        let core = Core::open(records?, now_ms())?;
        let (view, watched) = watch::channel(core.view());
        let socket = Socket::None;
        let mut device = Self { core, store: Some(held), socket, origin, wake_at: None, view, events };
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
            Command::SendText { user, text, reply } => {
                let result = self.core.send_text(user, &text, now_ms());
                let message =
                    self.settle(result, |effects| effects.touched.first().map(|first| first.message)).await?;
                let message = message.and_then(|message| message.ok_or(ClientError::Ended));
                let _ = reply.send(message);
            }
            Command::MarkRead { user, reply } => {
                let result = self.core.mark_read(user, now_ms());
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
            Command::Conversation { user, reply } => {
                let _ = reply.send(self.core.conversation(user));
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
        let Effects { writes, socket, outgoing, changed, notices: _, wake_at, touched } = effects;
        if !writes.is_empty() {
            let mut held = self.store.take().ok_or(ClientError::Ended)?;
            let (result, held) = spawn_blocking(move || (held.store.commit(&writes), held))
                .await
                .map_err(|_| ClientError::Ended)?;
            self.store = Some(held);
            result?;
        }
        match socket {
            Some(Wanted::Connect(address)) => {
                self.socket.close().await;
                self.socket.connect(address, self.origin.clone());
            }
            Some(Wanted::Close) => self.socket.close().await,
            None => {}
        }
        if !outgoing.is_empty() {
            self.socket.send(outgoing.into_iter().map(serde_bytes::ByteBuf::into_vec).collect()).await;
        }
        self.wake_at = wake_at;
        if changed {
            self.view.send_replace(self.core.view());
        }
        let at = Instant::now();
        for touched in touched {
            if let Some(message) = self.core.message(touched.user, touched.message) {
                // Nobody has to listen.
                let _ = self.events.send(Event { user: touched.user, message, at });
            }
        }
        Ok(())
    }
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
