//! A client that speaks frames and nothing else: it does not retry, answer or remember by itself.

use std::{collections::VecDeque, net::SocketAddr};

use futures_util::{SinkExt, StreamExt};
use protocol::{
    channel::{Channel, Initiator, NoisePrivateKey},
    envelope::{Addressed, Envelope},
    error::ErrorCode,
    frame::{
        Accepted, AppendRoster, ClientFrame, ConfirmDelivery, Delivered, FetchRoster, GatewayFrame, Refused,
        RosterEntries, SendMessage, Visiting, Welcome,
    },
    id::{Curve25519Public, MessageId, UserId},
    limits::MAX_FRAME,
    roster::{Roster, Source},
};
use tokio::net::TcpStream;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, tungstenite::Message};

use super::soon;

pub type Socket = WebSocketStream<MaybeTlsStream<TcpStream>>;

pub struct Client {
    pub socket: Socket,
    pub channel: Channel,
    waiting: VecDeque<GatewayFrame>,
    requests: u32,
}

/// Upgrades without an Origin, as a program does.
pub async fn upgrade(address: SocketAddr) -> Socket {
    soon("the upgrade", tokio_tungstenite::connect_async(format!("ws://{address}"))).await.unwrap().0
}

/// The code with which the other side closes; `None` when it closes without one.
pub async fn close_code(socket: &mut Socket) -> Option<u16> {
    let closed = async {
        loop {
            match socket.next().await {
                Some(Ok(Message::Close(frame))) => return frame.map(|frame| frame.code.into()),
                Some(Ok(_)) => {}
                Some(Err(_)) | None => return None,
            }
        }
    };
    soon("the close", closed).await
}

impl Client {
    pub async fn connect(address: SocketAddr, own: &NoisePrivateKey, gateway: &Curve25519Public) -> Self {
        let mut socket = upgrade(address).await;
        let (initiator, first) = Initiator::start(own, gateway).unwrap();
        socket.send(Message::Binary(first.into())).await.unwrap();
        let Some(Ok(Message::Binary(answer))) = soon("the handshake", socket.next()).await else {
            panic!("no handshake answer");
        };
        let channel = initiator.finish(&answer).unwrap();
        Self { socket, channel, waiting: VecDeque::new(), requests: 0 }
    }

    /// As somebody who does not know the gateway's key.
    pub async fn introduce(address: SocketAddr) -> Self {
        let mut socket = upgrade(address).await;
        let (initiator, first) = Initiator::introduce().unwrap();
        socket.send(Message::Binary(first.into())).await.unwrap();
        let Some(Ok(Message::Binary(answer))) = soon("the handshake", socket.next()).await else {
            panic!("no handshake answer");
        };
        let channel = initiator.finish(&answer).unwrap();
        Self { socket, channel, waiting: VecDeque::new(), requests: 0 }
    }

    /// Asks something that has a number and waits for the answer.
    pub async fn ask<F: Into<ClientFrame>>(
        &mut self,
        question: impl FnOnce(u32) -> F,
    ) -> Result<GatewayFrame, ErrorCode> {
        self.requests += 1;
        let number = self.requests;
        self.send(question(number)).await;
        self.pick("an answer", |frame| {
            let request = match frame {
                GatewayFrame::Refused(refused) if refused.request == Some(number) => {
                    return Some(Err(refused.code));
                }
                GatewayFrame::Refused(refused) if refused.request.is_none() && refused.frame.is_none() => {
                    panic!("the connection ends: {refused:?}")
                }
                GatewayFrame::Done(answer) => answer.request,
                GatewayFrame::Capsule(answer) => answer.request,
                GatewayFrame::PassphraseAnswer(answer) => answer.request,
                GatewayFrame::SignInAnswer(answer) => answer.request,
                GatewayFrame::SignedIn(answer) => answer.request,
                GatewayFrame::Devices(answer) => answer.request,
                _ => return None,
            };
            (request == number).then(|| Ok(frame.clone()))
        })
        .await
    }

    pub async fn send(&mut self, frame: impl Into<ClientFrame>) {
        self.send_bytes(&frame.into().encode().unwrap()).await;
    }

    /// Whatever bytes, as a frame.
    pub async fn send_bytes(&mut self, frame: &[u8]) {
        for message in self.channel.seal(frame).unwrap() {
            self.socket.send(Message::Binary(message.into())).await.unwrap();
        }
    }

    pub async fn offer(&mut self, envelope: &Envelope) {
        self.send(SendMessage { envelope: envelope.clone() }).await;
    }

    pub async fn confirm(&mut self, message: MessageId) {
        self.send(ConfirmDelivery { message }).await;
    }

    /// The next frame from the wire, or the code of the close.
    pub async fn next(&mut self) -> Result<GatewayFrame, Option<ErrorCode>> {
        loop {
            match soon("a frame", self.socket.next()).await {
                Some(Ok(Message::Binary(message))) => {
                    if let Some(frame) = self.channel.open(&message).unwrap() {
                        return Ok(GatewayFrame::decode(&frame, MAX_FRAME).unwrap());
                    }
                }
                Some(Ok(Message::Close(frame))) => {
                    return Err(frame.and_then(|frame| ErrorCode::from_close_code(frame.code.into())));
                }
                Some(Ok(_)) => {}
                Some(Err(_)) | None => return Err(None),
            }
        }
    }

    /// Waits for a frame of which `pick` makes something; the others are kept for later.
    pub async fn pick<T>(&mut self, what: &str, mut pick: impl FnMut(&GatewayFrame) -> Option<T>) -> T {
        if let Some((place, found)) =
            self.waiting.iter().enumerate().find_map(|(place, frame)| Some((place, pick(frame)?)))
        {
            self.waiting.remove(place);
            return found;
        }
        loop {
            match soon(what, self.next()).await {
                Ok(frame) => match pick(&frame) {
                    Some(found) => return found,
                    None => self.waiting.push_back(frame),
                },
                Err(code) => panic!("waited for {what}, closed with {code:?}, had {:?}", self.waiting),
            }
        }
    }

