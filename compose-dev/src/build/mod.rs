//! The build steps, in order. Each is skipped while nothing that it reads has changed.
//!
//! ```text
//! services   broker-config, gateway, audit-sink, audit      (cargo)
//! core       extension/core -> extension/src/core/pkg       (cargo for wasm32, wasm-bindgen)
//! npm        package-lock.json -> node_modules              (npm ci)
//! extension  extension/src -> extension/dist/{chrome,edge,firefox}
//! ```

mod bench;
mod core;
mod extension;
mod services;

use std::{
    env,
    fs::{self, File, TryLockError},
    path::PathBuf,
};

use anyhow::{Context as _, Result};
use tokio::task::spawn_blocking;

pub use self::{
    bench::{bench_office, bench_packages, bench_web, core_bench},
    core::{WASM_TARGET, add_target, core},
    extension::{dist, extension, packages},
};
use crate::{
    process,
    progress::{Progress, Step},
    stamp::{Inputs, Stamp},
    tool,
    workspace::Workspace,
};

/// Builds everything that an office and its users' browsers need.
pub async fn everything(workspace: &Workspace, progress: &Progress) -> Result<()> {
    // Said first and not after minutes of compiling.
    extension::tools(workspace).await?;
    let _turn = turn(workspace, progress).await?;
    services::services(workspace, progress).await?;
    core(workspace, progress).await?;
    packages(workspace, progress).await?;
    extension(workspace, progress).await
}

/// Waits until nobody else builds here. Cargo has a lock of its own, but two `npm ci` in one folder undo each
/// other. The lock is let go when the file is closed, so also when this process is killed.
async fn turn(workspace: &Workspace, progress: &Progress) -> Result<File> {
    let path = workspace.stamps().join("lock");
    fs::create_dir_all(workspace.stamps()).with_context(|| format!("cannot make {}", path.display()))?;
    let file = File::options().create(true).truncate(false).write(true).open(&path);
    let file = file.with_context(|| format!("cannot open {}", path.display()))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => {
            let step = progress.step("wait", "Wait for another build here");
            let (file, locked) = spawn_blocking(move || {
                let locked = file.lock();
                (file, locked)
            })
            .await?;
            locked.with_context(|| format!("cannot lock {}", path.display()))?;
            step.done("");
            Ok(file)
        }
        Err(TryLockError::Error(error)) => {
            Err(error).with_context(|| format!("cannot lock {}", path.display()))
        }
    }
}

/// Does `work` unless `stamp` says that it is done already.
async fn unless_fresh(
    progress: &Progress,
    name: &'static str,
    title: &'static str,
    stamp: Stamp,
    work: impl AsyncFnOnce(&Step<'_>) -> Result<()>,
) -> Result<()> {
    if stamp.is_fresh() {
        progress.skipped(name, title);
        return Ok(());
    }
    let step = progress.step(name, title);
    work(&step).await?;
    stamp.write()?;
    step.done("");
    Ok(())
}

/// Runs cargo and shows which crate it is at.
async fn cargo(workspace: &Workspace, step: &Step<'_>, what: &str, args: &[&str]) -> Result<()> {
    let mut command = workspace.cargo();
    command.args(args).env("CARGO_TERM_COLOR", if progress_has_colour() { "always" } else { "never" });
    let mut crates = 0_u32;
    process::run(command, what, |line| {
        if let Some(at) = compiling(line) {
            crates += 1;
            step.detail(&format!("crate {crates}: {at}"));
        }
    })
    .await?;
    Ok(())
}

fn progress_has_colour() -> bool {
    use std::io::IsTerminal as _;
    env::var_os("NO_COLOR").is_none() && std::io::stderr().is_terminal()
}

/// `Compiling serde v1.0.229` (with or without colour) -> `serde`.
fn compiling(line: &str) -> Option<&str> {
    let (_, rest) = line.split_once("Compiling")?;
    rest.split_whitespace().map(|word| word.trim_start_matches("\u{1b}[0m")).find(|word| !word.is_empty())
}

/// The Rust sources of everything but this program. Steps share them: cargo knows better what a change means
/// for which crate, and tells so in a moment.
fn rust_sources(workspace: &Workspace) -> Inputs {
    let root = workspace.root();
    let paths = [
        "Cargo.toml",
        "Cargo.lock",
        ".cargo/config.toml",
        "rust-toolchain.toml",
        "protocol",
        "broker-config",
        "gateway",
        "audit-sink",
        "extension/core",
        "extension/core-bindgen",
    ];
    let flags = env::var("RUSTFLAGS").unwrap_or_default();
    Inputs::of(paths.iter().map(|path| root.join(path)).collect::<Vec<PathBuf>>())
        .without(["tests", "benches", "examples", "fuzz", "target", "node_modules", "README.md"])
        .with_setting(flags)
}

/// Adds a rustup target when it is missing.
async fn ensure_target(workspace: &Workspace, target: &str) -> Result<bool> {
    if tool::has_target(workspace, target).await? {
        return Ok(false);
    }
    let Some(rustup) = tool::on_path("rustup") else {
        anyhow::bail!(
            "the Rust target {target} is missing and rustup is not on the PATH: install Rust with rustup from \
             rustup.rs, or add the target with your system's own package manager"
        );
    };
    let mut command = workspace.command(rustup);
    command.args(["target", "add", target]);
    process::run(command, &format!("rustup target add {target}"), |_| {}).await?;
    Ok(true)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn crate_name_is_found_in_what_cargo_prints() {
        assert_eq!(compiling("   Compiling serde v1.0.229"), Some("serde"));
        assert_eq!(compiling("\u{1b}[1m\u{1b}[92m   Compiling\u{1b}[0m serde v1.0"), Some("serde"));
        assert_eq!(compiling("    Finished `dev` profile"), None);
    }
}
