//! The one file that writes: what returns `Ok` here is on the disk, with its name.

use std::{
    fs::{self, File, OpenOptions, TryLockError},
    io::{self, ErrorKind, Seek, SeekFrom, Write},
    path::{Path, PathBuf},
};

/// Something about the files did not work.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The system refused.
    #[error("cannot {operation} {}: {source}{}", path.display(), remedy(source))]
    Io {
        /// What was tried.
        operation: &'static str,
        /// On what.
        path: PathBuf,
        /// Why it did not work.
        source: io::Error,
    },
    /// Another sink works here.
    #[error("another audit sink is writing to {}; stop it, or give this one a folder of its own", .0.display())]
    Locked(PathBuf),
    /// Somebody else touched a file of the trail.
    #[error(
        "{} has {found} bytes and should have {expected}: somebody else changed or removed it. \
         Put it back as it was, then start the sink again; records wait at the bus meanwhile",
        path.display()
    )]
    Changed {
        /// Which file.
        path: PathBuf,
        /// Bytes as last written.
        expected: u64,
        /// Bytes as found.
        found: u64,
    },
    /// Something could not be put into its stored form.
    #[error("cannot encode {0}")]
    Encode(String),
    /// The folder belongs to another version or origin.
    #[error("{} {problem}", path.display())]
    Foreign {
        /// Which file says so.
        path: PathBuf,
        /// What is wrong.
        problem: String,
    },
}

fn remedy(error: &io::Error) -> &'static str {
    match error.kind() {
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded => {
            "; make room on that disk, nothing is lost meanwhile: records wait at the bus"
        }
        ErrorKind::PermissionDenied => "; the user who runs the sink must own this folder",
        _ => "",
    }
}

pub(crate) fn failed<'a>(
    operation: &'static str,
    path: &'a Path,
) -> impl FnOnce(io::Error) -> StoreError + use<'a> {
    move |source| StoreError::Io { operation, path: path.to_owned(), source }
}

/// Keeps other sinks out for as long as it lives. The system lets go of it when the process ends,
/// however it ends.
#[derive(Debug)]
pub struct FolderLock {
    _file: File,
}

impl FolderLock {
    /// Takes the lock file at `path`, or says who is in the way.
    pub fn take(path: &Path) -> Result<Self, StoreError> {
        let file = private_file().open(path).map_err(failed("open the lock file", path))?;
        match file.try_lock() {
            Ok(()) => Ok(Self { _file: file }),
            Err(TryLockError::WouldBlock) => {
                Err(StoreError::Locked(path.parent().unwrap_or(path).to_owned()))
            }
            Err(TryLockError::Error(source)) => Err(failed("lock", path)(source)),
        }
    }
}

/// Makes the folder and those above it that are missing, for the owner alone, durably.
pub fn create_dir(path: &Path) -> Result<(), StoreError> {
    if path.is_dir() {
        return Ok(());
    }
    if let Some(parent) = path.parent().filter(|parent| !parent.as_os_str().is_empty()) {
        create_dir(parent)?;
    }
    match make_private_dir(path) {
        Err(error) if error.kind() != ErrorKind::AlreadyExists => Err(failed("make the folder", path)(error)),
        _ => sync_parent(path),
    }
}

/// Makes an empty file, durably. It may exist.
pub fn create_mark(path: &Path) -> Result<(), StoreError> {
    private_file().open(path).map_err(failed("make", path))?;
    sync_parent(path)
}

/// Writes a new file as a whole: after a crash it is there with all its bytes, or not at all.
pub fn write_new(path: &Path, bytes: &[u8]) -> Result<(), StoreError> {
    let draft = path.with_extension("new");
    let mut file = private_file().truncate(true).open(&draft).map_err(failed("make", &draft))?;
    file.write_all(bytes).map_err(failed("write", &draft))?;
    file.sync_all().map_err(failed("sync", &draft))?;
    fs::rename(&draft, path).map_err(failed("name", path))?;
    sync_parent(path)
}

/// A file that only grows, by whole appends.
#[derive(Debug)]
pub struct AppendFile {
    path: PathBuf,
    file: File,
    /// Bytes that are known to be on the disk.
    len: u64,
    /// An append failed half-way: there may be bytes behind `len`.
    dirty: bool,
}

impl AppendFile {
    /// Makes a new file. One that is there already may be empty, as a start that failed leaves it.
    pub fn begin(path: &Path) -> Result<Self, StoreError> {
        let this = Self::open(path, u64::MAX)?;
        match this.found_len()? {
            0 => Ok(Self { len: 0, ..this }),
            found => Err(StoreError::Changed { path: path.to_owned(), expected: 0, found }),
        }
    }

    /// Opens or makes the file and cuts what stands behind `len`.
    pub fn open(path: &Path, len: u64) -> Result<Self, StoreError> {
        let file = private_file().open(path).map_err(failed("open", path))?;
        let mut this = Self { path: path.to_owned(), file, len, dirty: false };
        if this.found_len()? > len {
            this.cut()?;
        }
        // A process that was killed may have left lines that are in the system's cache alone. From here on they
        // count as written, so now they have to be.
        this.file.sync_all().map_err(failed("sync", path))?;
        sync_parent(path)?;
        Ok(this)
    }

