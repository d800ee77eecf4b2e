//! An administrator's device without a browser, for an office that is being tried out: it opens the office and invites people.
//!
//! Its store is not locked by a passphrase, so it is for tests and trials, not for patients' data.

use std::{io::Write as _, path::PathBuf, process::ExitCode, time::Duration};

use anyhow::{Context as _, Result, bail};
use clap::{Parser, Subcommand};
use native_client::{Client, FileStore, JobResult, LinkState, NewPerson, Stage, View};
use protocol::{roster::StaffRole, text::Invite};
use serde::Serialize;

/// How long the gateway may take for any one thing.
const PATIENCE: Duration = Duration::from_secs(30);

#[derive(Parser)]
#[command(about = "An administrator's device without a browser, for trials", version)]
struct Cli {
    /// File that holds the device
    #[arg(long)]
    store: PathBuf,
    /// Open the office with this text first
    #[arg(long, value_name = "TEXT")]
    found: Option<String>,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Invite one person; prints the invite as JSON
    Invite {
        /// Name that colleagues see
        #[arg(long)]
        name: String,
        /// admin, staff or auditor
        #[arg(long, default_value = "staff")]
        role: StaffRole,
        /// Where the person works
        #[arg(long)]
        group: Option<String>,
        /// How long the invite can be used
        #[arg(long, default_value = "24h")]
        ttl: humantime::Duration,
        /// Where the invite says that the gateway is
        #[arg(long, value_name = "URL")]
        address: Option<String>,
    },
}

#[derive(Serialize)]
struct Printed {
    user: String,
    name: String,
    role: StaffRole,
    invite: String,
    expires: String,
}

fn main() -> ExitCode {
    let cli = Cli::parse();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    let done = runtime.context("cannot start").and_then(|runtime| runtime.block_on(run(cli)));
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // One sentence, whatever RUST_BACKTRACE says: another program may show it to a person.
            let _ = writeln!(std::io::stderr(), "office-admin: {error:#}");
            ExitCode::FAILURE
        }
    }
}

async fn run(cli: Cli) -> Result<()> {
    // A device that did not get in goes on from its store next time.
    let client = enter(&cli).await?;
    let Command::Invite { name, role, group, ttl, address } = cli.command;
    let person = NewPerson { name, role, group };
    let printed = invite(&client, person, *ttl, address).await?;
    client.stop(PATIENCE).await?;
    serde_json::to_writer(std::io::stdout().lock(), &printed)?;
    Ok(())
}

async fn enter(cli: &Cli) -> Result<Client> {
    let store = FileStore::open(&cli.store).with_context(|| format!("cannot use {}", cli.store.display()))?;
    let client = match &cli.found {
        Some(text) => Client::found(text, "Trial office", "Office administrator", store).await?,
        None => Client::open(store).await?,
    };
    let inside = |view: &View| {
        view.problem.is_some() || (view.stage == Stage::Member && view.link.state == LinkState::Connected)
    };
    let view = client.wait_until("the office to let this device in", PATIENCE, inside).await?;
    match view.problem {
        None => Ok(client),
        Some(problem) => bail!("{} ({})", problem.message, problem.code),
    }
}

async fn invite(
    client: &Client,
    person: NewPerson,
    ttl: Duration,
    address: Option<String>,
) -> Result<Printed> {
    let ttl_ms = u64::try_from(ttl.as_millis()).context("the invite would be usable for too long")?;
    let done = client
        .job("the invite", PATIENCE, move |core, job, now| core.invite(&[person], ttl_ms, job, now))
        .await?;
    let Some(JobResult::Sheets { sheets }) = done.result else { bail!("the core made no invite") };
    let sheet = sheets.into_iter().next().context("the core made no invite")?;
    let mut invite = Invite::from_text(&sheet.link)?;
    if let Some(address) = address {
        invite.gateways = vec![address];
    }
    let expires = std::time::UNIX_EPOCH + Duration::from_millis(invite.expires_ms);
    Ok(Printed {
        user: invite.user.to_string(),
        name: invite.name.clone(),
        role: invite.role,
        invite: invite.to_text()?,
        expires: humantime::format_rfc3339_seconds(expires).to_string(),
    })
}
