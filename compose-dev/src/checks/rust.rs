//! Parts that are cargo's work.

use anyhow::{Result, bail, ensure};

use super::{Context, counts::Counts};
use crate::{build, progress::Progress, tool};

const WINDOWS_TARGET: &str = "x86_64-pc-windows-gnu";
const MINGW: &str = "x86_64-w64-mingw32-gcc";
/// Works on the stable toolchain only when given here and not in rustfmt.toml.
const RUSTFMT: [&str; 2] = ["--config", "group_imports=StdExternalCrate,imports_granularity=Crate"];

pub(super) async fn format(context: &Context<'_>) -> Result<String> {
    let mut args = vec!["fmt", "--all", "--"];
    if !context.fix {
        args.push("--check");
    }
    args.extend(RUSTFMT);
    context.cargo("cargo fmt (repair with `cargo dev test --only format --fix`)", &args).await?;
    Ok(String::new())
}

pub(super) async fn lint(context: &Context<'_>) -> Result<String> {
    if context.fix {
        context
            .cargo(
                "cargo clippy --fix",
                &["clippy", "--workspace", "--all-targets", "--fix", "--allow-dirty"],
            )
            .await?;
    }
    context
        .cargo("cargo clippy", &["clippy", "--workspace", "--all-targets", "--", "-D", "warnings"])
        .await?;
    Ok(String::new())
}

pub(super) async fn wasm(context: &Context<'_>) -> Result<String> {
    build::add_target(context.workspace, &Progress::quiet(), build::WASM_TARGET).await?;
    let args = ["clippy", "-p", "extension-core", "--target", build::WASM_TARGET, "--", "-D", "warnings"];
    context.cargo("clippy of the browser core", &args).await?;
    Ok(String::new())
}

pub(super) async fn windows(context: &Context<'_>) -> Result<String> {
    if cfg!(windows) {
        context.cargo("cargo check", &["check", "--workspace"]).await?;
        return Ok("on Windows itself".into());
    }
    build::add_target(context.workspace, &Progress::quiet(), WINDOWS_TARGET).await?;
    if tool::on_path(MINGW).is_none() {
        if !tool::may_apt_install() {
            bail!(
                "the C compiler for Windows ({MINGW}) is missing: install gcc-mingw-w64-x86-64 (Debian, Ubuntu), \
                 mingw64-gcc (Fedora) or mingw-w64 (Homebrew)"
            );
        }
        context.step.detail("installing the C compiler for Windows");
        tool::apt_install(context.workspace, &["gcc-mingw-w64-x86-64"]).await?;
    }
    let args = ["check", "--workspace", "--target", WINDOWS_TARGET];
    context.cargo("cargo check for Windows", &args).await?;
    Ok(String::new())
}

pub(super) async fn tests(context: &Context<'_>) -> Result<String> {
    test(context, "cargo test", &["test", "--workspace", "--exclude", "compose-dev", "--no-fail-fast"]).await
}

pub(super) async fn office(context: &Context<'_>) -> Result<String> {
    // The tests start offices, which need what `up` builds; building it here keeps that out of their deadlines.
    build::everything(context.workspace, &Progress::quiet()).await?;
    test(context, "the office tests", &["test", "-p", "compose-dev", "--no-fail-fast"]).await
}

async fn test(context: &Context<'_>, what: &str, args: &[&str]) -> Result<String> {
    let counts = Counts::of(&context.cargo(what, args).await?);
    ensure!(counts.passed > 0, "{what} ran no test at all");
    ensure!(counts.ignored == 0, "{} tests are marked as ignored: run them or remove them", counts.ignored);
    Ok(format!("{} tests in {} binaries", counts.passed, counts.binaries))
}
