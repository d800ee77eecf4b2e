//! `cargo dev`: see [`compose_dev`].

use std::process::ExitCode;

use clap::Parser as _;
use compose_dev::{
    audit, bench, checks,
    cli::{Cli, Command},
    invite, process,
    progress::Progress,
    up,
    workspace::Workspace,
};

fn main() -> ExitCode {
    let cli = Cli::parse();
    let progress = Progress::new(cli.wants_json());
    match run(cli, &progress) {
        Ok(code) => code,
        Err(error) => {
            if let Some(failed) = error.downcast_ref::<process::Failed>() {
                progress.output(&failed.output);
            }
            progress.error(&format!("{error:#}"));
            ExitCode::FAILURE
        }
    }
}

fn run(cli: Cli, progress: &Progress) -> anyhow::Result<ExitCode> {
    #[cfg(target_os = "linux")]
    if let Command::Tied(tied) = &cli.command {
        return Ok(compose_dev::tied::run(tied));
    }
    let workspace = Workspace::locate()?;
    // One thread is enough: this program only starts others and waits for them.
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        match cli.command {
            Command::Up(options) => up::run(&workspace, &options, progress).await,
            Command::Invite(options) => invite::run(&workspace, &options).await,
            Command::Audit(options) => audit::run(&workspace, &options).await,
            Command::Test(options) => checks::run(&workspace, &options, progress).await,
            Command::Bench(options) => bench::run(&workspace, &options, progress).await,
            #[cfg(target_os = "linux")]
            Command::Tied(_) => Ok(ExitCode::FAILURE),
        }
    })
}
