//! Parts that are npm scripts of extension/package.json.

use anyhow::Result;

use super::{Context, counts};
use crate::{build, progress::Progress, tool};

pub(super) async fn format(context: &Context<'_>) -> Result<String> {
    packages(context).await?;
    let fix: &[&str] = if context.fix { &["--", "--write"] } else { &[] };
    script(context, "format", fix).await
}

pub(super) async fn types(context: &Context<'_>) -> Result<String> {
    core(context).await?;
    script(context, "types", &[]).await
}

pub(super) async fn unit(context: &Context<'_>) -> Result<String> {
    core(context).await?;
    script(context, "unit", &[]).await
}

pub(super) async fn extension(context: &Context<'_>) -> Result<String> {
    core(context).await?;
    script(context, "build", &[]).await
}

pub(super) async fn lint(context: &Context<'_>) -> Result<String> {
    built(context).await?;
    script(context, "lint", &[]).await
}

/// Everything that runs in a browser.
pub(super) async fn built(context: &Context<'_>) -> Result<()> {
    core(context).await?;
    build::extension(context.workspace, &Progress::quiet()).await
}

async fn core(context: &Context<'_>) -> Result<()> {
    packages(context).await?;
    context.step.detail("building the browser core");
    build::core(context.workspace, &Progress::quiet()).await
}

async fn packages(context: &Context<'_>) -> Result<()> {
    tool::node(context.workspace).await?;
    context.step.detail("installing npm packages");
    build::packages(context.workspace, &Progress::quiet()).await
}

async fn script(context: &Context<'_>, name: &str, args: &[&str]) -> Result<String> {
    let mut command = context.workspace.command(tool::npm()?);
    command.args(["run", "--silent", name]).args(args).current_dir(context.workspace.extension());
    command.env("NO_COLOR", "1");
    let output = context.run(command, &format!("npm run {name} in extension/")).await?;
    Ok(counts::of_vitest(&output).map_or_else(String::new, |tests| format!("{tests} tests")))
}
