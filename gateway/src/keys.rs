//! The gateway's private keys, read from their files into types that cannot print.

use std::{
    fmt,
    fs::OpenOptions,
    io::{self, ErrorKind, Write},
    path::{Path, PathBuf},
};

use protocol::channel::NoisePrivateKey;
use zeroize::Zeroizing;

use crate::clock;

/// Seed of the nkey with which the gateway is known on the bus.
#[derive(Clone)]
pub struct BusSeed(Zeroizing<String>);

impl BusSeed {
    /// For the client library, which signs with it.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for BusSeed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("BusSeed(..)")
    }
}

/// Why a key file cannot be used. Never shows what is in it.
#[derive(Debug, thiserror::Error)]
pub enum KeyFileError {
    /// Cannot be read.
    #[error("cannot read the key file {path}: {source}", path = path.display())]
    Read {
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// Cannot be made.
    #[error("cannot write the key file {path}: {source}; may the gateway write into the key folder?", path = path.display())]
    Write {
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// Holds something else.
    #[error("the key file {path} does not hold {expected}; restore it from the backup of the state folder", path = path.display())]
    Content {
        /// Which.
        path: PathBuf,
        /// What it should hold.
        expected: &'static str,
    },
}

/// Reads the seed of the bus identity: one line, `SU...`.
pub fn load_bus_seed(path: &Path) -> Result<BusSeed, KeyFileError> {
    let text = read(path)?;
    let seed = text.trim();
    if seed.starts_with("SU") && seed.len() == 58 {
        Ok(BusSeed(Zeroizing::new(seed.to_owned())))
    } else {
        Err(KeyFileError::Content { path: path.to_owned(), expected: "the seed of a user nkey (SU...)" })
    }
}

/// Reads the Noise static key: 64 hex digits.
pub fn load_noise_key(path: &Path) -> Result<NoisePrivateKey, KeyFileError> {
    let text = read(path)?;
    decode_hex(text.trim()).map(|bytes| NoisePrivateKey::from_bytes(*bytes)).ok_or_else(|| {
        KeyFileError::Content { path: path.to_owned(), expected: "a Noise key (64 hex digits)" }
    })
}

/// Reads the seed of the founding text: 64 hex digits in the first line; the second shows the public half.
pub(crate) fn load_founding_seed(path: &Path) -> Result<Zeroizing<[u8; 32]>, KeyFileError> {
    let text = read(path)?;
    let seed = text.lines().next().and_then(|line| decode_hex(line.trim()));
    seed.ok_or_else(|| KeyFileError::Content {
        path: path.to_owned(),
        expected: "a founding secret (64 hex digits)",
    })
}

/// Writes a key file where there is none. Nobody ever reads half a file, and of two processes that start together one
/// writes and both use what it wrote.
pub(crate) fn make(path: &Path, text: &str) -> Result<(), KeyFileError> {
    let failed = |source| KeyFileError::Write { path: path.to_owned(), source };
    let random = clock::random::<8>().map_err(|error| failed(io::Error::other(error)))?;
    let mut draft = path.as_os_str().to_owned();
    draft.push(format!(".{:016x}", u64::from_le_bytes(random)));
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(&draft).map_err(failed)?;
    let written = file.write_all(text.as_bytes()).and_then(|()| file.sync_all());
    // Fails where the name is taken.
    let linked = written.and_then(|()| std::fs::hard_link(&draft, path));
    let _ = std::fs::remove_file(&draft);
    match linked {
        Err(error) if error.kind() != ErrorKind::AlreadyExists => Err(failed(error)),
        _ => Ok(()),
    }
}

pub(crate) fn read(path: &Path) -> Result<Zeroizing<String>, KeyFileError> {
    let text = std::fs::read_to_string(path).map(Zeroizing::new);
    text.map_err(|source| KeyFileError::Read { path: path.to_owned(), source })
}

pub(crate) fn decode_hex<const N: usize>(text: &str) -> Option<Zeroizing<[u8; N]>> {
    let mut bytes = Zeroizing::new([0; N]);
    if text.len() != 2 * N || !text.bytes().all(|digit| digit.is_ascii_hexdigit()) {
        return None;
    }
    for (slot, at) in bytes.iter_mut().zip((0..text.len()).step_by(2)) {
        *slot = u8::from_str_radix(text.get(at..at + 2)?, 16).ok()?;
    }
    Some(bytes)
}

/// For a key file.
pub(crate) fn hex(bytes: &[u8]) -> Zeroizing<String> {
    // Room for all of it, so that no copy is left behind where it grew.
    let mut text = Zeroizing::new(String::with_capacity(2 * bytes.len()));
    for byte in bytes {
        for digit in [byte >> 4, byte & 15] {
            text.push(char::from_digit(digit.into(), 16).unwrap_or_default());
        }
    }
    text
}
