//! What only the benchmarks need.

use std::path::PathBuf;

use anyhow::Result;

use super::{cargo, core::wasm_package, rust_sources, unless_fresh};
use crate::{
    process,
    progress::Progress,
    stamp::{Inputs, Stamp},
    tool,
    workspace::Workspace,
};

/// The benchmarks' folder of what runs in a browser.
pub fn bench_web(workspace: &Workspace) -> PathBuf {
    workspace.root().join("compose-dev/bench/web")
}

/// Builds the native benchmarks, with libsodium. Gives the program.
pub async fn core_bench(workspace: &Workspace, progress: &Progress) -> Result<PathBuf> {
    let name = format!("core-bench{}", std::env::consts::EXE_SUFFIX);
    let program = workspace.target().join("release").join(name);
    let bench = workspace.root().join("compose-dev/bench");
    let sources = rust_sources(workspace).and([bench.join("core"), bench.join("office")]);
    let stamp = Stamp::look(&workspace.stamps(), "core-bench", &sources, vec![program.clone()])?;
    unless_fresh(progress, "core-bench", "Build the native benchmarks", stamp, async |step| {
        let manifest = bench.join("core/Cargo.toml");
        let args = ["build", "--release", "--locked", "--manifest-path", &manifest.to_string_lossy()];
        cargo(workspace, step, "building the native benchmarks and libsodium", &args).await
    })
    .await?;
    Ok(program)
}

/// Builds the office that the benchmarks' page talks to. Gives the folder of its JavaScript package.
pub async fn bench_office(workspace: &Workspace, progress: &Progress) -> Result<PathBuf> {
    let package = workspace.target().join("bench-office");
    let outputs = ["bench_office.js", "bench_office_bg.wasm"].map(|file| package.join(file));
    let sources = rust_sources(workspace).and([workspace.root().join("compose-dev/bench/office")]);
    let stamp = Stamp::look(&workspace.stamps(), "bench-office", &sources, outputs.to_vec())?;
    unless_fresh(progress, "bench-office", "Build the benchmarks' office (WASM)", stamp, async |step| {
        wasm_package(workspace, step, "bench-office", &package).await
    })
    .await?;
    Ok(package)
}

/// Installs the peers that come from npm.
pub async fn bench_packages(workspace: &Workspace, progress: &Progress) -> Result<()> {
    let web = bench_web(workspace);
    let inputs = Inputs::of([web.join("package.json"), web.join("package-lock.json")]);
    let outputs = vec![web.join("node_modules/.package-lock.json")];
    let stamp = Stamp::look(&workspace.stamps(), "bench-npm", &inputs, outputs)?;
    unless_fresh(progress, "bench-npm", "Install the benchmarks' npm packages", stamp, async |_| {
        let mut command = workspace.command(tool::npm()?);
        command.args(["ci", "--ignore-scripts", "--no-audit", "--no-fund"]).current_dir(&web);
        process::run(command, "npm ci in compose-dev/bench/web/", |_| {}).await?;
        Ok(())
    })
    .await
}
