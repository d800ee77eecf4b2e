//! What a `nats-server` binary says of itself.

use std::{
    fmt, io,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use thiserror::Error;

/// A release number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Version {
    /// First number.
    pub major: u32,
    /// Second number.
    pub minor: u32,
    /// Third number.
    pub patch: u32,
}

/// The oldest release that has what the streams need.
pub const MINIMUM: Version = Version { major: 2, minor: 12, patch: 0 };

/// Why a binary is of no use.
#[derive(Debug, Error)]
pub enum VersionError {
    /// It cannot be run.
    #[error("{path} cannot be run: {source}", path = path.display())]
    NotRun {
        /// The binary.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// It runs and is something else.
    #[error("{path} does not say that it is nats-server", path = path.display())]
    NotNats {
        /// The binary.
        path: PathBuf,
    },
    /// It is older than [`MINIMUM`].
    #[error("{path} is nats-server {found}, needed is {MINIMUM} or newer", path = path.display())]
    TooOld {
        /// The binary.
        path: PathBuf,
        /// Its release.
        found: Version,
    },
}

impl Version {
    /// Reads `nats-server: v2.15.1` or `v2.15.1-RC.1`.
    pub fn parse(text: &str) -> Option<Self> {
        let number = text.trim().strip_prefix("nats-server: v")?;
        let number = number.split(['-', '+']).next()?;
        let mut parts = number.split('.').map(str::parse);
        let mut next = || parts.next()?.ok();
        Some(Self { major: next()?, minor: next()?, patch: next()? })
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}.{}", self.major, self.minor, self.patch)
    }
}

/// Runs `nats-server -v`.
pub fn version_of(path: &Path) -> Result<Version, VersionError> {
    let output = Command::new(path).arg("-v").stdin(Stdio::null()).output();
    let output = output.map_err(|source| VersionError::NotRun { path: path.to_owned(), source })?;
    let text = String::from_utf8_lossy(&output.stdout);
    match Version::parse(&text) {
        Some(found) if found >= MINIMUM => Ok(found),
        Some(found) => Err(VersionError::TooOld { path: path.to_owned(), found }),
        None => Err(VersionError::NotNats { path: path.to_owned() }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn releases_are_compared_as_numbers() {
        let version = |text| Version::parse(text).unwrap();

        assert!(version("nats-server: v2.9.25\n") < MINIMUM);
        assert!(version("nats-server: v2.12.0-RC.1") >= MINIMUM);
        assert!(version("nats-server: v10.0.0") > MINIMUM);
    }

    #[test]
    fn other_programs_are_not_taken_for_nats() {
        for text in ["", "nats-server: v2.12", "nats: v2.15.1", "nats-server: vX.1.1"] {
            assert_eq!(Version::parse(text), None, "{text}");
        }
    }
}
