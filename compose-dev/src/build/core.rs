//! The browser core: Rust to WASM to a package that TypeScript imports.

use std::path::Path;

use anyhow::Result;

use super::{cargo, ensure_target, rust_sources, unless_fresh};
use crate::{
    progress::{Progress, Step},
    stamp::Stamp,
    workspace::Workspace,
};

/// What the core is compiled for.
pub const WASM_TARGET: &str = "wasm32-unknown-unknown";

/// Adds `target` to the toolchain, as a step of its own when there is something to do.
pub async fn add_target(workspace: &Workspace, progress: &Progress, target: &str) -> Result<()> {
    let step = progress.step("target", "Look for the compiler's target");
    let added = ensure_target(workspace, target).await?;
    step.done(if added { target } else { "" });
    Ok(())
}

/// Builds `extension/src/core/pkg`.
pub async fn core(workspace: &Workspace, progress: &Progress) -> Result<()> {
    let package = workspace.extension().join("src/core/pkg");
    let outputs = ["extension_core.js", "extension_core.d.ts", "extension_core_bg.wasm"];
    let outputs = outputs.iter().map(|file| package.join(file)).collect();
    let stamp = Stamp::look(&workspace.stamps(), "core", &rust_sources(workspace), outputs)?;
    unless_fresh(progress, "core", "Build the browser core (WASM)", stamp, async |step| {
        if ensure_target(workspace, WASM_TARGET).await? {
            step.detail("target added");
        }
        wasm_package(workspace, step, "extension-core", &package).await
    })
    .await
}

/// Compiles a crate to WASM and makes a JavaScript package of it.
pub(super) async fn wasm_package(
    workspace: &Workspace,
    step: &Step<'_>,
    name: &str,
    package: &Path,
) -> Result<()> {
    let args = ["build", "-p", name, "--profile", "wasm", "--target", WASM_TARGET];
    cargo(workspace, step, &format!("building {name} for browsers"), &args).await?;
    let module = name.replace('-', "_");
    let wasm = workspace.target().join(WASM_TARGET).join(format!("wasm/{module}.wasm"));
    let (wasm, package) = (wasm.to_string_lossy(), package.to_string_lossy());
    let args = ["run", "-p", "core-bindgen", "--", "--wasm", &wasm, "--out", &package, "--name", &module];
    cargo(workspace, step, &format!("making a JavaScript package of {name}"), &args).await
}
