//! The one place that writes: private files, whole or not at all.

use std::{
    fs::{self, File},
    io::{self, Write},
    path::Path,
};

use tempfile::NamedTempFile;

/// Makes a folder that only its owner can enter, and closes one that was open.
pub(crate) fn private_dir(path: &Path) -> io::Result<()> {
    fs::create_dir_all(path)?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        fs::set_permissions(path, fs::Permissions::from_mode(0o700))?;
    }
    Ok(())
}

/// Writes a file that does not exist yet; `false` when it does, which is then left as it is.
///
/// A crash leaves either no file or the whole file, so a key is never half written.
pub(crate) fn write_new(path: &Path, contents: &[u8]) -> io::Result<bool> {
    if path.exists() {
        return Ok(false);
    }
    let staged = stage(path, contents)?;
    match staged.persist_noclobber(path) {
        Ok(_) => sync_parent(path).map(|()| true),
        Err(err) if err.error.kind() == io::ErrorKind::AlreadyExists => Ok(false),
        Err(err) => Err(err.error),
    }
}

/// Replaces a file in one step; readers see the old contents or the new.
pub(crate) fn replace(path: &Path, contents: &[u8]) -> io::Result<()> {
    stage(path, contents)?.persist(path).map_err(|err| err.error)?;
    sync_parent(path)
}

/// `NamedTempFile` makes its files 0600 on Unix; on Windows the user's profile folder protects them.
fn stage(path: &Path, contents: &[u8]) -> io::Result<NamedTempFile> {
    let mut staged = NamedTempFile::new_in(parent(path))?;
    staged.write_all(contents)?;
    staged.as_file().sync_all()?;
    Ok(staged)
}

fn parent(path: &Path) -> &Path {
    path.parent().filter(|dir| !dir.as_os_str().is_empty()).unwrap_or_else(|| Path::new("."))
}

/// A rename is durable only when the folder is: Windows has no such call and needs none.
fn sync_parent(path: &Path) -> io::Result<()> {
    if cfg!(unix) { File::open(parent(path))?.sync_all() } else { Ok(()) }
}
