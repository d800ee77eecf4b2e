//! The gateway's private keys, read from their files into types that cannot print.

use std::{
    fmt,
    path::{Path, PathBuf},
};

use protocol::channel::NoisePrivateKey;
use zeroize::Zeroizing;

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
        source: std::io::Error,
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

fn read(path: &Path) -> Result<Zeroizing<String>, KeyFileError> {
    let text = std::fs::read_to_string(path).map(Zeroizing::new);
    text.map_err(|source| KeyFileError::Read { path: path.to_owned(), source })
}

fn decode_hex(text: &str) -> Option<Zeroizing<[u8; 32]>> {
    let mut bytes = Zeroizing::new([0; 32]);
    if text.len() != 2 * bytes.len() || !text.bytes().all(|digit| digit.is_ascii_hexdigit()) {
        return None;
    }
    for (slot, at) in bytes.iter_mut().zip((0..text.len()).step_by(2)) {
        *slot = u8::from_str_radix(text.get(at..at + 2)?, 16).ok()?;
    }
    Some(bytes)
}
