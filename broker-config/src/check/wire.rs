//! As much of the NATS client protocol as it takes to see what a server permits.
//!
//! The server handles one connection's commands in order, so the answer to a `PING` that follows a
//! command proves that a violation, had there been one, would have been reported by then.

use std::{io, net::SocketAddr, time::Duration};

use data_encoding::BASE64URL_NOPAD;
use nkeys::KeyPair;
use serde_json::{Value, json};
use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufStream},
    net::TcpStream,
    time::timeout,
};

use super::probes::Operation;
use crate::secret::Secret;

/// A loopback server answers within milliseconds.
const PATIENCE: Duration = Duration::from_secs(5);

/// As whom to log in.
pub(super) enum Login<'a> {
    /// With nothing.
    Anonymous,
    /// With a good signature of a key that the server does not know.
    Stranger,
    /// With one of its keys.
    Seed(&'a Secret),
}

/// A connection to a server.
pub(super) struct Wire {
    stream: BufStream<TcpStream>,
    nonce: String,
    subscriptions: u32,
}

impl Wire {
    pub(super) async fn connect(server: SocketAddr) -> io::Result<Self> {
        let mut stream = BufStream::new(TcpStream::connect(server).await?);
        let info = line(&mut stream).await?;
        let info: Value = serde_json::from_str(info.strip_prefix("INFO ").unwrap_or_default())?;
        let nonce = info.get("nonce").and_then(Value::as_str).unwrap_or_default().to_owned();
        Ok(Self { stream, nonce, subscriptions: 0 })
    }

    /// Logs in; the inner error is the server's refusal.
    pub(super) async fn log_in(&mut self, login: &Login<'_>) -> io::Result<Result<(), String>> {
        let pair = match login {
            Login::Anonymous => None,
            Login::Stranger => Some(KeyPair::new_user()),
            Login::Seed(seed) => Some(KeyPair::from_seed(seed.expose()).map_err(io::Error::other)?),
        };
        let mut connect =
            json!({"verbose": false, "pedantic": false, "lang": "check", "version": "1", "echo": false});
        if let (Some(pair), Some(fields)) = (pair, connect.as_object_mut()) {
            let signature = pair.sign(self.nonce.as_bytes()).map_err(io::Error::other)?;
            fields.insert("nkey".to_owned(), pair.public_key().into());
            fields.insert("sig".to_owned(), BASE64URL_NOPAD.encode(&signature).into());
        }
        self.send(&format!("CONNECT {connect}\r\nPING\r\n")).await?;
        match self.until_pong().await {
            Ok(errors) => Ok(errors.into_iter().next().map_or(Ok(()), Err)),
            Err(err) if err.kind() == io::ErrorKind::UnexpectedEof => Ok(Err("connection closed".to_owned())),
            Err(err) => Err(err),
        }
    }

    /// Tries one operation; `true` when the server denied it.
    pub(super) async fn attempt(&mut self, operation: Operation, subject: &str) -> io::Result<bool> {
        self.subscriptions += 1;
        let id = self.subscriptions;
        let (command, undo) = match operation {
            Operation::Publish => (format!("PUB {subject} 0\r\n\r\n"), String::new()),
            Operation::Subscribe => (format!("SUB {subject} {id}\r\n"), format!("UNSUB {id}\r\n")),
        };
        self.send(&format!("{command}PING\r\n{undo}")).await?;
        let errors = self.until_pong().await?;
        // Any other complaint than this one is a fault of the probe.
        match errors.iter().find(|error| !error.to_lowercase().contains("permissions violation")) {
            Some(other) => Err(io::Error::other(format!("{subject}: {other}"))),
            None => Ok(!errors.is_empty()),
        }
    }

    /// Announces a message over the limit; `true` when the server ends the connection for it.
    pub(super) async fn is_cut_above(&mut self, limit: usize) -> io::Result<bool> {
        self.send(&format!("PUB presence.gw1 {}\r\n", limit + 1)).await?;
        loop {
            match line(&mut self.stream).await {
                Ok(line) if line.starts_with("-ERR") && line.contains("Maximum Payload Violation") => {
                    return Ok(true);
                }
                Ok(_) => {}
                Err(err) if err.kind() == io::ErrorKind::UnexpectedEof => return Ok(false),
                Err(err) => return Err(err),
            }
        }
    }

    async fn send(&mut self, text: &str) -> io::Result<()> {
        self.stream.write_all(text.as_bytes()).await?;
        self.stream.flush().await
    }

    /// The errors reported before the next `PONG`.
    async fn until_pong(&mut self) -> io::Result<Vec<String>> {
        let mut errors = Vec::new();
        loop {
            let line = line(&mut self.stream).await?;
            match line.split_once(' ').unwrap_or((line.as_str(), "")) {
                ("PONG", _) => return Ok(errors),
                ("-ERR", error) => errors.push(error.to_owned()),
                ("PING", _) => self.send("PONG\r\n").await?,
                ("MSG" | "HMSG", arguments) => self.skip_payload(arguments).await?,
                _ => {}
            }
        }
    }

    async fn skip_payload(&mut self, arguments: &str) -> io::Result<()> {
        let size: u64 = arguments.rsplit(' ').next().and_then(|size| size.parse().ok()).unwrap_or_default();
        let mut payload = (&mut self.stream).take(size + 2);
        timeout(PATIENCE, tokio::io::copy(&mut payload, &mut tokio::io::sink())).await??;
        Ok(())
    }
}

async fn line(stream: &mut BufStream<TcpStream>) -> io::Result<String> {
    let mut line = String::new();
    if timeout(PATIENCE, stream.read_line(&mut line)).await?? == 0 {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    Ok(line.trim_end().to_owned())
}
