//! `broker-config`: makes an office's keys and configuration, and runs its `nats-server`.

use std::{
    io::{self, IsTerminal, Write},
    net::{Ipv4Addr, SocketAddr},
    path::PathBuf,
    process::ExitCode,
};

use anyhow::{Context, bail};
use broker_config::{
    InitOptions, StateDir,
    check::check,
    config::BrokerConfig,
    init,
    nats_server::find_or_fetch,
    run::{Ready, run},
    server::Tie,
    throwaway::ThrowawayBroker,
};
use clap::{Args, Parser, Subcommand};
use tracing_subscriber::EnvFilter;

/// The message bus of CRM+ Chat: keys, configuration, nats-server.
#[derive(Parser)]
#[command(version)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Make keys, secrets and the configuration files; what exists is kept.
    Init(Init),
    /// Start nats-server and stay in front of it until stopped.
    Run(Run),
    /// Find nats-server, or fetch it; print where it is.
    Fetch(State),
    /// Prove the permissions against a throw-away server.
    Check(State),
    /// Become a program that ends with its parent. Used by `run`.
    #[cfg(target_os = "linux")]
    #[command(name = broker_config::tied::SUBCOMMAND, hide = true)]
    Tied {
        parent: u32,
        program: PathBuf,
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        arguments: Vec<String>,
    },
}

#[derive(Args)]
struct State {
    /// The office's state folder.
    #[arg(long = "state", value_name = "DIR")]
    dir: PathBuf,
}

#[derive(Args)]
struct Init {
    #[command(flatten)]
    state: State,
    /// Port of the bus on this computer [default: what the office has, or 7420].
    #[arg(long)]
    port: Option<u16>,
    /// Port of the gateway on this computer [default: what the office has, or 7421].
    #[arg(long)]
    gateway_port: Option<u16>,
    /// A browser extension that may connect, as `chrome-extension://ID`. May be repeated.
    #[arg(long, value_name = "ORIGIN")]
    allow_origin: Vec<String>,
}

#[derive(Args)]
struct Run {
    #[command(flatten)]
    state: State,
    /// Say that it is ready as one line of JSON.
    #[arg(long)]
    json: bool,
}

fn main() -> ExitCode {
    let filter =
        EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info,async_nats=error"));
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(io::stderr)
        .with_target(false)
        .with_ansi(io::stderr().is_terminal())
        .init();
    match execute(Cli::parse().command) {
        Ok(()) => ExitCode::SUCCESS,
        Err(err) => {
            // Nothing is left to report to when standard error is gone.
            let _ = writeln!(io::stderr(), "broker-config: {err}");
            ExitCode::FAILURE
        }
    }
}

fn execute(command: Command) -> anyhow::Result<()> {
    match command {
        Command::Init(options) => init_office(options),
        Command::Run(options) => run_broker(&options),
        Command::Fetch(state) => fetch(&state),
        Command::Check(state) => prove(&state),
        #[cfg(target_os = "linux")]
        Command::Tied { parent, program, arguments } => {
            bail!(
                "cannot run {}: {}",
                program.display(),
                broker_config::tied::exec(parent, &program, &arguments)
            )
        }
    }
}

fn init_office(options: Init) -> anyhow::Result<()> {
    let state = StateDir::create(&options.state.dir)?;
    let gateway_listen = options.gateway_port.map(|port| vec![SocketAddr::from((Ipv4Addr::LOCALHOST, port))]);
    let office = init(
        &state,
        &InitOptions {
            nats_port: options.port,
            gateway_listen,
            allowed_origins: options.allow_origin,
            ..InitOptions::default()
        },
    )?;
    say(&format!(
        "The office is in {}.\n  bus      {}\n  gateway  {}\nNext: broker-config run --state {0}",
        state.root().display(),
        office.nats_url,
        office.gateway_addresses.join(" "),
    ))
}

fn run_broker(options: &Run) -> anyhow::Result<()> {
    let state = StateDir::open(&options.state.dir)?;
    let config = BrokerConfig::load(&state)?;
    let binary = find_or_fetch(&state, config.nats_server.as_deref())?;
    let this_program = std::env::current_exe().context("cannot find the path of this program")?;
    let announce = |ready: &Ready| {
        let line = match serde_json::to_string(ready) {
            Ok(json) if options.json => json,
            _ => format!(
                "ready: nats-server {} on {}, process {}",
                ready.nats_version, ready.url, ready.nats_pid
            ),
        };
        // The broker serves its clients, whoever reads this.
        let _ = say(&line);
    };
    runtime()?.block_on(async {
        let stop = stop_signal()?;
        Ok(run(&state, &config, &binary, &Tie::Supervisor(this_program), announce, stop).await?)
    })
}

fn fetch(options: &State) -> anyhow::Result<()> {
    let state = StateDir::open(&options.dir)?;
    let config = BrokerConfig::load(&state)?;
    let binary = find_or_fetch(&state, config.nats_server.as_deref())?;
    say(&format!("{} {}", binary.path.display(), binary.version))
}

fn prove(options: &State) -> anyhow::Result<()> {
    let state = StateDir::open(&options.dir)?;
    let config = BrokerConfig::load(&state)?;
    let binary = find_or_fetch(&state, config.nats_server.as_deref())?;
    let report = runtime()?.block_on(async {
        let broker = ThrowawayBroker::start_with(binary.path).await?;
        check(&broker).await
    })?;
    if !report.wrong.is_empty() {
        bail!("nats-server {} does not keep to the permissions: {report}", binary.version);
    }
    say(&format!("nats-server {}: {report}", binary.version))
}

/// One thread: the kernel ties nats-server to the thread that started it, see [`broker_config::tied`].
fn runtime() -> anyhow::Result<tokio::runtime::Runtime> {
    tokio::runtime::Builder::new_current_thread().enable_all().build().context("cannot start")
}

/// Completes at the first request to stop.
#[cfg(unix)]
fn stop_signal() -> io::Result<impl Future<Output = ()>> {
    use tokio::signal::unix::{SignalKind, signal};

    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut hangup = signal(SignalKind::hangup())?;
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
            _ = hangup.recv() => {}
        }
    })
}

/// Completes at the first request to stop.
#[cfg(windows)]
fn stop_signal() -> io::Result<impl Future<Output = ()>> {
    use tokio::signal::windows::{ctrl_break, ctrl_c, ctrl_close, ctrl_shutdown};

    let (mut c, mut pause, mut close, mut shutdown) =
        (ctrl_c()?, ctrl_break()?, ctrl_close()?, ctrl_shutdown()?);
    Ok(async move {
        tokio::select! {
            _ = c.recv() => {}
            _ = pause.recv() => {}
            _ = close.recv() => {}
            _ = shutdown.recv() => {}
        }
    })
}

fn say(text: &str) -> anyhow::Result<()> {
    writeln!(io::stdout(), "{text}").context("cannot write to standard output")
}
