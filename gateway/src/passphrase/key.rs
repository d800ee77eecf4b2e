//! The file with the gateway's secrets for passphrases. Without it no passphrase of the office opens anything any more,
//! so it is made once and never replaced.

use std::path::Path;

use protocol::id::OfficeId;

use super::opaque::OpaqueServer;
use crate::keys::{self, KeyFileError};

const EXPECTED: &str = "the secrets for passphrases (256 hex digits)";

/// Reads the file.
pub(super) fn load(path: &Path, office: OfficeId) -> Result<OpaqueServer, KeyFileError> {
    let unusable = || KeyFileError::Content { path: path.to_owned(), expected: EXPECTED };
    let text = keys::read(path)?;
    let bytes = keys::decode_hex::<128>(text.trim()).ok_or_else(unusable)?;
    OpaqueServer::from_bytes(bytes.as_slice(), office).map_err(|_| unusable())
}

/// Writes new secrets where there are none yet.
pub(super) fn make(path: &Path) -> Result<(), KeyFileError> {
    let mut text = keys::hex(&OpaqueServer::generate());
    text.push('\n');
    keys::make(path, &text)
}