    /// Which file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Appends `bytes` and waits until the disk has them. After an error none of them count: the next
    /// call first cuts what this one may have left, and writes through a new handle, since a system
    /// whose sync failed once may have thrown the pages away and report success the next time.
    pub fn append(&mut self, bytes: &[u8]) -> Result<(), StoreError> {
        self.settle()?;
        self.dirty = true;
        self.file.seek(SeekFrom::Start(self.len)).map_err(failed("seek in", &self.path))?;
        self.file.write_all(bytes).map_err(failed("write", &self.path))?;
        self.file.sync_data().map_err(failed("sync", &self.path))?;
        self.dirty = false;
        self.len += bytes.len() as u64;
        Ok(())
    }

    /// Cuts what an append that failed has left. A file that is left for the next day's must be settled
    /// first: whole lines may be among the scraps, and they are about to be written again.
    pub fn settle(&mut self) -> Result<(), StoreError> {
        let found = self.found_len()?;
        let scraps = self.dirty && found > self.len;
        if found != self.len && !scraps {
            return Err(StoreError::Changed { path: self.path.clone(), expected: self.len, found });
        }
        if self.dirty {
            self.file = private_file().open(&self.path).map_err(failed("open", &self.path))?;
            self.cut()?;
        }
        Ok(())
    }

    /// Takes the last `bytes` back: they are going to be appended again.
    pub fn take_back(&mut self, bytes: usize) {
        self.len = self.len.saturating_sub(bytes as u64);
        self.dirty = true;
    }

    /// As after a write that the disk took half of.
    #[cfg(test)]
    pub(crate) fn tear(&mut self, scraps: &[u8]) {
        self.file.seek(SeekFrom::Start(self.len)).unwrap();
        self.file.write_all(scraps).unwrap();
        self.dirty = true;
    }

    /// Length by name, not by handle: a file that was removed or replaced would swallow appends unseen.
    fn found_len(&self) -> Result<u64, StoreError> {
        match fs::metadata(&self.path) {
            Ok(metadata) => Ok(metadata.len()),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(0),
            Err(error) => Err(failed("look at", &self.path)(error)),
        }
    }

    fn cut(&mut self) -> Result<(), StoreError> {
        self.file.set_len(self.len).map_err(failed("cut", &self.path))?;
        self.file.sync_all().map_err(failed("sync", &self.path))?;
        self.dirty = false;
        Ok(())
    }
}

#[cfg(unix)]
fn make_private_dir(path: &Path) -> io::Result<()> {
    use std::os::unix::fs::DirBuilderExt;
    fs::DirBuilder::new().mode(0o700).create(path)
}

/// The user's profile is closed to others already.
#[cfg(not(unix))]
fn make_private_dir(path: &Path) -> io::Result<()> {
    fs::create_dir(path)
}

/// Readable and writable by the owner alone, made when missing.
fn private_file() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}

/// A new name is on the disk once its folder is. Windows has no such call and needs none: NTFS
/// journals names.
fn sync_parent(path: &Path) -> Result<(), StoreError> {
    #[cfg(unix)]
    {
        let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty());
        let parent = parent.unwrap_or_else(|| Path::new("."));
        File::open(parent).and_then(|dir| dir.sync_all()).map_err(failed("sync the folder", parent))?;
    }
    #[cfg(not(unix))]
    let _ = path;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_append_that_follows_a_failed_one_leaves_no_scraps() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("day.jsonl");
        let mut file = AppendFile::open(&path, 0).unwrap();
        file.append(b"one\n").unwrap();
        file.tear(b"tw");
        file.append(b"two\n").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"one\ntwo\n");
    }

    #[test]
    fn a_file_that_somebody_else_changed_takes_nothing_more() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("day.jsonl");
        let mut file = AppendFile::open(&path, 0).unwrap();
        file.append(b"one\n").unwrap();
        fs::write(&path, b"o").unwrap();
        assert!(matches!(file.append(b"two\n"), Err(StoreError::Changed { expected: 4, found: 1, .. })));
        fs::remove_file(&path).unwrap();
        assert!(matches!(file.append(b"two\n"), Err(StoreError::Changed { expected: 4, found: 0, .. })));
        fs::write(&path, b"one\n").unwrap();
    }

    #[test]
    fn the_second_lock_is_refused_in_plain_words() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("lock");
        let first = FolderLock::take(&path).unwrap();
        let refusal = FolderLock::take(&path).unwrap_err().to_string();
        assert!(refusal.starts_with("another audit sink is writing to"), "{refusal}");
        drop(first);
        FolderLock::take(&path).unwrap();
    }

    #[cfg(unix)]
    #[test]
    fn only_the_owner_may_read() {
        use std::os::unix::fs::PermissionsExt;
        let dir = tempfile::tempdir().unwrap();
        let (folder, file) = (dir.path().join("a/b"), dir.path().join("a/b/log.json"));
        create_dir(&folder).unwrap();
        write_new(&file, b"{}\n").unwrap();
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!((mode(&folder), mode(&file)), (0o700, 0o600));
    }
}
