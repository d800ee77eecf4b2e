//! `cargo dev bench`: measurements. Figures of one run are for comparing with each other; between two runs the
//! machine may have been busy with something else.

mod core;
mod figures;
mod rows;
mod table;

use std::process::ExitCode;

use anyhow::Result;
use clap::ValueEnum;

use crate::{
    cli::{Bench, Measured},
    progress::Progress,
    workspace::Workspace,
};

/// Where something is measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Place {
    /// the core compiled for this machine; by CPU time
    Native,
    /// the browsers' WASM in Node; by CPU time
    Node,
    /// in headless Chromium
    Chromium,
    /// in headless Firefox
    Firefox,
}

/// Measures what was asked for.
pub async fn run(workspace: &Workspace, options: &Bench, progress: &Progress) -> Result<ExitCode> {
    match &options.what {
        Measured::Core(options) => core::run(workspace, options, progress).await,
    }
}
