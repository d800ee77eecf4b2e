//! `cargo dev audit ...`: the auditor's tool on the office's trail.

use std::process::{ExitCode, Stdio};

use anyhow::{Context as _, Result};

use crate::{cli, invite, office::Folder, workspace::Workspace};

/// Runs `audit` with the office's folder, and with its people's names while it is running.
pub async fn run(workspace: &Workspace, options: &cli::Audit) -> Result<ExitCode> {
    let folder = Folder::new(&options.state.state)?;
    let tool = workspace.binary("audit");
    let mut command = workspace.command(&tool);
    command.stdin(Stdio::inherit()).current_dir(std::env::current_dir()?);
    let mut args = options.args.iter();
    if let Some(subcommand) = args.next() {
        command.arg(subcommand);
    }
    command.arg("--dir").arg(folder.audit());
    // The trail holds no names. Without the office it is read with ids alone.
    if folder.running().is_ok() {
        let people = invite::people(workspace, &folder).await?;
        let file = folder.write("people.json", people.as_bytes())?;
        command.arg("--directory").arg(file);
    }
    command.args(args);
    let status = command
        .status()
        .await
        .with_context(|| format!("cannot start {}: run `cargo dev up` once, it builds it", tool.display()))?;
    Ok(if status.success() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
