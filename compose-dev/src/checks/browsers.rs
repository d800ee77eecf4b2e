//! The end-to-end tests in real browsers.

use std::{
    env,
    path::{Path, PathBuf},
};

use anyhow::{Result, bail};

use super::{Context, web};
use crate::{build, progress::Progress, tool};

struct Browser {
    name: &'static str,
    /// Names it, and tells the tests where it is.
    variable: &'static str,
    programs: &'static [&'static str],
    places: &'static [&'static str],
    package: &'static str,
}

const CHROMIUM: Browser = Browser {
    name: "Chromium",
    variable: "CHROMIUM",
    programs: &["chromium", "chromium-browser", "google-chrome-stable", "google-chrome"],
    places: &[
        "/Applications/Chromium.app/Contents/MacOS/Chromium",
        "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
        "C:/Program Files/Chromium/Application/chrome.exe",
        "C:/Program Files/Google/Chrome/Application/chrome.exe",
    ],
    package: "chromium",
};

const FIREFOX: Browser = Browser {
    name: "Firefox",
    variable: "FIREFOX",
    programs: &["firefox-esr", "firefox"],
    places: &[
        "/Applications/Firefox.app/Contents/MacOS/firefox",
        "C:/Program Files/Mozilla Firefox/firefox.exe",
    ],
    package: "firefox-esr",
};

pub(super) async fn browsers(context: &Context<'_>) -> Result<String> {
    // Both before either is used: one sentence per missing browser, at once.
    let chromium = ensure(context, &CHROMIUM).await?;
    let firefox = ensure(context, &FIREFOX).await?;
    web::built(context).await?;
    build::everything(context.workspace, &Progress::quiet()).await?;
    let mut command = context.workspace.command(tool::npm()?);
    command.args(["run", "--silent", "e2e"]).current_dir(context.workspace.extension());
    command.env("NO_COLOR", "1").env(CHROMIUM.variable, chromium).env(FIREFOX.variable, firefox);
    // The tests start offices with this very program.
    // Not this process's own file: the office tests may have compiled it anew.
    command.env("CARGO_DEV", context.workspace.binary("dev"));
    let output = context.run(command, "the tests in Chromium and Firefox").await?;
    Ok(node_summary(&output))
}

async fn ensure(context: &Context<'_>, browser: &Browser) -> Result<PathBuf> {
    if let Some(found) = find(browser) {
        return Ok(found);
    }
    if tool::may_apt_install() {
        context.step.detail(&format!("installing {}", browser.name));
        tool::apt_install(context.workspace, &[browser.package]).await?;
        if let Some(found) = find(browser) {
            return Ok(found);
        }
    }
    bail!(
        "{} is missing: install it (Debian: apt-get install {}), or name its program in the variable {}",
        browser.name,
        browser.package,
        browser.variable
    )
}

fn find(browser: &Browser) -> Option<PathBuf> {
    env::var_os(browser.variable)
        .map(PathBuf::from)
        .or_else(|| browser.programs.iter().find_map(|program| tool::on_path(program)))
        .or_else(|| browser.places.iter().map(Path::new).find(|place| place.is_file()).map(Path::to_path_buf))
}

/// `# pass 12` in what node's test runner prints.
fn node_summary(output: &str) -> String {
    let passed = output.lines().find_map(|line| {
        let line = line.trim_start_matches(|c: char| !c.is_ascii_alphabetic());
        line.strip_prefix("pass ")?.trim().parse::<u32>().ok()
    });
    passed.map_or_else(String::new, |passed| format!("{passed} tests"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn node_summary_is_read_from_both_of_its_formats() {
        assert_eq!(node_summary("# tests 3\n# pass 3\n# fail 0"), "3 tests");
        assert_eq!(node_summary("ℹ tests 4\nℹ pass 4\nℹ fail 0"), "4 tests");
        assert_eq!(node_summary("nothing"), "");
    }
}
