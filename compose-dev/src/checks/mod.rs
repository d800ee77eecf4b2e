//! `cargo dev test`: every check there is, as named parts.
//!
//! Cheap parts come first. A failing part shows its output at once and the others go on. A part whose tool is
//! missing installs it where it may; where it may not, it fails and says what to do. No part is ever skipped.

mod browsers;
mod counts;
mod deny;
mod part;
mod report;
mod rust;
mod web;

use std::{
    process::ExitCode,
    time::{Duration, Instant},
};

use anyhow::{Result, anyhow};
use tokio::{process::Command, time::timeout};

pub use self::part::Part;
use self::report::{Outcome, table};
use crate::{
    cli::Test,
    process::{self, Failed},
    progress::{Progress, Step},
    workspace::Workspace,
};

/// A part that takes longer than this hangs.
const PART_WITHIN: Duration = Duration::from_secs(30 * 60);

/// What a part works with.
struct Context<'a> {
    workspace: &'a Workspace,
    step: &'a Step<'a>,
    fix: bool,
}

/// Runs the parts that were asked for and prints the verdict.
pub async fn run(workspace: &Workspace, options: &Test, progress: &Progress) -> Result<ExitCode> {
    if options.list {
        for part in Part::ALL {
            progress.result(&format!("{:<12} {}", part.name(), part.about()));
        }
        return Ok(ExitCode::SUCCESS);
    }
    let chosen = |part: &&Part| options.only.is_empty() || options.only.contains(part);
    let began = Instant::now();
    let mut outcomes = Vec::new();
    for part in Part::ALL.iter().filter(chosen) {
        outcomes.push(run_part(workspace, *part, options.fix, progress).await);
    }
    progress.result(&table(&outcomes, began.elapsed()));
    let failed = outcomes.iter().any(|outcome| !outcome.passed);
    Ok(if failed { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

async fn run_part(workspace: &Workspace, part: Part, fix: bool, progress: &Progress) -> Outcome {
    let step = progress.step(part.name(), part.name());
    let context = Context { workspace, step: &step, fix };
    let result = timeout(PART_WITHIN, part.run(&context))
        .await
        .unwrap_or_else(|_| Err(anyhow!("it took longer than {} minutes", PART_WITHIN.as_secs() / 60)));
    let took = step.elapsed();
    match result {
        Ok(note) => {
            step.done(&note);
            Outcome { part, took, passed: true, note }
        }
        Err(error) => {
            step.failed();
            if let Some(failed) = error.downcast_ref::<Failed>() {
                progress.output(&failed.output);
            }
            let note = format!("{error:#}");
            progress.say(&format!("error: {}: {note}", part.name()));
            Outcome { part, took, passed: false, note }
        }
    }
}

impl Context<'_> {
    /// Runs cargo; the last line of its output is shown meanwhile.
    async fn cargo(&self, what: &str, args: &[&str]) -> Result<String> {
        let mut command = self.workspace.cargo();
        command.args(args);
        self.run(command, what).await
    }

    async fn run(&self, command: Command, what: &str) -> Result<String> {
        process::run(command, what, |line| self.step.detail(line.trim())).await
    }
}