    pub async fn welcomed(&mut self) -> Welcome {
        self.pick("Welcome", |frame| match frame {
            GatewayFrame::Welcome(welcome) => Some(welcome.clone()),
            GatewayFrame::Refused(refused) => panic!("refused: {refused:?}"),
            _ => None,
        })
        .await
    }

    pub async fn visiting(&mut self) -> Visiting {
        self.pick("Visiting", |frame| match frame {
            GatewayFrame::Visiting(visiting) => Some(visiting.clone()),
            GatewayFrame::Refused(refused) => panic!("refused: {refused:?}"),
            _ => None,
        })
        .await
    }

    /// Waits for the answer to the first frame: `None` for Visiting or Welcome.
    pub async fn verdict(&mut self) -> Option<ErrorCode> {
        self.pick("a verdict", |frame| match frame {
            GatewayFrame::Welcome(_) | GatewayFrame::Visiting(_) => Some(None),
            GatewayFrame::Refused(refused) => Some(Some(refused.code)),
            _ => None,
        })
        .await
    }

    pub async fn entries(&mut self) -> RosterEntries {
        self.pick("RosterEntries", |frame| match frame {
            GatewayFrame::RosterEntries(page) => Some(page.clone()),
            _ => None,
        })
        .await
    }

    /// Asks for what is missing and takes what comes, until a page that brings nothing.
    pub async fn fetch_roster(&mut self, roster: &mut Roster) {
        let before = roster.length();
        self.send(FetchRoster { from: before }).await;
        loop {
            let page = self.entries().await;
            let news = take(roster, &page);
            if news == 0 {
                return;
            }
            // An empty answer says that this is all.
            self.send(FetchRoster { from: roster.length() }).await;
        }
    }

    /// Waits until the roster has so many entries.
    pub async fn roster_of(&mut self, roster: &mut Roster, length: u64) {
        while roster.length() < length {
            let page = self.entries().await;
            take(roster, &page);
        }
    }

    /// Takes the entries that came before the last frame that was picked.
    pub fn take_pushed(&mut self, roster: &mut Roster) {
        for frame in std::mem::take(&mut self.waiting) {
            match frame {
                GatewayFrame::RosterEntries(page) => drop(take(roster, &page)),
                other => self.waiting.push_back(other),
            }
        }
    }

    /// Appends and waits for the answer: the length of the roster.
    pub async fn append(&mut self, entries: Vec<Vec<u8>>) -> Result<u64, ErrorCode> {
        self.requests += 1;
        let request = self.requests;
        let entries = entries.into_iter().map(Into::into).collect();
        self.send(AppendRoster { request, entries }).await;
        self.pick("the answer to an append", |frame| match frame {
            GatewayFrame::Appended(appended) if appended.request == request => {
                Some(Ok(appended.roster_length))
            }
            GatewayFrame::Refused(refused) if refused.request == Some(request) => Some(Err(refused.code)),
            GatewayFrame::Refused(refused) if refused.request.is_none() && refused.frame.is_none() => {
                panic!("the connection ends: {refused:?}")
            }
            _ => None,
        })
        .await
    }

    pub async fn accepted(&mut self, message: MessageId) -> Accepted {
        self.pick("Accepted", |frame| match frame {
            GatewayFrame::Accepted(accepted) if accepted.message == message => Some(accepted.clone()),
            GatewayFrame::Refused(refused) if refused.message == Some(message) => {
                panic!("refused: {refused:?}")
            }
            _ => None,
        })
        .await
    }

    pub async fn refused(&mut self) -> Refused {
        self.pick("Refused", |frame| match frame {
            GatewayFrame::Refused(refused) => Some(refused.clone()),
            _ => None,
        })
        .await
    }

    pub async fn given(&mut self) -> Addressed {
        self.pick("Deliver", |frame| match frame {
            GatewayFrame::Deliver(addressed) => Some(addressed.clone()),
            _ => None,
        })
        .await
    }

    pub async fn delivered(&mut self, message: MessageId) -> Delivered {
        self.pick("Delivered", |frame| match frame {
            GatewayFrame::Delivered(delivered) if delivered.message == message => Some(delivered.clone()),
            _ => None,
        })
        .await
    }

    /// Waits to be told that somebody is on line, or has left.
    pub async fn presence(&mut self, user: UserId, online: bool) {
        self.pick("presence", |frame| match frame {
            GatewayFrame::Presence(presence) => {
                presence.users.iter().any(|one| one.user == user && one.online == online).then_some(())
            }
            _ => None,
        })
        .await;
    }

    pub async fn bus_is(&mut self, up: bool) {
        self.pick("BusState", |frame| match frame {
            GatewayFrame::BusState(state) if state.up == up => Some(()),
            _ => None,
        })
        .await;
    }

    /// The code with which the gateway closes; frames before it are passed over.
    pub async fn closed(&mut self) -> Option<ErrorCode> {
        loop {
            if let Err(code) = self.next().await {
                return code;
            }
        }
    }
}

/// Applies what is new in a page; gives how much that was.
pub fn take(roster: &mut Roster, page: &RosterEntries) -> usize {
    let now_ms = gateway::clock::now_ms();
    let known = usize::try_from(roster.length().saturating_sub(page.first)).unwrap();
    assert!(page.first <= roster.length(), "entries are missing");
    let news = page.entries.get(known..).unwrap_or_default();
    for entry in news {
        roster.apply(entry, Source::Wire { now_ms }).unwrap();
    }
    news.len()
}
