//! The three services, the auditor's tool, and the administrator without a browser.

use anyhow::Result;

use super::{cargo, rust_sources, unless_fresh};
use crate::{progress::Progress, stamp::Stamp, workspace::Workspace};

const BINARIES: [&str; 5] = ["broker-config", "gateway", "audit-sink", "audit", "office-admin"];

pub(super) async fn services(workspace: &Workspace, progress: &Progress) -> Result<()> {
    let binaries = BINARIES.iter().map(|name| workspace.binary(name)).collect();
    let stamp = Stamp::look(&workspace.stamps(), "services", &rust_sources(workspace), binaries)?;
    unless_fresh(progress, "services", "Build the services", stamp, async |step| {
        let args = [
            "build",
            "-p",
            "broker-config",
            "-p",
            "gateway",
            "-p",
            "audit-sink",
            "-p",
            "native-client",
            "--bins",
        ];
        cargo(workspace, step, "building the services", &args).await
    })
    .await
}
