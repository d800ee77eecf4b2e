//! The handle of a client.

use std::time::Duration;

use extension_core::{
    Core, CoreError, Effects, Hint, Target,
    view::{ConversationView, Job, JobState, MessageState, View},
};
use protocol::id::MessageId;
use tokio::{
    sync::{broadcast, mpsc, oneshot, watch},
    task::JoinHandle,
    time::timeout,
};
use tokio_tungstenite::tungstenite::http::HeaderValue;

use crate::{
    device::{Begin, Command, Device},
    error::ClientError,
    event::Event,
    store::Store,
};

/// Commands that may wait; whoever sends more waits too.
const COMMANDS: usize = 64;
/// Events kept for a slow reader; one that is slower is told that it missed some.
const EVENTS: usize = 16_384;

/// How a client presents itself.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// Value of the `Origin` header. A browser always sends one; gateways that insist on it know it.
    pub origin: Option<HeaderValue>,
}

/// A device that runs. Dropping it ends its task soon, as a crash does; see [`Self::crash`].
#[derive(Debug)]
pub struct Client {
    commands: mpsc::Sender<Command>,
    view: watch::Receiver<View>,
    events: broadcast::Sender<Event>,
    task: JoinHandle<Result<(), ClientError>>,
    /// Ends when the store has been let go of.
    store: mpsc::Receiver<()>,
}

impl Client {
    /// A new device in an empty store, by invite. Returns when the keys are committed and a connection is
    /// being made; see [`Self::wait_until`] for more.
    pub async fn join(invite: &str, store: impl Store) -> Result<Self, ClientError> {
        let invite = invite.to_owned();
        Self::enter(store, Options::default(), move |core, now| core.join(&invite, now)).await
    }

    /// The first device of an office, with the text that its gateway printed.
    pub async fn found(text: &str, office: &str, name: &str, store: impl Store) -> Result<Self, ClientError> {
        let (text, office, name) = (text.to_owned(), office.to_owned(), name.to_owned());
        Self::enter(store, Options::default(), move |core, now| core.found(&text, &office, &name, now)).await
    }

    /// The device that is in the store.
    pub async fn open(store: impl Store) -> Result<Self, ClientError> {
        Self::launch(Box::new(store), Begin::Open, Options::default()).await
    }

    /// A new device in an empty store, by whatever way in the core has.
    pub async fn enter(
        store: impl Store,
        options: Options,
        enter: impl FnOnce(&mut Core, u64) -> Result<Effects, CoreError> + Send + 'static,
    ) -> Result<Self, ClientError> {
        Self::launch(Box::new(store), Begin::Act(Box::new(enter)), options).await
    }

    /// The device that is in the store, with options.
    pub async fn open_with(store: impl Store, options: Options) -> Result<Self, ClientError> {
        Self::launch(Box::new(store), Begin::Open, options).await
    }

    async fn launch(store: Box<dyn Store>, begin: Begin, options: Options) -> Result<Self, ClientError> {
        let (events, _) = broadcast::channel(EVENTS);
        let (alive, store_free) = mpsc::channel(1);
        let (device, view) = Device::open(store, begin, options.origin, events.clone(), alive).await?;
        let (commands, received) = mpsc::channel(COMMANDS);
        // Owned by this handle, which ends it when it is dropped.
        let task = tokio::spawn(device.run(received));
        Ok(Self { commands, view, events, task, store: store_free })
    }

    /// Sends a text. Returns when it is committed; delivery is another matter.
    pub async fn send_text(&self, to: impl Into<Target>, text: &str) -> Result<MessageId, ClientError> {
        let (to, text) = (to.into(), text.to_owned());
        self.ask(|reply| Command::SendText { to, text, reply }).await?
    }

    /// The conversation was looked at.
    pub async fn mark_read(&self, with: impl Into<Target>) -> Result<(), ClientError> {
        let with = with.into();
        self.ask(|reply| Command::MarkRead { with, reply }).await?
    }

    /// Tells of the network or of waking.
    pub async fn hint(&self, hint: Hint) -> Result<(), ClientError> {
        self.ask(|reply| Command::Hint { hint, reply }).await?
    }

    /// Any command of the core. Returns when it is committed.
    pub async fn act(
        &self,
        act: impl FnOnce(&mut Core, u64) -> Result<Effects, CoreError> + Send + 'static,
    ) -> Result<(), ClientError> {
        let act = Box::new(act);
        self.ask(|reply| Command::Act { act, reply }).await?
    }

    /// A conversation with a colleague or in a room.
    pub async fn conversation(&self, with: impl Into<Target>) -> Result<ConversationView, ClientError> {
        let with = with.into();
        self.ask(|reply| Command::Conversation { with, reply }).await
    }

