//! Finding `nats-server`, or fetching it.
//!
//! In this order: the path in `broker.toml`, `PATH`, the office's own `broker/bin`, and then a release
//! with a pinned SHA-256, which is kept in the user's cache for the next office.

mod archive;
mod cache;
mod download;
mod fetch;
mod pins;
mod version;

use std::{
    env, fs, io,
    path::{Path, PathBuf},
};

pub use cache::Cache;
pub use download::DownloadError;
pub use fetch::{FetchError, fetch};
pub use pins::{Archive, OfficialArchive, Platform, Release, Wheel};
use thiserror::Error;
pub use version::{MINIMUM, Version, VersionError, version_of};

use crate::{files, state::StateDir};

/// The binary's file name on this system.
pub const FILE_NAME: &str = if cfg!(windows) { "nats-server.exe" } else { "nats-server" };

/// A `nats-server` that is new enough.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NatsBinary {
    /// Where it is.
    pub path: PathBuf,
    /// What it says of itself.
    pub version: Version,
}

/// Why there is no `nats-server`.
#[derive(Debug, Error)]
pub enum FindError {
    /// The path in `broker.toml` is of no use; no other is tried in its place.
    #[error(
        "the nats-server named in the configuration cannot be used: {0}: correct `nats_server` in broker.toml, or \
         remove the line to have one found"
    )]
    Configured(VersionError),
    /// Nothing was found and nothing could be fetched.
    #[error(transparent)]
    Fetch(#[from] FetchError),
    /// What was fetched does not run here.
    #[error("the nats-server that was fetched cannot be used: {0}")]
    Fetched(VersionError),
    /// It cannot be put into the state folder.
    #[error("cannot copy nats-server to {path}: {source}", path = path.display())]
    Install {
        /// The target.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
}

/// Finds the `nats-server` for an office, fetching it when there is none. Blocks; may download.
pub fn find_or_fetch(state: &StateDir, configured: Option<&Path>) -> Result<NatsBinary, FindError> {
    if let Some(found) = find(configured, Some(&state.own_nats_server()))? {
        return Ok(found);
    }
    let fetched = fetch(&Cache::of_user_or(&state.broker_dir()))?;
    let own = state.own_nats_server();
    install(&fetched, &own).map_err(|source| FindError::Install { path: own.clone(), source })?;
    checked(own).map_err(FindError::Fetched)
}

/// Looks in the configured place, on `PATH` and in the office's own folder.
pub fn find(configured: Option<&Path>, own: Option<&Path>) -> Result<Option<NatsBinary>, FindError> {
    if let Some(path) = configured {
        return checked(path.to_owned()).map(Some).map_err(FindError::Configured);
    }
    let path_dirs = env::var_os("PATH").unwrap_or_default();
    let on_path = env::split_paths(&path_dirs).map(|dir| dir.join(FILE_NAME));
    for candidate in on_path.chain(own.map(Path::to_owned)).filter(|candidate| candidate.is_file()) {
        match checked(candidate) {
            Ok(found) => return Ok(Some(found)),
            Err(err) => tracing::warn!("passing over a nats-server: {err}"),
        }
    }
    Ok(None)
}

pub(crate) fn checked(path: PathBuf) -> Result<NatsBinary, VersionError> {
    let version = version_of(&path)?;
    Ok(NatsBinary { path, version })
}

fn install(from: &Path, to: &Path) -> io::Result<()> {
    if let Some(dir) = to.parent() {
        files::private_dir(dir)?;
    }
    files::replace(to, &fs::read(from)?)?;
    make_executable(to)
}

pub(crate) fn make_executable(path: &Path) -> io::Result<()> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        fs::set_permissions(path, fs::Permissions::from_mode(0o700))?;
    }
    #[cfg(not(unix))]
    let _ = path;
    Ok(())
}
