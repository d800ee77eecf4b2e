//! The secret of the text that opens the office. It is worth something only while there is no office, and lies beside
//! the gateway's Noise key.

use std::{
    fs::OpenOptions,
    io::{ErrorKind, Write},
    path::{Path, PathBuf},
};

use protocol::{
    signature::{Nkey, Role, SigningKey},
    text::InviteSecret,
};
use zeroize::Zeroizing;

use crate::{
    clock::{self, NoRandomness},
    keys::{self, KeyFileError},
};

/// Name of the file in the key folder.
const FILE: &str = "gateway.founding";

/// Why there is no secret.
#[derive(Debug, thiserror::Error)]
pub enum FoundingError {
    /// The file is there and cannot be used.
    #[error(transparent)]
    Key(#[from] KeyFileError),
    /// The file cannot be made.
    #[error("cannot write {path}: {source}; may the gateway write into the key folder?", path = path.display())]
    Write {
        /// Which.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// No randomness.
    #[error(transparent)]
    Random(#[from] NoRandomness),
}

/// The secret in the folder of the Noise key; made where there is none.
pub fn secret(noise_key_file: &Path) -> Result<InviteSecret, FoundingError> {
    let path = noise_key_file.with_file_name(FILE);
    match make(&path) {
        Err(FoundingError::Write { source, .. }) if source.kind() == ErrorKind::AlreadyExists => {}
        made => made?,
    }
    Ok(InviteSecret::from_bytes(*keys::load_founding_seed(&path)?))
}

/// The public key of that secret.
pub fn key(noise_key_file: &Path) -> Result<Nkey, FoundingError> {
    let path = noise_key_file.with_file_name(FILE);
    let unusable = |_| KeyFileError::Content { path, expected: "a founding secret" };
    Ok(secret(noise_key_file)?.signing_key().map_err(unusable)?.public().clone())
}

/// Writes a new secret under another name first, so that nobody ever reads half a file.
fn make(path: &Path) -> Result<(), FoundingError> {
    let failed = |source| FoundingError::Write { path: path.to_owned(), source };
    if path.try_exists().map_err(failed)? {
        return Ok(());
    }
    let seed = Zeroizing::new(clock::random::<32>()?);
    let public = SigningKey::from_seed(Role::Invite, *seed).map(|key| key.public().as_str().to_owned());
    let text = Zeroizing::new(format!("{}\n{}\n", *hex(&*seed), public.unwrap_or_default()));
    let draft = path.with_file_name(format!("{FILE}.{}", *hex(&clock::random::<8>()?)));
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(&draft).map_err(failed)?;
    let written = file.write_all(text.as_bytes()).and_then(|()| file.sync_all());
    // A hard link fails where the name is taken: two processes that start together agree on one secret.
    let linked = written.and_then(|()| std::fs::hard_link(&draft, path));
    let _ = std::fs::remove_file(&draft);
    linked.map_err(failed)
}

fn hex(bytes: &[u8]) -> Zeroizing<String> {
    // Room for all of it, so that no copy is left behind where it grew.
    let mut text = Zeroizing::new(String::with_capacity(2 * bytes.len()));
    for byte in bytes {
        for digit in [byte >> 4, byte & 15] {
            text.push(char::from_digit(digit.into(), 16).unwrap_or_default());
        }
    }
    text
}
