//! The wish to stop: Ctrl-C, a signal from a service manager, a closed terminal.

use anyhow::{Context as _, Result};
#[cfg(unix)]
use tokio::signal::unix::{Signal, SignalKind, signal};

/// Listens from its creation on, so that no wish is missed.
#[derive(Debug)]
pub(super) struct Shutdown {
    #[cfg(unix)]
    signals: [Signal; 3],
    #[cfg(windows)]
    ctrl_c: tokio::signal::windows::CtrlC,
    #[cfg(windows)]
    close: tokio::signal::windows::CtrlClose,
}

impl Shutdown {
    #[cfg(unix)]
    pub(super) fn listen() -> Result<Self> {
        let listen = |kind| signal(kind).context("cannot listen for Ctrl-C");
        let signals = [
            listen(SignalKind::interrupt())?,
            listen(SignalKind::terminate())?,
            listen(SignalKind::hangup())?,
        ];
        Ok(Self { signals })
    }

    #[cfg(windows)]
    pub(super) fn listen() -> Result<Self> {
        use tokio::signal::windows::{ctrl_c, ctrl_close};
        let failed = "cannot listen for Ctrl-C";
        Ok(Self { ctrl_c: ctrl_c().context(failed)?, close: ctrl_close().context(failed)? })
    }

    #[cfg(unix)]
    pub(super) async fn requested(&mut self) {
        let [interrupt, terminate, hangup] = &mut self.signals;
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
            _ = hangup.recv() => {}
        }
    }

    #[cfg(windows)]
    pub(super) async fn requested(&mut self) {
        tokio::select! {
            _ = self.ctrl_c.recv() => {}
            _ = self.close.recv() => {}
        }
    }
}
