//! The user's cache: what one office downloaded, the next need not.
//!
//! ```text
//! <cache>/nats-server/lock                        held while something is fetched
//! <cache>/nats-server/<sha256 of the archive>/archive
//! <cache>/nats-server/<sha256 of the archive>/nats-server
//! ```
//! The hashes are checked each time something is taken from here: a cache is a place where files rot.

use std::{
    env,
    fs::{self, File, OpenOptions},
    io,
    path::{Path, PathBuf},
};

use tempfile::{NamedTempFile, TempDir};

use super::{
    FILE_NAME,
    archive::{copy_binary, sha256_of, sha256_of_binary},
    make_executable,
    pins::Release,
};

/// Names another folder for the cache.
pub(super) const CACHE_VARIABLE: &str = "CRMPLUS_CACHE";

/// A folder for downloads.
#[derive(Debug, Clone)]
pub struct Cache {
    dir: PathBuf,
}

impl Cache {
    /// A cache in this folder.
    pub fn at(dir: &Path) -> Self {
        Self { dir: dir.join("nats-server") }
    }

    /// `CRMPLUS_CACHE`, or the folder that the system has for this user, or the given one.
    pub fn of_user_or(fallback: &Path) -> Self {
        match env::var_os(CACHE_VARIABLE).filter(|dir| !dir.is_empty()).map(PathBuf::from).or_else(user_cache)
        {
            Some(dir) => Self::at(&dir),
            None => Self::at(fallback),
        }
    }

    /// Makes the folder and waits until nobody else fetches into it; two tests that start at the same
    /// time need one download.
    pub(super) fn lock(&self) -> io::Result<File> {
        fs::create_dir_all(&self.dir)?;
        let path = self.dir.join("lock");
        let file = OpenOptions::new().read(true).write(true).create(true).truncate(false).open(path)?;
        file.lock()?;
        Ok(file)
    }

    /// A folder for a download; on the same disk, so that the result can be moved into place.
    pub(super) fn temporary(&self) -> io::Result<TempDir> {
        tempfile::Builder::new().prefix("download-").tempdir_in(&self.dir)
    }

    /// The binary of a release, when a sound copy is here.
    pub(super) fn get(&self, release: &Release) -> io::Result<Option<PathBuf>> {
        let (archive, binary) = self.places(release);
        if !archive.exists() {
            return Ok(None);
        }
        if sha256_of(&archive)? != release.archive_sha256 {
            tracing::warn!("the cached {} is damaged and was removed", archive.display());
            fs::remove_file(&archive)?;
            return Ok(None);
        }
        let wanted = match release.binary_sha256 {
            Some(pin) => pin.to_owned(),
            None => sha256_of_binary(&archive, release.archive)?,
        };
        if !binary.exists() || sha256_of(&binary)? != wanted {
            unpack(&archive, release, &binary)?;
            if sha256_of(&binary)? != wanted {
                fs::remove_file(&binary)?;
                return Err(io::Error::other(
                    "the binary in the archive is not the pinned one and was refused",
                ));
            }
        }
        Ok(Some(binary))
    }

    /// Takes a downloaded archive, whose hash has been checked.
    pub(super) fn put(&self, release: &Release, downloaded: &Path) -> io::Result<()> {
        let (archive, _) = self.places(release);
        if let Some(dir) = archive.parent() {
            fs::create_dir_all(dir)?;
        }
        fs::rename(downloaded, archive)
    }

    fn places(&self, release: &Release) -> (PathBuf, PathBuf) {
        let dir = self.dir.join(release.archive_sha256);
        (dir.join("archive"), dir.join(FILE_NAME))
    }
}

fn unpack(archive: &Path, release: &Release, binary: &Path) -> io::Result<()> {
    let dir = binary.parent().unwrap_or_else(|| Path::new("."));
    let mut staged = NamedTempFile::new_in(dir)?;
    copy_binary(archive, release.archive, &mut staged)?;
    make_executable(staged.path())?;
    staged.persist(binary).map_err(|err| err.error)?;
    Ok(())
}

fn user_cache() -> Option<PathBuf> {
    let set = |name| env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    let base = if cfg!(windows) {
        set("LOCALAPPDATA")?
    } else if cfg!(target_os = "macos") {
        env::home_dir()?.join("Library").join("Caches")
    } else {
        set("XDG_CACHE_HOME").or_else(|| env::home_dir().map(|home| home.join(".cache")))?
    };
    Some(base.join("crmplus-chat"))
}
