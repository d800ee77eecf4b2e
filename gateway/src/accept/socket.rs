//! The WebSocket: upgrade with a look at the Origin, and the goodbye with a code.

use std::time::Duration;

use protocol::{error::ErrorCode, limits::MAX_NOISE_MESSAGE};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};
use tokio_tungstenite::{
    WebSocketStream,
    tungstenite::{
        Message,
        handshake::server::{ErrorResponse, Request, Response},
        http::{StatusCode, header},
        protocol::{CloseFrame, WebSocketConfig},
    },
};

use crate::{config::OriginPattern, counters::Happening};

/// A connection of a browser or of a test client.
pub type Socket = WebSocketStream<TcpStream>;

/// The library's 128 KiB would be the largest part of an idle connection.
const READ_BUFFER: usize = 4 * 1024;
/// Frames that are ready together leave together, up to this size.
const WRITE_BUFFER: usize = 16 * 1024;
/// How long a peer may take to see why it was cut.
const GOODBYE_WITHIN: Duration = Duration::from_secs(1);

fn config() -> WebSocketConfig {
    WebSocketConfig::default()
        .read_buffer_size(READ_BUFFER)
        .write_buffer_size(WRITE_BUFFER)
        .max_write_buffer_size(WRITE_BUFFER + 4 * MAX_NOISE_MESSAGE)
        .max_message_size(Some(MAX_NOISE_MESSAGE))
        .max_frame_size(Some(MAX_NOISE_MESSAGE))
}

/// Answers the upgrade. A web page is told 403; a client without an Origin is no browser and has to prove
/// itself like everybody.
pub(super) async fn upgrade(stream: TcpStream, allowed: &[OriginPattern]) -> Result<Socket, Happening> {
    let mut page = false;
    #[expect(clippy::result_large_err, reason = "the library's callback is made so")]
    let check = |request: &Request, response: Response| {
        let mut origins = request.headers().get_all(header::ORIGIN).iter();
        let covered = origins.all(|origin| {
            origin.to_str().is_ok_and(|origin| allowed.iter().any(|pattern| pattern.covers(origin)))
        });
        if covered {
            Ok(response)
        } else {
            page = true;
            let mut refusal = ErrorResponse::new(Some("this origin may not connect\n".to_owned()));
            *refusal.status_mut() = StatusCode::FORBIDDEN;
            Err(refusal)
        }
    };
    let upgraded = tokio_tungstenite::accept_hdr_async_with_config(stream, check, Some(config())).await;
    upgraded.map_err(|_| if page { Happening::OriginRefused } else { Happening::UpgradeFailed })
}

/// Closes with the code, and stays for a moment so that the peer gets to read it: closing a socket with
/// unread bytes in it would throw away what was sent.
pub async fn goodbye(mut socket: Socket, code: ErrorCode) {
    let frame = CloseFrame { code: code.close_code().into(), reason: code.name().into() };
    let said = async {
        if futures_util::SinkExt::send(&mut socket, Message::Close(Some(frame))).await.is_ok() {
            let stream = socket.get_mut();
            stream.shutdown().await?;
            let mut rest = [0; 1024];
            while stream.read(&mut rest).await? > 0 {}
        }
        std::io::Result::Ok(())
    };
    // A peer that does not listen has nothing to be told.
    let _ = tokio::time::timeout(GOODBYE_WITHIN, said).await;
}
