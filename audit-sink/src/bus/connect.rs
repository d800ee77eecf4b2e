//! The bus connection: proves who the sink is, comes back by itself, says once when it is away.

use std::sync::{
    Mutex,
    atomic::{AtomicBool, Ordering},
};

use async_nats::{Client, ConnectOptions, Event};
use protocol::subject;
use tracing::{info, warn};

use super::backoff;
use crate::config::Checked;

/// The first connection could not even be tried.
#[derive(Debug, thiserror::Error)]
#[error("cannot use the bus at {server}: {source}")]
pub struct ConnectError {
    server: String,
    source: async_nats::ConnectError,
}

/// Returns at once, also while there is no broker.
pub(super) async fn connect(config: &Checked) -> Result<Client, ConnectError> {
    let server = format!("{}:{}", config.server.host(), config.server.port());
    let events = Events { server: server.clone(), away: AtomicBool::new(true), last_error: Mutex::default() };
    let events = std::sync::Arc::new(events);
    let most = config.reconnect_pause;
    ConnectOptions::with_nkey(config.seed.expose().to_owned())
        .name("audit-sink")
        .custom_inbox_prefix(subject::SINK_INBOX)
        .retry_on_initial_connect()
        .max_reconnects(None)
        .ignore_discovered_servers()
        .reconnect_delay_callback(move |attempts| backoff::pause(attempts, most))
        .event_callback(move |event| {
            let events = std::sync::Arc::clone(&events);
            async move { events.tell(&event) }
        })
        .connect(config.server.clone())
        .await
        .map_err(|source| ConnectError { server, source })
}

/// Says each thing once, not at every attempt.
struct Events {
    server: String,
    away: AtomicBool,
    last_error: Mutex<Option<String>>,
}

impl Events {
    fn tell(&self, event: &Event) {
        match event {
            Event::Connected => {
                self.away.store(false, Ordering::Relaxed);
                self.is_news(None);
                info!(server = self.server, "connected to the bus");
            }
            Event::Disconnected if !self.away.swap(true, Ordering::Relaxed) => {
                warn!(server = self.server, "the bus is away; trying again until it is back");
            }
            Event::ServerError(error) if self.is_news(Some(error.to_string())) => {
                warn!(server = self.server, "the bus says: {error}{}", remedy(&error.to_string()));
            }
            Event::ClientError(error) if self.is_news(Some(error.to_string())) => {
                warn!(server = self.server, "bus connection: {error}{}", remedy(&error.to_string()));
            }
            Event::SlowConsumer(_) => warn!("the bus client dropped messages; they come again"),
            _ => {}
        }
    }

    fn is_news(&self, error: Option<String>) -> bool {
        let Ok(mut last) = self.last_error.lock() else { return true };
        let news = *last != error;
        *last = error;
        news
    }
}

fn remedy(error: &str) -> &'static str {
    if error.to_ascii_lowercase().contains("authorization") {
        "; bus.nkey_file is not the key that the broker was configured with, `broker-config init` writes both"
    } else {
        ""
    }
}
