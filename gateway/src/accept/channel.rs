//! The Noise handshake, responder's side.

use futures_util::{SinkExt, StreamExt};
use protocol::{
    channel::{self, Channel, ChannelError, NoisePrivateKey},
    error::ErrorCode,
};
use tokio_tungstenite::tungstenite::{Error, Message};

use super::Socket;
use crate::line::End;

/// Takes the first message and answers it.
pub(super) async fn open(socket: &mut Socket, key: &NoisePrivateKey) -> Result<Channel, End> {
    let first = match socket.next().await {
        Some(Ok(Message::Binary(first))) => first,
        None | Some(Ok(Message::Close(_)) | Err(Error::Io(_))) => return Err(End::Left),
        Some(Err(Error::Capacity(_))) => return Err(ErrorCode::FrameTooLarge.into()),
        Some(_) => return Err(ErrorCode::HandshakeFailed.into()),
    };
    let (channel, answer) = channel::respond(key, &first).map_err(|error| match error {
        ChannelError::Version(_) => ErrorCode::UnsupportedVersion,
        _ => ErrorCode::HandshakeFailed,
    })?;
    socket.send(Message::Binary(answer.into())).await.map_err(|_| End::Left)?;
    Ok(channel)
}