    /// Everything but the conversations.
    pub fn view(&self) -> View {
        self.view.borrow().clone()
    }

    /// Every message that is added or changes from now on.
    pub fn events(&self) -> broadcast::Receiver<Event> {
        self.events.subscribe()
    }

    /// Waits until the view fulfils a condition. `what` names it in the error.
    pub async fn wait_until(
        &self,
        what: &str,
        deadline: Duration,
        mut condition: impl FnMut(&View) -> bool,
    ) -> Result<View, ClientError> {
        let mut view = self.view.clone();
        let met = timeout(deadline, view.wait_for(|view| condition(view))).await;
        match met {
            Ok(Ok(view)) => Ok(view.clone()),
            Ok(Err(_)) => Err(ClientError::Ended),
            Err(_) => Err(self.late(what, deadline)),
        }
    }

    /// A command whose outcome is told by a job: begins it under this name, and waits until it is done.
    pub async fn job(
        &self,
        name: &str,
        deadline: Duration,
        act: impl FnOnce(&mut Core, &str, u64) -> Result<Effects, CoreError> + Send + 'static,
    ) -> Result<Job, ClientError> {
        let id = name.to_owned();
        self.act(move |core, now| act(core, &id, now)).await?;
        let find = |view: &View| view.jobs.iter().find(|job| job.id == name).cloned();
        let ended = |view: &View| find(view).is_none_or(|job| job.state != JobState::Working);
        let job = find(&self.wait_until(name, deadline, ended).await?).ok_or(ClientError::Ended)?;
        let id = name.to_owned();
        self.act(move |core, now| core.forget_job(&id, now)).await?;
        match job.problem {
            None => Ok(job),
            Some(problem) => Err(ClientError::Failed { code: problem.code, message: problem.message }),
        }
    }

    /// Waits until one's own message is in this state; one that is delivered has also been sent.
    pub async fn wait_for_state(
        &self,
        with: impl Into<Target>,
        message: MessageId,
        state: MessageState,
        deadline: Duration,
    ) -> Result<(), ClientError> {
        let with = with.into();
        let reached = |now: MessageState| {
            now == state || (state == MessageState::Sent && now == MessageState::Delivered)
        };
        let mut events = self.events();
        let wait = async {
            let conversation = self.conversation(with).await?;
            if conversation.messages.iter().any(|line| line.id == message && reached(line.state)) {
                return Ok(());
            }
            loop {
                let event = events.recv().await.map_err(|error| match error {
                    broadcast::error::RecvError::Closed => ClientError::Ended,
                    broadcast::error::RecvError::Lagged(missed) => ClientError::Missed(missed),
                })?;
                if event.message.id == message && reached(event.message.state) {
                    return Ok(());
                }
            }
        };
        timeout(deadline, wait).await.unwrap_or_else(|_| Err(self.late("the state of a message", deadline)))
    }

    /// Closes the socket and ends, within `deadline`.
    pub async fn stop(mut self, deadline: Duration) -> Result<(), ClientError> {
        let commands = self.commands.clone();
        let ended = async {
            // An ended task takes no command; joining it tells why it ended.
            let _ = commands.send(Command::Stop).await;
            (&mut self.task).await
        };
        match timeout(deadline, ended).await {
            Ok(Ok(result)) => result,
            Ok(Err(_)) => Err(ClientError::Ended),
            Err(_) => Err(self.late("the client to stop", deadline)),
        }
    }

    /// Ends at once, as a crash does: nothing is finished, nothing is said to the gateway. Returns when the
    /// store is free for another client.
    pub async fn crash(mut self) {
        self.task.abort();
        // Whether it was aborted or had ended: it is gone.
        let _ = (&mut self.task).await;
        // A commit that was under way goes on without the task.
        while self.store.recv().await.is_some() {}
    }

    async fn ask<T>(&self, command: impl FnOnce(oneshot::Sender<T>) -> Command) -> Result<T, ClientError> {
        let (reply, answer) = oneshot::channel();
        self.commands.send(command(reply)).await.map_err(|_| ClientError::Ended)?;
        answer.await.map_err(|_| ClientError::Ended)
    }

    fn late(&self, what: &str, deadline: Duration) -> ClientError {
        let link = self.view.borrow().link.clone();
        let link = format!("{:?}, {:?}", link.state, link.reason);
        ClientError::Deadline { what: what.to_owned(), deadline, link }
    }
}

impl Drop for Client {
    fn drop(&mut self) {
        self.task.abort();
    }
}
