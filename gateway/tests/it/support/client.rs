//! A client that speaks frames and nothing else: it does not retry, answer or remember by itself.

use std::{collections::VecDeque, net::SocketAddr};

use futures_util::{SinkExt, StreamExt};
use protocol::{
    channel::{Channel, Initiator, NoisePrivateKey},
    envelope::{Addressed, Envelope},
    error::ErrorCode,
    frame::{Accepted, ClientFrame, ConfirmDelivery, Delivered, GatewayFrame, Refused, SendMessage, Welcome},
    id::{Curve25519Public, MessageId, UserId},
    limits::MAX_FRAME,
};
use tokio::net::TcpStream;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, tungstenite::Message};

use super::soon;

pub type Socket = WebSocketStream<MaybeTlsStream<TcpStream>>;

pub struct Client {
    pub socket: Socket,
    pub channel: Channel,
    waiting: VecDeque<GatewayFrame>,
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
        Self { socket, channel, waiting: VecDeque::new() }
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
