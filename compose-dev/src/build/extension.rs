//! The TypeScript side: npm packages, then one folder per browser.

use std::{fs, path::PathBuf};

use anyhow::{Context as _, Result};

use super::unless_fresh;
use crate::{
    process,
    progress::Progress,
    stamp::{Inputs, Stamp},
    tool,
    workspace::Workspace,
};

const BROWSERS: [&str; 3] = ["chrome", "edge", "firefox"];

/// Where the unpacked extension for a browser is.
pub fn dist(workspace: &Workspace, browser: &str) -> PathBuf {
    workspace.extension().join("dist").join(browser)
}

/// Checks Node, but only when there is work for it: asking takes longer than the rest of a quick start.
pub(super) async fn tools(workspace: &Workspace) -> Result<()> {
    if !packages_stamp(workspace)?.is_fresh() || !extension_stamp(workspace)?.is_fresh() {
        tool::node(workspace).await?;
        tool::npm()?;
    }
    Ok(())
}

/// Installs exactly the packages that package-lock.json names.
pub async fn packages(workspace: &Workspace, progress: &Progress) -> Result<()> {
    unless_fresh(progress, "npm", "Install npm packages", packages_stamp(workspace)?, async |_| {
        let mut command = workspace.command(tool::npm()?);
        // No package may run a script of its own here; none that is used needs to.
        command
            .args(["ci", "--ignore-scripts", "--no-audit", "--no-fund"])
            .current_dir(workspace.extension());
        process::run(command, "npm ci in extension/", |_| {}).await?;
        Ok(())
    })
    .await
}

/// Builds `extension/dist/{chrome,edge,firefox}`.
pub async fn extension(workspace: &Workspace, progress: &Progress) -> Result<()> {
    let stamp = extension_stamp(workspace)?;
    unless_fresh(progress, "extension", "Build the extension", stamp, async |_| {
        let mut command = workspace.command(tool::node(workspace).await?);
        command.arg("build.mjs").current_dir(workspace.extension());
        process::run(command, "building the extension", |_| {}).await?;
        Ok(())
    })
    .await
}

fn packages_stamp(workspace: &Workspace) -> Result<Stamp> {
    let extension = workspace.extension();
    let inputs = Inputs::of([extension.join("package.json"), extension.join("package-lock.json")]);
    // npm writes this file last.
    Stamp::look(&workspace.stamps(), "npm", &inputs, vec![extension.join("node_modules/.package-lock.json")])
}

/// What stands in extension/ and has no part in the build. Rust sources count through what was made of them,
/// which is in src/core/pkg.
const NOT_BUILT: [&str; 9] =
    ["node_modules", "dist", "test", "e2e", "preview", "core", "core-bindgen", "native-client", "README.md"];

fn extension_stamp(workspace: &Workspace) -> Result<Stamp> {
    let extension = workspace.extension();
    let mut roots = Vec::new();
    for entry in fs::read_dir(&extension).with_context(|| format!("cannot list {}", extension.display()))? {
        let entry = entry.with_context(|| format!("cannot list {}", extension.display()))?;
        if !NOT_BUILT.iter().any(|name| entry.file_name() == *name) {
            roots.push(entry.path());
        }
    }
    roots.sort();
    let outputs = BROWSERS.map(|browser| dist(workspace, browser).join("manifest.json"));
    Stamp::look(&workspace.stamps(), "extension", &Inputs::of(roots), outputs.to_vec())
}
