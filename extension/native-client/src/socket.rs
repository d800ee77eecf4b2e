//! One WebSocket at a time.

use std::{
    future::{Future, pending},
    pin::Pin,
    time::Duration,
};

use futures_util::{SinkExt, StreamExt};
use protocol::limits::MAX_NOISE_MESSAGE;
use tokio::{net::TcpStream, time::timeout};
use tokio_tungstenite::{
    MaybeTlsStream, WebSocketStream, connect_async_with_config,
    tungstenite::{
        Error, Message,
        client::IntoClientRequest,
        http::{HeaderValue, header::ORIGIN},
        protocol::WebSocketConfig,
    },
};

/// The code for a connection that ended without one.
const ABNORMAL: u16 = 1006;
/// Longest wait for the peer to take a message.
const SEND_WITHIN: Duration = Duration::from_secs(10);

type Stream = WebSocketStream<MaybeTlsStream<TcpStream>>;
type Connecting = Pin<Box<dyn Future<Output = Result<Stream, Error>> + Send>>;

/// What happened to the socket.
pub(crate) enum SocketEvent {
    Opened,
    Message(Vec<u8>),
    Closed(u16),
}

/// The socket.
pub(crate) enum Socket {
    None,
    Connecting(Connecting),
    Open(Box<Stream>),
}

impl Socket {
    /// Replaces whatever there was.
    pub(crate) fn connect(&mut self, address: String, origin: Option<HeaderValue>) {
        *self = Self::Connecting(Box::pin(async move {
            let mut request = address.into_client_request()?;
            request.headers_mut().extend(origin.map(|origin| (ORIGIN, origin)));
            let mut config = WebSocketConfig::default();
            config.max_message_size = Some(MAX_NOISE_MESSAGE);
            config.max_frame_size = Some(MAX_NOISE_MESSAGE);
            Ok(connect_async_with_config(request, Some(config), true).await?.0)
        }));
    }

    /// Closes it without waiting for the peer.
    pub(crate) async fn close(&mut self) {
        if let Self::Open(stream) = self {
            // The peer may be gone; there is nothing to do about that.
            let _ = timeout(Duration::from_millis(200), stream.as_mut().close(None)).await;
        }
        *self = Self::None;
    }

    /// The next thing that happens; never, without a socket. Nothing is lost when this is dropped.
    pub(crate) async fn next(&mut self) -> SocketEvent {
        match self {
            Self::None => pending().await,
            Self::Connecting(connecting) => match connecting.await {
                Ok(stream) => {
                    *self = Self::Open(Box::new(stream));
                    SocketEvent::Opened
                }
                Err(_) => self.end(ABNORMAL),
            },
            Self::Open(stream) => loop {
                match stream.next().await {
                    Some(Ok(Message::Binary(bytes))) => return SocketEvent::Message(bytes.to_vec()),
                    Some(Ok(Message::Close(frame))) => {
                        let code = frame.map_or(ABNORMAL, |frame| frame.code.into());
                        return self.end(code);
                    }
                    Some(Ok(_)) => {}
                    Some(Err(_)) | None => return self.end(ABNORMAL),
                }
            },
        }
    }

    /// Sends in order. A failure shows as the end of the socket.
    pub(crate) async fn send(&mut self, messages: Vec<Vec<u8>>) {
        let Self::Open(stream) = self else { return };
        let all = async {
            for message in messages {
                stream.feed(Message::Binary(message.into())).await?;
            }
            stream.flush().await
        };
        if !matches!(timeout(SEND_WITHIN, all).await, Ok(Ok(()))) {
            *self = Self::Connecting(Box::pin(async { Err(Error::ConnectionClosed) }));
        }
    }

    fn end(&mut self, code: u16) -> SocketEvent {
        *self = Self::None;
        SocketEvent::Closed(code)
    }
}
