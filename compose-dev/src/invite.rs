//! `cargo dev invite NAME`: one more person for a running office, and what else is asked about its people.
//!
//! Only an administrator's device can invite. Where nobody has opened the office yet, one is made for it: a device
//! without a browser in the office's folder, which opens the office and invites from then on.

use std::process::ExitCode;

use anyhow::{Context as _, Result, bail};
use serde::Deserialize;

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
    let invite = make(workspace, &folder, options).await?;
    let progress = Progress::new(options.json);
    if options.json {
        progress.result(&serde_json::to_string(&invite)?);
    } else {
        progress.say(&format!(
            "Invite for \"{}\" ({}), for one person, until {}. Open the CRM page, press the chat button, paste:\n",
            invite.name, invite.role, invite.expires_for_people()
        ));
        progress.result(&invite.invite);
    }
    Ok(ExitCode::SUCCESS)
}

/// Lets the office's own administrator invite somebody.
async fn make(workspace: &Workspace, folder: &Folder, options: &cli::Invite) -> Result<Invite> {
    let admin = folder.admin();
    let mut command = workspace.command(workspace.binary("office-admin"));
    command.arg("--store").arg(&admin);
    if !admin.exists() {
        let Some(text) = founding_text(workspace, folder).await? else {
            bail!(
                "this office was opened in a browser, and only its administrator can invite: open the chat there, \
                 \"Manage the office\", \"Invite one person\""
            );
        };
        command.args(["--found", &text]);
    }
    command.args(["invite", "--name", &options.name, "--role", &options.role]);
    if let Some(ttl) = &options.ttl {
        command.args(["--ttl", ttl]);
    }
    if let Some(address) = &options.address {
        command.args(["--address", address]);
    }
    let printed = process::text(&mut command, "making an invite").await?;
    serde_json::from_str(&printed).context("office-admin printed something else than an invite")
}

/// The text that opens the office; none where it is open.
pub async fn founding_text(workspace: &Workspace, folder: &Folder) -> Result<Option<String>> {
    let people: People = serde_json::from_str(&people(workspace, folder).await?)
        .context("gateway people --json printed something else than a list of people")?;
    if !people.users.is_empty() {
        return Ok(None);
    }
    let mut command = workspace.command(workspace.binary("gateway"));
    command.arg("founding-text").arg("--config").arg(folder.gateway_config()).arg("--json");
    let printed = process::text(&mut command, "asking for the text that opens the office").await?;
    let founding: Founding = serde_json::from_str(&printed)
        .context("gateway founding-text --json printed something else than a text")?;
    Ok(Some(founding.text))
}

/// The people of an office, as `gateway people --json` prints them.
pub async fn people(workspace: &Workspace, folder: &Folder) -> Result<String> {
    let mut command = workspace.command(workspace.binary("gateway"));
    command.arg("people").arg("--config").arg(folder.gateway_config()).arg("--json");
    process::text(&mut command, "listing the people of the office").await
}

#[derive(Deserialize)]
struct Founding {
    text: String,
}

#[derive(Deserialize)]
struct People {
    users: Vec<serde::de::IgnoredAny>,
}
