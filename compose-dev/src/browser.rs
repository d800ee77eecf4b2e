//! Real browsers: where they are, and how a missing one is obtained.

use std::{
    env,
    path::{Path, PathBuf},
};

use anyhow::{Result, bail};

use crate::{progress::Step, tool, workspace::Workspace};

/// A browser that tests and benchmarks run in.
pub(crate) struct Browser {
    pub(crate) name: &'static str,
    /// Names it, and tells programs that are started where it is.
    pub(crate) variable: &'static str,
    programs: &'static [&'static str],
    places: &'static [&'static str],
    package: &'static str,
}

pub(crate) const CHROMIUM: Browser = Browser {
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

pub(crate) const FIREFOX: Browser = Browser {
    name: "Firefox",
    variable: "FIREFOX",
    programs: &["firefox-esr", "firefox"],
    places: &[
        "/Applications/Firefox.app/Contents/MacOS/firefox",
        "C:/Program Files/Mozilla Firefox/firefox.exe",
    ],
    package: "firefox-esr",
};

impl Browser {
    /// Finds the browser, or installs it where that is allowed.
    pub(crate) async fn ensure(&self, workspace: &Workspace, step: &Step<'_>) -> Result<PathBuf> {
        if let Some(found) = self.find() {
            return Ok(found);
        }
        if tool::may_apt_install() {
            step.detail(&format!("installing {}", self.name));
            tool::apt_install(workspace, &[self.package]).await?;
            if let Some(found) = self.find() {
                return Ok(found);
            }
        }
        bail!(
            "{} is missing: install it (Debian: apt-get install {}), or name its program in the variable {}",
            self.name,
            self.package,
            self.variable
        )
    }

    fn find(&self) -> Option<PathBuf> {
        env::var_os(self.variable)
            .map(PathBuf::from)
            .or_else(|| self.programs.iter().find_map(|program| tool::on_path(program)))
            .or_else(|| {
                self.places.iter().map(Path::new).find(|place| place.is_file()).map(Path::to_path_buf)
            })
    }
}
