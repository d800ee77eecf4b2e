//! `cargo dev bench core`: the core of one device, natively and in browsers, beside libsodium and Matrix.

use std::process::ExitCode;

use anyhow::{Result, ensure};
use tokio::process::Command;

use super::{
    Place,
    figures::{Figure, Line},
    table::tables,
};
use crate::{
    browser::{CHROMIUM, FIREFOX},
    build,
    cli::BenchCore,
    process,
    progress::{Progress, Step},
    tool,
    workspace::Workspace,
};

/// What `--quick` measures.
const QUICK: (&str, u32) = ("1,4", 2);

/// Builds what is needed, measures, and prints.
pub(super) async fn run(workspace: &Workspace, options: &BenchCore, progress: &Progress) -> Result<ExitCode> {
    let (devices, rounds) = if options.quick {
        (QUICK.0.to_owned(), QUICK.1)
    } else {
        (options.devices.iter().map(u32::to_string).collect::<Vec<_>>().join(","), options.rounds)
    };
    let args = ["--devices".to_owned(), devices, "--rounds".to_owned(), rounds.to_string()];
    let mut figures = Vec::new();
    // All builds before the first measurement: nothing compiles meanwhile.
    let native = if options.places.contains(&Place::Native) {
        Some(build::core_bench(workspace, progress).await?)
    } else {
        None
    };
    let web = web(workspace, options, progress).await?;
    if let Some(program) = native {
        let step = progress.step("native", "Measure natively");
        let mut command = workspace.command(program);
        command.args(&args);
        figures.extend(measure(command, "the native benchmarks", step).await?);
    }
    if let Some(mut command) = web {
        let step = progress.step("web", "Measure in Node and browsers");
        command.args(&args);
        figures.extend(measure(command, "the benchmarks in Node and browsers", step).await?);
    }
    ensure!(!figures.is_empty(), "nothing was measured");
    if progress.is_json() {
        for figure in &figures {
            progress.result(&serde_json::to_string(figure)?);
        }
    } else {
        progress.result(&tables(&figures));
    }
    Ok(ExitCode::SUCCESS)
}

/// What measures in Node and in the browsers that were asked for; none, if none was.
async fn web(workspace: &Workspace, options: &BenchCore, progress: &Progress) -> Result<Option<Command>> {
    let wanted = |place| options.places.contains(&place);
    let browsers: Vec<_> = [(Place::Chromium, &CHROMIUM), (Place::Firefox, &FIREFOX)]
        .into_iter()
        .filter(|(place, _)| wanted(*place))
        .collect();
    if browsers.is_empty() && !wanted(Place::Node) {
        return Ok(None);
    }
    let mut command = workspace.command(tool::node(workspace).await?);
    // The program measures wherever it is told of; what this process was told of is not an order.
    for variable in ["NODE", CHROMIUM.variable, FIREFOX.variable] {
        command.env_remove(variable);
    }
    if wanted(Place::Node) {
        command.env("NODE", "1");
    }
    if !browsers.is_empty() {
        let step = progress.step("find-browsers", "Find the browsers");
        for (_, browser) in browsers {
            command.env(browser.variable, browser.ensure(workspace, &step).await?);
        }
        step.done("");
    }
    build::core(workspace, progress).await?;
    let office = build::bench_office(workspace, progress).await?;
    build::bench_packages(workspace, progress).await?;
    command.arg(build::bench_web(workspace).join("run.mjs"));
    command.env("CORE", workspace.extension().join("src/core/pkg")).env("OFFICE", office);
    Ok(Some(command))
}

async fn measure(command: Command, what: &str, step: Step<'_>) -> Result<Vec<Figure>> {
    let mut figures = Vec::new();
    process::run(command, what, |line| match serde_json::from_str(line) {
        Ok(Line::Measured(measured)) => figures.extend(measured.figure()),
        Ok(Line::Doing { doing }) => step.detail(&doing),
        // A warning of the browser or of a tool.
        Err(_) => {}
    })
    .await?;
    step.done(&format!("{} figures", figures.len()));
    Ok(figures)
}
