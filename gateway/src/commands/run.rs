//! `gateway run`: serve until told to stop.

use std::path::Path;

use serde_json::json;

use super::print;
use crate::{config::Config, server::Server};

/// Runs the gateway of this configuration in front.
pub async fn run(config: &Path, as_json: bool) -> anyhow::Result<()> {
    let config = Config::load(config)?;
    let id = config.id.clone();
    let stop = stop_signal()?;
    let mut server = Server::start(config).await?;
    let listen: Vec<_> = server.addresses().iter().map(|address| format!("ws://{address}")).collect();
    if as_json {
        let ready = json!({
            "event": "ready", "component": "gateway", "listen": listen, "pid": std::process::id(),
        });
        print(&ready.to_string())?;
    } else {
        print(&format!("gateway {id} is ready on {}; Ctrl-C stops it", listen.join(", ")))?;
    }
    let failure = tokio::select! {
        () = stop => None,
        error = server.failed() => Some(error),
    };
    let in_order = server.shutdown().await;
    match failure {
        Some(error) => Err(error.into()),
        None if in_order => Ok(()),
        None => anyhow::bail!(
            "the gateway stopped before everything was finished; clients will offer again what was under way"
        ),
    }
}

/// Ctrl-C everywhere, SIGTERM where there is one. Set up before the start, so that none is missed.
fn stop_signal() -> anyhow::Result<impl Future<Output = ()>> {
    #[cfg(unix)]
    let mut terminate = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate())?;
    Ok(async move {
        let interrupt = tokio::signal::ctrl_c();
        #[cfg(unix)]
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt => {}
        }
        #[cfg(not(unix))]
        drop(interrupt.await);
    })
}
