//! `audit-sink run --config sink.toml`: takes audit records off the bus and keeps them in files.

use std::{
    io::{IsTerminal, Write},
    path::{Path, PathBuf},
    process::ExitCode,
};

use anyhow::Context;
use audit_sink::{
    bus,
    config::{self, Checked},
};
use clap::{Parser, Subcommand};
use tokio_util::sync::CancellationToken;
use tracing_subscriber::EnvFilter;

/// Takes audit records off the bus and keeps them in files.
#[derive(Debug, Parser)]
#[command(version)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Runs until Ctrl-C or SIGTERM.
    Run {
        /// The configuration file; `sink.example.toml` shows every key.
        #[arg(long)]
        config: PathBuf,
        /// Print one line of JSON when ready.
        #[arg(long)]
        json: bool,
    },
}

fn main() -> ExitCode {
    let Command::Run { config, json } = Cli::parse().command;
    start_log();
    match run(&config, json) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // The one line that a supervisor shows.
            let _ = writeln!(std::io::stderr(), "audit-sink: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(path: &Path, json: bool) -> anyhow::Result<()> {
    let checked = config::load(path)?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .context("cannot start the runtime")?;
    let outcome = runtime.block_on(supervise(checked, json));
    // A disk that hangs must not keep the process beyond its deadline.
    runtime.shutdown_background();
    outcome
}

async fn supervise(checked: Checked, json: bool) -> anyhow::Result<()> {
    let stop = CancellationToken::new();
    let signals = tokio::spawn(stop_on_signal(stop.clone()));
    let dir = checked.settings.dir.clone();
    bus::run(checked, stop, move || say_ready(&dir, json)).await?;
    signals.abort();
    Ok(())
}

fn say_ready(dir: &Path, json: bool) {
    let line = if json {
        let pid = std::process::id();
        serde_json::json!({"event": "ready", "component": "audit-sink", "dir": dir, "pid": pid}).to_string()
    } else {
        format!("ready: keeping the audit trail in {}", dir.display())
    };
    // Nobody may be listening; the trail matters more.
    let _ = writeln!(std::io::stdout(), "{line}");
}

async fn stop_on_signal(stop: CancellationToken) -> anyhow::Result<()> {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        let mut terminate = signal(SignalKind::terminate()).context("cannot listen for SIGTERM")?;
        tokio::select! {
            _ = terminate.recv() => {}
            interrupted = tokio::signal::ctrl_c() => interrupted.context("cannot listen for Ctrl-C")?,
        }
    }
    #[cfg(windows)]
    {
        use tokio::signal::windows::{ctrl_break, ctrl_c, ctrl_close, ctrl_shutdown};
        // A supervisor sends Ctrl-Break: Ctrl-C cannot be sent to one process group alone.
        let (mut c, mut brk) = (ctrl_c()?, ctrl_break()?);
        let (mut close, mut shutdown) = (ctrl_close()?, ctrl_shutdown()?);
        tokio::select! {
            _ = c.recv() => {}
            _ = brk.recv() => {}
            _ = close.recv() => {}
            _ = shutdown.recv() => {}
        }
    }
    stop.cancel();
    Ok(())
}

fn start_log() {
    let filter =
        EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info,async_nats=error"));
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal())
        .init();
}
