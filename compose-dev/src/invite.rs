//! `cargo dev invite NAME`: one more person for a running office.

use std::process::ExitCode;

use anyhow::{Context as _, Result};
use serde::{Deserialize, de::IgnoredAny};

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
            "Invite for \"{}\" ({}), for one device, until {}. Open the CRM page, press the chat button, paste:\n",
            invite.name, invite.role, invite.expires_for_people()
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
    let Issued { user, name, role, text, expires } = serde_json::from_str(&printed)
        .context("gateway invite --json printed something else than an invite")?;
    Ok(Invite { user, name, role, invite: text, expires })
}

/// What `gateway invite --json` prints, as far as it matters here.
#[derive(Deserialize)]
struct Issued {
    user: String,
    name: String,
    role: String,
    text: String,
    expires: String,
}

/// The people of an office, as `gateway people --json` prints them.
pub async fn people(workspace: &Workspace, folder: &Folder) -> Result<String> {
    let mut command = workspace.command(workspace.binary("gateway"));
    command.arg("people").arg("--config").arg(folder.gateway_config()).arg("--json");
    process::text(&mut command, "listing the people of the office").await
}

/// Whether the office waits for its first person and no invite is open for anybody.
pub async fn nobody_can_join(workspace: &Workspace, folder: &Folder) -> Result<bool> {
    let people: People = serde_json::from_str(&people(workspace, folder).await?)
        .context("gateway people --json printed something else than a list of people")?;
    Ok(people.users.iter().all(|person| person.devices.is_empty() && person.invite_expires.is_none()))
}

#[derive(Deserialize)]
struct People {
    users: Vec<Person>,
}

#[derive(Deserialize)]
struct Person {
    devices: Vec<IgnoredAny>,
    invite_expires: Option<IgnoredAny>,
}
