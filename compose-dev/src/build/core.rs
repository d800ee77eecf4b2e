//! The browser core: Rust to WASM to a package that TypeScript imports.

use anyhow::Result;

use super::{cargo, ensure_target, rust_sources, unless_fresh};
use crate::{progress::Progress, stamp::Stamp, workspace::Workspace};

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
        let args = ["build", "-p", "extension-core", "--profile", "wasm", "--target", WASM_TARGET];
        cargo(workspace, step, "building the browser core", &args).await?;
        let wasm = workspace.target().join(WASM_TARGET).join("wasm/extension_core.wasm");
        let (wasm, package) = (wasm.to_string_lossy(), package.to_string_lossy());
        let args = ["run", "-p", "core-bindgen", "--", "--wasm", &wasm, "--out", &package];
        cargo(workspace, step, "packing the browser core for TypeScript", &args).await
    })
    .await
}
