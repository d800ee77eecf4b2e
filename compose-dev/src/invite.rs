//! `cargo dev invite NAME`: one more person for a running office.

use std::process::ExitCode;

use anyhow::{Context as _, Result};
use serde_json::Value;

use crate::{
    cli,
    office::{Folder, Invite},
    process,
    progress::Progress,
    workspace::Workspace,
};

/// Makes an invite and prints it.
pub async fn run(workspace: &Workspace, options: &cli::Invite) -> Result<ExitCode> {
    let folder = Folder::new(&options.state.state)?;
    folder.running()?;
    let invite = make(workspace, &folder, &options.name, &options.role, options.ttl.as_deref()).await?;
    let progress = Progress::new(options.json);
    if options.json {
        progress.result(&serde_json::to_string(&invite)?);
    } else {
        progress.say(&format!(
            "Invite for \"{}\" ({}), for one use. Open the CRM page, press the chat button, paste:\n",
            invite.name, invite.role
        ));
        progress.result(&invite.invite);
    }
    Ok(ExitCode::SUCCESS)
}

/// Asks the office's gateway for an invite.
pub async fn make(
    workspace: &Workspace,
    folder: &Folder,
    name: &str,
    role: &str,
    ttl: Option<&str>,
) -> Result<Invite> {
    let mut command = workspace.command(workspace.binary("gateway"));
    command.arg("invite").arg("--config").arg(folder.gateway_config());
    command.args(["--name", name, "--role", role, "--json"]);
    if let Some(ttl) = ttl {
        command.args(["--ttl", ttl]);
    }
    let printed = process::text(&mut command, "making an invite").await?;
    serde_json::from_str(&printed).context("gateway invite --json printed something else than an invite")
}

/// The people of an office, as the gateway lists them.
pub async fn people(workspace: &Workspace, folder: &Folder) -> Result<Value> {
    let mut command = workspace.command(workspace.binary("gateway"));
    command.arg("people").arg("--config").arg(folder.gateway_config()).arg("--json");
    let printed = process::text(&mut command, "listing the people of the office").await?;
    serde_json::from_str(&printed).context("gateway people --json printed something else than a list")
}

/// Whether the office still waits for its first person.
pub async fn nobody_yet(workspace: &Workspace, folder: &Folder) -> Result<bool> {
    Ok(people(workspace, folder).await?.as_array().is_some_and(Vec::is_empty))
}
