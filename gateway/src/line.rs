//! One encrypted connection: frames in, frames out.
//!
//! Everything happens in the task that polls [`Line::next`]: it writes what is queued while it waits for
//! what comes. The queue is bounded in frames and bytes; a client that does not read runs over it and is
//! cut as a slow reader. Nothing is lost by that, since what it has not confirmed goes to its mailbox.

use std::{
    collections::VecDeque,
    future::poll_fn,
    pin::Pin,
    task::{Context, Poll, ready},
    time::Duration,
};

use bytes::Bytes;
use futures_util::{Sink, SinkExt, Stream};
use protocol::{
    channel::{Channel, ChannelError},
    codec::DecodeError,
    error::ErrorCode,
    frame::{ClientFrame, GatewayFrame, Refused},
    id::{Curve25519Public, Hash},
    limits::MAX_FRAME,
};
use tokio_tungstenite::tungstenite::{self, Message, error::ProtocolError};

use crate::{
    accept::{Socket, goodbye},
    config::Limits,
};

/// How long a client may take to read what is left for it when its session ends.
const FLUSH_WITHIN: Duration = Duration::from_secs(1);

/// The peer's network went away without a goodbye.
const CUT_OFF: ProtocolError = ProtocolError::ResetWithoutClosingHandshake;

/// Why a connection is over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// The peer closed it or the network did.
    Left,
    /// This side ends it.
    Refused(ErrorCode),
}

impl From<ErrorCode> for End {
    fn from(code: ErrorCode) -> Self {
        Self::Refused(code)
    }
}

/// What [`Line::next`] gives.
#[derive(Debug)]
pub enum Heard {
    /// A frame.
    Frame(ClientFrame),
    /// A frame of a newer version, by number.
    Unknown(u16),
    /// Part of a frame, or a WebSocket ping: a sign of life.
    Something,
    /// Nothing came; all that was queued is written.
    Drained,
}

/// The connection with its channel and its queue.
#[derive(Debug)]
pub struct Line {
    socket: Socket,
    channel: Channel,
    queue: VecDeque<Bytes>,
    queued_bytes: usize,
    /// Handed to the socket and not flushed, or queued.
    unwritten: bool,
    most_frames: usize,
    most_bytes: usize,
}

impl Line {
    /// A line on an open channel.
    pub fn new(socket: Socket, channel: Channel, limits: &Limits) -> Self {
        Self {
            socket,
            channel,
            queue: VecDeque::new(),
            queued_bytes: 0,
            unwritten: false,
            most_frames: limits.outbound_frames,
            most_bytes: limits.outbound_bytes,
        }
    }

    /// What the peer signs to prove itself.
    pub const fn handshake_hash(&self) -> &Hash {
        self.channel.handshake_hash()
    }

    /// The peer's Noise key; none for who came through an introduction.
    pub const fn remote(&self) -> Option<&Curve25519Public> {
        self.channel.remote()
    }

    /// Bytes that wait for the peer.
    pub const fn queued_bytes(&self) -> usize {
        self.queued_bytes
    }

    /// Queues a frame; it is written while [`Self::next`] waits.
    pub fn send(&mut self, frame: &GatewayFrame) -> Result<(), End> {
        let frame = frame.encode().map_err(|error| internal(&error))?;
        for message in self.channel.seal(&frame).map_err(|error| internal(&error))? {
            self.queued_bytes += message.len();
            self.queue.push_back(message.into());
        }
        self.unwritten = true;
        if self.queue.len() > self.most_frames || self.queued_bytes > self.most_bytes {
            return Err(End::Refused(ErrorCode::SlowReader));
        }
        Ok(())
    }

    /// Waits for the peer, and writes meanwhile. Dropping the future loses nothing.
    pub async fn next(&mut self) -> Result<Heard, End> {
        let message = poll_fn(|cx| self.poll(cx)).await?;
        match message {
            None => Ok(Heard::Drained),
            Some(Message::Binary(message)) => self.open(&message),
            Some(Message::Ping(_) | Message::Pong(_)) => Ok(Heard::Something),
            Some(Message::Close(_)) => Err(End::Left),
            Some(Message::Text(_) | Message::Frame(_)) => Err(End::Refused(ErrorCode::BadFrame)),
        }
    }

