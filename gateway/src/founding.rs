//! The secret of the text that opens the office. It is worth something only while there is no office, and lies beside
//! the gateway's Noise key.

use std::path::Path;

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
    /// The file cannot be used or made.
    #[error(transparent)]
    Key(#[from] KeyFileError),
    /// No randomness.
    #[error(transparent)]
    Random(#[from] NoRandomness),
}

/// The secret in the folder of the Noise key; made where there is none.
pub fn secret(noise_key_file: &Path) -> Result<InviteSecret, FoundingError> {
    let path = noise_key_file.with_file_name(FILE);
    make(&path)?;
    Ok(InviteSecret::from_bytes(*keys::load_founding_seed(&path)?))
}

/// The public key of that secret.
pub fn key(noise_key_file: &Path) -> Result<Nkey, FoundingError> {
    let path = noise_key_file.with_file_name(FILE);
    let unusable = |_| KeyFileError::Content { path, expected: "a founding secret" };
    Ok(secret(noise_key_file)?.signing_key().map_err(unusable)?.public().clone())
}

/// Writes a new secret. The second line shows the public half.
fn make(path: &Path) -> Result<(), FoundingError> {
    if path.try_exists().map_err(|source| KeyFileError::Read { path: path.to_owned(), source })? {
        return Ok(());
    }
    let seed = Zeroizing::new(clock::random::<32>()?);
    let public = SigningKey::from_seed(Role::Invite, *seed).map(|key| key.public().as_str().to_owned());
    let text = Zeroizing::new(format!("{}\n{}\n", *keys::hex(&*seed), public.unwrap_or_default()));
    Ok(keys::make(path, &text)?)
}
