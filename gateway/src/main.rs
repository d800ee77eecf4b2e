//! The binary `gateway`.

use std::{path::PathBuf, process::ExitCode};

use clap::{Parser, Subcommand};
use gateway::commands::{founding_text, people, run};
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
    /// Print the text with which the first administrator opens the office.
    FoundingText {
        /// The configuration file.
        #[arg(long)]
        config: PathBuf,
        /// Print JSON.
        #[arg(long)]
        json: bool,
    },
    /// List who is in the office, who is invited and who left.
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
        Command::FoundingText { config, json } => founding_text::run(&config, json).await,
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