    /// Says why, inside the channel and as a close code, and closes.
    pub async fn refuse(mut self, code: ErrorCode) {
        let refused = Refused { code, message: None, request: None, frame: None, retry: retryable(code) };
        if self.send(&refused.into()).is_err() {
            return self.cut(code).await;
        }
        self.close(code).await;
    }

    /// Writes what is queued, as far as the peer reads it, and closes with the code.
    pub async fn close(mut self, code: ErrorCode) {
        let flushed = poll_fn(|cx| self.poll_write(cx));
        let _ = tokio::time::timeout(FLUSH_WITHIN, flushed).await;
        self.cut(code).await;
    }

    /// Closes with the code; what is queued is dropped.
    pub async fn cut(self, code: ErrorCode) {
        goodbye(self.socket, code).await;
    }

    fn open(&mut self, message: &[u8]) -> Result<Heard, End> {
        let frame = self.channel.open(message).map_err(|error| match error {
            ChannelError::FrameTooLarge => ErrorCode::FrameTooLarge,
            _ => ErrorCode::BadFrame,
        })?;
        let Some(frame) = frame else { return Ok(Heard::Something) };
        match ClientFrame::decode(&frame, MAX_FRAME) {
            Ok(frame) => Ok(Heard::Frame(frame)),
            Err(DecodeError::UnknownNumber(number)) => Ok(Heard::Unknown(number)),
            Err(DecodeError::TooLarge { .. }) => Err(End::Refused(ErrorCode::FrameTooLarge)),
            Err(DecodeError::Malformed(_) | DecodeError::Trailing(_)) => {
                Err(End::Refused(ErrorCode::BadFrame))
            }
        }
    }

    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Result<Option<Message>, End>> {
        if self.unwritten && self.poll_write(cx)?.is_ready() {
            return Poll::Ready(Ok(None));
        }
        match ready!(Pin::new(&mut self.socket).poll_next(cx)) {
            Some(Ok(message)) => Poll::Ready(Ok(Some(message))),
            Some(Err(tungstenite::Error::Capacity(_))) => Poll::Ready(Err(ErrorCode::FrameTooLarge.into())),
            None | Some(Err(tungstenite::Error::Io(_) | tungstenite::Error::Protocol(CUT_OFF))) => {
                Poll::Ready(Err(End::Left))
            }
            Some(Err(_)) => Poll::Ready(Err(ErrorCode::BadFrame.into())),
        }
    }

    /// Ready when everything is with the operating system.
    fn poll_write(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), End>> {
        while !self.queue.is_empty() {
            if ready!(self.socket.poll_ready_unpin(cx)).is_err() {
                return Poll::Ready(Err(End::Left));
            }
            if let Some(message) = self.queue.pop_front() {
                self.queued_bytes -= message.len();
                let written = Pin::new(&mut self.socket).start_send(Message::Binary(message));
                written.map_err(|_| End::Left)?;
            }
        }
        let flushed = ready!(self.socket.poll_flush_unpin(cx));
        self.unwritten = false;
        Poll::Ready(flushed.map_err(|_| End::Left))
    }
}

/// Whether the same thing may succeed later.
pub const fn retryable(code: ErrorCode) -> bool {
    matches!(
        code,
        ErrorCode::RateLimited
            | ErrorCode::TooManyAttempts
            | ErrorCode::Overloaded
            | ErrorCode::AuditUnavailable
            | ErrorCode::BusUnavailable
            | ErrorCode::GatewayStopping
            | ErrorCode::HandshakeTimeout
    )
}

fn internal(error: &dyn std::error::Error) -> End {
    tracing::error!(%error, "a frame cannot be sent");
    End::Refused(ErrorCode::Internal)
}
