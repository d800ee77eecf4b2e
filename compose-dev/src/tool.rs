//! Programs that must be on the machine, and what to do when one is not.

use std::{
    env,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, Result, bail};

use crate::{process, workspace::Workspace};

/// Oldest Node that the extension's build and tests run on.
const NODE_MAJOR: u32 = 20;

/// Finds `name` on PATH the way a shell does.
pub fn on_path(name: &str) -> Option<PathBuf> {
    let names: Vec<String> = if cfg!(windows) {
        ["exe", "cmd", "bat"].iter().map(|extension| format!("{name}.{extension}")).collect()
    } else {
        vec![name.to_owned()]
    };
    env::split_paths(&env::var_os("PATH")?)
        .flat_map(|folder| names.iter().map(move |name| folder.join(name)))
        .find(|file| is_program(file))
}

/// Node, new enough.
pub async fn node(workspace: &Workspace) -> Result<PathBuf> {
    const REMEDY: &str = "install Node 20 or newer from nodejs.org (no administrator needed: the .zip or .tar.xz will do), then run the same command again";
    let Some(node) = on_path("node") else { bail!("node is not on the PATH: {REMEDY}") };
    let version =
        process::text(workspace.command(&node).arg("--version"), "asking node for its version").await?;
    match major(&version) {
        Some(found) if found >= NODE_MAJOR => Ok(node),
        _ => bail!("{} is {}, too old: {REMEDY}", node.display(), version.trim()),
    }
}

/// npm, which comes with Node.
pub fn npm() -> Result<PathBuf> {
    on_path("npm").context("npm is not on the PATH although it comes with Node: install Node again from nodejs.org, then run the same command again")
}

/// The compiler's folder for `target`, present when rustup (or a distribution) installed it.
pub async fn has_target(workspace: &Workspace, target: &str) -> Result<bool> {
    let sysroot =
        process::text(workspace.command("rustc").args(["--print", "sysroot"]), "asking rustc for its folder")
            .await?;
    Ok(Path::new(sysroot.trim()).join("lib/rustlib").join(target).join("lib").is_dir())
}

/// Whether this process may install packages with apt-get.
pub fn may_apt_install() -> bool {
    is_root() && on_path("apt-get").is_some()
}

/// Installs Debian packages; only call it when [`may_apt_install`] says yes.
pub async fn apt_install(workspace: &Workspace, packages: &[&str]) -> Result<()> {
    let mut install = workspace.command("apt-get");
    install.args(["install", "--yes", "--no-install-recommends"]).args(packages);
    install.env("DEBIAN_FRONTEND", "noninteractive");
    let what = format!("apt-get install {}", packages.join(" "));
    if process::run(install, &what, |_| {}).await.is_ok() {
        return Ok(());
    }
    // A fresh machine has no package lists, or old ones.
    let mut update = workspace.command("apt-get");
    update.arg("update");
    process::run(update, "apt-get update", |_| {}).await?;
    let mut install = workspace.command("apt-get");
    install.args(["install", "--yes", "--no-install-recommends"]).args(packages);
    install.env("DEBIAN_FRONTEND", "noninteractive");
    process::run(install, &what, |_| {}).await?;
    Ok(())
}

#[cfg(unix)]
fn is_root() -> bool {
    rustix::process::geteuid().is_root()
}

#[cfg(not(unix))]
const fn is_root() -> bool {
    false
}

#[cfg(unix)]
fn is_program(file: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt as _;
    file.metadata().is_ok_and(|data| data.is_file() && data.permissions().mode() & 0o111 != 0)
}

#[cfg(not(unix))]
fn is_program(file: &Path) -> bool {
    file.is_file()
}

fn major(version: &str) -> Option<u32> {
    version.trim().trim_start_matches('v').split('.').next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn major_is_read_from_what_node_prints() {
        assert_eq!(major("v20.19.2\n"), Some(20));
        assert_eq!(major("nonsense"), None);
    }

    #[test]
    fn missing_program_is_not_found() {
        assert_eq!(on_path("surely-no-such-program"), None);
        assert!(on_path("cargo").is_some());
    }
}
