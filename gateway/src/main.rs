//! The binary `gateway`.

use std::{path::PathBuf, process::ExitCode, time::Duration};

use clap::{Parser, Subcommand};
use gateway::commands::{invite, people, run};
use protocol::{id::UserId, roster::StaffRole};
use tracing_subscriber::EnvFilter;

/// Carries sealed messages between devices, decides who may speak, keeps the trail.
#[derive(Debug, Parser)]
#[command(version)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Serve until SIGTERM or Ctrl-C.
    Run {
        /// The configuration file.
        #[arg(long)]
        config: PathBuf,
        /// Print one line of JSON when ready.
        #[arg(long)]
        json: bool,
    },
    /// Make an invite for one device and print its text.
    Invite {
        /// The configuration file.
        #[arg(long)]
        config: PathBuf,
        /// The person's name, as colleagues see it.
        #[arg(long)]
        name: String,
        /// staff, admin or auditor.
        #[arg(long, default_value = "staff")]
        role: StaffRole,
        /// How long the invite can be used.
        #[arg(long, default_value = "24h", value_parser = humantime::parse_duration)]
        ttl: Duration,
        /// For another device of this person.
        #[arg(long)]
        user: Option<UserId>,
        /// Print JSON.
        #[arg(long)]
        json: bool,
    },
    /// List who is in the office or invited.
    People {
        /// The configuration file.
        #[arg(long)]
        config: PathBuf,
        /// Print JSON.
        #[arg(long)]
        json: bool,
    },
}

#[tokio::main]
async fn main() -> ExitCode {
    let cli = Cli::parse();
    // A command's answer stands alone on the terminal; a service tells what it does.
    let level = if matches!(cli.command, Command::Run { .. }) { "info,async_nats=warn" } else { "error" };
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new(level));
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).init();
    let outcome = match cli.command {
        Command::Run { config, json } => run::run(&config, json).await,
        Command::Invite { config, name, role, ttl, user, json } => {
            invite::run(&config, invite::Request { name, role, ttl, user }, json).await
        }
        Command::People { config, json } => people::run(&config, json).await,
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // The one sentence for the operator, also when logging is turned off.
            #[expect(clippy::print_stderr, reason = "the end of a command-line program")]
            {
                eprintln!("gateway: {error:#}");
            }
            ExitCode::FAILURE
        }
    }
}
